/*
 * The safety net: IAM notes each use of a key, also those that never reach
 * CloudTrail's event history. A use that no sighting explains becomes a
 * sighting of kind "unlogged".
 *
 * A round asks about every key, a few at a time, on the loop of the watch.
 * Many keys of one account are asked about by the credential report when IAM
 * would make a new one; only users whose report shows a use are then asked
 * about one by one. The report IAM keeps for four hours is too old to rely on,
 * so between two reports each key is asked about by itself. Each question is
 * an event in the region that a sweep reads; so of very many keys only some
 * have their turn in a round, and a use that only IAM knows of may then be
 * noticed as late as the next report.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/watch/gap.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/incidents.h"
#include "work/announce.h"
#include "work/watch_int.h"
#include "world/aws/lastused.h"

enum {
	KEYS_A_MINUTE = 3000,		/* of one poll; IAM's limit is not published */
	KEYS_A_MINUTE_LEAST = 30,	/* of a watch, which has time until the next round */
	THROTTLED_MOST = 20,		/* in one round: asked again, more slowly */
	THROTTLED_PAUSE_MS = 3000,
	/*
	 * Our questions are events of us-east-1. 400 in a quarter of an hour are three pages of its hot
	 * window, and with the hour's reading three quarters of the requests it is allowed: there is no room for more.
	 */
	KEYS_A_ROUND = 400,
	REPORT_FROM = 20,		/* keys; a report takes about four requests */
	REPORT_WAIT_MS = 1000,
	REPORT_TRIES_MOST = 60,
};

static void round_go(struct watch_account *a);

/* --- what was found ------------------------------------------------------------------- */

static bool
keep(struct watch_account *a, const struct canary *c, const struct key_use *use, struct error *err)
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
	noise_label(w->settings->noise_rule, w->settings->noises, &s);
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

/* A use before the canary was registered is the owner's, e.g. a test of it; a young one may still be told by its event. */
static bool
take_use(struct watch_account *a, const struct canary *c, const struct key_use *use, struct error *err)
{
	int64_t age_ms = clock_now_ms() - use->used_ms;
	bool yes = false;

	if (use->used_ms == WHEN_NONE || use->used_ms + 1000 <= c->created_ms ||
	    age_ms < a->watch->settings->safety_alert_s * 1000)
		return true;
	return sighting_explains(a->watch->store, c->key_id, str_or(use->service, "?"), use->used_ms,
	    INGEST_NEAR_MS, INGEST_FAR_MS, &yes, err) && (yes || keep(a, c, use, err));
}

/* --- one question --------------------------------------------------------------------- */

static void
on_use(void *arg, const struct aws_answer *answer)
{
	struct net_question *q = arg;
	struct watch_account *a = q->account;
	const char *key_id = a->round.keys.item[q->key];
	const struct canary *c = canary_by_key(&a->watch->canaries, key_id);
	struct key_use use;

	a->in_flight--;
	a->round.under_way--;
	a->net.calls += answer->tries;
	q->account = NULL;
	if (answer->ok && c != NULL) {
		key_use_read(answer->body, &use);
		if (!take_use(a, c, &use, &a->round.err)) {
			a->watch->broken = true;
			a->watch->err = a->round.err;
		}
		key_use_clear(&use);
	} else if (!answer->ok && answer->err.kind == ERROR_NOT_FOUND) {
		log_line(LOG_LEVEL_WARNING, "IAM does not know the key any more", "account", a->name, "key",
		    key_id, NULL);
	} else if (!answer->ok && answer->err.kind == ERROR_THROTTLED && a->round.throttled++ < THROTTLED_MOST) {
		strlist_add(&a->round.keys, key_id);
		bucket_drain(&a->round.bucket, clock_steady_ms(), THROTTLED_PAUSE_MS);
	} else if (!answer->ok && a->round.err.kind == ERROR_NONE) {
		a->round.err = answer->err;
	}
	round_go(a);
}

static void
ask(struct watch_account *a, void (*write)(struct buf *), aws_done *done, void *arg, const char *key_id)
{
	struct buf form = BUF_INIT(BUF_LINE);

	if (key_id != NULL)
		key_use_write(key_id, &form);
	else if (write != NULL)
		write(&form);
	a->in_flight++;
	a->round.under_way++;
	aws_send(a->client, &(struct aws_call){ .service = "iam", .body = buf_str(&form) }, done, arg);
	buf_free(&form);
}

static void
ask_key(struct watch_account *a, size_t key)
{
	struct net_question *q = a->round.question;

	while (q->account != NULL)
		q++;
	*q = (struct net_question){ a, key };
	ask(a, NULL, on_use, q, a->round.keys.item[key]);
}

/* --- the report ------------------------------------------------------------------------- */

/* Keys of users whose report shows a use. */
struct used {
	struct watch_account *account;
	struct map users;
};

static void
on_row(void *arg, const char *user, int64_t used_ms)
{
	static char here;
	struct used *u = arg;

	if (used_ms != WHEN_NONE)
		(void)map_put(&u->users, user, &here);
}

/* Only those are left to be asked about; a canary without a user name always is. */
static void
narrow(struct watch_account *a, const struct map *users)
{
	struct strlist left = STRLIST_INIT;

	for (size_t i = 0; i < a->round.keys.len; i++) {
		const struct canary *c = canary_by_key(&a->watch->canaries, a->round.keys.item[i]);

		if (c != NULL && (c->user_name == NULL || map_has(users, c->user_name)))
			strlist_add(&left, c->key_id);
	}
	strlist_clear(&a->round.keys);
	a->round.keys = left;
}

/* Without a report the keys are asked about one by one. */
static void
no_report(struct watch_account *a, const struct error *why)
{
	log_line(LOG_LEVEL_INFO, "no credential report, each key is asked about", "account", a->name, "why",
	    why->text, NULL);
	a->report_ms = clock_now_ms();
	a->round.report_tries = 0;
}

static void
on_report(void *arg, const struct aws_answer *answer)
{
	struct watch_account *a = arg;
	struct used u = { .account = a, .users = MAP_INIT };
	struct error err = answer->err;
	int64_t made_ms = WHEN_NONE, now = clock_now_ms();

	a->in_flight--;
	a->round.under_way--;
	a->round.report_tries = 0;
	a->net.calls += answer->tries;
	if (!answer->ok || !report_read(answer->body, &made_ms, on_row, &u, &err)) {
		no_report(a, &err);
	} else {
		a->report_ms = made_ms;
		if (now - made_ms <= a->watch->settings->safety_every_s * 1000)
			narrow(a, &u.users);
	}
	map_clear(&u.users, NULL);
	round_go(a);
}

static void make_report(void *arg);

static void
on_made(void *arg, const struct aws_answer *answer)
{
	struct watch_account *a = arg;

	a->in_flight--;
	a->round.under_way--;
	a->net.calls += answer->tries;
	if (!answer->ok) {
		no_report(a, &answer->err);
		round_go(a);
	} else if (report_make_read(answer->body)) {
		ask(a, report_write, on_report, a, NULL);
	} else if (++a->round.report_tries > REPORT_TRIES_MOST) {
		struct error err = ERROR_INIT;

		error_set(&err, ERROR_REMOTE, "IAM does not finish it");
		no_report(a, &err);
		round_go(a);
	} else {
		a->round.waiting = true;
		http_after(a->watch->http, REPORT_WAIT_MS, make_report, a);
	}
}

static void
make_report(void *arg)
{
	struct watch_account *a = arg;

	a->round.waiting = false;
	ask(a, report_make_write, on_made, a, NULL);
}

/* --- a round ----------------------------------------------------------------------------- */

void
safetynet_end(struct watch_account *a)
{
	strlist_clear(&a->round.keys);
	a->round = (struct net_round){ .active = false };
}

static void
save_round(struct watch_account *a)
{
	struct sighting_list none = SIGHTING_LIST_INIT;
	struct derived_set nothing = DERIVED_SET_INIT;
	struct ingest_extra extra = { .coverage = &a->net, .gap = &a->net_gap,
		.gaps = a->net_gap.cause != NULL ? 1 : 0 };
	struct ingest_result result;
	struct error why = ERROR_INIT;

	if (ingest_with(a->watch->store, a->watch->rules, &a->watch->canaries, &nothing, &none, &extra,
	    clock_now_ms(), &result, &why))
		return;
	log_line(LOG_LEVEL_ERROR, "cannot save", "error", why.text, NULL);
	a->watch->broken = true;
	a->watch->err = why;
}

static void
round_done(struct watch_account *a)
{
	const struct error *err = &a->round.err;
	int64_t now = clock_now_ms();
	bool ok = err->kind == ERROR_NONE;

	a->net.tried_ms = now;
	free(a->net.error_kind);
	free(a->net.error_text);
	a->net.error_kind = ok ? NULL : mem_strdup(error_kind_name(err->kind));
	a->net.error_text = ok ? NULL : mem_strdup(err->text);
	if (ok) {
		a->net.good_ms = a->net.until_ms = now;
		gap_follow(&a->net_gap, &a->net, now, now);
	} else {
		gap_open(&a->net_gap, &a->net, err, now);
		log_line(LOG_LEVEL_WARNING, "the safety net cannot ask IAM", "account", a->name, "error",
		    err->text, NULL);
	}
	save_round(a);
	safetynet_end(a);
}

/* A watch spreads the questions over half the time until the next round: asked at once they would fill pages of one window. */
static void
pace(struct watch_account *a)
{
	struct net_round *n = &a->round;
	int64_t half_s = a->watch->settings->safety_every_s / 2, per_minute;

	per_minute = half_s > 0 ? (int64_t)n->keys.len * 60 / half_s + 1 : KEYS_A_MINUTE;
	if (a->watch->draining || per_minute > KEYS_A_MINUTE)
		per_minute = KEYS_A_MINUTE;
	bucket_init(&n->bucket, per_minute > KEYS_A_MINUTE_LEAST ? per_minute : KEYS_A_MINUTE_LEAST, clock_steady_ms());
}

/* Of very many keys, those whose turn it is in this quarter of an hour. */
static void
take_turns(struct watch_account *a)
{
	struct net_round *n = &a->round;
	struct strlist some = STRLIST_INIT;
	size_t turns = (n->keys.len + KEYS_A_ROUND - 1) / KEYS_A_ROUND, turn;

	n->turned = true;
	if (turns < 2) {
		pace(a);
		return;
	}
	turn = (size_t)(clock_now_ms() / (a->watch->settings->safety_every_s * 1000)) % turns;
	for (size_t i = turn * KEYS_A_ROUND; i < n->keys.len && some.len < KEYS_A_ROUND; i++)
		strlist_add(&some, n->keys.item[i]);
	strlist_clear(&n->keys);
	n->keys = some;
	pace(a);
}

static void
on_pause(void *arg)
{
	struct watch_account *a = arg;

	a->round.waiting = false;
	round_go(a);
}

static void
round_go(struct watch_account *a)
{
	struct net_round *n = &a->round;

	if (!n->turned)
		take_turns(a);
	while (n->next < n->keys.len && n->err.kind == ERROR_NONE && n->under_way < NET_QUESTIONS_MOST &&
	    !a->watch->broken && !n->waiting) {
		int64_t now = clock_steady_ms();

		if (bucket_take(&n->bucket, now)) {
			ask_key(a, n->next++);
			continue;
		}
		n->waiting = true;
		http_after(a->watch->http, bucket_wait_ms(&n->bucket, now), on_pause, a);
	}
	if (n->under_way == 0 && !n->waiting)
		round_done(a);
}

static bool
due(const struct watch_account *a)
{
	const struct settings *s = a->watch->settings;
	int64_t now = clock_now_ms();

	return s->safety_net && a->watch->canaries.len > 0 && !a->round.active &&
	    (a->net.tried_ms == WHEN_NONE || now - a->net.tried_ms >= s->safety_every_s * 1000 ||
	    now < a->net.tried_ms);
}

void
safetynet_go(struct watch_account *a)
{
	struct net_round *n = &a->round;

	if (!a->net_leased || !due(a) || !account_may_ask(a))
		return;
	*n = (struct net_round){ .active = true, .err = ERROR_INIT };
	for (size_t i = 0; i < a->watch->canaries.len; i++) {
		const struct canary *c = &a->watch->canaries.item[i];

		if (c->state != CANARY_INERT && c->state != CANARY_RETIRED &&
		    (a->number == NULL || c->account == NULL || str_eq(a->number, c->account)))
			strlist_add(&n->keys, c->key_id);
	}
	if (n->keys.len >= REPORT_FROM && (a->report_ms == WHEN_NONE ||
	    clock_now_ms() - a->report_ms >= INT64_C(1000) * REPORT_AGE_S))
		ask(a, report_make_write, on_made, a, NULL);
	else
		round_go(a);
}
