/*
 * work/drill.h: tripping a canary on purpose, and following it to each channel.
 *
 * A drill uses a canary kept for it ("mint --drill"), with its own key: real
 * signed calls, GetCallerIdentity and the read-only questions of the SES
 * footprint. Its legs: call → visible in LookupEvents → sighting in the state →
 * accepted by each channel. One that is not seen within its limit is an alert
 * itself.
 *
 * A scenario plays a published flow without AWS: its events go the same way
 * from the record on.
 */
#ifndef WORK_DRILL_H
#define WORK_DRILL_H

#include "core/model/drill.h"
#include "core/settings/settings.h"

struct store;

struct drill_ask {
	const char *key_id;	/* NULL: the drill canary */
	const char *account;	/* name in the configuration; NULL: the first */
	const char *region;	/* NULL: the account's home */
	const char *scenario;	/* id of a published flow; NULL: real calls */
	int64_t limit_s;	/* 0: the configured one */
	/* Told of each call and what came back; NULL: nobody. */
	void (*tell)(void *arg, const char *call, const char *result);
	void *tell_arg;
};

/* What became of a drill's message on one channel. */
struct drill_leg {
	char *channel;
	char *state;		/* as in the outbox: "waiting", "done", "parked" … */
	int64_t done_ms;	/* WHEN_NONE: not yet */
	char *words;		/* of the provider, or what went wrong */
};

struct drill_view {
	struct drill drill;
	struct drill_leg *leg;
	size_t legs;
};

/* Begins: the run is stored, the calls are made or the events played. drill_view_clear() frees, also after a failure. */
bool drill_begin(struct store *s, const struct settings *settings, const struct drill_ask *ask,
    struct drill_view *out, struct error *err);
/*
 * Waits until the drill is done or late. Watches and delivers by itself when
 * nobody else watches this state; otherwise only looks. True also when late.
 */
bool drill_wait(struct store *s, const struct settings *settings, const struct drill_ask *ask,
    struct drill_view *v, struct error *err);
/* Looks once how far it got; a drill that ended is saved as done or late, and one that is late is announced. */
bool drill_look(struct store *s, const struct settings *settings, struct drill_view *v, int64_t now_ms,
    struct error *err);
void drill_view_clear(struct drill_view *v);

/* For the daemon: begins one when drill.every says so, looks at those under way. */
bool drill_tick(struct store *s, const struct settings *settings, struct error *err);

/* Milliseconds of one leg over past drills. */
struct drill_figure {
	char *leg;		/* "call to visible", "sighting to mail" … */
	size_t count;
	int64_t p50, p95;
};
struct drill_figures {
	struct drill_figure *item;
	size_t len, cap;
	int64_t done, late;	/* drills */
};
/* Over the newest `max` drills; scenarios apart: their first legs do not exist. */
bool drill_figures(struct store *s, size_t max, struct drill_figures *out, struct error *err);
void drill_figures_clear(struct drill_figures *f);
/* The scenarios there are: calls tell(id, title, source). */
bool drill_scenarios(void (*tell)(void *arg, const char *id, const char *title, const char *source), void *arg,
    struct error *err);

#endif
