/*
 * world/aws/cloudtrail.h: LookupEvents, one page at a time.
 *
 * Source: AWS CloudTrail API Reference, "LookupEvents". A page holds at most
 * 50 events, newest first; the token of the next page is good only with the
 * very same window and attribute.
 */
#ifndef WORLD_AWS_CLOUDTRAIL_H
#define WORLD_AWS_CLOUDTRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "core/model/event.h"

#define LOOKUP_TARGET "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"

struct lookup {
	const char *attribute;	/* "Username", "AccessKeyId", "ResourceName"; NULL: everything */
	const char *value;
	int64_t from_ms;
	int64_t to_ms;
	const char *token;	/* of the next page; NULL: the first */
};

/* The request body. */
void lookup_write(const struct lookup *l, struct buf *out);

struct lookup_page {
	struct event *event;	/* owned, and cleared by lookup_page_clear() */
	size_t events;
	size_t damaged;		/* records that could not be parsed */
	char *token;		/* NULL: the last page */
};

bool lookup_read(struct lookup_page *page, const char *body, size_t len, struct error *err);
void lookup_page_clear(struct lookup_page *page);

#endif
