/*
 * store/outbox.h: messages that wait to be told, one row a channel.
 *
 * A row is written in the transaction that stores what it tells. It is "waiting"
 * until a channel took it ("done") or refused it for good ("parked"), or a
 * person dropped it. Its idempotency key never changes, whatever happens.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

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
/*
 * The next row due on a channel: the oldest of an incident always goes first,
 * so a row behind a waiting one of the same incident is not due.
 */
bool outbox_due(struct store *s, const char *channel, int64_t now_ms, struct outbox_row *out, bool *found,
    struct error *err);
/* What became of an attempt. */
bool outbox_done(struct store *s, int64_t id, const char *answer, int64_t now_ms, struct error *err);
bool outbox_later(struct store *s, int64_t id, const char *why, int64_t next_ms, struct error *err);
bool outbox_park(struct store *s, int64_t id, const char *why, int64_t now_ms, struct error *err);
/* By people. `id` 0: all parked ones (retry). *changed says how many. */
bool outbox_retry(struct store *s, int64_t id, int64_t now_ms, int64_t *changed, struct error *err);
bool outbox_drop(struct store *s, int64_t id, int64_t now_ms, int64_t *changed, struct error *err);
/* Rows that are not done, oldest first; or all. Calls show() for each. */
bool outbox_each(struct store *s, bool all, void (*show)(void *arg, const struct outbox_row *), void *arg,
    struct error *err);
/* When the next waiting row is due; WHEN_NONE: nothing waits. */
bool outbox_next(struct store *s, int64_t *at_ms, struct error *err);
/* The last time a message of an incident was taken by a channel; WHEN_NONE: never. */
bool outbox_last(struct store *s, int64_t incident, const char *channel, int64_t *at_ms, struct error *err);

#endif
