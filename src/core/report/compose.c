#include "core/report/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/classify.h"
#include "core/intent/judge.h"

#define WHAT_IS_NEW "What is new"

static void
section_of(struct message *m, const char *heading, const struct strlist *lines)
{
	struct section *s;

	if (lines->len == 0)
		return;
	s = message_section(m, heading);
	for (size_t i = 0; i < lines->len; i++)
		section_line(s, "%s", lines->item[i]);
}

/* --- the copy that leaked ----------------------------------------------------------- */

/* "acme/shop, deploy/.env line 12": short enough for a sentence. */
static char *
where(const struct placement *p)
{
	const char *repo = p->remote != NULL ? p->remote : p->repo;

	if (p->line_from > 0)
		return mem_printf("%s, file %s, line %lld", str_or(repo, "?"), str_or(p->path, "?"), (long long)p->line_from);
	return mem_printf("%s, file %s", str_or(repo, "?"), str_or(p->path, "?"));
}

/* "shop/deploy/.env": the repository's last word and the path, short enough for a title. */
static char *
short_place(const struct placement *p)
{
	const char *repo = str_or(p->remote != NULL ? p->remote : p->repo, ""), *slash;
	size_t len = strlen(repo);
	char *name, *place;

	while (len > 0 && repo[len - 1] == '/')
		len--;
	name = mem_strndup(repo, len);
	slash = strrchr(name, '/');
	place = mem_printf("%.60s/%.80s", slash != NULL ? slash + 1 : name, str_or(p->path, "?"));
	free(name);
	return place;
}

static void
copies(struct section *s, const struct placement *p)
{
	struct strlist list = STRLIST_INIT;

	if (str_empty(p->copies))
		return;
	strlist_split(&list, p->copies, "\n");
	for (size_t i = 0; i < list.len; i++)
		section_line(s, "also found in: %s", list.item[i]);
	strlist_clear(&list);
}

static void
canary(struct message *m, const struct dossier *d)
{
	const struct incident *i = d->incident;
	struct section *s = message_section(m, "Canary");

	section_line(s, "%s%s%s%s%s", i->key_id, str_empty(i->user_name) ? "" : ", IAM user ",
	    str_or(i->user_name, ""), str_empty(i->account) ? "" : ", account ", str_or(i->account, ""));
	for (size_t n = 0; n < d->placements; n++) {
		const struct placement *p = &d->placement[n];
		char *place = where(p);

		section_line(s, "planted in %s", place);
		if (!str_empty(p->owner))
			section_line(s, "owner of that place: %s", p->owner);
		if (!str_empty(p->branch) || !str_empty(p->commit))
			section_line(s, "branch %s, commit %s", str_or(p->branch, "?"), str_or(p->commit, "not committed"));
		copies(s, p);
		free(place);
	}
	if (d->placements == 0)
		section_line(s, "where it was planted is not recorded");
	if (d->canary == NULL) {
		section_line(s, "it is not in the registry");
		return;
	}
	if (d->canary->state == CANARY_INERT)
		section_line(s, "it is inert: never minted in AWS, it cannot fire; this is training");
	if (!str_empty(d->canary->owner))
		section_line(s, "owner: %s", d->canary->owner);
	if (!str_empty(d->canary->note))
		section_line(s, "note: %s", d->canary->note);
}

/* --- what to do --------------------------------------------------------------------- */

/* AWS puts its services' names where an address would be. */
static bool
is_address(const char *s)
{
	return s != NULL && s[strspn(s, "0123456789abcdefABCDEF.:")] == '\0' && strpbrk(s, ".:") != NULL;
}

/* One that somebody else's network has: not of this machine or house. */
static bool
outside(const char *address)
{
	static const char *const inside[] = { "10.", "127.", "192.168.", "169.254.", "::1", "fe80:", "fc", "fd" };

	if (!is_address(address))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		if (str_starts_nocase(address, inside[i]))
			return false;
	return true;
}

static void
to_do(struct message *m, const struct dossier *d)
{
	const struct verdict *v = &d->incident->verdict;
	bool stranger = d->incident->tally.strangers > 0;
	const struct tally_texts *from = &d->incident->tally.addresses;
	struct section *s;

	if (v->next_steps.len == 0 && !stranger)
		return;
	s = message_section(m, "What to do now");
	if (d->incident->drill)
		section_line(s, "Nothing: this is a drill, nobody broke in. A real alarm would say:");
	for (size_t n = 0; stranger && n < d->placements; n++) {
		const struct placement *p = &d->placement[n];
		char *place = where(p);

		section_line(s, "The copy that leaked is in %s%s%s: find out who could read it, and rotate every real secret there",
		    place, str_empty(p->owner) ? "" : "; tell its owner, ", str_or(p->owner, ""));
		free(place);
	}
	for (size_t i = 0; i < v->next_steps.len; i++)
		section_line(s, "%s", v->next_steps.item[i]);
	if (stranger && !d->incident->drill && from->len > 0 && outside(from->item[0].text))
		section_line(s, "Report the address: \"whois %.60s\" names its network's abuse contact; if it is AWS's own, "
		    "https://support.aws.amazon.com/#/contacts/report-abuse", from->item[0].text);
}

/* --- what was done --------------------------------------------------------------------- */

/* "ses:GetAccount: 2 denied, 1 answered"; what did not happen is not said. */
static void
call_line(struct section *s, const struct tally_call *c, const char *indent)
{
	char *text = call_text(c->source, c->name);
	struct buf line = BUF_INIT(BUF_RECORD);
	const struct {
		int64_t n;
		const char *word;
	} part[] = { { c->denied, "denied" }, { c->failed, "failed" }, { c->succeeded, "answered" } };
	const char *between = ": ";

	buf_printf(&line, "%s%s", indent, text);
	for (size_t i = 0; i < ARRAY_LEN(part); i++) {
		if (part[i].n == 0)
			continue;
		buf_printf(&line, "%s%lld %s", between, (long long)part[i].n, part[i].word);
		between = ", ";
	}
	if (c->label != NULL)
		buf_printf(&line, " (%s)", c->label);
	section_line(s, "%s", buf_str(&line));
	buf_free(&line);
	free(text);
}

enum { CALLS_SHOWN = 30 };

/* The stages reached, in order, each with its calls; then the calls no stage is known for. */
static void
stages(struct message *m, const struct dossier *d)
{
	const struct tally *t = &d->incident->tally;
	const struct verdict *v = &d->incident->verdict;
	struct section *s = message_section(m, "Stages and calls");
	size_t shown = 0;

	for (size_t n = 0; n < v->stages.len; n++) {
		const struct stage_rule *r = d->rules != NULL ? rules_stage(d->rules, v->stages.item[n]) : NULL;

		section_line(s, "%s%s%s", v->stages.item[n], r != NULL ? " " : "", r != NULL ? r->about : "");
		for (size_t i = 0; i < t->calls && shown < CALLS_SHOWN; i++) {
			if (!str_eq(t->call[i].stage, v->stages.item[n]) && !str_eq(t->call[i].also_stage, v->stages.item[n]))
				continue;
			call_line(s, &t->call[i], "- ");
			shown++;
		}
	}
	for (size_t i = 0; i < t->calls && shown < CALLS_SHOWN; i++) {
		if (strlist_has(&v->stages, str_or(t->call[i].stage, "")) || strlist_has(&v->stages, str_or(t->call[i].also_stage, "")))
			continue;
		call_line(s, &t->call[i], "");
		shown++;
	}
	if (shown < t->calls)
		section_line(s, "and more kinds of calls: the full report has them");
}

static void
texts(struct section *s, const char *name, const struct tally_texts *t)
{
	for (size_t i = 0; i < t->len && i < 8; i++)
		section_line(s, "%s: %s", name, t->item[i].text);
	if (t->len > 8 || t->overflow > 0)
		section_line(s, "%s: and %lld more", name, (long long)(t->len > 8 ? t->len - 8 : 0) + (long long)t->overflow);
}

static const struct address_note *
note_of(const struct dossier *d, const char *ip)
{
	for (size_t n = 0; n < d->addresses; n++)
		if (str_eq(d->address[n].ip, ip))
			return &d->address[n];
	return NULL;
}

static void
addresses(struct section *s, const struct dossier *d)
{
	const struct tally_texts *t = &d->incident->tally.addresses;

	for (size_t i = 0; i < t->len && i < 8; i++) {
		const struct address_note *n = note_of(d, t->item[i].text);

		if (n == NULL)
			section_line(s, "address: %s", t->item[i].text);
		else
			section_line(s, "address: %s (%s, %s%s)", t->item[i].text, str_or(n->country, "country unknown"),
			    str_or(n->network, "network unknown"), n->tor ? ", a Tor exit" : "");
	}
	if (t->len > 8 || t->overflow > 0)
		section_line(s, "address: and %lld more", (long long)(t->len > 8 ? t->len - 8 : 0) + (long long)t->overflow);
}

static void
who(struct message *m, const struct dossier *d)
{
	const struct tally *t = &d->incident->tally;
	const struct verdict *v = &d->incident->verdict;
	struct section *s = message_section(m, "Who and where");

	addresses(s, d);
	for (size_t i = 0; i < v->tools.len; i++)
		section_line(s, "tool: %s", v->tools.item[i]);
	texts(s, "user agent", &t->user_agents);
	texts(s, "region", &t->regions);
	texts(s, "session", &t->sessions);
	if (v->pace != NULL)
		section_line(s, "pace: %s", v->pace);
}

enum { RELATED_SHOWN = 5 };

/* Other canaries that the same visitor seems to have: more than one place leaked. */
static void
related(struct message *m, const struct dossier *d)
{
	struct section *s = NULL;
	size_t shown = 0;

	for (size_t n = 0; n < d->relateds && shown < RELATED_SHOWN; n++) {
		const struct relation *r = &d->related[n];

		if (r->session == NULL && !is_address(r->address))
			continue;	/* a user agent alone is no reason to wake up */
		if (s == NULL)
			s = message_section(m, "Other canaries, probably the same visitor");
		section_line(s, "%s, %s (same %s): keycanary report %s", r->incident->key_id,
		    str_or(r->incident->verdict.intent, "intent unknown"), r->session != NULL ? "session" : "address",
		    r->incident->id);
		shown++;
	}
}

static void
times(struct message *m, const struct dossier *d)
{
	const struct incident *i = d->incident;
	const struct tally *t = &i->tally;
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];
	struct section *s;

	if (t->first_ms == WHEN_NONE)
		return;
	s = message_section(m, "Times");
	section_line(s, "first call %s, last call %s", when_utc(t->first_ms, a), when_utc(t->last_ms, b));
	if (i->opened_ms != WHEN_NONE && i->opened_ms >= t->first_ms)
		section_line(s, "noticed %s, %s after the first call", when_utc(i->opened_ms, a),
		    span_text((i->opened_ms - t->first_ms) / 1000, b));
	if (d->now_ms > i->opened_ms && d->now_ms >= t->last_ms)
		section_line(s, "this message: %s after the last call", span_text((d->now_ms - t->last_ms) / 1000, a));
}

static void
report(struct message *m, const struct dossier *d)
{
	struct section *s = message_section(m, "Full report");

	if (!str_empty(d->link)) {
		m->link = mem_printf("%s%s", d->link, d->incident->id);
		section_line(s, "%s", m->link);
	}
	section_line(s, "keycanary report %s", d->incident->id);
	if (d->incident->state == INCIDENT_OPEN && d->incident->tally.strangers > 0)
		section_line(s, "say that you have it: keycanary incidents ack %s", d->incident->id);
	if (!str_empty(d->monitor))
		section_line(s, "told by %s", d->monitor);
}

static void
facts(struct message *m, const struct dossier *d)
{
	const struct incident *i = d->incident;
	const struct verdict *v = &i->verdict;

	m->incident = mem_strdup(i->id);
	m->key_id = mem_strdup(i->key_id);
	m->account = mem_strdup(i->account);
	m->intent = mem_strdup(v->intent);
	strlist_copy(&m->intents, &v->intents);
	if (d->canary != NULL)
		strlist_copy(&m->tags, &d->canary->tags);
	m->severity = v->severity;
	m->confidence = v->confidence;
	m->drill = i->drill;
	m->first_ip = mem_strdup(i->tally.addresses.len > 0 ? i->tally.addresses.item[0].text : NULL);
	m->tool = mem_strdup(v->tools.len > 0 ? v->tools.item[0] : NULL);
	m->revision = i->revision;
	m->sightings = i->tally.sightings;
	m->event_ms = i->tally.last_ms;
	m->made_ms = d->now_ms;
}

/* What a pager shows and a phone reads aloud: intent, confidence, which copy leaked. */
static char *
title_of(const struct dossier *d, enum message_kind kind)
{
	const struct verdict *v = &d->incident->verdict;
	char *place = d->placements > 0 ? short_place(&d->placement[0]) : NULL;
	char *title = mem_printf("%s%s%s (%s confidence): canary %s%s%s", d->incident->drill ? "DRILL " :
	    d->canary != NULL && d->canary->state == CANARY_INERT ? "INERT " : "",
	    kind == MESSAGE_ESCALATION ? "more: " : kind == MESSAGE_DIGEST ? "digest, " : kind == MESSAGE_CLOSED ? "closed, " : "",
	    v->intent, confidence_name(v->confidence), d->incident->key_id, place != NULL ? " in " : "", str_or(place, ""));

	free(place);
	return title;
}

void
compose_incident(struct message *m, const struct dossier *d, const struct escalation *why,
    enum message_kind kind)
{
	const struct verdict *v = &d->incident->verdict;

	message_init(m);
	m->kind = kind;
	facts(m, d);
	/* Nobody is woken by a summary: routes by severity leave it to the quiet channels. */
	if (kind == MESSAGE_DIGEST)
		m->severity = d->incident->tally.strangers > 0 && v->severity > SEVERITY_INFO ? SEVERITY_LOW : SEVERITY_INFO;
	m->title = title_of(d, kind);
	m->summary = mem_strdup(str_or(v->summary, ""));
	if (why != NULL && kind == MESSAGE_ESCALATION) {
		section_of(m, WHAT_IS_NEW, &why->changes);
		m->urgent = why->urgent;
	}
	canary(m, d);
	if (kind != MESSAGE_CLOSED) {
		to_do(m, d);
		stages(m, d);
		who(m, d);
		related(m, d);
	}
	times(m, d);
	if (kind != MESSAGE_CLOSED) {
		section_of(m, "What such intruders do next", &v->likely_next);
		section_of(m, "Why we think so", &v->reasons);
	}
	report(m, d);
}

void
compose_merge(struct message *newer, const struct message *older)
{
	const struct strlist *from = older->sections > 0 && str_eq(older->section[0].heading, WHAT_IS_NEW) ?
	    &older->section[0].lines : NULL;
	struct strlist all = STRLIST_INIT;

	newer->urgent |= older->urgent;
	if (from == NULL || newer->sections == 0 || !str_eq(newer->section[0].heading, WHAT_IS_NEW))
		return;
	strlist_copy(&all, from);
	for (size_t i = 0; i < newer->section[0].lines.len; i++)
		(void)strlist_add_new(&all, newer->section[0].lines.item[i]);
	strlist_clear(&newer->section[0].lines);
	newer->section[0].lines = all;
}

void
compose_news(struct message *m, const struct digest_news *news)
{
	struct section old[MESSAGE_SECTIONS_MAX], *s;
	size_t n = m->sections < MESSAGE_SECTIONS_MAX - 1 ? m->sections : MESSAGE_SECTIONS_MAX - 1;
	char at[WHEN_TEXT_MAX], *since = news->since_ms == WHEN_NONE ? mem_strdup("so far, nothing was told before") :
	    mem_printf("since the last message, of %s", when_utc(news->since_ms, at));
	char *summary = mem_printf("%lld call%s %s. In all: %s", (long long)news->calls, news->calls == 1 ? "" : "s", since,
	    m->summary);

	memcpy(old, m->section, n * sizeof(*old));
	m->sections = 0;
	s = message_section(m, WHAT_IS_NEW);
	section_line(s, "%s: %lld call%s, %lld denied", since, (long long)news->calls, news->calls == 1 ? "" : "s",
	    (long long)news->denied);
	for (size_t i = 0; i < news->lines.len; i++)
		section_line(s, "%s", news->lines.item[i]);
	memcpy(m->section + 1, old, n * sizeof(*old));
	m->sections = n + 1;
	free(m->summary);
	m->summary = summary;
	free(since);
}

void
compose_closed(struct message *m, const struct incident *i, const char *who_closed)
{
	static const char *const means[] = { [CLASS_NONE] = "", [CLASS_TRUE] = " (a real intruder)",
		[CLASS_BENIGN] = " (harmless)", [CLASS_DRILL] = "", [CLASS_OWNER] = " (our own act)" };

	free(m->summary);
	m->summary = mem_printf("Closed by %s as %s%s%s%.500s", who_closed, incident_class_name(i->classification),
	    means[i->classification], str_empty(i->note) ? "" : ": ", str_or(i->note, ""));
	m->severity = SEVERITY_INFO;
}

void
compose_notice(struct message *m, enum message_kind kind, enum severity severity, const char *title,
    const char *summary, int64_t now_ms)
{
	message_init(m);
	m->kind = kind;
	m->severity = severity;
	m->confidence = CONFIDENCE_HIGH;
	m->title = mem_strdup(title);
	m->summary = mem_strdup(summary);
	m->made_ms = now_ms;
}
