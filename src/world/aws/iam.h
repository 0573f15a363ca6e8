/*
 * world/aws/iam.h: users, their policies and their keys.
 *
 * Source: AWS IAM API Reference (version 2010-05-08) and "IAM and STS quotas".
 * Each call waits for its answer. Calls may be repeated safely: those that
 * make something are sent once and never repeated blindly, because an answer
 * may be lost after the work was done (the caller looks and decides); throttled
 * ones are always repeated, for up to two minutes, because nothing was done.
 *
 * Error kinds: ERROR_NOT_FOUND (NoSuchEntity), ERROR_CONFLICT (it exists, or
 * must be emptied first), ERROR_FULL (a quota), ERROR_DENIED, ERROR_NETWORK.
 */
#ifndef WORLD_AWS_IAM_H
#define WORLD_AWS_IAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "world/aws/client.h"

enum {
	IAM_NAME_MAX = 64,		/* of a user */
	IAM_PATH_MAX = 512,
	IAM_KEYS_PER_USER = 2,		/* cannot be raised */
	IAM_INLINE_MAX = 2048,		/* characters of all inline policies of a user, white space left out */
	IAM_USERS_MAX = 5000,		/* per account, when GetAccountSummary does not say */
};

/* A connection to IAM of one account. */
struct iam {
	struct http *http;
	struct aws_client *client;
};

/* The option texts must outlive it. */
bool iam_open(struct iam *iam, const struct aws_client_options *o, struct error *err);
void iam_close(struct iam *iam);

struct iam_user {
	char *name, *path, *id, *arn;
	char *boundary;		/* policy ARN; NULL: none */
	int64_t created_ms;
};

struct iam_user_list {
	struct iam_user *item;
	size_t len, cap;
};

struct iam_key {
	char *id;
	bool active;
	int64_t created_ms;
};

struct iam_key_list {
	struct iam_key *item;
	size_t len, cap;
};

void iam_user_clear(struct iam_user *u);
void iam_user_list_clear(struct iam_user_list *l);
void iam_key_list_clear(struct iam_key_list *l);

/* --- looking -------------------------------------------------------------------- */
bool iam_get_user(struct iam *iam, const char *name, struct iam_user *out, struct error *err);
/* `prefix` of the path; NULL: all. */
bool iam_list_users(struct iam *iam, const char *prefix, struct iam_user_list *out, struct error *err);
bool iam_list_keys(struct iam *iam, const char *user, struct iam_key_list *out, struct error *err);
/* Names of the inline policies; ARNs of the attached ones; names of the groups. */
bool iam_list_policies(struct iam *iam, const char *user, struct strlist *out, struct error *err);
bool iam_list_attached(struct iam *iam, const char *user, struct strlist *out, struct error *err);
bool iam_list_groups(struct iam *iam, const char *user, struct strlist *out, struct error *err);
/* The document as JSON text; the caller frees. */
bool iam_get_policy(struct iam *iam, const char *user, const char *policy, char **document, struct error *err);
bool iam_has_login(struct iam *iam, const char *user, bool *yes, struct error *err);
/* GetAccountSummary: users there are, and the quota. */
bool iam_quota(struct iam *iam, int64_t *users, int64_t *max, struct error *err);

/* --- making ---------------------------------------------------------------------- */
/* `boundary` may be NULL. */
bool iam_create_user(struct iam *iam, const char *name, const char *path, const char *boundary,
    struct iam_user *out, struct error *err);
bool iam_put_policy(struct iam *iam, const char *user, const char *policy, const char *document,
    struct error *err);
/* The caller frees *key_id, and *secret with mem_free_secret(). */
bool iam_create_key(struct iam *iam, const char *user, char **key_id, char **secret, struct error *err);

/* --- removing: what is not there any more is no failure ------------------------------ */
bool iam_delete_key(struct iam *iam, const char *user, const char *key_id, struct error *err);
bool iam_delete_policy(struct iam *iam, const char *user, const char *policy, struct error *err);
bool iam_detach_policy(struct iam *iam, const char *user, const char *arn, struct error *err);
bool iam_leave_group(struct iam *iam, const char *user, const char *group, struct error *err);
bool iam_delete_login(struct iam *iam, const char *user, struct error *err);
bool iam_delete_user(struct iam *iam, const char *user, struct error *err);

#endif
