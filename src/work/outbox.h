/* work/outbox.h: the outbox for commands: test, list, retry, drop, send. */
#ifndef WORK_OUTBOX_H
#define WORK_OUTBOX_H

#include "base/error.h"
#include "core/settings/settings.h"

struct store;

/* One message as a list shows it; borrowed during the call. */
struct outbox_line {
	int64_t id;
	const char *channel, *kind, *state, *key, *last_error, *answer;
	int64_t attempts;
	int64_t next_ms;
};

/* How one channel fares; borrowed during the call. */
struct channel_line {
	const char *name, *type;	/* type NULL: not configured any more */
	const char *state;		/* "well", "unused", "failing", "refusing" */
	int64_t waiting, planned, parked;
	int64_t failing_ms;		/* since when; WHEN_NONE */
	int64_t wait_ms;		/* nothing is tried before; WHEN_NONE */
	int64_t good_ms;		/* last success; WHEN_NONE: never */
	const char *last_error;		/* NULL: none */
};

/*
 * Every channel that is configured or has messages. *mute is true when there
 * are channels and all of them refuse, or have failed for alert.blind_after: then
 * nobody can be told. `show` may be NULL.
 */
bool outbox_channel_states(struct store *s, const struct settings *settings, int64_t now_ms,
    void (*show)(void *arg, const struct channel_line *), void *arg, bool *mute, struct error *err);

/* Sends a test on every channel at once (or `only` one); tells each answer; returns how many did not take it. */
size_t outbox_test(const struct settings *settings, const char *only, int64_t now_ms,
    void (*tell)(void *arg, const char *channel, const char *type, const char *result, const char *answer),
    void *arg);
bool outbox_list(struct store *s, bool all, void (*show)(void *arg, const struct outbox_line *), void *arg,
    struct error *err);
/*
 * Retries (id 0: all parked ones) or drops, in the name of `who`, and lets the
 * channel try at once. ERROR_NOT_FOUND or ERROR_CONFLICT say why a message
 * cannot be changed; then nothing is.
 */
bool outbox_change(struct store *s, int64_t id, bool drop, const char *who, int64_t now_ms, int64_t *changed,
    struct error *err);
/* Forgets messages older than alert.keep; looks once an hour, whoever asks. */
bool outbox_forget(struct store *s, const struct settings *settings, int64_t now_ms, struct error *err);
/* Delivers what is due now, for at most OUTBOX_LIMIT_S: a slow channel must not keep the next poll waiting. */
enum { OUTBOX_LIMIT_S = 50 };
bool outbox_send(const struct settings *settings, int64_t *sent, int64_t *waiting, struct error *err);

#endif
