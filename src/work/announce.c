#include "work/announce.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/escalate.h"
#include "core/report/compose.h"
#include "store/canaries.h"
#include "store/outbox.h"

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

static bool
route_fits(const struct route_settings *r, const struct message *m)
{
	enum severity least = SEVERITY_INFO;

	if (r->severity != NULL && severity_parse(r->severity, &least) && m->severity < least)
		return false;
	if (m->incident == NULL)
		return true;	/* about ourselves: everybody on a route hears it */
	return any_fits(r->intent, &m->intents) && any_fits(r->tag, &m->tags) &&
	    (r->account == NULL || str_match(r->account, str_or(m->account, "")));
}

/* Without routes, all to all channels. */
static bool
goes_to(const struct settings *s, const char *channel, const struct message *m)
{
	bool fits = s->routes == 0;

	for (size_t i = 0; !fits && i < s->routes; i++)
		fits = strlist_has(&s->route[i].channels, channel) && route_fits(&s->route[i], m);
	return fits;
}

bool
announce(struct store *s, const struct settings *settings, struct message *m, int64_t incident,
    const char *key, const char *except, int64_t not_before_ms, int64_t now_ms, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < settings->channels; i++) {
		const char *channel = settings->channel[i].name;
		struct buf payload = BUF_INIT(BUF_RECORD);

		if (str_eq(channel, except) || !goes_to(settings, channel, m))
			continue;
		free(m->key);
		m->key = mem_printf("%s-%s", key, channel);
		message_write(m, &payload);
		ok = outbox_add(s, incident, channel, message_kind_name(m->kind), m->key, buf_str(&payload),
		    not_before_ms, now_ms, err);
		buf_free(&payload);
	}
	return ok;
}

static bool
announce_incident(struct announce *a, struct store *s, const struct incident *i,
    const struct escalation *why, enum message_kind kind, const char *key, int64_t not_before_ms,
    struct error *err)
{
	struct canary c;
	struct message m;
	struct dossier d;
	bool known = false, ok;

	if (!canary_load(s, i->key_id, &c, &known, err))
		return false;
	d = (struct dossier){ .incident = i, .canary = known ? &c : NULL, .now_ms = a->now_ms };
	compose_incident(&m, &d, why, kind);
	ok = announce(s, a->settings, &m, i->row, key, NULL, not_before_ms, a->now_ms, err);
	message_clear(&m);
	canary_clear(&c);
	return ok;
}

bool
announce_changed(void *arg, struct store *s, const struct incident *before, const struct incident *after,
    struct error *err)
{
	struct announce *a = arg;
	struct escalation e;
	int64_t slot = a->settings->digest_every_s > 0 ? a->settings->digest_every_s * 1000 : 86400000;
	char *key;
	bool ok = true;

	if (a->settings->channels == 0)
		return true;
	escalate(before, after, &e);
	key = mem_printf("%s-%lld-%s", after->id, (long long)after->revision, message_kind_name(e.kind));
	if (e.now)
		ok = announce_incident(a, s, after, &e, e.kind, key, a->now_ms, err);
	free(key);
	/* One digest a slot: its key says which, and it is composed anew when it is due. */
	if (ok && e.digest && !(e.now && e.kind == MESSAGE_FIRST)) {
		int64_t due = (a->now_ms / slot + 1) * slot;

		key = mem_printf("%s-digest-%lld", after->id, (long long)(due / 1000));
		ok = announce_incident(a, s, after, NULL, MESSAGE_DIGEST, key, due, err);
		free(key);
	}
	escalation_clear(&e);
	return ok;
}
