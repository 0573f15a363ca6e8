/*
 * core/model/canary.h: a decoy access key and what we know of it.
 *
 * Strings are owned by the struct; unknown is NULL. canary_clear() frees
 * them; a zeroed struct is a valid empty canary.
 */
#ifndef CORE_MODEL_CANARY_H
#define CORE_MODEL_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/when.h"

/* Stored names never change. */
#define CANARY_STATES(X) \
	X(CANARY_LIVE, "live")		/* planted or ready, nobody has touched it */ \
	X(CANARY_TRIPPED, "tripped")	/* a stranger used it */ \
	X(CANARY_RETIRED, "retired")	/* deleted in AWS; a tombstone, still watched */ \
	X(CANARY_INERT, "inert")	/* never minted in AWS: it cannot fire */

enum canary_state {
#define X(id, name) id,
	CANARY_STATES(X)
#undef X
};

/* How much the decoy user is allowed to answer; the trade-off is in canary/policy/. */
#define CANARY_LEVELS(X) \
	X(CANARY_SILENT, "silent")	/* no policy: the ordinary implicit denial */ \
	X(CANARY_DENIED, "denied")	/* explicit deny of everything */ \
	X(CANARY_LURE, "lure")		/* read-only answers to the SES footprint calls */

enum canary_level {
#define X(id, name) id,
	CANARY_LEVELS(X)
#undef X
};

struct canary {
	char *key_id;		/* AKIA…, unique */
	char *account;		/* 12 digits */
	char *user_name;	/* IAM user, without its path */
	char *user_id;		/* AIDA… */
	char *arn;		/* of the user */
	char *owner;		/* who is told, free text */
	char *note;
	char *origin;		/* "mint", "import", "adopt", "rotate" */
	char *batch;		/* minted together; NULL otherwise */
	char *sealed_secret;	/* encrypted, only where drill or verify needs it; NULL otherwise */
	struct strlist tags;
	enum canary_state state;
	enum canary_level level;
	bool drill;		/* kept for drills; its alerts say DRILL */
	int64_t created_ms;
	int64_t tripped_ms;	/* WHEN_NONE: never */
	int64_t retired_ms;	/* WHEN_NONE: not retired */
};

/* All times unknown, everything else empty. */
void canary_init(struct canary *c);
void canary_copy(struct canary *to, const struct canary *from);
void canary_clear(struct canary *c);

const char *canary_state_name(enum canary_state state);
bool canary_state_parse(const char *name, enum canary_state *out);
const char *canary_level_name(enum canary_level level);
bool canary_level_parse(const char *name, enum canary_level *out);

/*
 * The canaries one batch of events is matched against: owned copies, found in
 * constant time by key id, AIDA id, ARN, and (account, user name).
 */
struct canary_set {
	struct canary *item;
	size_t len;
	size_t cap;
	struct map by_key;	/* the maps point into item */
	struct map by_user_id;
	struct map by_arn;
	struct map by_user;	/* "account/user" */
	struct map by_bare_user; /* user name alone, for canaries of unknown account */
	bool indexed;
};

#define CANARY_SET_INIT { .item = NULL }

/* Takes a copy. Add all first, then call canary_set_index() once. */
void canary_set_add(struct canary_set *set, const struct canary *c);
/* Takes over what c holds, and leaves it empty. */
void canary_set_take(struct canary_set *set, struct canary *c);
void canary_set_index(struct canary_set *set);
const struct canary *canary_by_key(const struct canary_set *set, const char *key_id);
const struct canary *canary_by_user_id(const struct canary_set *set, const char *user_id);
const struct canary *canary_by_arn(const struct canary_set *set, const char *arn);
/* `account` may be NULL; then, and for canaries without one, the bare name decides. */
const struct canary *canary_by_user(const struct canary_set *set, const char *account,
    const char *user_name);
void canary_set_clear(struct canary_set *set);

#endif
