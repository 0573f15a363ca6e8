#include "world/aws/partition.h"

#include <stddef.h>

#include "base/str.h"

const struct partition partitions[] = {
	{ "aws", NULL, "amazonaws.com", "api.aws", "us-east-1", "us-east-1",
	    "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 "
	    "eu-north-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 "
	    "ap-southeast-2 sa-east-1 af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 "
	    "ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 "
	    "eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1" },
	{ "aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1", "cn-north-1",
	    "cn-north-1 cn-northwest-1" },
	{ "aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1", "us-gov-west-1",
	    "us-gov-west-1 us-gov-east-1" },
	{ "aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1", "eusc-de-east-1",
	    "eusc-de-east-1" },
	{ "aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1", "us-iso-east-1",
	    "us-iso-east-1 us-iso-west-1" },
	{ "aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1", "us-isob-east-1",
	    "us-isob-east-1 us-isob-west-1" },
	{ "aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1",
	    "eu-isoe-west-1", "eu-isoe-west-1" },
	{ "aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1", "us-isof-south-1",
	    "us-isof-south-1 us-isof-east-1" },
	{ .id = NULL },
};

const struct partition *
partition_named(const char *id)
{
	for (const struct partition *p = partitions; p->id != NULL; p++)
		if (str_eq(p->id, id))
			return p;
	return NULL;
}

bool
region_is_global(const char *region)
{
	return str_starts(region, "aws-") && str_ends(region, "global");
}

/* "aws-iso-b-global" names its partition by itself. */
static bool
named_by(const struct partition *p, const char *region)
{
	const char *rest = region;

	for (const char *c = p->id; *c != '\0'; c++, rest++)
		if (*c != *rest)
			return false;
	return str_eq(rest, "-global");
}

const struct partition *
partition_of(const char *region)
{
	for (const struct partition *p = partitions; p->id != NULL; p++)
		if (region_is_global(region) ? named_by(p, region) : p->prefix != NULL && str_starts(region, p->prefix))
			return p;
	return &partitions[0];
}
