/*
 * core/model/sighting.h: an event that concerns a canary, and how it does.
 *
 * A sighting owns copies of what is needed to judge and to tell; the verbatim
 * event is in `raw` (NULL where it was not kept). Strings are as the
 * intruder wrote them: escape on the way out (base/escape.h).
 */
#ifndef CORE_MODEL_SIGHTING_H
#define CORE_MODEL_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the event concerns the canary. Stored names never change. */
#define SIGHTING_KINDS(X) \
	X(SIGHTING_KEY, "key")			/* signed with the canary itself */ \
	X(SIGHTING_DERIVED, "derived")		/* signed with a session or key minted from it */ \
	X(SIGHTING_PRINCIPAL, "principal")	/* the same IAM user by another key */ \
	X(SIGHTING_TARGET, "target")		/* somebody acted on the canary */ \
	X(SIGHTING_UNLOGGED, "unlogged")	/* AWS says the key was used, no event explains it */

enum sighting_kind {
#define X(id, name) id,
	SIGHTING_KINDS(X)
#undef X
};

struct sighting {
	char *key_id;		/* the canary's */
	char *event_id;		/* unique together with key_id; "unlogged:…" for those without an event */
	enum sighting_kind kind;
	int64_t time_ms;	/* eventTime */
	int64_t seen_ms;	/* when we first had it; WHEN_NONE offline */
	char *source;
	char *name;
	char *region;
	char *account;
	char *ip;
	char *user_agent;
	char *error_code;
	char *error_message;
	char *identity_type;
	char *actor;		/* who signed: ARN, or principal id */
	char *via;		/* the derived or other key used; NULL for kind key */
	char *service_code;	/* requestParameters.serviceCode, or mined from errorMessage */
	char *resource;		/* what was aimed at: identity, policy ARN, user …; mined from errorMessage too */
	char *stage;		/* stage code by the rules: "S1", "S1?", "V1"; NULL: no rule knows it */
	char *also_stage;	/* the second question the same call answers (GetAccount: "S3r"); NULL */
	char *label;		/* "aws", "known-scanner", "expected", "own", "drill"; NULL: a stranger */
	char *label_reason;	/* why, for people; NULL */
	bool denied;		/* refused for lack of rights */
	bool failed;		/* any error, denied included */
	char *raw;		/* the record, verbatim; NULL if not kept */
	int64_t incident;	/* row of its incident in the store; 0: none yet */
};

void sighting_init(struct sighting *s);
void sighting_copy(struct sighting *to, const struct sighting *from);
void sighting_clear(struct sighting *s);

const char *sighting_kind_name(enum sighting_kind kind);
bool sighting_kind_parse(const char *name, enum sighting_kind *out);

/* A growing array of owned sightings. */
struct sighting_list {
	struct sighting *item;
	size_t len;
	size_t cap;
};

#define SIGHTING_LIST_INIT { .item = NULL, .len = 0, .cap = 0 }

/* Moves *s into the list and leaves it empty. */
void sighting_list_take(struct sighting_list *l, struct sighting *s);
/* By time, then event id: one order whatever order they came in. */
void sighting_list_sort(struct sighting_list *l);
void sighting_list_clear(struct sighting_list *l);

#endif
