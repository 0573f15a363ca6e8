/*
 * store/outbox.h: messages that wait to be told, one row a channel.
 *
 * A row is written in the transaction that stores what it tells. It is "waiting"
 * until a channel took it ("done") or refused it for good ("parked"), or a
 * person dropped it. Its idempotency key never changes, whatever happens.
 *
 * Whoever sends a row leases it first, so two processes on one state (a watch
 * and a timer's poll) never send the same row at the same time. A lease ends
 * with the attempt, by its time, or when its holder is known to be dead.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "base/str.h"
#include "store/store.h"

struct outbox_row {
	int64_t id;
	int64_t incident;	/* row of the incident; 0: about ourselves */
	char *channel;
	char *kind;		/* message kind */
	char *key;		/* idempotency */
	char *payload;		/* message as JSON */
	char *state;		/* "waiting", "done", "parked", "dropped" */
	int64_t attempts;
	int64_t next_ms;	/* not before */
	int64_t created_ms;
	int64_t done_ms;	/* WHEN_NONE */
	char *last_error;
	char *answer;		/* of the provider */
};

void outbox_row_clear(struct outbox_row *r);

/* A key that is there already is left alone: telling twice the same is no second row. */
bool outbox_add(struct store *s, int64_t incident, const char *channel, const char *kind, const char *key,
    const char *payload, int64_t not_before_ms, int64_t now_ms, struct error *err);
/* True when an incident has a row whose key begins with "KEY-": planned before. */
bool outbox_has(struct store *s, int64_t incident, const char *key, bool *there, struct error *err);
/*
 * Leases the next row due on a channel until `until_ms`: first alerts go before
 * everything else, rows that failed after those that did not. The oldest of an
 * incident always goes first: a row behind a waiting one of the same incident
 * is not due. Rows about what we can see keep their order the same way.
 */
bool outbox_claim(struct store *s, const char *channel, const char *by, int64_t now_ms, int64_t until_ms,
    struct outbox_row *out, bool *found, struct error *err);
/* Who holds leases on waiting rows of a channel; and all of one holder given back. */
bool outbox_holders(struct store *s, const char *channel, struct strlist *out, struct error *err);
bool outbox_release(struct store *s, const char *by, struct error *err);

/* What became of an attempt; each ends the lease. */
bool outbox_done(struct store *s, int64_t id, const char *answer, int64_t now_ms, struct error *err);
bool outbox_later(struct store *s, int64_t id, const char *why, int64_t next_ms, struct error *err);
bool outbox_park(struct store *s, int64_t id, const char *why, int64_t now_ms, struct error *err);
/* No attempt was made: the row waits until then. */
bool outbox_wait(struct store *s, int64_t id, const char *why, int64_t next_ms, struct error *err);
/* A channel answers again: what failed before is due now. */
bool outbox_hurry(struct store *s, const char *channel, int64_t now_ms, struct error *err);

/* Before the first attempt: what a row tells. */
bool outbox_rewrite(struct store *s, int64_t id, const char *payload, struct error *err);
/* Waiting rows behind `r` of its incident, channel and kind that nobody tried yet; the caller frees each. */
bool outbox_behind(struct store *s, const struct outbox_row *r, struct outbox_row **out, size_t *n,
    struct error *err);
/* A row whose news another one carries: done without an attempt. */
bool outbox_merged(struct store *s, int64_t id, int64_t into, struct error *err);

/* By people. `id` 0: all parked ones (retry). *changed says how many. */
bool outbox_retry(struct store *s, int64_t id, int64_t now_ms, int64_t *changed, struct error *err);
bool outbox_drop(struct store *s, int64_t id, int64_t now_ms, int64_t *changed, struct error *err);
/* *found false when there is no such row. */
bool outbox_load(struct store *s, int64_t id, struct outbox_row *out, bool *found, struct error *err);
/* The incident is closed: digests that still wait are not needed any more; with `all`, escalations neither. */
bool outbox_drop_later(struct store *s, int64_t incident, bool all, int64_t now_ms, struct error *err);
/* Rows that are not done, oldest first; or all. Calls show() for each. */
bool outbox_each(struct store *s, bool all, void (*show)(void *arg, const struct outbox_row *), void *arg,
    struct error *err);
/* Names of channels that have waiting rows. */
bool outbox_channels(struct store *s, struct strlist *out, struct error *err);
/* Channels that have, or had, rows of an incident. */
bool outbox_told(struct store *s, int64_t incident, struct strlist *out, struct error *err);
/* All waiting rows of a channel are parked. */
bool outbox_park_all(struct store *s, const char *channel, const char *why, int64_t now_ms, int64_t *changed,
    struct error *err);
/* The newest message of an incident that a channel took; *found false: none yet. */
bool outbox_newest(struct store *s, int64_t incident, const char *channel, struct outbox_row *out, bool *found,
    struct error *err);
/*
 * Deletes what was delivered or dropped before then, at most `max` rows. Kept as
 * long as they are needed: messages of incidents that are not closed (their end
 * is told where they were), and the first ones of drills (their figures).
 */
bool outbox_prune(struct store *s, int64_t before_ms, size_t max, int64_t *gone, struct error *err);
/* The last time a message of an incident was taken by a channel; WHEN_NONE: never. */
bool outbox_last(struct store *s, int64_t incident, const char *channel, int64_t *at_ms, struct error *err);

#endif
