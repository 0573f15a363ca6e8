/*
 * world/aws/partition.h: the partitions AWS is divided into, and their regions.
 *
 * Source: AWS General Reference, "AWS Regions and service endpoints", and the
 * partition data of the AWS SDKs (2026-11).
 */
#ifndef WORLD_AWS_PARTITION_H
#define WORLD_AWS_PARTITION_H

#include <stdbool.h>

struct partition {
	const char *id;			/* "aws" */
	const char *prefix;		/* its regions begin so; NULL: what no other one claims */
	const char *suffix;		/* "amazonaws.com" */
	const char *dual_suffix;	/* of hosts that have IPv6 addresses too */
	const char *global;		/* region that global services are signed for */
	const char *iam;		/* the same for IAM, whose events are in that region only */
	const char *regions;		/* separated by a space */
};

extern const struct partition partitions[];	/* ends with a NULL id */

/* By its id; NULL: none of that name. */
const struct partition *partition_named(const char *id);
/* The one a region belongs to; never NULL. */
const struct partition *partition_of(const char *region);
/* "aws-global", "aws-cn-global" …: all of a partition, not a place. */
bool region_is_global(const char *region);

#endif
