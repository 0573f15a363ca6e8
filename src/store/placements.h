/* store/placements.h: the ledger: which bait stands where. */
#ifndef STORE_PLACEMENTS_H
#define STORE_PLACEMENTS_H

#include "core/model/placement.h"
#include "store/store.h"

/* A new row when p->id is 0 (then it is set), else replaces that row. */
bool placement_save(struct store *s, struct placement *p, struct error *err);
bool placement_drop(struct store *s, int64_t id, struct error *err);
/* Those of one canary (NULL: all) in one repository (NULL: all), oldest first; `out` is appended to. */
bool placement_list(struct store *s, const char *key_id, const char *repo, struct placement_list *out,
    struct error *err);

#endif
