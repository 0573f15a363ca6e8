/*
 * core/intent/derived.h: sessions and keys minted from a canary.
 *
 * GetSessionToken, GetFederationToken, AssumeRole and CreateAccessKey answers
 * name the new key (CloudTrail: responseElements.credentials.accessKeyId,
 * responseElements.accessKey.accessKeyId). What is signed with it is a
 * sighting too, and may mint further keys.
 *
 * Beside the keys the set learns who stands behind a canary: its own events
 * tell the id, ARN and name of its IAM user, so that one leaked key is enough
 * to find the user's other keys.
 *
 * A role session is followed by its key alone: the answer that names the
 * session or its source identity names the key too.
 */
#ifndef CORE_INTENT_DERIVED_H
#define CORE_INTENT_DERIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct derived {
	char *derived_key;	/* ASIA… or AKIA… */
	char *key_id;		/* the canary at the root */
	char *parent;		/* the key that signed the minting call */
	char *event_id;		/* of that call */
	int64_t made_ms;	/* WHEN_NONE unknown */
	int64_t expires_ms;	/* WHEN_NONE: does not, or unknown */
};

struct derived_set {
	struct derived **item;	/* owned */
	size_t len;
	size_t cap;
	struct map by_key;
	struct map identity;	/* "id AIDA…" and the like to the canary's key id; owned */
};

/* What an identity is named by. */
enum identity_kind {
	IDENTITY_USER_ID,	/* AIDA… */
	IDENTITY_ARN,		/* of the user */
	IDENTITY_USER,		/* "ACCOUNT/NAME" */
};

#define DERIVED_SET_INIT { .item = NULL }

/* Adds a copy unless the key is there; true when it is new. */
bool derived_add(struct derived_set *set, const struct derived *d);
const struct derived *derived_find(const struct derived_set *set, const char *key_id);
/* The same for an identity; empty ids are none. */
bool derived_add_identity(struct derived_set *set, enum identity_kind kind, const char *id, const char *key_id);
/* The canary behind an identity; NULL: none known. */
const char *derived_identity(const struct derived_set *set, enum identity_kind kind, const char *id);
/* Iterate: for (size_t at = 0; derived_next_identity(set, &at, &kind, &id);) … */
bool derived_next_identity(const struct derived_set *set, size_t *at, enum identity_kind *kind,
    const char **id);
/* Adds all of `from`; true when anything was new. */
bool derived_merge(struct derived_set *set, const struct derived_set *from);
void derived_set_clear(struct derived_set *set);

#endif
