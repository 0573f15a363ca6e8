/* store/drills.h: drills that were made, and how long each leg took. */
#ifndef STORE_DRILLS_H
#define STORE_DRILLS_H

#include "core/model/drill.h"
#include "store/store.h"

/* Inserts or updates by its run. */
bool drill_save(struct store *s, const struct drill *d, struct error *err);
/* True in *known when a drill of this run was made with this key. */
bool drill_known(struct store *s, const char *run, const char *key_id, bool *known, struct error *err);
/* Newest first, at most `max`; `state` NULL: any. */
struct drill_list {
	struct drill *item;
	size_t len, cap;
};
bool drill_list(struct store *s, const char *state, size_t max, struct drill_list *out, struct error *err);
void drill_list_clear(struct drill_list *l);

/* When the run's first sighting was stored (WHEN_NONE: not yet), and how many there are. */
bool drill_sighted(struct store *s, const char *run, int64_t *at_ms, int64_t *count, struct error *err);
/* What became of the run's messages, the oldest first, digests apart; calls tell() for each. */
bool drill_told(struct store *s, const char *run,
    void (*tell)(void *arg, const char *channel, const char *state, int64_t done_ms, const char *words), void *arg,
    struct error *err);

#endif
