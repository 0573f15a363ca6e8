/*
 * work/drift.h: is a canary in AWS still what the registry says?
 *
 * Looks at the user, its keys, policies, groups, boundary and console password,
 * with six questions or so a canary, a few canaries at once, on the caller's
 * loop. What it finds is compared with what the level of the canary means.
 */
#ifndef WORK_DRIFT_H
#define WORK_DRIFT_H

#include "core/model/canary.h"
#include "world/aws/client.h"

struct store;
struct settings;

/* Stored names never change. */
#define DRIFTS(X) \
	X(DRIFT_USER_GONE, "user-gone", "its IAM user is not there any more: it cannot fire", "retire it, and plant another one") \
	X(DRIFT_KEY_GONE, "key-gone", "its key is not there any more: it cannot fire", "rotate it") \
	X(DRIFT_KEY_OFF, "key-off", "its key is disabled: it cannot fire", "activate it in IAM, or rotate it") \
	X(DRIFT_KEY_MORE, "key-added", "its user has a key that is not in the registry", "find out who made it (keycanary incidents), then retire --all-keys") \
	X(DRIFT_POLICY_GONE, "policy-gone", "its user has lost its policy", "rotate it") \
	X(DRIFT_POLICY_MORE, "policy-added", "its user has a policy that allows more than its level", "find out who attached it, and retire it: it may be useful to an intruder") \
	X(DRIFT_GROUP, "group-added", "its user was put into a group", "find out who did it, and retire it") \
	X(DRIFT_BOUNDARY, "boundary-gone", "its permissions boundary was taken away or changed", "put it back, or rotate it") \
	X(DRIFT_LOGIN, "console-password", "its user has a console password", "delete the login profile; nobody but an intruder needs it") \
	X(DRIFT_QUARANTINE, "quarantined", "AWS has put its user into quarantine: the key is public", "it is spent: rotate it") \
	X(DRIFT_OTHER_USER, "user-replaced", "a user of that name was made anew: it is not ours", "retire it here (--registry-only), and look at the new user")

enum drift_kind {
#define X(id, name, about, remedy) id,
	DRIFTS(X)
#undef X
};

const char *drift_name(enum drift_kind kind);
const char *drift_about(enum drift_kind kind);
const char *drift_remedy(enum drift_kind kind);

struct drift {
	char *key_id, *user_name;
	enum drift_kind kind;
	char *detail;		/* the key, the policy …; NULL */
};

struct drift_list {
	struct drift *item;
	size_t len, cap;
	size_t looked_at;	/* canaries */
	struct error err;	/* of the first question that failed; kind NONE: none did */
	size_t failed;		/* questions */
};

void drift_list_clear(struct drift_list *l);

/* Canaries that can drift at all: live or tripped, with a user, in this account. */
bool drift_applies(const struct canary *c, const char *account);

struct drift_look;
typedef void drift_done(void *arg, const struct drift_list *found);

/*
 * Begins to look at these canaries (copied), `abreast` at once. `done` is
 * called from http_step() when all were looked at; the look is freed then. The
 * boundaries that were set at minting are read from the store now. NULL: failed.
 */
struct drift_look *drift_begin(struct store *s, struct http *http, struct aws_client *client, const struct canary_set *canaries,
    size_t abreast, drift_done *done, void *arg, struct error *err);

/* Frees a look that was not done when its http was closed. */
void drift_drop(struct drift_look *k);

/*
 * What a look found in an account becomes known: new drift is told to people
 * once, healed drift is forgotten. Rows of canaries not in `looked` stay.
 */
bool drift_remember(struct store *s, const struct settings *settings, const char *account,
    const struct canary_set *looked, const struct drift_list *found, int64_t now_ms, struct error *err);

#endif
