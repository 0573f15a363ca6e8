/*
 * work/doctor_int.h: a check is a row.
 *
 * To add one: write `void check_NAME(struct doctor *, struct patient *)` in a
 * doctor_*.c that fits, put one line into the table in doctor.c at the place
 * where it should be looked at, and a test into tests/system/test_doctor.py.
 * A check calls doctor_say() once or more; it must not change anything.
 */
#ifndef WORK_DOCTOR_INT_H
#define WORK_DOCTOR_INT_H

#include "core/model/canary.h"
#include "core/settings/settings.h"
#include "work/doctor.h"
#include "world/aws/client.h"

/* One account that is looked at. */
struct patient {
	const struct account_settings *settings;	/* NULL: the default credentials */
	const char *name;
	struct aws_client *client;
	bool ready;			/* it has credentials, and they are accepted */
	char *number;			/* 12 digits; NULL: not known */
	char *arn;
	struct strlist regions;		/* to be read; empty: not known */
};

struct doctor {
	const struct doctor_options *o;
	struct doctor_report *report;
	const struct check *check;	/* the row at work */
	struct http *http;
	struct canary_set canaries;
	struct patient *patient;
	size_t patients;
	/* set while a check of an account runs */
	struct patient *current;
};

enum check_scope {
	CHECK_MACHINE,		/* once; the patient is NULL */
	CHECK_ACCOUNT,		/* for each account */
	CHECK_READY,		/* for each account whose credentials work; skipped otherwise */
};

struct check {
	const char *name;
	const char *purpose;
	void (*run)(struct doctor *d, struct patient *p);
	enum check_scope scope;
	bool always;		/* runs for the sake of those below it, unreported when not asked for */
};

/* Adds a diagnosis of the row at work; `subject` and `remedy` may be NULL. */
__attribute__((format(printf, 5, 6)))
void doctor_say(struct doctor *d, enum diagnosis_result result, const char *subject, const char *remedy,
    const char *fmt, ...);
/* A fact of the diagnosis said last. */
void doctor_fact(struct doctor *d, const char *name, const char *value);

/* One question to AWS and what came of it. */
struct question {
	struct aws_call call;
	struct buf body;	/* the answer */
	bool ok;
	struct error err;
	char code[96];
};

/* Asks all at once and waits for all answers. Free each with question_clear(). */
void doctor_ask(struct doctor *d, struct patient *p, struct question *q, size_t n);
void question_clear(struct question *q);

/* --- the checks ----------------------------------------------------------------- */
void check_configuration(struct doctor *d, struct patient *p);
void check_state(struct doctor *d, struct patient *p);
void check_channels(struct doctor *d, struct patient *p);
void check_coverage(struct doctor *d, struct patient *p);
void check_credentials(struct doctor *d, struct patient *p);
void check_identity(struct doctor *d, struct patient *p);
void check_clock(struct doctor *d, struct patient *p);
void check_rights(struct doctor *d, struct patient *p);
void check_regions(struct doctor *d, struct patient *p);
void check_trails(struct doctor *d, struct patient *p);
void check_decoys(struct doctor *d, struct patient *p);

/* Every action the monitor asks for, for tests; ends with NULL. */
const char *doctor_right(size_t i);

#endif
