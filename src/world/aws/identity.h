/*
 * world/aws/identity.h: who we are, which regions there are, and when a key
 * was last used. Each waits for its answer.
 */
#ifndef WORLD_AWS_IDENTITY_H
#define WORLD_AWS_IDENTITY_H

#include <stdint.h>

#include "base/str.h"
#include "world/aws/client.h"

/* sts:GetCallerIdentity; the caller frees both. */
bool aws_identity(struct aws_client *c, char **account, char **arn, struct error *err);
/*
 * The enabled regions: account:ListRegions, else ec2:DescribeRegions, else the
 * list this program knows (*known is then true: some may not be opted in).
 */
bool aws_regions(struct aws_client *c, const char *partition, struct strlist *out, bool *known,
    struct error *err);

struct key_use {
	char *user_name;
	char *service;		/* "ses"; NULL: never used */
	char *region;
	int64_t used_ms;	/* WHEN_NONE: never */
};

/* iam:GetAccessKeyLastUsed; ERROR_NOT_FOUND when IAM does not know the key. */
bool aws_key_last_used(struct aws_client *c, const char *key_id, struct key_use *out,
    struct error *err);
void key_use_clear(struct key_use *u);

#endif
