/* One account: its credentials, who it is, and its regions. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/watch/gap.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/coverage.h"
#include "work/own.h"
#include "work/announce.h"
#include "work/watch_int.h"
#include "world/aws/identity.h"

enum { READY_RETRY_MS = 60000, CLOSED_FOR_MS = 86400000 };

/* --- regions ------------------------------------------------------------------------ */

static struct region *
region_named(const struct watch_account *a, const char *name)
{
	for (size_t i = 0; i < a->regions; i++)
		if (str_eq(a->region[i]->name, name))
			return a->region[i];
	return NULL;
}

/* Nobody watched, or could keep what was seen, between the mark and now: a hole like any other, until it is caught up with. */
static void
note_absence(struct region *r)
{
	int64_t now = clock_now_ms(), most_ms = r->account->watch->settings->hot_window_s * 1000;
	struct error err = r->account->watch->trouble;

	if (r->cover.until_ms == WHEN_NONE || r->gap.cause != NULL)
		return;
	if (err.kind == ERROR_NONE && now - r->cover.until_ms <= most_ms)
		return;
	if (err.kind == ERROR_NONE)
		error_set(&err, ERROR_STOPPED, "the watch was not running");
	gap_open(&r->gap, &r->cover, &err, now);
}

static bool
add_regions(struct watch_account *a, const struct strlist *names, struct error *err)
{
	struct coverage_list covers = { .item = NULL };
	struct gap_list gaps = { .item = NULL };
	bool ok = coverage_list(a->watch->store, &covers, err) &&
	    gap_list(a->watch->store, true, 0, &gaps, err);

	for (size_t i = 0; ok && i < names->len; i++) {
		struct region *r;

		if (region_named(a, names->item[i]) != NULL)
			continue;
		r = region_new(a, names->item[i]);
		coverage_recall(&r->cover, &r->gap, &covers, &gaps);
		r->rated_ms = r->cover.tried_ms;
		/* Said so already; asked again only after a day. */
		if (r->cover.closed && r->cover.tried_ms + CLOSED_FOR_MS > clock_now_ms())
			r->retry_ms = clock_steady_ms() + r->cover.tried_ms + CLOSED_FOR_MS - clock_now_ms();
		else
			note_absence(r);
		MEM_GROW(a->region, a->regions, a->cap);
		a->region[a->regions++] = r;
	}
	lease_soon(a->watch);
	coverage_list_clear(&covers);
	gap_list_clear(&gaps);
	return ok;
}

static const struct strlist *
listed_regions(const struct watch_account *a)
{
	return a->settings != NULL && a->settings->regions.len > 0 ? &a->settings->regions :
	    &a->watch->settings->regions;
}

/* --- getting ready -------------------------------------------------------------------- */

/*
 * Credentials may come from a program, a slow metadata service or a role in
 * another place. They are found in a thread of their own, while nothing else
 * of this account is under way, so that one account that hangs stops nobody.
 */
static void *
arrive(void *arg)
{
	struct arrival *v = arg;

	v->ok = aws_client_ready(v->client, &v->err);
	if (v->ok && v->number == NULL && !aws_identity(v->client, &v->number, &v->arn, &v->err))
		v->ok = v->err.kind != ERROR_CREDENTIALS && v->err.kind != ERROR_CLOCK && v->err.kind != ERROR_NETWORK;
	if (v->ok && v->discover)
		v->ok = aws_regions(v->client, v->partition, &v->regions, &v->guessed, &v->err);
	atomic_store(&v->done, true);
	return NULL;
}

static void
depart(struct watch_account *a)
{
	struct arrival *v = &a->arrival;

	*v = (struct arrival){ .client = a->client, .partition = a->watch->settings->partition,
		.number = mem_strdup(a->number), .started = true,
		.discover = a->recheck && listed_regions(a)->len == 0 };
	if (pthread_create(&v->thread, NULL, arrive, v) == 0)
		return;
	v->started = false;
	(void)arrive(v);
}

/* Without credentials nothing can be asked: every region of the account is blind. */
static void
account_failed(struct watch_account *a, const struct error *why)
{
	struct strlist once = STRLIST_INIT;
	struct coverage_list covers = { .item = NULL };
	struct error err = ERROR_INIT;

	if (a->regions == 0 && coverage_list(a->watch->store, &covers, &err)) {
		for (size_t i = 0; i < covers.len; i++)
			if (str_eq(covers.item[i].account, a->name) && str_eq(covers.item[i].source, "lookup") &&
			    !covers.item[i].closed)
				strlist_add(&once, covers.item[i].region);
		if (once.len == 0)
			strlist_add(&once, aws_client_home(a->client));
		(void)add_regions(a, &once, &err);
	}
	for (size_t i = 0; i < a->regions; i++)
		if (!a->region[i]->cover.closed)
			region_failed(a->region[i], why);
	coverage_list_clear(&covers);
	strlist_clear(&once);
}

static bool
take_arrival(struct watch_account *a, struct arrival *v, struct error *err)
{
	if (v->arn != NULL && !own_note(a->watch->store, v->arn, clock_now_ms(), err))
		return false;
	if (v->arn != NULL) {
		strlist_add_new(&a->watch->own_arns, v->arn);
		log_line(LOG_LEVEL_DEBUG, "identity", "account", a->name, "number", v->number, "arn", v->arn, NULL);
	}
	if (a->number == NULL)
		a->number = mem_strdup(v->number);
	if (a->number != NULL && !announce_learn_account(a->watch->store, a->name, a->number, err))
		return false;
	if (v->guessed)
		log_line(LOG_LEVEL_WARNING, "regions cannot be listed, all known ones are tried", "account",
		    a->name, NULL);
	return !a->recheck || add_regions(a, v->discover ? &v->regions : listed_regions(a), err);
}

static void
arrived(struct watch_account *a)
{
	struct arrival *v = &a->arrival;
	struct error err = ERROR_INIT;
	int64_t now = clock_steady_ms();

	if (v->started)
		(void)pthread_join(v->thread, NULL);
	v->started = false;
	if (!v->ok)
		account_failed(a, &v->err);
	else if (!take_arrival(a, v, &err))
		account_failed(a, &err);
	else
		a->ready = true;
	if (a->ready && a->recheck)
		a->regions_ms = now;
	a->wanted = a->recheck = false;
	a->retry_ms = now + READY_RETRY_MS;
	account_close(a);
}

void
account_close(struct watch_account *a)
{
	struct arrival *v = &a->arrival;

	if (v->started)
		(void)pthread_join(v->thread, NULL);
	free(v->number);
	free(v->arn);
	strlist_clear(&v->regions);
	*v = (struct arrival){ .client = NULL };
}

bool
account_idle(const struct watch_account *a)
{
	return !a->arrival.started && (!a->wanted || clock_steady_ms() < a->retry_ms);
}

/* Whether requests may begin; asks for what is missing. */
bool
account_may_ask(struct watch_account *a)
{
	if (!a->ready || a->wanted)
		return false;
	if (aws_client_fresh(a->client))
		return true;
	a->ready = false;
	a->wanted = true;
	a->retry_ms = 0;
	return false;
}

void
account_go(struct watch_account *a)
{
	int64_t now = clock_steady_ms();

	if (a->arrival.started) {
		if (atomic_load(&a->arrival.done))
			arrived(a);
		return;
	}
	if (a->regions_ms == WHEN_NONE || now - a->regions_ms >= a->watch->settings->regions_every_s * 1000)
		a->wanted = a->recheck = true;
	if (!a->ready)
		a->wanted = true;
	if (!a->wanted || now < a->retry_ms || a->in_flight > 0)
		return;
	a->ready = false;
	depart(a);
}
