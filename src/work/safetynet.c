/*
 * The safety net: IAM notes each use of a key, also those that never reach
 * CloudTrail's event history. A use that no sighting explains within the late
 * window becomes a sighting of kind "unlogged". GetAccessKeyLastUsed notes
 * only the first use in 15 minutes (AWS IAM User Guide, "Getting credential
 * reports"), so a use is explained by any sighting near it.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/coverage.h"
#include "store/incidents.h"
#include "work/announce.h"
#include "work/watch_int.h"
#include "world/aws/identity.h"

enum { SLACK_S = 900 };

/* Is there a sighting of the canary near this use? */
static bool
explained(struct watch *w, const char *key_id, int64_t used_ms, bool *yes, struct error *err)
{
	struct incident_list list = INCIDENT_LIST_INIT;
	int64_t slack = (SLACK_S + w->settings->late_s) * 1000;
	bool ok = incident_list(w->store, key_id, NULL, used_ms - slack, &list, err);

	*yes = false;
	for (size_t i = 0; ok && i < list.len && !*yes; i++) {
		struct sighting_list all = SIGHTING_LIST_INIT;

		ok = sighting_list_of(w->store, list.item[i].row, 0, &all, err);
		for (size_t k = 0; k < all.len && !*yes; k++)
			*yes = all.item[k].time_ms != WHEN_NONE && all.item[k].kind != SIGHTING_TARGET &&
			    llabs(all.item[k].time_ms - used_ms) <= slack;
		sighting_list_clear(&all);
	}
	incident_list_clear(&list);
	return ok;
}

static bool
report(struct watch_account *a, const struct canary *c, const struct key_use *use,
    struct error *err)
{
	struct watch *w = a->watch;
	struct sighting_list batch = SIGHTING_LIST_INIT;
	struct derived_set none = DERIVED_SET_INIT;
	struct announce tell = { .settings = w->settings, .now_ms = clock_now_ms() };
	struct ingest_extra extra = { .window_s = w->settings->incident_window_s,
		.changed = announce_changed, .changed_arg = &tell };
	struct ingest_result result;
	struct sighting s;
	bool ok;

	sighting_init(&s);
	s.key_id = mem_strdup(c->key_id);
	s.event_id = mem_printf("unlogged:%s:%lld", c->key_id, (long long)use->used_ms);
	s.kind = SIGHTING_UNLOGGED;
	s.time_ms = use->used_ms;
	s.seen_ms = clock_now_ms();
	s.source = mem_printf("%s.amazonaws.com", str_or(use->service, "unknown"));
	s.name = mem_strdup("(not logged)");
	s.stage = mem_strdup("U1");
	s.region = mem_strdup(use->region);
	s.account = mem_strdup(c->account);
	sighting_list_take(&batch, &s);
	ok = ingest_with(w->store, w->rules, &w->canaries, &none, &batch, &extra, clock_now_ms(), &result,
	    err);
	if (ok) {
		w->counts.sightings += result.added;
		w->counts.incidents += result.opened;
	}
	sighting_list_clear(&batch);
	return ok;
}

/* One key. A key IAM does not know is drift, told by doctor and status; it is no failure. */
static bool
ask(struct watch_account *a, const struct canary *c, struct error *err)
{
	struct watch *w = a->watch;
	struct key_use use;
	bool yes = false, ok = aws_key_last_used(a->client, c->key_id, &use, err);
	int64_t age;

	if (!ok && err->kind == ERROR_NOT_FOUND) {
		error_clear(err);
		log_line(LOG_LEVEL_WARNING, "the key is not there any more", "account", a->name, "key",
		    c->key_id, NULL);
		return true;
	}
	if (!ok)
		return false;
	age = use.used_ms != WHEN_NONE ? clock_now_ms() - use.used_ms : 0;
	if (use.used_ms != WHEN_NONE && use.used_ms >= c->created_ms && age >= w->settings->safety_alert_s * 1000)
		ok = explained(w, c->key_id, use.used_ms, &yes, err) && (yes || report(a, c, &use, err));
	key_use_clear(&use);
	return ok;
}

static bool
ask_all(struct watch_account *a, struct error *err)
{
	struct watch *w = a->watch;

	for (size_t i = 0; i < w->canaries.len; i++) {
		const struct canary *c = &w->canaries.item[i];

		if (c->state == CANARY_INERT || c->state == CANARY_RETIRED ||
		    (a->number != NULL && c->account != NULL && !str_eq(a->number, c->account)))
			continue;
		a->net.calls++;
		if (!ask(a, c, err))
			return false;
	}
	return true;
}

static void
remember(struct watch_account *a, bool ok, const struct error *err)
{
	struct sighting_list none = SIGHTING_LIST_INIT;
	struct derived_set nothing = DERIVED_SET_INIT;
	struct ingest_extra extra = { .coverage = &a->net, .gap = &a->net_gap };
	struct ingest_result result;
	struct error why = ERROR_INIT;
	int64_t now = clock_now_ms();

	a->net.tried_ms = now;
	free(a->net.error_kind);
	free(a->net.error_text);
	a->net.error_kind = ok ? NULL : mem_strdup(error_kind_name(err->kind));
	a->net.error_text = ok ? NULL : mem_strdup(err->text);
	if (ok) {
		a->net.good_ms = a->net.until_ms = now;
		gap_follow(&a->net_gap, &a->net, now);
	} else {
		gap_open(&a->net_gap, &a->net, err, now);
		log_line(LOG_LEVEL_WARNING, "the safety net cannot ask IAM", "account", a->name, "error",
		    err->text, NULL);
	}
	extra.gaps = a->net_gap.cause != NULL ? 1 : 0;
	if (!ingest_with(a->watch->store, a->watch->rules, &a->watch->canaries, &nothing, &none, &extra, now,
	    &result, &why))
		log_line(LOG_LEVEL_ERROR, "cannot save", "error", why.text, NULL);
}

void
safetynet_go(struct watch_account *a)
{
	const struct settings *s = a->watch->settings;
	struct error err = ERROR_INIT;
	int64_t now = clock_now_ms();
	bool ok;

	if (!s->safety_net || a->regions_ms == WHEN_NONE || a->watch->canaries.len == 0)
		return;
	if (a->net.tried_ms != WHEN_NONE && now - a->net.tried_ms < s->safety_every_s * 1000 &&
	    now >= a->net.tried_ms)
		return;
	ok = ask_all(a, &err);
	remember(a, ok, &err);
}
