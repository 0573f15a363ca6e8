/*
 * work/deadman.h: when we cannot see, somebody must hear of it.
 *
 * Three ways. Blindness and its end are told like alerts, once each. A pause
 * in which nobody watched is told when the watch is back. And a heartbeat goes
 * to an address outside after each complete cycle, so that somebody notices
 * when this machine itself is silent.
 */
#ifndef WORK_DEADMAN_H
#define WORK_DEADMAN_H

#include "core/settings/settings.h"

struct store;

/* Looks at gaps and coverage, and queues what is to be told. Also for a poll that is a cron job. */
bool deadman_look(struct store *s, const struct settings *settings, int64_t now_ms, struct error *err);

/* The heartbeat's thread; NULL when no address is configured. `settings` is borrowed. */
struct heartbeat;
struct heartbeat *heartbeat_start(const struct settings *settings);
/* A cycle was complete: ping, but not more often than heartbeat.every. True when one goes out; `h` may be NULL. */
bool heartbeat_beat(struct heartbeat *h);
void heartbeat_stop(struct heartbeat *h);
/* One ping, now; true also when no address is configured. Errors never name the address, it is a secret. */
bool heartbeat_ping(const struct settings *settings, struct error *err);
/* The same, and what became of it is kept. */
bool heartbeat_ping_kept(struct store *s, const struct settings *settings, struct error *err);

/* The last beat that was taken, and the failure since; for status. */
struct heartbeat_last {
	int64_t taken_ms;	/* WHEN_NONE: never */
	int64_t failed_ms;	/* the last one was not taken; WHEN_NONE: it was, or there was none */
	char *failure;		/* why; owned */
};
/* Keeps what became of a beat; `failure` NULL: it was taken. */
bool heartbeat_keep(struct store *s, int64_t at_ms, const char *failure, struct error *err);
bool heartbeat_recall(struct store *s, struct heartbeat_last *out, struct error *err);
/* Keeps what became of the thread's beats since the last call; `h` may be NULL. */
bool heartbeat_keep_new(struct heartbeat *h, struct store *s, struct error *err);

/* Every region was read, nothing is blind, and somebody can be told: the beat may go out. */
bool deadman_well(struct store *s, const struct settings *settings, bool complete, size_t blind, int64_t now_ms);

#endif
