/* store/canaries.h: the registry of decoy keys. */
#ifndef STORE_CANARIES_H
#define STORE_CANARIES_H

#include "core/model/canary.h"
#include "store/store.h"

struct canary_filter {
	const char *state;	/* NULL: any */
	const char *account;
	const char *tag;
};

/* Inserts or replaces; what the new one does not know (NULL) is kept from the old. */
bool canary_save(struct store *s, const struct canary *c, struct error *err);
/* *found is false when there is none; then *c is empty. */
bool canary_load(struct store *s, const char *key_id, struct canary *c, bool *found, struct error *err);
/* By account, then key id; indexed. */
bool canary_list(struct store *s, const struct canary_filter *filter, struct canary_set *out,
    struct error *err);
/* live becomes tripped, once; other states stay. */
bool canary_trip(struct store *s, const char *key_id, int64_t at_ms, struct error *err);

/* Unplanted canaries whose secret is kept; NULL members fit any. */
struct canary_want {
	const char *key_id, *account, *batch, *level;
	const char *state;
	bool drill;
	int64_t free_since_ms;	/* a reservation older than this does not count */
};

bool canary_find(struct store *s, const struct canary_want *want, struct canary *c, bool *found,
    struct error *err);
/* As canary_find, and reserves it: no other call gives it out meanwhile. */
bool canary_take(struct store *s, const struct canary_want *want, int64_t now_ms, struct canary *c,
    bool *found, struct error *err);
bool canary_give_back(struct store *s, const char *key_id, struct error *err);
bool canary_count(struct store *s, const struct canary_want *want, int64_t *count, struct error *err);
/* Nothing is kept of its secret any more. ERROR_CONFLICT when that was so already. */
bool canary_wipe(struct store *s, const char *key_id, struct error *err);

#endif
