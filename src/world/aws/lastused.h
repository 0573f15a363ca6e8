/*
 * world/aws/lastused.h: when keys were last used, as IAM notes it: one key a
 * request, or the credential report of all users at once.
 *
 * Sources: AWS IAM API Reference, "GetAccessKeyLastUsed",
 * "GenerateCredentialReport", "GetCredentialReport"; IAM User Guide, "Getting
 * credential reports": a report is made anew after four hours at the earliest,
 * and only the first use in 15 minutes is noted.
 */
#ifndef WORLD_AWS_LASTUSED_H
#define WORLD_AWS_LASTUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum { REPORT_AGE_S = 4 * 3600 };

struct key_use {
	char *user_name;
	char *service;		/* "ses"; NULL or "N/A": never used */
	char *region;
	int64_t used_ms;	/* WHEN_NONE: never */
};

/* The request body, and its answer. */
void key_use_write(const char *key_id, struct buf *form);
void key_use_read(const char *xml, struct key_use *out);
void key_use_clear(struct key_use *u);

void report_make_write(struct buf *form);
/* True when the report is there to be fetched. */
bool report_make_read(const char *xml);
void report_write(struct buf *form);
/*
 * Calls back for each user with the newest use of any of its keys (WHEN_NONE:
 * never). *made_ms is when IAM made the report.
 */
bool report_read(const char *xml, int64_t *made_ms,
    void (*each)(void *arg, const char *user, int64_t used_ms), void *arg, struct error *err);

#endif
