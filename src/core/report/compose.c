#include "core/report/compose.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/classify.h"
#include "core/intent/judge.h"

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

static void
canary(struct message *m, const struct dossier *d)
{
	const struct incident *i = d->incident;
	struct section *s = message_section(m, "Canary");

	section_line(s, "%s%s%s%s%s", i->key_id, str_empty(i->user_name) ? "" : ", IAM user ",
	    str_or(i->user_name, ""), str_empty(i->account) ? "" : ", account ", str_or(i->account, ""));
	if (d->canary != NULL && !str_empty(d->canary->owner))
		section_line(s, "owner: %s", d->canary->owner);
	if (d->canary != NULL && !str_empty(d->canary->note))
		section_line(s, "note: %s", d->canary->note);
	for (size_t n = 0; n < d->placements; n++) {
		const struct placement *p = &d->placement[n];

		section_line(s, "planted in %s, %s line %lld%s%s", p->remote != NULL ? p->remote : p->repo, p->path,
		    (long long)p->line_from, str_empty(p->owner) ? "" : ", owner ", str_or(p->owner, ""));
	}
}

static void
calls(struct message *m, const struct tally *t)
{
	struct section *s = message_section(m, "Calls");

	for (size_t i = 0; i < t->calls && i < 25; i++) {
		const struct tally_call *c = &t->call[i];
		char *text = call_text(c->source, c->name);

		section_line(s, "%s %s: %lld denied, %lld answered%s%s", str_or(c->stage, "-"), text,
		    (long long)(c->denied + c->failed), (long long)c->succeeded, c->label != NULL ? ", " : "",
		    str_or(c->label, ""));
		free(text);
	}
	if (t->calls > 25)
		section_line(s, "and %zu more kinds of calls", t->calls - 25);
}

static void
texts(struct section *s, const char *name, const struct tally_texts *t)
{
	for (size_t i = 0; i < t->len && i < 8; i++)
		section_line(s, "%s: %s", name, t->item[i].text);
}

static void
who(struct message *m, const struct dossier *d)
{
	const struct tally *t = &d->incident->tally;
	struct section *s = message_section(m, "Who and where");

	texts(s, "address", &t->addresses);
	for (size_t n = 0; n < d->addresses; n++)
		section_line(s, "%s is in %s, %s%s", d->address[n].ip, str_or(d->address[n].country, "an unknown country"),
		    str_or(d->address[n].network, "an unknown network"), d->address[n].tor ? ", a Tor exit" : "");
	texts(s, "user agent", &t->user_agents);
	texts(s, "region", &t->regions);
	texts(s, "session", &t->sessions);
	if (d->incident->verdict.pace != NULL)
		section_line(s, "pace: %s", d->incident->verdict.pace);
}

static void
times(struct message *m, const struct dossier *d)
{
	const struct tally *t = &d->incident->tally;
	struct section *s = message_section(m, "Times");
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];

	if (t->first_ms == WHEN_NONE)
		return;
	section_line(s, "first call %s, last call %s", when_utc(t->first_ms, a), when_utc(t->last_ms, b));
	if (d->incident->opened_ms != WHEN_NONE && d->incident->opened_ms >= t->first_ms)
		section_line(s, "noticed %s after the first call",
		    span_text((d->incident->opened_ms - t->first_ms) / 1000, a));
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
	m->event_ms = i->tally.last_ms;
	m->made_ms = d->now_ms;
}

void
compose_incident(struct message *m, const struct dossier *d, const struct escalation *why,
    enum message_kind kind)
{
	const struct verdict *v = &d->incident->verdict;

	message_init(m);
	m->kind = kind;
	facts(m, d);
	m->title = mem_printf("%s%s%s (%s confidence): canary %s", m->drill ? "DRILL " : "",
	    kind == MESSAGE_DIGEST ? "digest, " : kind == MESSAGE_CLOSED ? "closed, " : "", v->intent,
	    confidence_name(v->confidence), d->incident->key_id);
	m->summary = mem_strdup(str_or(v->summary, ""));
	if (why != NULL && kind == MESSAGE_ESCALATION)
		section_of(m, "What is new", &why->changes);
	canary(m, d);
	section_of(m, "Why we think so", &v->reasons);
	calls(m, &d->incident->tally);
	who(m, d);
	times(m, d);
	section_of(m, "What to do now", &v->next_steps);
	section_of(m, "What such intruders do next", &v->likely_next);
	section_line(message_section(m, "Full report"), "keycanary report %s", d->incident->id);
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
