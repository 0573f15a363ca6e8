#include "work/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/report/compose.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/process.h"
#include "os/random.h"
#include "store/canaries.h"
#include "store/channels.h"
#include "store/outbox.h"
#include "work/announce.h"
#include "work/digest.h"
#include "work/state.h"
#include "world/channel/channel.h"

enum { LEASE_SLACK_S = 120, SEND_USUAL_S = 60 };

int64_t
deliver_backoff_s(int64_t failures, int64_t retry_after_s, double jitter)
{
	int64_t s = BACKOFF_FIRST_S;

	for (int64_t i = 1; i < failures && s < BACKOFF_MOST_S; i++)
		s *= 2;
	if (s > BACKOFF_MOST_S)
		s = BACKOFF_MOST_S;
	s = (int64_t)((double)s * (0.5 + jitter / 2));
	if (s < 1)
		s = 1;
	if (retry_after_s > RETRY_AFTER_MOST_S)
		retry_after_s = RETRY_AFTER_MOST_S;
	return s < retry_after_s ? retry_after_s : s;
}

/* --- leases ------------------------------------------------------------------- */

static void
host_name(char out[static 256])
{
	if (gethostname(out, 255) != 0)
		out[0] = '\0';
	out[255] = '\0';
}

char *
lane_holder(void)
{
	char host[256];

	host_name(host);
	return mem_printf("%s/%ld/%016llx", host, (long)getpid(), (unsigned long long)random_below(UINT64_MAX));
}

/* Only a holder on this machine can be known to be dead. */
static bool
dead(const char *holder, const char *ours)
{
	const char *pid = strchr(holder, '/');
	char host[256];
	int64_t number;
	char *text;
	bool ok;

	host_name(host);
	if (pid == NULL || str_eq(holder, ours) || strlen(host) != (size_t)(pid - holder) ||
	    strncmp(host, holder, strlen(host)) != 0)
		return false;
	text = mem_strndup(pid + 1, strcspn(pid + 1, "/"));
	ok = str_to_int(text, 1, INT32_MAX, &number);
	free(text);
	return ok && (number == getpid() || !process_alive(number));
}

/* What a killed process left leased is sent again at once, not when the lease ends. */
static bool
bury(struct lane *l, struct error *err)
{
	struct strlist holders = STRLIST_INIT;
	bool ok = outbox_holders(l->store, l->channel->name, &holders, err);

	for (size_t i = 0; ok && i < holders.len; i++)
		if (dead(holders.item[i], l->holder))
			ok = outbox_release(l->store, holders.item[i], err);
	strlist_clear(&holders);
	return ok;
}

/* --- what a message says when it leaves ------------------------------------------ */

/* Stored before the first attempt: every attempt says the same. */
static bool
rewrite(struct lane *l, const struct outbox_row *row, const struct message *m, struct error *err)
{
	struct buf payload = BUF_INIT(BUF_RECORD);
	bool ok;

	message_write(m, &payload);
	ok = outbox_rewrite(l->store, row->id, buf_str(&payload), err);
	buf_free(&payload);
	return ok;
}

/* A digest tells how things stand when it leaves, not when it was planned. */
static bool
refresh_digest(struct lane *l, const struct outbox_row *row, struct message *m, bool *needless, struct error *err)
{
	int64_t by = 0;

	if (m->incident == NULL)
		return true;
	if (!digest_refresh(l->store, l->settings, row, m, clock_now_ms(), &by, err))
		return false;
	*needless = by != 0;
	return *needless ? outbox_merged(l->store, row->id, by, err) : rewrite(l, row, m, err);
}

/* The newest message with the news of all of them. */
static bool
merge_into(struct message *m, const struct outbox_row *row, struct error *err)
{
	struct message newer;

	if (!message_read(&newer, row->payload, err))
		return false;
	compose_merge(&newer, m);
	message_clear(m);
	*m = newer;
	return true;
}

/* Escalations that waited together are one message. */
static bool
merge_escalations(struct lane *l, const struct outbox_row *row, struct message *m, struct error *err)
{
	struct outbox_row *behind = NULL;
	size_t n = 0;
	bool ok = outbox_behind(l->store, row, &behind, &n, err);

	if (ok && n > 0) {
		ok = store_begin(l->store, err);
		for (size_t i = 0; ok && i < n; i++)
			ok = merge_into(m, &behind[i], err) && outbox_merged(l->store, behind[i].id, row->id, err);
		free(m->key);
		m->key = mem_strdup(row->key);
		ok = ok && rewrite(l, row, m, err) && store_commit(l->store, err);
		if (!ok)
			store_rollback(l->store);
	}
	for (size_t i = 0; i < n; i++)
		outbox_row_clear(&behind[i]);
	free(behind);
	return ok;
}

/* The least time between two escalations of an incident is counted from a success; a rise in severity does not wait. */
static bool
cooling(struct lane *l, const struct outbox_row *row, const struct message *m, bool *wait, struct error *err)
{
	int64_t last = WHEN_NONE, until;

	*wait = false;
	if (row->attempts > 0 || m->kind != MESSAGE_ESCALATION || m->urgent)
		return true;
	if (!outbox_last(l->store, row->incident, l->channel->name, &last, err))
		return false;
	until = last == WHEN_NONE ? 0 : last + l->settings->cooldown_s * 1000;
	*wait = until > clock_now_ms();
	return !*wait || outbox_wait(l->store, row->id, "waits for the cooldown", until, err);
}

/* Brings an untried message up to date; *wait when it does not go out now. */
static bool
settle(struct lane *l, const struct outbox_row *row, struct message *m, bool *wait, struct error *err)
{
	*wait = false;
	if (row->attempts > 0)
		return true;
	if (m->kind == MESSAGE_DIGEST)
		return refresh_digest(l, row, m, wait, err);
	if (m->kind != MESSAGE_ESCALATION)
		return true;
	return merge_escalations(l, row, m, err) && cooling(l, row, m, wait, err);
}

/* --- what became of it -------------------------------------------------------------- */

/* How a channel fares is told on the others: never silently lost. */
static bool
tell_others(struct lane *l, const char *title, const char *words, const char *advice, enum severity severity,
    int64_t since_ms, const char *what, int64_t now, struct error *err)
{
	char *key = mem_printf("channel-%s-%lld-%s", l->channel->name, (long long)since_ms, what);
	struct message m;
	bool ok;

	compose_notice(&m, MESSAGE_CHANNEL, severity, title, words, now);
	m.topic = mem_printf("channel-%s", l->channel->name);
	if (advice != NULL)
		section_line(message_section(&m, "What to do now"), "%s", advice);
	ok = announce(l->store, l->settings, &m, 0, key, l->channel->name, now, now, err);
	message_clear(&m);
	free(key);
	return ok;
}

static bool
tell_failure(struct lane *l, struct channel_health *h, const struct outbox_row *row, bool refused, int64_t now,
    struct error *err)
{
	char *title = refused ? mem_printf("channel \"%s\" refuses messages", h->channel) :
	    mem_printf("channel \"%s\" does not deliver", h->channel);
	char *advice = refused ? mem_printf("mend the channel, prove it with \"keycanary alert test\", then: keycanary outbox retry %lld",
	    (long long)row->id) : mem_strdup("messages are kept and delivered when it answers again; \"keycanary outbox\" lists them");
	bool ok = tell_others(l, title, h->last_error, advice, SEVERITY_HIGH, h->failing_ms,
	    refused ? "refused" : "down", now, err);

	h->told_ms = now;
	free(title);
	free(advice);
	return ok;
}

static bool
on_done(struct lane *l, const struct outbox_row *row, const char *answer, struct channel_health *h, int64_t now,
    struct error *err)
{
	char *title = mem_printf("channel \"%s\" delivers again", h->channel);
	bool ok = outbox_done(l->store, row->id, answer, now, err) &&
	    (h->failures == 0 || outbox_hurry(l->store, h->channel, now, err)) &&
	    (h->told_ms == WHEN_NONE || tell_others(l, title, answer, NULL, SEVERITY_LOW, h->failing_ms, "back", now, err));

	free(title);
	h->failures = 0;
	h->refused = false;
	h->failing_ms = h->wait_ms = h->told_ms = WHEN_NONE;
	h->good_ms = now;
	free(h->last_error);
	h->last_error = NULL;
	return ok;
}

static bool
on_failure(struct lane *l, const struct outbox_row *row, const struct delivery_result *r,
    struct channel_health *h, int64_t now, struct error *err)
{
	bool refused = r->what == DELIVERY_REFUSED, ok;
	int64_t pause_ms;

	h->failures++;
	h->refused = refused;
	if (h->failing_ms == WHEN_NONE)
		h->failing_ms = now;
	free(h->last_error);
	h->last_error = mem_strdup(r->answer);
	/* A refusal concerns this message: the next one may be tried at once. */
	pause_ms = refused ? 0 : deliver_backoff_s(h->failures, r->retry_after_s, random_unit()) * 1000;
	h->wait_ms = refused ? WHEN_NONE : now + pause_ms;
	ok = refused ? outbox_park(l->store, row->id, r->answer, now, err) :
	    outbox_later(l->store, row->id, r->answer, now + pause_ms, err);
	if (ok && h->told_ms == WHEN_NONE && (refused || now - h->failing_ms > l->settings->blind_after_s * 1000))
		ok = tell_failure(l, h, row, refused, now, err);
	return ok;
}

/* Taken, but some of its readers are left out: told elsewhere, at most once a day. */
static bool
tell_partly(struct lane *l, const char *answer, int64_t now, struct error *err)
{
	int64_t day = now - now % INT64_C(86400000);
	char *title = mem_printf("channel \"%s\" does not reach all its recipients", l->channel->name);
	bool ok = tell_others(l, title, answer, "mend or remove the recipient, then: keycanary alert test", SEVERITY_MEDIUM,
	    day, "partly", now, err);

	free(title);
	return ok;
}

static bool
record(struct lane *l, const struct outbox_row *row, const struct delivery_result *r, struct error *err)
{
	struct channel_health h = { .channel = NULL };
	int64_t now = clock_now_ms();
	bool done = r->what == DELIVERY_DONE, ok;

	log_line(done ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, done ? "message delivered" : "message not delivered",
	    "channel", l->channel->name, "kind", row->kind, "key", row->key, "answer", r->answer, NULL);
	ok = store_begin(l->store, err) && health_load(l->store, l->channel->name, &h, err) &&
	    (done ? on_done(l, row, r->answer, &h, now, err) : on_failure(l, row, r, &h, now, err)) &&
	    (!done || !r->partly || tell_partly(l, r->answer, now, err)) && health_save(l->store, &h, err) && store_commit(l->store, err);
	if (!ok)
		store_rollback(l->store);
	health_clear(&h);
	*(done ? &l->counts.sent : r->what == DELIVERY_LATER ? &l->counts.later : &l->counts.parked) += 1;
	return ok;
}

static bool
is_canary(void *store, const char *key_id)
{
	struct canary c;
	bool known = false;

	(void)canary_load(store, key_id, &c, &known, NULL);
	canary_clear(&c);
	return known;
}

/* --- sending --------------------------------------------------------------------------- */

static bool
send_one(struct lane *l, struct outbox_row *row, struct error *err)
{
	struct delivery_result r = { .what = DELIVERY_REFUSED, .retry_after_s = -1 };
	struct error bad = ERROR_INIT;
	struct message m;
	bool wait = false, ok;

	if (!message_read(&m, row->payload, &bad)) {
		(void)snprintf(r.answer, sizeof(r.answer), "%.280s", bad.text);
		return record(l, row, &r, err);
	}
	ok = settle(l, row, &m, &wait, err);
	if (ok && !wait) {
		channel_send(l->channel, &m, &(struct channel_guard){ .refuse = is_canary, .arg = l->store }, &r);
		ok = record(l, row, &r, err);
	}
	message_clear(&m);
	return ok;
}

/* False while the channel has to wait. A clock that was set back does not make it wait for ever. */
static bool
may_try(const struct channel_health *h, int64_t now)
{
	return h->wait_ms == WHEN_NONE || h->wait_ms <= now ||
	    h->wait_ms > now + (RETRY_AFTER_MOST_S + BACKOFF_MOST_S) * INT64_C(1000);
}

static int64_t
lease_ms(const struct channel_settings *c)
{
	int64_t limit_s = SEND_USUAL_S;

	(void)str_to_int(str_or(channel_option(c, "limit_s"), ""), 1, 86400, &limit_s);
	return (limit_s + LEASE_SLACK_S) * 1000;
}

bool
lane_next(struct lane *l, bool *more, struct error *err)
{
	struct channel_health h = { .channel = NULL };
	struct outbox_row row = { .id = 0 };
	int64_t now = clock_now_ms();
	bool ok = health_load(l->store, l->channel->name, &h, err), may = ok && may_try(&h, now);

	health_clear(&h);
	*more = false;
	if (!ok || !may)
		return ok;
	if (!bury(l, err) ||
	    !outbox_claim(l->store, l->channel->name, l->holder, now, now + lease_ms(l->channel), &row, more, err))
		return false;
	if (*more)
		ok = send_one(l, &row, err);
	outbox_row_clear(&row);
	return ok;
}

/* --- channels that are no more ------------------------------------------------------------ */

static bool
park_orphan(struct store *s, const struct settings *settings, const char *channel, struct error *err)
{
	char *title = mem_printf("channel \"%.60s\" is not configured any more", channel), *words = NULL;
	int64_t now = clock_now_ms(), n = 0;
	char *key = mem_printf("channel-%.60s-gone-%lld", channel, (long long)now);
	struct message m;
	bool ok = store_begin(s, err) &&
	    outbox_park_all(s, channel, "the channel is not configured any more", now, &n, err);

	words = mem_printf("%lld message%s for it will not be delivered; \"keycanary outbox\" lists them",
	    (long long)n, n == 1 ? "" : "s");
	compose_notice(&m, MESSAGE_CHANNEL, SEVERITY_HIGH, title, words, now);
	ok = ok && (n == 0 || announce(s, settings, &m, 0, key, NULL, now, now, err)) && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	message_clear(&m);
	free(title);
	free(words);
	free(key);
	return ok;
}

bool
lane_orphans(struct store *s, const struct settings *settings, struct error *err)
{
	struct strlist names = STRLIST_INIT;
	bool ok = outbox_channels(s, &names, err);

	for (size_t i = 0; ok && i < names.len; i++)
		if (settings_channel(settings, names.item[i]) == NULL)
			ok = park_orphan(s, settings, names.item[i], err);
	strlist_clear(&names);
	return ok;
}
