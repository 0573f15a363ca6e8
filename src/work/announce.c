#include "work/gather.h"
#include "work/announce.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/escalate.h"
#include "core/report/compose.h"
#include "store/outbox.h"
#include "store/store.h"
#include "work/rules.h"
#include "work/state.h"

static bool
any_fits(const char *pattern, const struct strlist *list)
{
	if (pattern == NULL)
		return true;
	for (size_t i = 0; i < list->len; i++)
		if (str_match(pattern, list->item[i]))
			return true;
	return false;
}

/* Where the state keeps an account's number. */
static char *
number_place(const char *account_name)
{
	return mem_printf("account-number:%s", account_name);
}

bool
announce_learn_account(struct store *s, const char *name, const char *number, struct error *err)
{
	char *place = number_place(name);
	bool ok = meta_set(s, place, number, err);

	free(place);
	return ok;
}

/* By number, or by a name the watch learned the number of. */
static bool
account_fits(struct store *s, const struct settings *settings, const char *pattern, const char *account)
{
	bool fits = pattern == NULL || str_match(pattern, str_or(account, ""));

	for (size_t i = 0; !fits && account != NULL && i < settings->accounts; i++) {
		char *place = number_place(settings->account[i].name), *number = NULL;

		fits = str_match(pattern, settings->account[i].name) && meta_get(s, place, &number, NULL) &&
		    str_eq(number, account);
		free(place);
		free(number);
	}
	return fits;
}

static bool
route_fits(struct store *s, const struct settings *settings, const struct route_settings *r,
    const struct message *m)
{
	enum severity least = SEVERITY_INFO;

	if (r->severity != NULL && severity_parse(r->severity, &least) && m->severity < least)
		return false;
	if (m->incident == NULL)
		return true;	/* about ourselves: everybody on a route hears it */
	return any_fits(r->intent, &m->intents) && any_fits(r->tag, &m->tags) &&
	    account_fits(s, settings, r->account, m->account);
}

/* Those wake people; a digest never does. */
static bool
is_pager(const struct settings *settings, const char *channel)
{
	const struct channel_settings *c = settings_channel(settings, channel);

	return c != NULL && (str_eq(c->type, "pagerduty") || str_eq(c->type, "opsgenie"));
}

/* Without routes, all to all channels. */
static bool
goes_to(struct store *s, const struct settings *settings, const char *channel, const struct message *m)
{
	bool fits = settings->routes == 0;

	if (m->kind == MESSAGE_DIGEST && is_pager(settings, channel))
		return false;
	for (size_t i = 0; !fits && i < settings->routes; i++)
		fits = strlist_has(&settings->route[i].channels, channel) &&
		    route_fits(s, settings, &settings->route[i], m);
	return fits;
}

static bool
queue(struct store *s, const char *channel, struct message *m, int64_t incident, const char *key,
    int64_t not_before_ms, int64_t now_ms, struct error *err)
{
	struct buf payload = BUF_INIT(BUF_RECORD);
	bool ok;

	free(m->key);
	m->key = mem_printf("%s-%s", key, channel);
	message_write(m, &payload);
	ok = payload.failed ? error_set(err, ERROR_FULL, "a message is too large for the outbox") :
	    outbox_add(s, incident, channel, message_kind_name(m->kind), m->key, buf_str(&payload), not_before_ms,
	    now_ms, err);
	buf_free(&payload);
	return ok;
}

bool
announce(struct store *s, const struct settings *settings, struct message *m, int64_t incident,
    const char *key, const char *except, int64_t not_before_ms, int64_t now_ms, struct error *err)
{
	bool ok = true, routed = false;

	for (size_t i = 0; i < settings->channels; i++)
		routed |= !str_eq(settings->channel[i].name, except) && goes_to(s, settings, settings->channel[i].name, m);
	for (size_t i = 0; ok && i < settings->channels; i++) {
		const char *channel = settings->channel[i].name;

		if (str_eq(channel, except))
			continue;
		if (routed ? goes_to(s, settings, channel, m) : m->incident == NULL)
			ok = queue(s, channel, m, incident, key, not_before_ms, now_ms, err);
	}
	return ok;
}

bool
announce_compose(struct store *s, const struct settings *settings, const char *incident,
    const struct escalation *why, enum message_kind kind, int64_t now_ms, struct message *m, struct error *err)
{
	struct gathered g;
	bool ok = gather_brief(s, incident, 1, now_ms, 0, &g, err) && gather_near(s, &g, err);

	if (ok) {
		g.dossier.rules = rules_shared();
		gathered_locate(&g, settings);
		g.dossier.link = settings->alert_link;
		g.dossier.monitor = settings->alert_name;
		compose_incident(m, &g.dossier, why, kind);
	}
	gathered_clear(&g);
	return ok;
}

static bool
announce_incident(struct announce *a, struct store *s, const struct incident *i,
    const struct escalation *why, enum message_kind kind, const char *key, int64_t not_before_ms,
    struct error *err)
{
	struct message m;
	bool ok;

	if (!announce_compose(s, a->settings, i->id, why, kind, a->now_ms, &m, err))
		return false;
	ok = announce(s, a->settings, &m, i->row, key, NULL, not_before_ms, a->now_ms, err);
	message_clear(&m);
	return ok;
}

/*
 * One digest a slot, counted from the incident's opening: the key says which.
 * It is composed anew when it is due.
 */
static bool
plan_digest(struct announce *a, struct store *s, const struct incident *i, struct error *err)
{
	int64_t slot_ms = a->settings->digest_every_s * 1000;
	int64_t from = i->opened_ms != WHEN_NONE && i->opened_ms <= a->now_ms ? i->opened_ms : a->now_ms;
	int64_t n = (a->now_ms - from) / slot_ms + 1;
	char *key = mem_printf("%s-digest-%lld", i->id, (long long)n);
	bool there = false, ok = outbox_has(s, i->row, key, &there, err) &&
	    (there || announce_incident(a, s, i, NULL, MESSAGE_DIGEST, key, from + n * slot_ms, err));

	free(key);
	return ok;
}

bool
announce_changed(void *arg, struct store *s, const struct incident *before, const struct incident *after,
    struct error *err)
{
	struct announce *a = arg;
	struct escalation e;
	char *key;
	bool ok = true;

	/* What came after a drill was closed as one belongs to it, too. */
	if (a->settings->channels == 0 || (after->state == INCIDENT_CLOSED && after->classification == CLASS_DRILL))
		return true;
	escalate(before, after, &e);
	key = mem_printf("%s-%lld-%s", after->id, (long long)after->revision, message_kind_name(e.kind));
	if (e.now)
		ok = announce_incident(a, s, after, &e, e.kind, key, a->now_ms, err);
	free(key);
	if (ok && e.digest && !e.now)
		ok = plan_digest(a, s, after, err);
	escalation_clear(&e);
	return ok;
}

bool
announce_closed(struct store *s, const struct settings *settings, const struct incident *i, const char *who,
    int64_t now_ms, struct error *err)
{
	struct strlist told = STRLIST_INIT;
	char *key = mem_printf("%s-closed-%lld", i->id, (long long)now_ms);
	struct message m;
	bool ok;

	if (!outbox_drop_later(s, i->row, i->classification == CLASS_DRILL, now_ms, err) || !outbox_told(s, i->row, &told, err) ||
	    !announce_compose(s, settings, i->id, NULL, MESSAGE_CLOSED, now_ms, &m, err)) {
		strlist_clear(&told);
		free(key);
		return false;
	}
	compose_closed(&m, i, who);
	ok = true;
	for (size_t n = 0; ok && n < told.len; n++)
		if (settings_channel(settings, told.item[n]) != NULL)
			ok = queue(s, told.item[n], &m, i->row, key, now_ms, now_ms, err);
	message_clear(&m);
	strlist_clear(&told);
	free(key);
	return ok;
}
