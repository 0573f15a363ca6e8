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

/* Sends a test on every channel; tells each answer; returns how many did not take it. */
size_t outbox_test(const struct settings *settings, int64_t now_ms,
    void (*tell)(void *arg, const char *channel, const char *type, const char *result, const char *answer),
    void *arg);
bool outbox_list(struct store *s, bool all, void (*show)(void *arg, const struct outbox_line *), void *arg,
    struct error *err);
/* Retries (id 0: all parked) or drops. */
bool outbox_change(struct store *s, int64_t id, bool drop, int64_t now_ms, int64_t *changed,
    struct error *err);
/* Delivers what is due now. */
bool outbox_send(const struct settings *settings, int64_t *sent, int64_t *waiting, struct error *err);

#endif
