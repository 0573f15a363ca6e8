/*
 * core/intent/derived.h: sessions and keys minted from a canary.
 *
 * GetSessionToken, GetFederationToken, AssumeRole and CreateAccessKey answers
 * name the new key (CloudTrail: responseElements.credentials.accessKeyId,
 * responseElements.accessKey.accessKeyId). What is signed with it is a
 * sighting too, and may mint further keys.
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
};

#define DERIVED_SET_INIT { .item = NULL }

/* Adds a copy unless the key is there; true when it is new. */
bool derived_add(struct derived_set *set, const struct derived *d);
const struct derived *derived_find(const struct derived_set *set, const char *key_id);
void derived_set_clear(struct derived_set *set);

#endif
