/*
 * world/aws/endpoint.h: where a service is reached in a region, and for which
 * region a call to it is signed.
 *
 * endpoint_resolve() is pure: its rules are a table, taken from the endpoint
 * rule sets of the AWS SDKs. What people set (AWS_ENDPOINT_URL_<SERVICE>,
 * AWS_ENDPOINT_URL, [services], endpoint_url, in that order; FIPS and
 * dual-stack) is read by endpoint_want().
 */
#ifndef WORLD_AWS_ENDPOINT_H
#define WORLD_AWS_ENDPOINT_H

#include <stdbool.h>

#include "base/error.h"
#include "world/aws/shared.h"

struct endpoint_want {
	const char *service;	/* "cloudtrail", "iam", "s3" … */
	const char *region;
	bool fips;
	bool dual_stack;
	bool global;		/* the one endpoint of old, where STS and S3 still have it */
	char *custom;		/* set by people, owned; NULL: none */
};

struct endpoint {
	char *url;		/* without a slash at the end */
	char *signing_region;
	bool custom;		/* people set it: not to be taken apart */
};

/* Fills in fips, dual_stack, global and custom from environment and profile. */
void endpoint_want(struct endpoint_want *w, const struct shared *s, const char *profile);
void endpoint_want_clear(struct endpoint_want *w);

/* ERROR_INPUT when there is no such endpoint. */
bool endpoint_resolve(const struct endpoint_want *w, struct endpoint *out, struct error *err);
void endpoint_clear(struct endpoint *e);

#endif
