#include "work/deliver.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/report/compose.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/random.h"
#include "store/canaries.h"
#include "store/incidents.h"
#include "store/outbox.h"
#include "work/announce.h"

enum { BACKOFF_FIRST_S = 5, BACKOFF_MOST_S = 900 };

/* One channel's thread. */
struct lane {
	const char *state;
	const struct settings *settings;
	const struct channel_settings *channel;
	struct store *store;
	struct deliver_counts counts;
	struct error err;
	bool ok;
};

int64_t
deliver_backoff_s(int64_t attempts, int64_t retry_after_s, double jitter)
{
	int64_t s = BACKOFF_FIRST_S;

	for (int64_t i = 0; i < attempts && s < BACKOFF_MOST_S; i++)
		s *= 2;
	if (s > BACKOFF_MOST_S)
		s = BACKOFF_MOST_S;
	s = (int64_t)((double)s * (0.5 + jitter / 2));
	if (s < 1)
		s = 1;
	return s < retry_after_s ? retry_after_s : s;
}

/* A digest tells how things stand when it leaves, not when it was planned. */
static bool
refresh_digest(struct lane *l, const struct outbox_row *row, struct message *m, struct error *err)
{
	struct incident_list all = INCIDENT_LIST_INIT;
	struct canary c;
	bool known = false;
	bool ok = m->incident != NULL && incident_list(l->store, m->key_id, NULL, WHEN_NONE, &all, err) &&
	    canary_load(l->store, m->key_id, &c, &known, err);

	for (size_t i = 0; ok && i < all.len; i++) {
		struct dossier d = { .incident = &all.item[i], .canary = known ? &c : NULL, .now_ms = clock_now_ms() };

		if (all.item[i].row != row->incident)
			continue;
		message_clear(m);
		compose_incident(m, &d, NULL, MESSAGE_DIGEST);
		m->key = mem_strdup(row->key);
		break;
	}
	if (ok)
		canary_clear(&c);
	incident_list_clear(&all);
	return ok;
}

/* A channel that refuses for good is told on the others: never silently lost. */
static bool
park(struct lane *l, const struct outbox_row *row, const struct delivery_result *r)
{
	int64_t now = clock_now_ms();
	char *title = mem_printf("channel \"%s\" refuses messages", l->channel->name);
	char *key = mem_printf("parked-%lld", (long long)row->id);
	struct message m;
	bool ok;

	compose_notice(&m, MESSAGE_CHANNEL, SEVERITY_HIGH, title, r->answer, now);
	section_line(message_section(&m, "What to do now"),
	    "mend the channel, then: keycanary outbox retry %lld", (long long)row->id);
	ok = store_begin(l->store, &l->err) && outbox_park(l->store, row->id, r->answer, now, &l->err) &&
	    (str_eq(row->kind, message_kind_name(MESSAGE_CHANNEL)) ||
	    announce(l->store, l->settings, &m, 0, key, l->channel->name, now, now, &l->err)) &&
	    store_commit(l->store, &l->err);
	if (!ok)
		store_rollback(l->store);
	message_clear(&m);
	free(title);
	free(key);
	l->counts.parked++;
	return ok;
}

static bool
record(struct lane *l, const struct outbox_row *row, const struct delivery_result *r)
{
	int64_t now = clock_now_ms();

	log_line(r->what == DELIVERY_DONE ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
	    r->what == DELIVERY_DONE ? "message delivered" : "message not delivered", "channel",
	    l->channel->name, "kind", row->kind, "answer", r->answer, NULL);
	switch (r->what) {
	case DELIVERY_DONE:
		l->counts.sent++;
		return outbox_done(l->store, row->id, r->answer, now, &l->err);
	case DELIVERY_LATER:
		l->counts.later++;
		return outbox_later(l->store, row->id, r->answer,
		    now + deliver_backoff_s(row->attempts, r->retry_after_s, random_unit()) * 1000, &l->err);
	case DELIVERY_REFUSED:
		break;
	}
	return park(l, row, r);
}

/* The least time between two escalations of an incident is counted from a success. */
static bool
cooling(struct lane *l, const struct outbox_row *row, bool *wait)
{
	int64_t last = WHEN_NONE, until;

	*wait = false;
	if (row->incident == 0 || !str_eq(row->kind, message_kind_name(MESSAGE_ESCALATION)))
		return true;
	if (!outbox_last(l->store, row->incident, l->channel->name, &last, &l->err))
		return false;
	until = last == WHEN_NONE ? 0 : last + l->settings->cooldown_s * 1000;
	*wait = until > clock_now_ms();
	return !*wait || outbox_later(l->store, row->id, "waits for the cooldown", until, &l->err);
}

static bool
send_one(struct lane *l, struct outbox_row *row)
{
	struct delivery_result r = { .what = DELIVERY_REFUSED, .retry_after_s = -1 };
	struct message m;
	bool wait = false;

	if (!cooling(l, row, &wait))
		return false;
	if (wait)
		return true;
	if (!message_read(&m, row->payload, &l->err)) {
		(void)snprintf(r.answer, sizeof(r.answer), "%.280s", l->err.text);
		return record(l, row, &r);
	}
	if (m.kind == MESSAGE_DIGEST && !refresh_digest(l, row, &m, &l->err)) {
		message_clear(&m);
		return false;
	}
	channel_send(l->channel, &m, &r);
	message_clear(&m);
	return record(l, row, &r);
}

static void *
run_lane(void *arg)
{
	struct lane *l = arg;
	bool found = true;

	l->ok = store_open(&l->store, l->state, &l->err);
	while (l->ok && found) {
		struct outbox_row row = { .id = 0 };

		l->ok = outbox_due(l->store, l->channel->name, clock_now_ms(), &row, &found, &l->err);
		if (l->ok && found)
			l->ok = send_one(l, &row);
		outbox_row_clear(&row);
	}
	store_close(l->store);
	return NULL;
}

bool
deliver_due(const char *state, const struct settings *settings, struct deliver_counts *out,
    struct error *err)
{
	struct lane *lane = mem_zalloc(settings->channels, sizeof(*lane));
	pthread_t *thread = mem_zalloc(settings->channels, sizeof(*thread));
	bool *started = mem_zalloc(settings->channels, sizeof(*started)), ok = true;

	*out = (struct deliver_counts){ .sent = 0 };
	for (size_t i = 0; i < settings->channels; i++) {
		lane[i] = (struct lane){ .state = state, .settings = settings, .channel = &settings->channel[i] };
		started[i] = pthread_create(&thread[i], NULL, run_lane, &lane[i]) == 0;
		if (!started[i])
			(void)run_lane(&lane[i]);
	}
	for (size_t i = 0; i < settings->channels; i++) {
		if (started[i])
			(void)pthread_join(thread[i], NULL);
		out->sent += lane[i].counts.sent;
		out->later += lane[i].counts.later;
		out->parked += lane[i].counts.parked;
		if (ok && !lane[i].ok) {
			ok = false;
			if (err != NULL)
				*err = lane[i].err;
		}
	}
	free(lane);
	free(thread);
	free(started);
	return ok;
}
