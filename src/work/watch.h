/*
 * work/watch.h: reading CloudTrail in every region of every account.
 *
 * A watch holds what stays between cycles: clients, regions, marks, unfinished
 * readings. watch_poll() runs whatever is due to its end; watch_step() does a
 * little and returns, for the daemon. Regions run at the same time, on one
 * loop; one account's failure is a gap of that account and stops nobody.
 */
#ifndef WORK_WATCH_H
#define WORK_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/settings/settings.h"

struct store;
struct watch;

struct watch_counts {
	int64_t pages;		/* answers of LookupEvents */
	int64_t events;		/* in them, our own calls left out */
	int64_t own;		/* our own calls among what was read */
	int64_t sightings;	/* new ones */
	int64_t incidents;	/* opened */
	size_t regions;
	size_t blind;		/* regions and accounts that could not be read */
};

/* `s` and `settings` are borrowed until watch_close(). */
bool watch_open(struct watch **out, struct store *s, const struct settings *settings,
    struct error *err);
void watch_close(struct watch *w);

/* Told many times a second while a cycle lasts; `busy` regions are not done yet. */
typedef void watch_tell(void *arg, const struct watch_counts *so_far, size_t busy);
/*
 * One cycle: everything that is due, to the end. `tell` may be NULL. False only
 * when the state itself fails.
 */
bool watch_poll(struct watch *w, watch_tell *tell, void *arg, struct watch_counts *out, struct error *err);
/* Works for about `ms`; the daemon's loop. False when the state itself fails. */
bool watch_step(struct watch *w, int64_t ms, struct error *err);
void watch_counts(const struct watch *w, struct watch_counts *out);
/* True when every region had a complete hot reading since the last time this was asked. */
bool watch_complete(struct watch *w);

#endif
