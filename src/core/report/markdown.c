#include <string.h>

#include "base/escape.h"
#include "base/str.h"
#include "core/intent/stage.h"
#include "core/report/format_int.h"

enum { EVENTS_MAX = 200 };

/*
 * Plain text of GitHub-flavoured Markdown: what could begin markup, a link, a
 * mention or a reference is written so that it cannot (CommonMark 0.31
 * sections 2.4 and 2.5; GFM 0.29 section 6.9 for autolinks).
 */
static bool
begins_markup(const char *text, const char *c)
{
	size_t digits = strspn(text, "0123456789");

	if (strchr("\\`*_[]|~<>&@#$", *c) != NULL)
		return true;
	if (c == text)
		return strchr("-+=", *c) != NULL;
	if (*c == ':')
		return c[1] == '/';
	if (*c == '.' || *c == ')')
		return (digits > 0 && c == text + digits && (c[1] == ' ' || c[1] == '\0')) ||
		    (c - text >= 3 && str_starts_nocase(c - 3, "www"));
	return false;
}

static void
md(struct buf *out, const char *s)
{
	struct buf safe = BUF_INIT(out->max);
	const char *text;

	escape_terminal(&safe, s);
	text = buf_str(&safe);
	for (const char *c = text; *c != '\0'; c++) {
		if (begins_markup(text, c))
			buf_printf(out, "&#%d;", *c);
		else
			buf_putc(out, *c);
	}
	buf_free(&safe);
}

static void
item(struct buf *out, const char *mark, const char *name, const char *value)
{
	if (str_empty(value))
		return;
	buf_printf(out, "%s ", mark);
	if (name != NULL)
		buf_printf(out, "**%s:** ", name);
	md(out, value);
	buf_putc(out, '\n');
}

static void
list(struct buf *out, const char *heading, const char *mark, const struct strlist *l)
{
	if (l->len == 0)
		return;
	buf_printf(out, "\n### %s\n\n", heading);
	for (size_t i = 0; i < l->len; i++)
		item(out, mark, NULL, l->item[i]);
}

static void
texts(struct buf *out, const char *name, const struct tally_texts *t)
{
	for (size_t i = 0; i < t->len; i++)
		item(out, "-", name, t->item[i].text);
}

static void
facts(struct buf *out, const struct dossier *d)
{
	const struct incident *i = d->incident;
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];

	item(out, "-", "Canary", i->key_id);
	if (d->canary != NULL && d->canary->state == CANARY_INERT)
		item(out, "-", "Inert", "never minted in AWS, it cannot fire; this is training");
	item(out, "-", "IAM user", i->user_name);
	item(out, "-", "Account", i->account);
	buf_printf(out, "- **When:** %s to %s\n", when_utc(i->tally.first_ms, a), when_utc(i->tally.last_ms, b));
	buf_printf(out, "- **Calls:** %lld, %lld denied, %lld answered\n", (long long)i->tally.sightings,
	    (long long)i->tally.denied, (long long)i->tally.succeeded);
	texts(out, "Address", &i->tally.addresses);
	texts(out, "User agent", &i->tally.user_agents);
	texts(out, "Region", &i->tally.regions);
	item(out, "-", "Pace", i->verdict.pace);
	for (size_t n = 0; n < d->placements; n++) {
		item(out, "-", "Leaked from", d->placement[n].remote != NULL ? d->placement[n].remote : d->placement[n].repo);
		item(out, "-", "File", d->placement[n].path);
		item(out, "-", "Owner", d->placement[n].owner);
	}
}

static void
findings(struct buf *out, const struct verdict *v)
{
	if (v->findings == 0)
		return;
	buf_puts(out, "\n### Findings\n\n");
	for (size_t n = 0; n < v->findings; n++) {
		buf_printf(out, "- `%s` ", v->finding[n].name);
		md(out, v->finding[n].title);
		buf_putc(out, '\n');
	}
}

static void
events(struct buf *out, const struct dossier *d, const struct rules *rules)
{
	char at[WHEN_TEXT_MAX];

	buf_puts(out, "\n### Events\n\n| Time | Stage | Match | Region | Call | Answer |\n|---|---|---|---|---|---|\n");
	for (size_t n = 0; n < d->sightings && n < EVENTS_MAX; n++) {
		const struct sighting *s = &d->sighting[n];

		buf_printf(out, "| %s | ", s->time_ms == WHEN_NONE ? "unknown" : when_utc(s->time_ms, at));
		md(out, str_or(rules != NULL ? stage_of_sighting(rules, &d->incident->tally, s) : s->stage, "–"));
		buf_printf(out, " | %s | ", sighting_kind_name(s->kind));
		md(out, str_or(s->region, "–"));
		buf_puts(out, " | ");
		md(out, str_or(s->source, "?"));
		buf_puts(out, " ");
		md(out, str_or(s->name, "?"));
		buf_puts(out, " | ");
		md(out, str_or(s->error_code, s->failed ? "failed" : "answered"));
		buf_puts(out, " |\n");
	}
	if (d->sightings > EVENTS_MAX || d->sightings_left_out > 0)
		buf_printf(out, "\n%zu more are in the JSON report.\n",
		    d->sightings - (d->sightings < EVENTS_MAX ? d->sightings : EVENTS_MAX) + d->sightings_left_out);
}

void
markdown_one(struct report *r, const struct dossier *d)
{
	const struct verdict *v = &d->incident->verdict;

	if (r->count > 0)
		buf_puts(r->out, "\n---\n\n");
	buf_printf(r->out, "## %s%s: %s severity, %s confidence (%s)\n\n", d->incident->drill ? "DRILL: " : "",
	    str_or(v->intent, "none"), severity_name(v->severity), confidence_name(v->confidence), d->incident->id);
	md(r->out, v->summary);
	buf_puts(r->out, "\n\n");
	facts(r->out, d);
	list(r->out, "What to do now", "1.", &v->next_steps);
	list(r->out, "Why we think so", "-", &v->reasons);
	findings(r->out, v);
	list(r->out, "Order of calls", "1.", &v->flow.observed);
	if (v->flow.id != NULL) {
		buf_printf(r->out, "\nNearest published attack (%d of %d calls seen): ", v->flow.seen, v->flow.total);
		md(r->out, v->flow.title);
		buf_puts(r->out, ". Source: ");
		md(r->out, v->flow.source);
		buf_putc(r->out, '\n');
	}
	list(r->out, "What such intruders do next", "-", &v->likely_next);
	events(r->out, d, r->rules);
}
