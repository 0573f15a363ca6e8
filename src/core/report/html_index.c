/* The page over all incidents and canaries. */
#include <stdlib.h>

#include "base/mem.h"
#include "core/report/html.h"
#include "core/report/html_int.h"

enum { WEEKS = 26, WEEK_WIDTH = 28, TREND_HEIGHT = 110, BASE = 84 };
#define WEEK_MS (7 * 86400000LL)

static void
summary(struct buf *out, const struct overview *o)
{
	int64_t state[3] = { 0 }, canaries[4] = { 0 };

	for (size_t i = 0; i < o->incidents->len; i++)
		state[o->incidents->item[i].state]++;
	for (size_t i = 0; i < o->canaries->len; i++)
		canaries[o->canaries->item[i].state]++;
	buf_puts(out, "<div class=\"three\"><div class=\"box\"><h3>Incidents</h3>");
	buf_printf(out, "%lld open, %lld acknowledged, %lld closed</div>", (long long)state[INCIDENT_OPEN],
	    (long long)state[INCIDENT_ACKNOWLEDGED], (long long)state[INCIDENT_CLOSED]);
	buf_printf(out, "<div class=\"box\"><h3>Canaries</h3>%lld live, %lld tripped, %lld retired",
	    (long long)canaries[CANARY_LIVE], (long long)canaries[CANARY_TRIPPED], (long long)canaries[CANARY_RETIRED]);
	if (canaries[CANARY_INERT] > 0)
		buf_printf(out, ", %lld inert (cannot fire)", (long long)canaries[CANARY_INERT]);
	buf_printf(out, "</div><div class=\"box\"><h3>Sight</h3>%s</div></div>\n",
	    o->gaps == 0 ? "no open gap on record" : "blind somewhere: see below");
}

/* Incidents a week, the last half year; severe ones apart. */
static void
trend(struct buf *out, const struct overview *o)
{
	int64_t all[WEEKS] = { 0 }, hot[WEEKS] = { 0 }, most = 1;
	char at[WHEN_TEXT_MAX];

	for (size_t i = 0; i < o->incidents->len; i++) {
		const struct incident *n = &o->incidents->item[i];
		int64_t weeks = n->tally.first_ms == WHEN_NONE ? WEEKS : (o->now_ms - n->tally.first_ms) / WEEK_MS;

		if (weeks < 0 || weeks >= WEEKS)
			continue;
		all[WEEKS - 1 - weeks]++;
		hot[WEEKS - 1 - weeks] += n->verdict.severity >= SEVERITY_HIGH;
	}
	for (int w = 0; w < WEEKS; w++)
		most = all[w] > most ? all[w] : most;
	html_section(out, "trend", "Incidents a week");
	buf_printf(out, "<div class=\"scroll\" tabindex=\"0\"><svg viewBox=\"0 0 800 %d\" role=\"img\" "
	    "aria-label=\"Incidents a week over the last half year; the table below has each\">", TREND_HEIGHT);
	for (int w = 0; w < WEEKS; w++) {
		double x = 40 + w * WEEK_WIDTH, high = (double)all[w] * 70 / (double)most;
		double part = (double)hot[w] * 70 / (double)most;

		buf_printf(out, "<rect class=\"bar\" x=\"%.0f\" y=\"%.1f\" width=\"20\" height=\"%.1f\"><title>%lld</title></rect>",
		    x, BASE - high, high, (long long)all[w]);
		buf_printf(out, "<rect class=\"bar hot\" x=\"%.0f\" y=\"%.1f\" width=\"20\" height=\"%.1f\"><title>%lld severe</title></rect>",
		    x, BASE - part, part, (long long)hot[w]);
		if (w % 5 == 0)
			buf_printf(out, "<text class=\"axis\" x=\"%.0f\" y=\"%d\"%s>%.10s</text>", w + 5 < WEEKS ? x : x + 20,
			    TREND_HEIGHT - 6, w + 5 < WEEKS ? "" : " text-anchor=\"end\"", when_utc(o->now_ms - (WEEKS - w) * WEEK_MS, at));
	}
	buf_printf(out, "<line class=\"grid\" x1=\"36\" x2=\"780\" y1=\"%d\" y2=\"%d\"/><text class=\"axis\" x=\"0\" y=\"20\">%lld</text>"
	    "</svg></div><p class=\"dim\">Red: high or critical severity.</p>", BASE, BASE, (long long)most);
	html_section_end(out);
}

static void
head(struct buf *out, const char *const *columns)
{
	buf_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
	for (; *columns != NULL; columns++)
		buf_printf(out, "<th scope=\"col\">%s</th>", *columns);
	buf_puts(out, "</tr></thead><tbody>\n");
}

static void
incidents(struct buf *out, const struct overview *o)
{
	static const char *const columns[] = { "Incident", "State", "Severity", "Intent", "First seen", "Last seen",
		"Calls", "Canary", NULL };
	char at[WHEN_TEXT_MAX];

	html_section(out, "incidents", "All incidents");
	head(out, columns);
	for (size_t i = 0; i < o->incidents->len; i++) {
		const struct incident *n = &o->incidents->item[i];

		html_text(out, "<tr><td class=\"t\"><a href=\"", n->id, ".html\">");
		html_text(out, "", n->id, "</a></td>");
		html_text(out, "<td>", incident_state_name(n->state), "");
		if (n->classification != CLASS_NONE)
			html_text(out, " as ", incident_class_name(n->classification), "");
		buf_printf(out, "</td><td class=\"%s\">%s</td>", severity_name(n->verdict.severity),
		    severity_name(n->verdict.severity));
		html_text(out, n->drill ? "<td>DRILL: " : "<td>", n->verdict.intent, "</td>");
		html_text(out, "<td class=\"t\">", when_utc(n->tally.first_ms, at), "</td>");
		html_text(out, "<td class=\"t\">", when_utc(n->tally.last_ms, at), "</td>");
		buf_printf(out, "<td class=\"n\">%lld</td>", (long long)n->tally.sightings);
		html_text(out, "<td>", n->key_id, "</td></tr>\n");
	}
	buf_puts(out, "</tbody></table></div>");
	if (o->incidents->len == 0)
		buf_puts(out, "<p>None: nobody has used a canary.</p>");
	html_section_end(out);
}

static int64_t
incidents_of(const struct overview *o, const char *key_id)
{
	int64_t n = 0;

	for (size_t i = 0; i < o->incidents->len; i++)
		n += str_eq(o->incidents->item[i].key_id, key_id);
	return n;
}

static void
canaries(struct buf *out, const struct overview *o)
{
	static const char *const columns[] = { "Canary", "State", "IAM user", "Account", "Owner", "Incidents", NULL };

	html_section(out, "canaries", "All canaries");
	head(out, columns);
	for (size_t i = 0; i < o->canaries->len; i++) {
		const struct canary *c = &o->canaries->item[i];

		html_text(out, "<tr><td>", c->key_id, "</td>");
		html_text(out, "<td>", canary_state_name(c->state), c->state == CANARY_INERT ? " (cannot fire)</td>" : "</td>");
		html_text(out, "<td>", c->user_name, "</td>");
		html_text(out, "<td>", c->account, "</td>");
		html_text(out, "<td>", c->owner, "</td>");
		buf_printf(out, "<td class=\"n\">%lld</td></tr>\n", (long long)incidents_of(o, c->key_id));
	}
	buf_puts(out, "</tbody></table></div>");
	html_section_end(out);
}

static void
blind(struct buf *out, const struct overview *o)
{
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];

	if (o->gaps == 0)
		return;
	html_section(out, "blind", "Where we cannot see");
	buf_puts(out, "<ul>");
	for (size_t i = 0; i < o->gaps; i++) {
		const struct gap *g = &o->gap[i];

		html_text(out, "<li>", g->region, " ");
		buf_printf(out, "%s to %s: ", when_utc(g->from_ms, a), g->to_ms == WHEN_NONE ? "now" : when_utc(g->to_ms, b));
		html_text(out, "", str_or(g->detail, g->cause), "</li>");
	}
	buf_puts(out, "</ul>");
	html_section_end(out);
}

void
html_index(struct buf *out, const struct overview *o, const char *style_hash)
{
	char at[WHEN_TEXT_MAX];

	html_begin(out, "keycanary: all incidents", style_hash, "overview");
	html_text(out, "<header><p class=\"dim\">keycanary, report of ", when_utc(o->now_ms / 1000 * 1000, at), "</p>");
	buf_puts(out, "<h1 id=\"overview\">Decoy keys and who used them</h1></header>\n<main>");
	summary(out, o);
	trend(out, o);
	incidents(out, o);
	blind(out, o);
	canaries(out, o);
	html_end(out);
}
