/*
 * work/doctor.h: is everything there that the watch needs?
 *
 * Checks are rows (work/doctor_int.h says how to add one). Some look at this
 * machine, some at each account; all only read. A report is a list of
 * diagnoses, in the order of the rows.
 */
#ifndef WORK_DOCTOR_H
#define WORK_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct store;
struct settings;

/* "skip": it could not be looked at, because an earlier check failed or does not apply. */
#define DIAGNOSIS_RESULTS(X) \
	X(DIAGNOSIS_OK, "ok") \
	X(DIAGNOSIS_WARN, "warn")		/* works, with something missing */ \
	X(DIAGNOSIS_FAIL, "fail")		/* the watch is blind or mute somewhere */ \
	X(DIAGNOSIS_SKIP, "skip")

enum diagnosis_result {
#define X(id, name) id,
	DIAGNOSIS_RESULTS(X)
#undef X
};

const char *diagnosis_name(enum diagnosis_result result);

struct diagnosis {
	const char *check;	/* name of its row: "credentials" */
	const char *purpose;	/* what the check is for */
	char *account;		/* as the configuration calls it; NULL: this machine */
	char *subject;		/* "cloudtrail:LookupEvents", a region, a key id; NULL: none */
	enum diagnosis_result result;
	char *detail;		/* one sentence */
	char *remedy;		/* what to do; NULL: nothing */
	struct strlist facts;	/* name, value, name, value …: for programs */
};

struct doctor_report {
	struct diagnosis *item;
	size_t len, cap;
	size_t count[4];	/* by enum diagnosis_result */
};

struct doctor_options {
	const struct settings *settings;
	struct store *store;			/* NULL: it could not be opened, */
	const struct error *store_error;	/* for this reason */
	const char *place;			/* where the state is */
	const struct strlist *only;		/* names of checks; empty: all */
	void (*begins)(void *arg, const char *purpose);	/* told of each check as it begins; NULL: nobody */
	void *arg;
};

/* False only for a name of a check that is none. */
bool doctor_run(const struct doctor_options *o, struct doctor_report *out, struct error *err);
void doctor_report_clear(struct doctor_report *r);

/* Names and purposes of all checks, in order; ends with a NULL name. */
const char *doctor_check_name(size_t i);
const char *doctor_check_purpose(size_t i);

/* The IAM policy to attach to the monitor, as JSON. */
bool doctor_policy(struct buf *out, struct error *err);

#endif
