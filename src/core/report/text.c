#include "core/report/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "core/intent/stage.h"

static const char *const severity_colors[] = {
	[SEVERITY_INFO] = "\033[34m", [SEVERITY_LOW] = "\033[34m", [SEVERITY_MEDIUM] = "\033[33m",
	[SEVERITY_HIGH] = "\033[1;31m", [SEVERITY_CRITICAL] = "\033[1;31m",
};

static void
paint(struct buf *out, const struct text_style *style, const char *code, const char *text)
{
	if (style->color)
		buf_puts(out, code);
	escape_terminal(out, text);
	if (style->color)
		buf_puts(out, "\033[0m");
}

/* "  Where     text": the heading once, its lines below each other. */
static void
line(struct buf *out, const struct text_style *style, const char *heading, const char *text)
{
	char padded[16];

	(void)snprintf(padded, sizeof(padded), "%-12s", heading);
	buf_puts(out, "  ");
	paint(out, style, "\033[2m", padded);
	escape_terminal(out, text);
	buf_putc(out, '\n');
}

static void
lines(struct buf *out, const struct text_style *style, const char *heading, const struct strlist *l)
{
	for (size_t i = 0; i < l->len; i++)
		line(out, style, i == 0 ? heading : "", l->item[i]);
}

enum { TEXTS_SHOWN = 6 };

/* One a line, with how often it was seen. */
static void
texts(struct buf *out, const struct text_style *style, const char *heading,
    const struct tally_texts *t)
{
	for (size_t i = 0; i < t->len && i < TEXTS_SHOWN; i++) {
		int64_t n = t->item[i].count;
		char *text = t->len == 1 ? mem_printf("%.300s", t->item[i].text) :
		    mem_printf("%.300s  (%lld call%s)", t->item[i].text, (long long)n, n == 1 ? "" : "s");

		line(out, style, i == 0 ? heading : "", text);
		free(text);
	}
	if (t->len > TEXTS_SHOWN) {
		char *text = mem_printf("and %zu%s more", t->len - TEXTS_SHOWN, t->overflow > 0 ? " or" : "");

		line(out, style, "", text);
		free(text);
	}
}

/* All on as few lines as they need: "eu-west-1 us-east-1 … (17)". */
static void
flowing(struct buf *out, const struct text_style *style, const char *heading, const struct tally_texts *t)
{
	struct buf b = BUF_INIT(BUF_LINE);
	bool first = true;

	for (size_t i = 0; i < t->len; i++) {
		buf_printf(&b, "%s%.64s", b.len > 0 ? " " : "", t->item[i].text);
		if (b.len < 80 && i + 1 < t->len)
			continue;
		if (i + 1 == t->len && t->len > 3)
			buf_printf(&b, "  (%zu)", t->len);
		line(out, style, first ? heading : "", buf_str(&b));
		first = false;
		buf_reset(&b);
	}
	buf_free(&b);
}

static void
located(struct buf *out, const struct dossier *d, const struct text_style *style)
{
	for (size_t i = 0; i < d->addresses && i < 6; i++) {
		const struct address_note *n = &d->address[i];
		char *text = mem_printf("%s: %s, %s%s", n->ip, str_or(n->country, "country unknown"),
		    str_or(n->network, "network unknown"), n->tor ? ", a Tor exit" : "");

		line(out, style, i == 0 ? "Located" : "", text);
		free(text);
	}
}

static const char *
time_text(const struct dossier *d, const struct text_style *style, int64_t at_ms,
    char out[static WHEN_TEXT_MAX])
{
	if (at_ms == WHEN_NONE)
		return "time unknown";
	return style->local ? when_local(at_ms, d->zone_s, out) : when_utc(at_ms, out);
}

static void
head(struct buf *out, const struct dossier *d, const struct text_style *style)
{
	const struct incident *i = d->incident;
	const struct verdict *v = &i->verdict;
	char *title = mem_printf("%s%s", v->label != NULL && str_eq(v->label, "drill") ? "DRILL " : "",
	    v->intent);

	paint(out, style, severity_colors[v->severity], title);
	buf_printf(out, "  %s severity, %s confidence", severity_name(v->severity),
	    confidence_name(v->confidence));
	if (i->state != INCIDENT_OPEN)
		buf_printf(out, ", %s", incident_state_name(i->state));
	buf_puts(out, "   ");
	paint(out, style, "\033[2m", str_or(i->id, ""));
	buf_puts(out, "\n  ");
	escape_terminal(out, v->summary);
	buf_puts(out, "\n\n");
	free(title);
}

static void
who_and_where(struct buf *out, const struct dossier *d, const struct text_style *style)
{
	const struct incident *i = d->incident;
	char *text = mem_printf("%s%s%s%s%s", i->key_id, str_empty(i->user_name) ? "" : "  user ",
	    str_or(i->user_name, ""), str_empty(i->account) ? "" : "  account ", str_or(i->account, ""));

	line(out, style, "Canary", text);
	free(text);
	if (d->canary != NULL && d->canary->state == CANARY_INERT)
		line(out, style, "", "inert: never minted in AWS, it cannot fire");
	for (size_t n = 0; n < d->placements; n++) {
		const struct placement *p = &d->placement[n];

		text = mem_printf("%s %s:%lld (%s)%s%s", p->remote != NULL ? p->remote : p->repo, p->path,
		    (long long)p->line_from, p->bait, str_empty(p->owner) ? "" : ", owner ", str_or(p->owner, ""));
		line(out, style, n == 0 ? "Planted in" : "", text);
		free(text);
	}
}

static void
span(struct buf *out, const struct dossier *d, const struct text_style *style)
{
	const struct tally *t = &d->incident->tally;
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX], c[WHEN_TEXT_MAX];
	char *text;

	if (t->first_ms == WHEN_NONE)
		return;
	if (t->first_ms == t->last_ms)
		text = mem_printf("%s", time_text(d, style, t->first_ms, a));
	else
		text = mem_printf("%s to %s (%s, %s)", time_text(d, style, t->first_ms, a),
		    time_text(d, style, t->last_ms, b), span_text((t->last_ms - t->first_ms) / 1000, c),
		    str_or(d->incident->verdict.pace, "pace unknown"));
	line(out, style, "When", text);
	free(text);
}

static void
stages(struct buf *out, const struct rules *rules, const struct verdict *v, const struct text_style *style)
{
	for (size_t i = 0; i < v->stages.len; i++) {
		const struct stage_rule *s = rules != NULL ? rules_stage(rules, v->stages.item[i]) : NULL;
		char *text = mem_printf("%-4s %s", v->stages.item[i], s != NULL ? s->about : "");

		line(out, style, i == 0 ? "Stages" : "", text);
		free(text);
	}
	for (size_t i = 0; i < v->findings; i++) {
		char *text = mem_printf("%-29s %s", v->finding[i].name, v->finding[i].title);

		line(out, style, i == 0 ? "Findings" : "", text);
		free(text);
	}
}

static void
nearest(struct buf *out, const struct verdict *v, const struct text_style *style)
{
	char *text;

	if (v->flow.id == NULL)
		return;
	text = mem_printf("%s: %d of %d calls seen%s", v->flow.title, v->flow.seen, v->flow.total,
	    v->flow.in_order ? ", in the same order" : "");
	line(out, style, "Like", text);
	free(text);
	line(out, style, "", v->flow.source);
}

/* Incidents of other canaries that look like the same visitor's. */
static void
related(struct buf *out, const struct dossier *d, const struct text_style *style)
{
	for (size_t n = 0; n < d->relateds; n++) {
		const struct relation *r = &d->related[n];
		const char *what = r->session != NULL ? r->session : r->address != NULL ? r->address : r->user_agent;
		char *text = mem_printf("%s  %s, %s; same %s: %.100s", r->incident->id,
		    str_or(r->incident->verdict.intent, "?"), r->incident->key_id,
		    r->session != NULL ? "session" : r->address != NULL ? "address" : "user agent (a hint only)", what);

		line(out, style, n == 0 ? "Related" : "", text);
		free(text);
	}
}

static void
also(struct buf *out, const struct verdict *v, const struct text_style *style)
{
	struct strlist others = STRLIST_INIT;
	char *text;

	for (size_t i = 1; i < v->intents.len; i++)
		strlist_add(&others, v->intents.item[i]);
	if (others.len > 0) {
		text = strlist_join(&others, ", ");
		line(out, style, "Also", text);
		free(text);
	}
	strlist_clear(&others);
}

/* What an error code is to people: refused, or failed otherwise. */
static const char *
outcome(const struct sighting *s)
{
	return s->denied ? "denied" : s->failed ? str_or(s->error_code, "failed") : "ok";
}

static bool
same_text(const char *a, const char *b)
{
	return str_eq(str_or(a, ""), str_or(b, ""));
}

/* The same call by the same hand, perhaps in another region. */
static bool
same_call(const struct sighting *a, const struct sighting *b)
{
	return a->kind == b->kind && same_text(a->source, b->source) && same_text(a->name, b->name) &&
	    same_text(a->ip, b->ip) && same_text(a->error_code, b->error_code) &&
	    same_text(a->resource, b->resource) && same_text(a->label, b->label) &&
	    same_text(a->actor, b->actor) && same_text(a->stage, b->stage);
}

/* "us-east-1", or "17 regions" for a run of the same call. */
static char *
regions_of(const struct sighting *s, size_t run)
{
	struct strlist seen = STRLIST_INIT;
	char *text;

	for (size_t i = 0; i < run; i++)
		(void)strlist_add_new(&seen, str_or(s[i].region, "-"));
	text = seen.len == 1 ? mem_strdup(seen.item[0]) : mem_printf("%zu regions", seen.len);
	strlist_clear(&seen);
	return text;
}

/* One line for a run of `run` equal calls. */
static char *
event_text(const struct dossier *d, const struct rules *rules, const struct text_style *style,
    const struct sighting *s, size_t run)
{
	const char *stage = rules != NULL ? stage_of_sighting(rules, &d->incident->tally, s) : s->stage;
	struct buf b = BUF_INIT(BUF_RECORD);
	char at[WHEN_TEXT_MAX], *region = regions_of(s, run);
	char *call = mem_printf("%.*s:%s", (int)strcspn(str_or(s->source, "?"), "."), str_or(s->source, "?"),
	    str_or(s->name, "?"));

	buf_printf(&b, "%-20s  %-4s %-9s  %-14s %-7s %s", time_text(d, style, s->time_ms, at), str_or(stage, "-"),
	    sighting_kind_name(s->kind), region, outcome(s), call);
	if (run > 1)
		buf_printf(&b, " %zu times", run);
	if (s->resource != NULL)
		buf_printf(&b, "  on %s", s->resource);
	if (s->kind == SIGHTING_TARGET && s->actor != NULL)
		buf_printf(&b, "  by %s", s->actor);
	if (d->incident->tally.addresses.len > 1 && s->ip != NULL)
		buf_printf(&b, "  from %s", s->ip);
	if (s->label != NULL)
		buf_printf(&b, "  label %s", s->label);
	free(call);
	free(region);
	return buf_take(&b);
}

static void
events(struct buf *out, const struct dossier *d, const struct rules *rules,
    const struct text_style *style)
{
	size_t n = 0, run;

	buf_putc(out, '\n');
	for (size_t shown = 0; n < d->sightings; n += run, shown++) {
		char *text;

		if (style->events_max != 0 && shown == style->events_max)
			break;
		for (run = 1; n + run < d->sightings && same_call(&d->sighting[n], &d->sighting[n + run]);)
			run++;
		text = event_text(d, rules, style, &d->sighting[n], run);
		buf_puts(out, "  ");
		escape_terminal(out, text);
		buf_putc(out, '\n');
		free(text);
	}
	if (n < d->sightings || d->sightings_left_out > 0)
		buf_printf(out, "  … and %zu more; --format json lists all\n",
		    d->sightings - n + d->sightings_left_out);
	buf_putc(out, '\n');
}

void
text_incident(struct buf *out, const struct dossier *d, const struct rules *rules,
    const struct text_style *style)
{
	const struct verdict *v = &d->incident->verdict;
	const struct tally *t = &d->incident->tally;

	head(out, d, style);
	also(out, v, style);
	who_and_where(out, d, style);
	span(out, d, style);
	texts(out, style, "From", &t->addresses);
	located(out, d, style);
	texts(out, style, "User agent", &t->user_agents);
	flowing(out, style, "Regions", &t->regions);
	texts(out, style, "Other keys", &t->sessions);
	texts(out, style, "Aimed at", &t->resources);
	related(out, d, style);
	stages(out, rules, v, style);
	nearest(out, v, style);
	texts(out, style, "Refused by", &t->policies);
	lines(out, style, "Why", &v->reasons);
	lines(out, style, "Likely next", &v->likely_next);
	lines(out, style, "Do now", &v->next_steps);
	for (size_t i = 0; i < d->gaps; i++)
		line(out, style, i == 0 ? "Not seen" : "", str_or(d->gap[i].detail, d->gap[i].cause));
	events(out, d, rules, style);
}
