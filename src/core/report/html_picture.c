/* The pictures of an incident's page: footprint, flow, time line. */
#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/classify.h"
#include "core/intent/stage.h"
#include "core/report/html_int.h"

/* --- the footprint: three questions, lit when asked ------------------------------------ */

static bool
asks(const struct rules *rules, const char *stage, const char *category)
{
	const struct stage_rule *s = stage != NULL ? rules_stage(rules, stage) : NULL;

	return s != NULL && str_eq(s->category, category);
}

static void
calls_of(struct buf *out, const struct dossier *d, const struct rules *rules, const char *category)
{
	const struct tally *t = &d->incident->tally;
	struct strlist names = STRLIST_INIT;

	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];

		if (call_counts(c) &&
		    (asks(rules, stage_of_call(rules, t, c), category) || asks(rules, c->also_stage, category))) {
			char *name = call_text(c->source, c->name);

			strlist_add_new(&names, name);
			free(name);
		}
	}
	html_list(out, "ul", &names);
	strlist_clear(&names);
}

void
html_footprint(struct buf *out, const struct dossier *d, const struct rules *rules)
{
	static const char *const question[][3] = {
		{ "sandbox", "1. Sandbox", "Is the account still limited to 200 mails a day?" },
		{ "senders", "2. Senders", "Which addresses and domains may send?" },
		{ "enablement", "3. Enablement", "Is sending switched on?" },
	};
	const struct verdict *v = &d->incident->verdict;

	html_section(out, "footprint", "The SES footprint");
	buf_puts(out, "<div class=\"three\">");
	for (size_t i = 0; i < ARRAY_LEN(question); i++) {
		bool lit = strlist_has(&v->categories, question[i][0]);

		buf_printf(out, "<div class=\"box%s\"><h3>%s</h3>%s<br><strong>%s</strong>", lit ? " lit" : "",
		    question[i][1], question[i][2], lit ? "Asked" : "Not asked");
		if (lit && rules != NULL)
			calls_of(out, d, rules, question[i][0]);
		buf_puts(out, "</div>\n");
	}
	buf_puts(out, "</div>\n<h3>Stages reached</h3><ul>");
	for (size_t i = 0; i < v->stages.len; i++) {
		const struct stage_rule *s = rules != NULL ? rules_stage(rules, v->stages.item[i]) : NULL;

		html_text(out, "<li><strong>", v->stages.item[i], "</strong> ");
		html_text(out, "", s != NULL ? s->about : "", "</li>");
	}
	buf_puts(out, "</ul>\n<h3>Findings</h3><ul>");
	for (size_t i = 0; i < v->findings; i++) {
		html_text(out, "<li><code>", v->finding[i].name, "</code> ");
		html_text(out, "", v->finding[i].title, "");
		if (!str_empty(v->finding[i].attack))
			html_text(out, " <span class=\"dim\">ATT&amp;CK ", v->finding[i].attack, "</span>");
		buf_puts(out, "</li>");
	}
	buf_puts(out, "</ul>");
	html_section_end(out);
}

/* --- the flow: what was done beside what was published ---------------------------------- */

/* 1-based; 0: not there. */
static size_t
place_of(const struct strlist *l, const char *what)
{
	for (size_t i = 0; i < l->len; i++)
		if (str_eq(l->item[i], what))
			return i + 1;
	return 0;
}

static void
flow_steps(struct buf *out, const struct strlist *own, const struct strlist *other, const char *found,
    const char *missing)
{
	buf_puts(out, "<ol>");
	for (size_t i = 0; i < own->len; i++) {
		size_t at = place_of(other, own->item[i]);

		html_text(out, at > 0 ? "<li><strong>" : "<li>", own->item[i], at > 0 ? "</strong>" : "");
		if (at > 0)
			buf_printf(out, " <span class=\"dim\">%s %zu</span>", found, at);
		else if (missing != NULL)
			buf_printf(out, " <span class=\"dim\">%s</span>", missing);
		buf_puts(out, "</li>");
	}
	buf_puts(out, "</ol>");
}

void
html_flow(struct buf *out, const struct flow_match *f)
{
	html_section(out, "flow", "The order of calls, and the nearest published attack");
	buf_puts(out, "<div class=\"two\"><div class=\"box\"><h3>Seen here</h3>");
	flow_steps(out, &f->observed, &f->steps, "their step", NULL);
	buf_puts(out, "</div><div class=\"box\">");
	if (f->id == NULL) {
		buf_puts(out, "<h3>Published</h3><p>No published attack is near.</p>");
	} else {
		html_text(out, "<h3>", f->title, "</h3>");
		flow_steps(out, &f->steps, &f->observed, "seen as call", "not seen");
		buf_printf(out, "<p>%d of %d calls seen%s.</p>", f->seen, f->total, f->in_order ? ", in its order" : "");
		html_text(out, "<p class=\"dim\">Source: ", f->source, "</p>");
	}
	buf_puts(out, "</div></div>\n");
	if (f->id != NULL && f->next.len > 0) {
		buf_puts(out, "<h3>What happened next in that case</h3>");
		html_list(out, "ul", &f->next);
	}
	html_section_end(out);
}

/* --- the time line: a row a region, then the pace --------------------------------------- */

enum {
	LEFT = 150, RIGHT = 780, ROW = 24, TOP = 14,	/* units of the view box */
	DOTS_MAX = 1000, BARS = 42, BAR_HEIGHT = 40, TICKS = 4,
};

struct canvas {
	struct buf *out;
	const struct dossier *d;
	int64_t from_ms, span_ms;
	size_t rows;
};

static double
x_of(const struct canvas *c, int64_t at_ms)
{
	double part = (double)(at_ms - c->from_ms) / (double)c->span_ms;

	return LEFT + (part < 0 ? 0 : part > 1 ? 1 : part) * (RIGHT - LEFT);
}

static size_t
y_of(size_t row)
{
	return TOP + row * ROW;
}

static size_t
row_of(const struct canvas *c, const char *region)
{
	const struct tally_texts *r = &c->d->incident->tally.regions;

	for (size_t i = 0; i < r->len; i++)
		if (str_eq(r->item[i].text, region))
			return i;
	return r->len;
}

/* Where we were blind, behind everything else. */
static void
blind(const struct canvas *c)
{
	int64_t end_ms = c->from_ms + c->span_ms;

	for (size_t i = 0; i < c->d->gaps; i++) {
		const struct gap *g = &c->d->gap[i];
		size_t row = row_of(c, g->region);
		double a = x_of(c, g->from_ms), b = x_of(c, g->to_ms == WHEN_NONE ? end_ms : g->to_ms);

		if (row == c->rows || g->filled_ms != WHEN_NONE)
			continue;
		buf_printf(c->out, "<rect class=\"blind\" x=\"%.1f\" y=\"%zu\" width=\"%.1f\" height=\"16\">"
		    "<title>not read</title></rect>", a, y_of(row) - 8, b - a < 2 ? 2 : b - a);
	}
}

static void
region_rows(const struct canvas *c)
{
	for (size_t i = 0; i < c->rows; i++) {
		buf_printf(c->out, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%zu\" y2=\"%zu\"/>", LEFT, RIGHT,
		    y_of(i), y_of(i));
		buf_printf(c->out, "<text x=\"0\" y=\"%zu\">", y_of(i) + 4);
		html_text(c->out, "", c->d->incident->tally.regions.item[i].text, "</text>");
	}
}

static void
dots(const struct canvas *c)
{
	for (size_t i = 0; i < c->d->sightings && i < DOTS_MAX; i++) {
		const struct sighting *s = &c->d->sighting[i];
		size_t row = row_of(c, s->region);

		if (row == c->rows || s->time_ms == WHEN_NONE)
			continue;
		buf_printf(c->out, "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%zu\" r=\"5\">", s->failed ? "" : " ok",
		    x_of(c, s->time_ms), y_of(row));
		html_text(c->out, "<title>", s->name, s->failed ? " (refused)</title>" : " (answered)</title>");
		buf_puts(c->out, "</circle>");
	}
}

static void
pace(const struct canvas *c, size_t bottom)
{
	int64_t bar[BARS] = { 0 }, most = 1;

	for (size_t i = 0; i < c->d->sightings; i++) {
		int64_t at = c->d->sighting[i].time_ms, n;

		if (at == WHEN_NONE)
			continue;
		n = (at - c->from_ms) * BARS / (c->span_ms + 1);
		if (n >= 0 && n < BARS && ++bar[n] > most)
			most = bar[n];
	}
	buf_printf(c->out, "<text x=\"0\" y=\"%zu\">pace</text>", bottom);
	for (int n = 0; n < BARS; n++) {
		double width = (double)(RIGHT - LEFT) / BARS, height = (double)bar[n] * BAR_HEIGHT / (double)most;

		if (bar[n] > 0)
			buf_printf(c->out, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
			    "<title>%lld calls</title></rect>", LEFT + n * width, (double)bottom - height, width - 1, height,
			    (long long)bar[n]);
	}
}

static void
axis(const struct canvas *c, size_t y)
{
	char at[WHEN_TEXT_MAX];

	for (int n = 0; n <= TICKS; n++) {
		int64_t ms = (c->from_ms + c->span_ms * n / TICKS) / 1000 * 1000;

		buf_printf(c->out, "<text class=\"axis\" x=\"%d\" y=\"%zu\" text-anchor=\"%s\">%.8s</text>",
		    LEFT + (RIGHT - LEFT) * n / TICKS, y, n == 0 ? "start" : n == TICKS ? "end" : "middle",
		    c->span_ms > 2 * 86400000LL ? when_utc(ms, at) + 2 : when_utc(ms, at) + 11);
	}
}

static void
draw(struct buf *out, const struct dossier *d)
{
	const struct tally *t = &d->incident->tally;
	struct canvas c = { .out = out, .d = d, .from_ms = t->first_ms, .rows = t->regions.len,
		.span_ms = t->last_ms > t->first_ms ? t->last_ms - t->first_ms : 1000 };
	size_t bottom = y_of(c.rows) + BAR_HEIGHT, height = bottom + 20;

	buf_printf(out, "<div class=\"scroll\" tabindex=\"0\"><svg viewBox=\"0 0 800 %zu\" role=\"img\" "
	    "aria-label=\"Calls over time, a row for each region, and how many at once; "
	    "the list of events below says the same in words\">", height);
	blind(&c);
	region_rows(&c);
	dots(&c);
	pace(&c, bottom);
	axis(&c, height - 4);
	buf_puts(out, "</svg></div>\n");
}

/* The longest silence between two calls; 0: fewer than two. */
static int64_t
silence_s(const struct dossier *d)
{
	int64_t longest = 0, before = WHEN_NONE;

	for (size_t i = 0; i < d->sightings; i++) {
		int64_t at = d->sighting[i].time_ms;

		if (at == WHEN_NONE)
			continue;
		if (before != WHEN_NONE && at - before > longest)
			longest = at - before;
		before = at;
	}
	return longest / 1000;
}

void
html_time_line(struct buf *out, const struct dossier *d)
{
	const struct incident *i = d->incident;
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];

	html_section(out, "time", "When and where");
	if (i->tally.first_ms == WHEN_NONE || i->tally.regions.len == 0) {
		buf_puts(out, "<p>The times or regions are not known.</p>");
		html_section_end(out);
		return;
	}
	buf_printf(out, "<p>%s to %s", when_utc(i->tally.first_ms, a), when_utc(i->tally.last_ms, b));
	buf_printf(out, ": %s, ", span_text((i->tally.last_ms - i->tally.first_ms) / 1000, a));
	html_count(out, i->tally.sightings, "call");
	buf_puts(out, " in ");
	html_count(out, (int64_t)i->tally.regions.len, "region");
	html_text(out, "; pace: ", str_or(i->verdict.pace, "unknown"), "");
	if (i->verdict.calls_per_minute > 0)
		buf_printf(out, ", %.1f calls a minute", i->verdict.calls_per_minute);
	if (silence_s(d) > 0)
		buf_printf(out, "; longest silence %s", span_text(silence_s(d), a));
	buf_puts(out, ".</p>\n");
	draw(out, d);
	buf_puts(out, "<p class=\"dim\">Red: refused. Green: answered. Shaded: we could not read the region then.</p>");
	html_section_end(out);
}
