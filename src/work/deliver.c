#include "work/deliver.h"
#include "work/settings.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/store.h"
#include "work/lane.h"

/* Another process may write to the same state without our knowing: look this often. */
enum { LOOK_MS = 1000, TROUBLE_MS = 5000 };

/* One channel's thread. */
struct runner {
	struct deliver *deliver;
	struct lane lane;
	pthread_t thread;
	struct error err;
	bool ok, started;
};

struct deliver {
	char *holder;
	const struct settings *settings;
	struct runner *runner;
	size_t runners;
	bool forever;
	int64_t end_ms;		/* steady clock; 0: no limit */
	pthread_mutex_t lock;
	pthread_cond_t bell;
	uint64_t rung;		/* under the lock, as `stop` */
	bool stop;
};

static uint64_t
rung_so_far(struct deliver *d, bool *stop)
{
	uint64_t n;

	(void)pthread_mutex_lock(&d->lock);
	n = d->rung;
	*stop = d->stop;
	(void)pthread_mutex_unlock(&d->lock);
	return n;
}

/* Until the bell rings after `seen` (if we listen at all), or the time is over. */
static void
wait_for_bell(struct deliver *d, bool listen, uint64_t seen, int64_t ms)
{
	struct timespec end;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&d->lock);
	while (!d->stop && !(listen && d->rung != seen))
		if (pthread_cond_timedwait(&d->bell, &d->lock, &end) != 0)
			break;
	(void)pthread_mutex_unlock(&d->lock);
}

static bool
over(const struct deliver *d)
{
	return d->end_ms != 0 && clock_steady_ms() >= d->end_ms;
}

/* Everything that is due now. */
static bool
drain(struct runner *r)
{
	bool more = true, ok = true, stop = false;

	error_clear(&r->err);
	if (r->lane.store == NULL) {
		ok = settings_open_store(r->deliver->settings, &r->lane.store, &r->err);
		if (ok && r->deliver->forever)
			store_on_commit(r->lane.store, deliver_wake, r->deliver);
	}
	while (ok && more && !stop && !over(r->deliver)) {
		ok = lane_next(&r->lane, &more, &r->err);
		(void)rung_so_far(r->deliver, &stop);
	}
	return ok;
}

static void *
run(void *arg)
{
	struct runner *r = arg;
	bool stop = false;

	do {
		uint64_t seen = rung_so_far(r->deliver, &stop);

		r->ok = drain(r);
		if (!r->deliver->forever)
			break;
		if (!r->ok)
			log_line(LOG_LEVEL_ERROR, "the outbox cannot be worked on", "channel", r->lane.channel->name,
			    "error", r->err.text, NULL);
		wait_for_bell(r->deliver, r->ok, seen, r->ok ? LOOK_MS : TROUBLE_MS);
	} while (!stop);
	store_close(r->lane.store);
	r->lane.store = NULL;
	return NULL;
}

static struct deliver *
deliver_new(const struct settings *settings, bool forever, int64_t limit_s)
{
	struct deliver *d = mem_zalloc(1, sizeof(*d));
	pthread_condattr_t attr;

	d->holder = lane_holder();
	d->settings = settings;
	d->forever = forever;
	d->end_ms = limit_s > 0 ? clock_steady_ms() + limit_s * 1000 : 0;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&d->bell, &attr);
	(void)pthread_condattr_destroy(&attr);
	d->runners = settings->channels;
	d->runner = mem_zalloc(d->runners, sizeof(*d->runner));
	for (size_t i = 0; i < d->runners; i++)
		d->runner[i] = (struct runner){ .deliver = d, .ok = true, .lane = { .settings = settings,
			.channel = &settings->channel[i], .holder = d->holder } };
	return d;
}

static void
begin(struct deliver *d)
{
	struct store *s = NULL;
	struct error err = ERROR_INIT;

	if (!settings_open_store(d->settings, &s, &err) || !lane_orphans(s, d->settings, &err))
		log_line(LOG_LEVEL_ERROR, "the outbox cannot be worked on", "error", err.text, NULL);
	store_close(s);
	for (size_t i = 0; i < d->runners; i++) {
		struct runner *r = &d->runner[i];

		r->started = pthread_create(&r->thread, NULL, run, r) == 0;
		if (!r->started && !d->forever)
			(void)run(r);
		else if (!r->started)
			log_line(LOG_LEVEL_ERROR, "no thread for a channel", "channel", r->lane.channel->name, NULL);
	}
}

static void
join(struct deliver *d)
{
	for (size_t i = 0; i < d->runners; i++)
		if (d->runner[i].started)
			(void)pthread_join(d->runner[i].thread, NULL);
}

static void
deliver_free(struct deliver *d)
{
	(void)pthread_cond_destroy(&d->bell);
	(void)pthread_mutex_destroy(&d->lock);
	free(d->runner);
	free(d->holder);
	free(d);
}

struct deliver *
deliver_start(const struct settings *settings)
{
	struct deliver *d = deliver_new(settings, true, 0);

	begin(d);
	return d;
}

void
deliver_wake(void *arg)
{
	struct deliver *d = arg;

	(void)pthread_mutex_lock(&d->lock);
	d->rung++;
	(void)pthread_cond_broadcast(&d->bell);
	(void)pthread_mutex_unlock(&d->lock);
}

void
deliver_stop(struct deliver *d)
{
	if (d == NULL)
		return;
	(void)pthread_mutex_lock(&d->lock);
	d->stop = true;
	(void)pthread_cond_broadcast(&d->bell);
	(void)pthread_mutex_unlock(&d->lock);
	join(d);
	deliver_free(d);
}

static int64_t
attempts(const struct deliver *d)
{
	int64_t n = 0;

	for (size_t i = 0; i < d->runners; i++)
		n += d->runner[i].lane.counts.sent + d->runner[i].lane.counts.later + d->runner[i].lane.counts.parked;
	return n;
}

bool
deliver_due(const struct settings *settings, int64_t limit_s, struct deliver_counts *out, struct error *err)
{
	struct deliver *d = deliver_new(settings, false, limit_s);
	bool ok = true;
	int64_t before;

	*out = (struct deliver_counts){ .sent = 0 };
	/* What one channel has to say about itself is due on the others. */
	do {
		before = attempts(d);
		begin(d);
		join(d);
	} while (attempts(d) != before && !over(d));
	for (size_t i = 0; i < d->runners; i++) {
		const struct runner *r = &d->runner[i];

		out->sent += r->lane.counts.sent;
		out->later += r->lane.counts.later;
		out->parked += r->lane.counts.parked;
		if (ok && !r->ok) {
			ok = false;
			if (err != NULL)
				*err = r->err;
		}
	}
	deliver_free(d);
	return ok;
}
