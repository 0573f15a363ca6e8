/* One region of one account: which window is read, page after page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/classify.h"
#include "core/intent/match.h"
#include "core/watch/gap.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/store.h"
#include "work/announce.h"
#include "work/watch_int.h"
#include "world/aws/partition.h"

enum { RESTARTS_MAX = 3, RETRY_MOST_S = 300, CLOSED_FOR_S = 86400 };

struct region *
region_new(struct watch_account *a, const char *name)
{
	struct region *r = mem_zalloc(1, sizeof(*r));

	r->account = a;
	r->name = mem_strdup(name);
	coverage_init(&r->cover);
	r->cover.account = mem_strdup(a->name);
	r->cover.region = mem_strdup(name);
	r->cover.source = mem_strdup("lookup");
	r->leased = !store_shared(a->watch->store);
	r->rated_ms = WHEN_NONE;
	r->counted_ms = -1;
	r->past_per_hour = -1;
	gap_init(&r->gap);
	bucket_init(&r->bucket, a->watch->settings->requests_per_minute, clock_steady_ms());
	return r;
}

static void
reading_end(struct reading *rd)
{
	for (size_t i = 0; i < rd->queries; i++) {
		free(rd->query[i].attribute);
		free(rd->query[i].value);
	}
	free(rd->query);
	free(rd->token);
	*rd = (struct reading){ .active = false };
}

void
region_free(struct region *r)
{
	if (r == NULL)
		return;
	reading_end(&r->hot);
	reading_end(&r->warm);
	reading_end(&r->behind);
	coverage_clear(&r->cover);
	gap_clear(&r->gap);
	tamper_clear(&r->tampers);
	free(r->name);
	free(r);
}

/* --- which names to ask for --------------------------------------------------- */

static void
add_query(struct reading *rd, const char *attribute, const char *value)
{
	if (attribute != NULL && str_empty(value))
		return;
	rd->query = mem_resize(rd->query, rd->queries + 1, sizeof(*rd->query));
	rd->query[rd->queries++] = (struct query){ mem_strdup(attribute), mem_strdup(value) };
}

/* Tombstones are asked about as long as the owner wants; a sweep finds them for ever. */
static bool
watched(const struct watch_account *a, const struct canary *c)
{
	return c->state != CANARY_INERT && (c->state != CANARY_RETIRED || c->retired_ms == WHEN_NONE ||
	    clock_now_ms() - c->retired_ms < a->watch->settings->retired_watch_s * 1000);
}

/* Canaries that can be seen with this account's credentials. */
static bool
concerns(const struct watch_account *a, const struct canary *c)
{
	return watched(a, c) &&
	    (a->number == NULL || c->account == NULL || str_eq(a->number, c->account));
}

/* IAM's own events, and with them acts on the canary, are in one region of the partition only. */
static bool
has_iam_events(const struct region *r)
{
	return str_eq(r->name, partition_of(r->name)->iam);
}

/* Counted once for each loading of the registry: there may be ten thousand canaries. */
static size_t
count_lookups(struct region *r)
{
	const struct watch *w = r->account->watch;
	size_t n = 0;

	if (r->counted_ms == w->loaded_ms)
		return r->lookups + w->derived.len;
	for (size_t i = 0; i < w->canaries.len; i++)
		if (concerns(r->account, &w->canaries.item[i]))
			n += has_iam_events(r) ? 3 : 1;
	r->lookups = n;
	r->counted_ms = w->loaded_ms;
	return n + w->derived.len;
}

static void
make_queries(struct region *r, struct reading *rd)
{
	const struct watch *w = r->account->watch;
	int64_t now = clock_now_ms();

	if (rd->plan == PLAN_SWEEP) {
		add_query(rd, NULL, NULL);
		return;
	}
	for (size_t i = 0; i < w->canaries.len; i++) {
		const struct canary *c = &w->canaries.item[i];

		if (!concerns(r->account, c))
			continue;
		if (c->user_name != NULL)
			add_query(rd, "Username", c->user_name);
		else
			add_query(rd, "AccessKeyId", c->key_id);
		if (has_iam_events(r)) {
			add_query(rd, "ResourceName", c->user_name);
			add_query(rd, "ResourceName", c->key_id);
		}
	}
	for (size_t i = 0; i < w->derived.len; i++)
		if (w->derived.item[i]->expires_ms == WHEN_NONE || w->derived.item[i]->expires_ms +
		    w->settings->warm_window_s * 1000 > now)
			add_query(rd, "AccessKeyId", w->derived.item[i]->derived_key);
	/* Acts on the watch itself have no name of ours in them; they may wait for the slower tiers. */
	for (const char *const *name = tamper_names; rd->window.tier != TIER_HOT && *name != NULL; name++)
		add_query(rd, "EventName", *name);
}

/* --- what was read goes into the state ---------------------------------------------- */

static bool
save_tampers(void *arg, struct store *s, struct error *err)
{
	struct region *r = arg;

	return tamper_save(s, r->account->watch->settings, r->cover.account, r->name, &r->tampers,
	    clock_now_ms(), err);
}

static bool
save(struct region *r, struct sighting_list *batch, const struct derived_set *learned, bool marks)
{
	struct watch *w = r->account->watch;
	struct announce tell = { .settings = w->settings, .now_ms = clock_now_ms() };
	struct ingest_extra extra = { .coverage = marks ? &r->cover : NULL, .gap = &r->gap,
		.gaps = marks && r->gap.cause != NULL ? 1 : 0, .window_s = w->settings->incident_window_s,
		.changed = announce_changed, .changed_arg = &tell, .also = save_tampers, .also_arg = r };
	struct ingest_result result;
	struct error err = ERROR_INIT;

	if (!marks && batch->len == 0 && learned->len == 0 && r->tampers.len == 0)
		return true;
	if (ingest_with(w->store, w->rules, &w->canaries, learned, batch, &extra, clock_now_ms(), &result,
	    &err)) {
		w->counts.sightings += result.added;
		w->counts.incidents += result.opened;
		return true;
	}
	/* Nothing was changed. A full disk or a busy database may pass: the window is read again. */
	log_line(LOG_LEVEL_ERROR, "cannot save what was read", "account", r->cover.account, "region",
	    r->name, "error", err.text, NULL);
	gap_open(&r->gap, &r->cover, &err, clock_now_ms());
	w->broken = true;
	w->err = err;
	return false;
}

static bool
is_own(const struct region *r, const struct event *e)
{
	const char *id = aws_client_key_id(r->account->client);

	return (id != NULL && str_eq(e->access_key_id, id)) || own_event(&r->account->watch->own_arns, e);
}

/* Making a canary leaves tracks that are older than its row in the registry. */
static bool
from_before(const struct watch *w, const struct event *e, const struct sighting *s)
{
	static const char *const names[] = { "CreateUser", "TagUser", "PutUserPolicy", "AttachUserPolicy",
		"PutUserPermissionsBoundary", "AddUserToGroup", "CreateAccessKey" };
	const struct canary *c = canary_by_key(&w->canaries, s->key_id);

	if (s->kind != SIGHTING_TARGET || c == NULL || e->time_ms == WHEN_NONE ||
	    e->time_ms + 1000 > c->created_ms)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(e->name, names[i]))
			return true;
	return false;
}

static void
label(struct region *r, const struct event *e, struct sighting *s)
{
	const struct watch *w = r->account->watch;
	const char *name = NULL, *reason = NULL;

	if (s->kind == SIGHTING_TARGET && (is_own(r, e) || own_signed(&w->own, e->access_key_id, e->time_ms))) {
		name = "own";
		reason = "keycanary's own call";
	} else if (from_before(w, e, s)) {
		name = "own";
		reason = "before the canary was registered";
	}
	if (s->label == NULL && name != NULL) {
		s->label = mem_strdup(name);
		s->label_reason = mem_strdup(reason);
	}
	noise_label(w->settings->noise_rule, w->settings->noises, s);
}

/* What we ask about our canaries every few minutes is no act on them. */
static bool
own_question(const struct region *r, const struct event *e)
{
	return is_own(r, e) && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(e->doc, "readOnly"));
}

/* True when the event minted a key nobody knew. */
static bool
take_event(struct region *r, struct event *e, struct sighting_list *batch,
    struct derived_set *learned)
{
	struct watch *w = r->account->watch;
	struct sighting s;

	if (own_question(r, e) || !match_event(&w->canaries, &w->derived, e, &s))
		return false;
	classify(w->rules, e, &s);
	label(r, e, &s);
	s.seen_ms = clock_now_ms();
	if (s.region == NULL)
		s.region = mem_strdup(r->name);
	if (s.raw == NULL)
		s.raw = mem_strndup(e->raw, e->raw_len);
	if (match_learn(&w->derived, e, &s))
		(void)derived_add(learned, w->derived.item[w->derived.len - 1]);
	(void)match_learn_user(&w->derived, e, &s);
	sighting_list_take(batch, &s);
	return learned->len > 0;
}

static bool
take_page(struct region *r, struct reading *rd, struct lookup_page *page)
{
	struct watch *w = r->account->watch;
	struct sighting_list batch = SIGHTING_LIST_INIT;
	struct derived_set learned = DERIVED_SET_INIT;
	bool ok;

	for (size_t i = 0; i < page->events; i++) {
		struct event *e = &page->event[i];

		if (is_own(r, e) && str_eq(e->name, "LookupEvents"))
			rd->own++;
		else
			rd->events++;
		rd->learned |= take_event(r, e, &batch, &learned);
		tamper_note(&r->tampers, e);
	}
	if (page->damaged > 0)
		log_line(LOG_LEVEL_WARNING, "records that cannot be parsed", "account", r->cover.account,
		    "region", r->name, NULL);
	w->counts.pages++;
	rd->pages++;
	ok = save(r, &batch, &learned, false);
	tamper_clear(&r->tampers);
	sighting_list_clear(&batch);
	derived_set_clear(&learned);
	return ok;
}

/* --- the end of a window ----------------------------------------------------------------- */

static void
measure(struct region *r, const struct reading *rd)
{
	double hours = (double)(rd->window.to_ms - rd->window.from_ms) / 3600000.0;
	double per_hour = hours > 0 ? (double)(rd->events + rd->own) / hours : 0;

	r->account->watch->counts.events += rd->events;
	r->account->watch->counts.own += rd->own;
	/* How long the next part of the past is: quick to see traffic, slow to trust in silence. */
	if (rd->window.tier == TIER_FIRST || rd->window.tier == TIER_CATCH_UP)
		r->past_per_hour = per_hour > r->past_per_hour / 8 ? per_hour : r->past_per_hour / 8;
	if (rd->plan != PLAN_SWEEP || rd->window.tier != TIER_HOT)
		return;
	/* Smoothed, but quick to see a rise. */
	r->cover.events_per_hour = per_hour > r->cover.events_per_hour ? per_hour :
	    r->cover.events_per_hour * 0.8 + per_hour * 0.2;
	r->own_per_hour = hours > 0 ? (double)rd->own / hours : 0;
}

static void
window_done(struct region *r, struct reading *rd)
{
	struct sighting_list none = SIGHTING_LIST_INIT;
	struct derived_set nothing = DERIVED_SET_INIT;
	struct coverage before;
	int64_t now = clock_now_ms();

	if (rd->learned && rd->restarts++ < RESTARTS_MAX) {
		/* Uses of the new key may have stood on pages that were read before it was known. */
		struct window w = rd->window;
		enum plan_kind plan = rd->plan;
		int restarts = rd->restarts;

		reading_end(rd);
		*rd = (struct reading){ .active = true, .window = w, .plan = plan, .restarts = restarts };
		make_queries(r, rd);
		return;
	}
	coverage_copy(&before, &r->cover);
	measure(r, rd);
	plan_done(&r->cover, &rd->window, now);
	r->cover.tried_ms = now;
	free(r->cover.plan);
	r->cover.plan = mem_strdup(plan_name(rd->plan));
	free(r->cover.error_kind);
	free(r->cover.error_text);
	r->cover.error_kind = r->cover.error_text = NULL;
	r->cover.closed = false;
	gap_follow(&r->gap, &r->cover, rd->window.to_ms, now);
	if (!save(r, &none, &nothing, true)) {
		coverage_clear(&r->cover);
		r->cover = before;
		reading_end(rd);
		return;
	}
	coverage_clear(&before);
	if (rd->window.tier == TIER_HOT)
		r->complete = true;
	r->failed = r->suspect = false;
	r->failures = 0;
	r->account->any_good = true;
	reading_end(rd);
}

void
region_failed(struct region *r, const struct error *err)
{
	struct sighting_list none = SIGHTING_LIST_INIT;
	struct derived_set nothing = DERIVED_SET_INIT;
	int64_t now = clock_now_ms(), pause_s = r->account->watch->settings->hot_every_s;

	if (!r->failed)
		log_line(LOG_LEVEL_WARNING, "cannot read", "account", r->cover.account, "region", r->name,
		    "cause", error_kind_name(err->kind), "error", err->text, NULL);
	r->failed = true;
	for (int i = 0; i < r->failures && pause_s < RETRY_MOST_S; i++)
		pause_s *= 2;
	r->failures++;
	r->retry_ms = clock_steady_ms() + (pause_s < RETRY_MOST_S ? pause_s : RETRY_MOST_S) * 1000;
	r->cover.tried_ms = now;
	free(r->cover.error_kind);
	free(r->cover.error_text);
	r->cover.error_kind = mem_strdup(error_kind_name(err->kind));
	r->cover.error_text = mem_strdup(err->text);
	r->cover.closed = r->suspect && r->account->any_good && r->cover.until_ms == WHEN_NONE;
	if (r->cover.closed)
		r->retry_ms = clock_steady_ms() + CLOSED_FOR_S * INT64_C(1000);
	else
		gap_open(&r->gap, &r->cover, err, now);
	reading_end(&r->hot);
	reading_end(&r->warm);
	reading_end(&r->behind);
	(void)save(r, &none, &nothing, true);
}

/* --- one request after the other ------------------------------------------------------------ */

static void
restart_query(struct reading *rd)
{
	free(rd->token);
	rd->token = NULL;
	rd->restarts++;
}

/* The newest minutes go before the last hour, that before the days. */
static struct reading *
current(struct region *r)
{
	return r->hot.active ? &r->hot : r->warm.active ? &r->warm : &r->behind;
}

static void
on_failure(struct region *r, struct reading *rd, const struct aws_answer *a)
{
	if (str_starts(a->code, "InvalidNextToken") && rd->restarts < RESTARTS_MAX) {
		restart_query(rd);
		region_go(r);
		return;
	}
	if (a->err.kind == ERROR_THROTTLED)
		bucket_drain(&r->bucket, clock_steady_ms(), 2000);
	r->suspect = str_eq(a->code, "UnrecognizedClientException") || str_eq(a->code, "OptInRequired") ||
	    str_eq(a->code, "InvalidClientTokenId") || str_eq(a->code, "AuthFailure");
	region_failed(r, &a->err);
}

/* Decays with an hour, so that a steady pace shows as itself. */
static void
rate(struct region *r, int calls)
{
	int64_t now = clock_now_ms();
	double hours = r->rated_ms == WHEN_NONE || now < r->rated_ms ? 0 : (double)(now - r->rated_ms) / 3600000.0;

	r->cover.calls += calls;
	r->cover.calls_per_hour = r->cover.calls_per_hour * exp(-hours) + calls;
	r->rated_ms = now;
}

static void
on_page(void *arg, const struct aws_answer *a)
{
	struct region *r = arg;
	struct reading *rd = current(r);
	struct lookup_page page;
	struct error err = ERROR_INIT;

	r->busy = false;
	r->account->in_flight--;
	rate(r, a->tries);
	if (!a->ok) {
		on_failure(r, rd, a);
		return;
	}
	if (!lookup_read(&page, a->body, a->body_len, &err)) {
		region_failed(r, &err);
		return;
	}
	if (take_page(r, rd, &page)) {
		free(rd->token);
		rd->token = page.token;
		page.token = NULL;
		if (rd->token == NULL && ++rd->at >= rd->queries)
			window_done(r, rd);
	} else {
		reading_end(rd);
	}
	lookup_page_clear(&page);
	region_go(r);
}

static void
on_timer(void *arg)
{
	struct region *r = arg;

	r->busy = false;
	region_go(r);
}

static void
request_page(struct region *r, struct reading *rd)
{
	struct buf body = BUF_INIT(BUF_LINE);
	const struct query *q = &rd->query[rd->at];
	struct lookup l = { .attribute = q->attribute, .value = q->value, .from_ms = rd->window.from_ms,
		.to_ms = rd->window.to_ms, .token = rd->token };

	r->busy = true;
	r->account->in_flight++;
	lookup_write(&l, &body);
	aws_send(r->account->client, &(struct aws_call){ .service = "cloudtrail", .region = r->name,
		.target = LOOKUP_TARGET, .body = buf_str(&body) }, on_page, r);
	buf_free(&body);
}

static void
begin(struct region *r, struct reading *rd, const struct window *w)
{
	*rd = (struct reading){ .active = true, .window = *w, .plan = r->choice.plan };
	make_queries(r, rd);
	if (rd->queries == 0)
		window_done(r, rd);
}

static void
choose(struct region *r)
{
	struct plan_facts facts = { .settings = r->account->watch->settings,
		.wished = r->account->settings != NULL ? r->account->settings->plan : NULL,
		.current = str_eq(r->cover.plan, "per-canary") ? PLAN_PER_CANARY : PLAN_SWEEP,
		.lookups = count_lookups(r), .events_per_hour = r->cover.events_per_hour,
		.own_per_hour = r->own_per_hour };

	plan_choose(&facts, &r->choice);
	if (r->choice.too_much && !r->overloaded)
		log_line(LOG_LEVEL_WARNING, "the requests allowed are too few, readings take longer", "account",
		    r->cover.account, "region", r->name, NULL);
	r->overloaded = r->choice.too_much;
}

/* The mark fell behind while we were reading: said, and read. */
static void
note_behind(struct region *r)
{
	struct error err = ERROR_INIT;

	if (r->gap.cause != NULL && r->gap.filled_ms == WHEN_NONE)
		return;
	error_set(&err, ERROR_THROTTLED, "reading took longer than the newest window; what lies between is read next");
	gap_open(&r->gap, &r->cover, &err, clock_now_ms());
	r->gap.to_ms = clock_now_ms();
}

/* Each tier has a reading of its own; a long one of the days does not hold up the hour's. */
static struct reading *
reading_for(struct region *r, enum tier tier)
{
	return tier == TIER_HOT ? &r->hot : tier == TIER_WARM ? &r->warm : &r->behind;
}

/* Starts what is due and not under way. */
static void
start_due(struct region *r)
{
	struct window due[PLAN_WINDOWS_MAX];
	bool once = r->account->watch->draining;
	struct coverage c = r->cover;
	size_t n;

	if (r->hot.active && r->warm.active && r->behind.active)
		return;
	choose(r);
	/* One cycle reads the newest minutes, and once, however long the rest takes. */
	if (once && !r->complete)
		c.good_ms = WHEN_NONE;
	if (r->past_per_hour < 0)
		r->past_per_hour = r->cover.events_per_hour;
	n = plan_windows(r->account->watch->settings, &c, &r->choice, r->past_per_hour, clock_now_ms(), due);
	for (size_t i = 0; i < n; i++) {
		struct reading *rd = reading_for(r, due[i].tier);

		if (rd->active || (due[i].tier == TIER_HOT && once && r->complete))
			continue;
		if (due[i].tier == TIER_CATCH_UP)
			note_behind(r);
		begin(r, rd, &due[i]);
	}
}

bool
region_idle(const struct region *r)
{
	return !r->busy && !r->hot.active && !r->warm.active && !r->behind.active;
}

void
region_go(struct region *r)
{
	struct watch *w = r->account->watch;
	int64_t now = clock_steady_ms(), wait;

	if (r->busy || w->broken || now < r->retry_ms || (!r->leased && region_idle(r)))
		return;
	start_due(r);
	if (region_idle(r) || !account_may_ask(r->account))
		return;
	wait = bucket_wait_ms(&r->bucket, now);
	if (wait > 0) {
		r->busy = true;
		http_after(w->http, wait, on_timer, r);
		return;
	}
	(void)bucket_take(&r->bucket, now);
	request_page(r, current(r));
}
