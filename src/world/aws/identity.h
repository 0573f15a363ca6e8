/*
 * world/aws/identity.h: who we are, and which regions there are. Each waits
 * for its answer.
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

#endif
