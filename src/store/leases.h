/*
 * store/leases.h: who does what for how long, when several monitors share a
 * state. A lease that is not renewed ends by itself.
 */
#ifndef STORE_LEASES_H
#define STORE_LEASES_H

#include "store/store.h"

/* Takes or renews; *mine is false when another holder has it until later than `now_ms`. */
bool lease_take(struct store *s, const char *name, const char *holder, int64_t now_ms, int64_t until_ms,
    bool *mine, struct error *err);
bool lease_give(struct store *s, const char *name, const char *holder, struct error *err);
/* All that a holder has. */
bool lease_give_all(struct store *s, const char *holder, struct error *err);
/* How many leases of names that begin with `prefix` are held now. */
bool lease_count(struct store *s, const char *prefix, int64_t now_ms, int64_t *count, struct error *err);

#endif
