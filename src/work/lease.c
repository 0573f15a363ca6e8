/* Which regions are ours, when several monitors share a state. */
#include <stdlib.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/mem.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/random.h"
#include "store/coverage.h"
#include "store/leases.h"
#include "store/store.h"
#include "work/watch_int.h"

/* A monitor that dies is replaced after LEASE_MS at most. */
enum { LEASE_MS = 15000, ROUND_MS = 3000 };

static const char monitor[] = "monitor/";

struct lease_book {
	char *holder;
	int64_t next_ms;	/* steady clock */
	int64_t share;		/* leases that are fair for one monitor */
	int64_t mine;
	bool failing;
};

/* A region, or the safety net of an account: what one monitor does at a time. */
struct slot {
	char *name;
	bool *leased;
	bool idle;
	struct coverage *cover;
	struct gap *gap;
};

static char *
new_holder(void)
{
	char host[64] = "";
	uint8_t noise[6];
	struct buf out = BUF_INIT(BUF_LINE);

	(void)gethostname(host, sizeof(host) - 1);
	random_bytes(noise, sizeof(noise));
	buf_printf(&out, "%s/%ld/", host, (long)getpid());
	encode_hex(&out, noise, sizeof(noise));
	return buf_take(&out);
}

static bool
take(struct watch *w, const char *name, bool *mine, struct error *err)
{
	int64_t now = clock_now_ms();

	return lease_take(w->store, name, w->leases->holder, now, now + LEASE_MS, mine, err);
}

/* Another monitor may have moved the mark since we last knew it. */
static bool
recall(struct watch *w, const struct slot *s, struct error *err)
{
	struct coverage_list covers = { .item = NULL };
	struct gap_list gaps = { .item = NULL };
	bool ok = coverage_list(w->store, &covers, err) && gap_list(w->store, true, 0, &gaps, err);

	if (ok) {
		gap_clear(s->gap);
		gap_init(s->gap);
		coverage_recall(s->cover, s->gap, &covers, &gaps);
	}
	coverage_list_clear(&covers);
	gap_list_clear(&gaps);
	return ok;
}

static bool
settle(struct watch *w, struct slot *s, struct error *err)
{
	struct lease_book *b = w->leases;
	bool had = *s->leased, mine = false, ok = true;

	if (had && b->mine > b->share && s->idle) {
		*s->leased = false;
		b->mine--;
		return lease_give(w->store, s->name, b->holder, err);
	}
	if (!had && b->mine >= b->share)
		return true;
	if (!take(w, s->name, &mine, err))
		return false;
	if (mine && !had)
		ok = recall(w, s, err);
	*s->leased = mine && ok;
	b->mine += (int64_t)*s->leased - (int64_t)had;
	return ok;
}

/* Calls settle() on each slot; stops at the first failure. */
static bool
settle_account(struct watch *w, struct watch_account *a, struct error *err)
{
	struct slot net = { .name = mem_printf("%s/last-used", a->name), .leased = &a->net_leased,
		.idle = !a->round.active, .cover = &a->net, .gap = &a->net_gap };
	bool ok = settle(w, &net, err);

	free(net.name);
	for (size_t k = 0; ok && k < a->regions; k++) {
		struct region *r = a->region[k];
		struct slot s = { .name = mem_printf("%s/%s", a->name, r->name), .leased = &r->leased,
			.idle = region_idle(r), .cover = &r->cover, .gap = &r->gap };

		ok = settle(w, &s, err);
		free(s.name);
	}
	return ok;
}

static bool
settle_all(struct watch *w, struct error *err)
{
	struct lease_book *b = w->leases;
	char *me = mem_printf("%s%s", monitor, b->holder);
	int64_t monitors = 1, slots = 0;
	bool mine, ok = store_begin(w->store, err) && take(w, me, &mine, err) &&
	    lease_count(w->store, monitor, clock_now_ms(), &monitors, err);

	free(me);
	for (size_t i = 0; i < w->accounts; i++)
		slots += (int64_t)w->account[i].regions + 1;
	b->share = monitors > 0 ? (slots + monitors - 1) / monitors : slots;
	for (size_t i = 0; ok && i < w->accounts; i++)
		ok = settle_account(w, &w->account[i], err);
	ok = ok && store_commit(w->store, err);
	if (!ok)
		store_rollback(w->store);
	return ok;
}

static void
lose_all(struct watch *w)
{
	for (size_t i = 0; i < w->accounts; i++) {
		w->account[i].net_leased = false;
		for (size_t k = 0; k < w->account[i].regions; k++)
			w->account[i].region[k]->leased = false;
	}
	w->leases->mine = 0;
}

void
lease_go(struct watch *w)
{
	struct lease_book *b = w->leases;
	struct error err = ERROR_INIT;

	if (b == NULL || clock_steady_ms() < b->next_ms)
		return;
	b->next_ms = clock_steady_ms() + ROUND_MS;
	if (settle_all(w, &err)) {
		b->failing = false;
		return;
	}
	/* What we hold may be another's by now. */
	lose_all(w);
	if (!b->failing)
		log_line(LOG_LEVEL_ERROR, "cannot say what is ours to read", "error", err.text, NULL);
	b->failing = true;
	w->broken = true;
	w->err = err;
}

void
lease_soon(struct watch *w)
{
	if (w->leases != NULL)
		w->leases->next_ms = 0;
}

void
lease_open(struct watch *w)
{
	if (!store_shared(w->store))
		return;
	w->leases = mem_zalloc(1, sizeof(*w->leases));
	w->leases->holder = new_holder();
}

void
lease_close(struct watch *w)
{
	if (w->leases == NULL)
		return;
	(void)lease_give_all(w->store, w->leases->holder, NULL);
	free(w->leases->holder);
	free(w->leases);
	w->leases = NULL;
}
