#include "core/report/html.h"

#include <stdlib.h>

#include "base/escape.h"
#include "core/intent/stage.h"
#include "core/report/html_int.h"

enum { EVENTS_MAX = 2000 };

static void
verdict(struct buf *out, const struct dossier *d)
{
	const struct incident *i = d->incident;
	const struct verdict *v = &i->verdict;
	char at[WHEN_TEXT_MAX];

	html_text(out, "<header><p class=\"dim\">keycanary incident ", i->id, "");
	html_text(out, ", ", incident_state_name(i->state), "");
	if (i->classification != CLASS_NONE)
		html_text(out, " as ", incident_class_name(i->classification), "");
	html_text(out, ", report of ", when_utc(d->now_ms / 1000 * 1000, at), "</p>\n<h1 id=\"verdict\">");
	if (i->drill)
		buf_puts(out, "DRILL: ");
	escape_html(out, v->summary);
	buf_puts(out, "</h1>\n<p>");
	for (size_t n = 0; n < v->intents.len; n++)
		html_text(out, "<span class=\"tag\">", v->intents.item[n], "</span>");
	buf_printf(out, "<span class=\"tag %s\">%s severity</span>", severity_name(v->severity),
	    severity_name(v->severity));
	buf_printf(out, "<span class=\"tag\">%s confidence</span></p>", confidence_name(v->confidence));
	if (d->canary != NULL && d->canary->state == CANARY_INERT)
		buf_puts(out, "<p>This canary is inert: it was never minted in AWS and cannot fire.</p>");
	buf_puts(out, "</header>\n<main>\n");
	html_section(out, "why", "Why we think so");
	html_list(out, "ul", &v->reasons);
	html_section_end(out);
}

static void
what_now(struct buf *out, const struct dossier *d)
{
	html_section(out, "now", "What to do now");
	buf_puts(out, "<div class=\"box todo\">");
	html_list(out, "ol", &d->incident->verdict.next_steps);
	buf_puts(out, "</div>");
	html_section_end(out);
}

static void
place(struct buf *out, const struct placement *p)
{
	buf_puts(out, "<dl class=\"box\">");
	html_fact(out, "Repository", p->remote != NULL ? p->remote : p->repo);
	html_text(out, "<dt>File</dt><dd>", str_or(p->path, "?"), "");
	if (p->line_from > 0)
		buf_printf(out, ", lines %lld to %lld", (long long)p->line_from, (long long)p->line_to);
	buf_puts(out, "</dd>\n");
	html_fact(out, "Bait", p->bait);
	html_fact(out, "Branch", p->branch);
	html_fact(out, "Commit", p->commit);
	html_fact(out, "Owner", p->owner);
	html_fact(out, "State", placement_state_name(p->state));
	html_fact(out, "Also found in", p->copies);
	buf_puts(out, "</dl>");
}

static void
places(struct buf *out, const struct dossier *d)
{
	html_section(out, "where", "Which copy leaked");
	if (d->placements == 0)
		buf_puts(out, "<p>No placement of this canary is on record.</p>");
	for (size_t n = 0; n < d->placements; n++)
		place(out, &d->placement[n]);
	html_section_end(out);
}

/* --- who ---------------------------------------------------------------------------- */

static void
facts(struct buf *out, const char *name, const struct tally_texts *t)
{
	if (t->len == 0)
		return;
	html_text(out, "<dt>", name, "</dt><dd>");
	for (size_t i = 0; i < t->len; i++) {
		html_text(out, i > 0 ? "<br>" : "", t->item[i].text, "");
		buf_printf(out, " <span class=\"dim\">%lld×</span>", (long long)t->item[i].count);
	}
	if (t->overflow > 0)
		buf_printf(out, "<br>and %lld more", (long long)t->overflow);
	buf_puts(out, "</dd>\n");
}

static const struct address_note *
note_of(const struct dossier *d, const char *ip)
{
	for (size_t i = 0; i < d->addresses; i++)
		if (str_eq(d->address[i].ip, ip))
			return &d->address[i];
	return NULL;
}

static void
addresses(struct buf *out, const struct dossier *d)
{
	const struct tally_texts *t = &d->incident->tally.addresses;

	if (t->len == 0)
		return;
	buf_puts(out, "<dt>Addresses</dt><dd>");
	for (size_t i = 0; i < t->len; i++) {
		const struct address_note *note = note_of(d, t->item[i].text);

		html_text(out, i > 0 ? "<br>" : "", t->item[i].text, "");
		buf_printf(out, " <span class=\"dim\">%lld×</span>", (long long)t->item[i].count);
		if (note != NULL) {
			html_text(out, " ", str_or(note->country, "country unknown"), "");
			html_text(out, ", ", str_or(note->network, "network unknown"), note->tor ? ", a Tor exit" : "");
		}
	}
	buf_puts(out, "</dd>\n");
}

static void
actors(struct buf *out, const struct dossier *d)
{
	const struct incident *i = d->incident;
	char *tools = strlist_join(&i->verdict.tools, ", ");

	html_section(out, "who", "Who, with what");
	buf_puts(out, "<dl>");
	html_fact(out, "Canary", i->key_id);
	html_fact(out, "IAM user", i->user_name);
	html_fact(out, "Account", i->account);
	html_fact(out, "Owner", d->canary != NULL ? d->canary->owner : NULL);
	addresses(out, d);
	html_fact(out, "Tools", tools);
	facts(out, "User agents", &i->tally.user_agents);
	facts(out, "Sessions and keys made from it", &i->tally.sessions);
	facts(out, "Aimed at", &i->tally.resources);
	facts(out, "Refusals", &i->tally.errors);
	buf_puts(out, "</dl>");
	if (d->relateds > 0) {
		buf_puts(out, "<h3>Incidents of other canaries with the same address, session or tool</h3><ul>");
		for (size_t n = 0; n < d->relateds; n++) {
			html_text(out, "<li>", d->related[n].incident->id, "");
			html_text(out, ": ", d->related[n].incident->verdict.summary, "</li>");
		}
		buf_puts(out, "</ul>");
	}
	html_section_end(out);
	free(tools);
}

static void
what_next(struct buf *out, const struct dossier *d)
{
	html_section(out, "next", "What such intruders do next");
	html_list(out, "ul", &d->incident->verdict.likely_next);
	html_section_end(out);
}

/* --- what we could not see, and every event ------------------------------------------ */

static void
gap(struct buf *out, const struct gap *g)
{
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];

	html_text(out, "<li><strong>", g->region, "</strong> ");
	html_text(out, "(", g->source, "): ");
	buf_printf(out, "%s to %s, ", g->from_ms == WHEN_NONE ? "ever" : when_utc(g->from_ms, a),
	    g->to_ms == WHEN_NONE ? "now" : when_utc(g->to_ms, b));
	html_text(out, "", str_or(g->detail, g->cause), g->filled_ms != WHEN_NONE ? " (read later)</li>" : "</li>");
}

static void
coverage(struct buf *out, const struct dossier *d)
{
	char at[WHEN_TEXT_MAX];

	html_section(out, "blind", "What we could not have seen");
	buf_puts(out, "<ul>");
	for (size_t n = 0; n < d->gaps; n++)
		gap(out, &d->gap[n]);
	if (d->coverages > 0 && d->gaps == 0)
		buf_puts(out, "<li>Every watched region was read without a gap during this incident.</li>");
	if (d->coverages == 0)
		buf_puts(out, "<li>This comes from log files alone: what they do not hold was not seen.</li>");
	buf_puts(out, "<li>Mail sent by SMTP, SMS to phone numbers and some other calls are never in CloudTrail.</li>"
	    "<li>Data events (SES sends, S3 objects) are in a trail only when it is set up for them, "
	    "and never in LookupEvents.</li></ul>");
	if (d->coverages > 0) {
		buf_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Region</th>"
		    "<th scope=\"col\">Source</th><th scope=\"col\">Read completely until</th></tr></thead><tbody>");
		for (size_t n = 0; n < d->coverages; n++) {
			const struct coverage *c = &d->coverage[n];

			html_text(out, "<tr><td>", c->region, "</td>");
			html_text(out, "<td>", c->source, "</td>");
			html_text(out, "<td>", c->closed ? "not opted in" :
			    c->until_ms == WHEN_NONE ? "not yet" : when_utc(c->until_ms / 1000 * 1000, at), "</td></tr>");
		}
		buf_puts(out, "</tbody></table></div>");
	}
	html_section_end(out);
}

static void
event(struct buf *out, const struct dossier *d, const struct rules *rules, const struct sighting *s)
{
	const char *stage = rules != NULL ? stage_of_sighting(rules, &d->incident->tally, s) : s->stage;
	char at[WHEN_TEXT_MAX];

	html_text(out, "<details><summary>", s->time_ms == WHEN_NONE ? "time unknown" : when_utc(s->time_ms, at), " ");
	html_text(out, "", str_or(stage, "–"), " ");
	html_text(out, "<strong>", str_or(s->name, "?"), "</strong> ");
	html_text(out, "<span class=\"dim\">", str_or(s->source, "?"), " ");
	html_text(out, "", str_or(s->region, ""), " ");
	html_text(out, "", str_or(s->error_code, s->failed ? "failed" : "answered"), " ");
	html_text(out, "match: ", sighting_kind_name(s->kind), "");
	if (s->label != NULL)
		html_text(out, ", label: ", s->label, "");
	html_text(out, "</span></summary><pre>", str_or(s->raw, str_or(s->error_message, "the record was not kept")),
	    "</pre></details>\n");
}

static void
events(struct buf *out, const struct dossier *d, const struct rules *rules)
{
	size_t n = d->sightings < EVENTS_MAX ? d->sightings : EVENTS_MAX;

	html_section(out, "events", "Every event");
	for (size_t i = 0; i < n; i++)
		event(out, d, rules, &d->sighting[i]);
	if (n < d->sightings || d->sightings_left_out > 0)
		buf_printf(out, "<p>%zu more are in the store; the JSON report lists all.</p>",
		    d->sightings - n + d->sightings_left_out);
	html_section_end(out);
}

void
html_incident(struct buf *out, const struct dossier *d, const struct rules *rules, const char *style_hash)
{
	struct buf title = BUF_INIT(BUF_LINE);

	buf_printf(&title, "%s – %s", str_or(d->incident->verdict.intent, "incident"), d->incident->id);
	html_begin(out, buf_str(&title), style_hash, "verdict");
	verdict(out, d);
	what_now(out, d);
	html_footprint(out, d, rules);
	html_flow(out, &d->incident->verdict.flow);
	html_time_line(out, d);
	actors(out, d);
	places(out, d);
	what_next(out, d);
	coverage(out, d);
	events(out, d, rules);
	html_end(out);
	buf_free(&title);
}
