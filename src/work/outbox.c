#include "work/outbox.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/report/compose.h"
#include "os/log.h"
#include "store/canaries.h"
#include "store/channels.h"
#include "store/incidents.h"
#include "store/outbox.h"
#include "work/deliver.h"
#include "work/settings.h"
#include "world/channel/channel.h"

enum { FORGET_EVERY_S = 3600 };

/* One channel's test, in a thread of its own: a slow channel does not hold the others up. */
struct trial {
	const struct settings *settings;
	const struct channel_settings *channel;
	struct message message;
	struct delivery_result result;
	pthread_t thread;
	bool started;
};

/* Asked for a channel that signs with a key of AWS; a store belongs to one thread. */
static bool
is_canary(void *arg, const char *key_id)
{
	const struct trial *t = arg;
	struct store *s = NULL;
	struct canary c;
	bool known = false;

	if (!settings_open_store(t->settings, &s, NULL))
		return false;
	(void)canary_load(s, key_id, &c, &known, NULL);
	canary_clear(&c);
	store_close(s);
	return known;
}

static void *
try_channel(void *arg)
{
	struct trial *t = arg;

	channel_send(t->channel, &t->message, &(struct channel_guard){ .refuse = is_canary, .arg = t }, &t->result);
	return NULL;
}

static void
begin_trial(struct trial *t, const struct settings *settings, const struct channel_settings *c, int64_t now_ms)
{
	t->settings = settings;
	t->channel = c;
	compose_notice(&t->message, MESSAGE_TEST, SEVERITY_INFO, "test message", "This is a test; no canary fired.", now_ms);
	t->message.key = mem_printf("test-%lld-%s", (long long)now_ms, c->name);
	t->started = pthread_create(&t->thread, NULL, try_channel, t) == 0;
	if (!t->started)
		(void)try_channel(t);
}

size_t
outbox_test(const struct settings *settings, const char *only, int64_t now_ms,
    void (*tell)(void *arg, const char *channel, const char *type, const char *result, const char *answer),
    void *arg)
{
	static const char *const results[] = { "delivered", "not now", "refused" };
	struct trial *trial = mem_zalloc(settings->channels, sizeof(*trial));
	size_t n = 0, failed = 0;

	for (size_t i = 0; i < settings->channels; i++)
		if (only == NULL || str_eq(settings->channel[i].name, only))
			begin_trial(&trial[n++], settings, &settings->channel[i], now_ms);
	for (size_t i = 0; i < n; i++) {
		if (trial[i].started)
			(void)pthread_join(trial[i].thread, NULL);
		failed += trial[i].result.what != DELIVERY_DONE;
		tell(arg, trial[i].channel->name, trial[i].channel->type, results[trial[i].result.what], trial[i].result.answer);
		message_clear(&trial[i].message);
	}
	free(trial);
	return failed;
}

struct teller {
	void (*show)(void *arg, const struct outbox_line *);
	void *arg;
};

static void
tell_row(void *arg, const struct outbox_row *r)
{
	const struct teller *t = arg;
	struct outbox_line line = { .id = r->id, .channel = r->channel, .kind = r->kind, .state = r->state,
		.key = r->key, .last_error = r->last_error, .answer = r->answer, .attempts = r->attempts,
		.next_ms = r->next_ms };

	t->show(t->arg, &line);
}

bool
outbox_list(struct store *s, bool all, void (*show)(void *arg, const struct outbox_line *), void *arg,
    struct error *err)
{
	struct teller t = { show, arg };

	return outbox_each(s, all, tell_row, &t, err);
}

static void
tell_channel(const struct channel_settings *c, const struct channel_health *h,
    void (*show)(void *arg, const struct channel_line *), void *arg)
{
	struct channel_line line = { .name = c != NULL ? c->name : h != NULL ? h->channel : "", .type = c != NULL ? c->type : NULL,
		.state = "unused", .failing_ms = WHEN_NONE, .wait_ms = WHEN_NONE, .good_ms = WHEN_NONE };

	if (h != NULL) {
		line.state = h->failures == 0 ? (h->good_ms == WHEN_NONE ? "unused" : "well") : h->refused ? "refusing" : "failing";
		line.waiting = h->waiting;
		line.planned = h->planned;
		line.parked = h->parked;
		line.failing_ms = h->failing_ms;
		line.wait_ms = h->wait_ms;
		line.good_ms = h->good_ms;
		line.last_error = h->last_error;
	}
	show(arg, &line);
}

/* One failed attempt is no silence: a refusal is, and an outage that lasts. */
static bool
silent(const struct channel_health *h, const struct settings *settings, int64_t now_ms)
{
	return h->failures > 0 && (h->refused || now_ms - h->failing_ms >= settings->blind_after_s * 1000);
}

static const struct channel_health *
health_of(const struct channel_health *list, size_t n, const char *channel)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].channel, channel))
			return &list[i];
	return NULL;
}

bool
outbox_channel_states(struct store *s, const struct settings *settings, int64_t now_ms,
    void (*show)(void *arg, const struct channel_line *), void *arg, bool *mute, struct error *err)
{
	struct channel_health *list = NULL;
	size_t n = 0;
	bool ok = health_list(s, now_ms, &list, &n, err);

	*mute = ok && settings->channels > 0;
	for (size_t i = 0; ok && i < settings->channels; i++) {
		const struct channel_health *h = health_of(list, n, settings->channel[i].name);

		*mute = *mute && h != NULL && silent(h, settings, now_ms);
		if (show != NULL)
			tell_channel(&settings->channel[i], h, show, arg);
	}
	for (size_t i = 0; ok && show != NULL && i < n; i++)
		if (settings_channel(settings, list[i].channel) == NULL && list[i].waiting + list[i].planned + list[i].parked > 0)
			tell_channel(NULL, &list[i], show, arg);
	for (size_t i = 0; i < n; i++)
		health_clear(&list[i]);
	free(list);
	return ok;
}

/* The message, when it waits or is parked; otherwise why not. */
static bool
changeable(struct store *s, int64_t id, struct outbox_row *row, struct error *err)
{
	bool found = false;

	if (!outbox_load(s, id, row, &found, err))
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "there is no message %lld; \"keycanary outbox\" lists them",
		    (long long)id);
	if (str_eq(row->state, "waiting") || str_eq(row->state, "parked"))
		return true;
	return error_set(err, ERROR_CONFLICT, "message %lld is %s already", (long long)id,
	    str_eq(row->state, "done") ? "delivered" : "dropped");
}

static bool
change(struct store *s, int64_t id, bool drop, const char *who, int64_t now_ms, int64_t *changed,
    struct error *err)
{
	struct outbox_row row = { .id = 0 };
	char *subject = id == 0 ? mem_strdup("messages") : mem_printf("message %lld", (long long)id);
	char *detail = NULL;
	bool ok = id == 0 || changeable(s, id, &row, err);

	ok = ok && (drop ? outbox_drop(s, id, now_ms, changed, err) : outbox_retry(s, id, now_ms, changed, err));
	if (ok && *changed > 0) {
		detail = row.id != 0 ? mem_printf("%s for %s", row.kind, row.channel) : mem_strdup("all parked ones");
		ok = (drop || health_hurry(s, row.channel, err)) &&
		    audit_add(s, now_ms, who, drop ? "dropped" : "retried", subject, detail, err);
	}
	free(subject);
	free(detail);
	outbox_row_clear(&row);
	return ok;
}

bool
outbox_change(struct store *s, int64_t id, bool drop, const char *who, int64_t now_ms, int64_t *changed,
    struct error *err)
{
	bool ok;

	*changed = 0;
	ok = store_begin(s, err) && change(s, id, drop, who, now_ms, changed, err) && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	return ok;
}

bool
outbox_send(const struct settings *settings, int64_t *sent, int64_t *waiting, struct error *err)
{
	struct deliver_counts counts;
	bool ok = deliver_due(settings, OUTBOX_LIMIT_S, &counts, err);

	*sent = counts.sent;
	*waiting = counts.later;
	return ok;
}

/* In pieces, so that nobody waits long for the state. */
static bool
forget_piece(struct store *s, int64_t before_ms, int64_t *gone, struct error *err)
{
	enum { PIECE = 500 };
	bool ok = store_begin(s, err) && outbox_prune(s, before_ms, PIECE, gone, err) && store_commit(s, err);

	if (!ok)
		store_rollback(s);
	return ok;
}

bool
outbox_forget(struct store *s, const struct settings *settings, int64_t now_ms, struct error *err)
{
	static const char name[] = "outbox_pruned_ms";
	int64_t last = 0, gone = 0, all = 0;
	char *text = NULL, *now;
	bool ok = meta_get(s, name, &text, err);

	(void)str_to_int(text, 0, INT64_MAX, &last);
	free(text);
	if (!ok || (last <= now_ms && now_ms - last < FORGET_EVERY_S * 1000))
		return ok;
	do {
		ok = forget_piece(s, now_ms - settings->keep_s * 1000, &gone, err);
		all += gone;
	} while (ok && gone > 0);
	now = mem_printf("%lld", (long long)now_ms);
	ok = ok && meta_set(s, name, now, err);
	free(now);
	if (all > 0)
		log_line(LOG_LEVEL_INFO, "old messages were forgotten", NULL);
	return ok;
}
