/*
 * core/model/coverage.h: what we can have seen, and what we cannot.
 *
 * One mark per account, region and source: everything up to `until_ms` was
 * read completely. A gap is a hole in that, with its cause; it stays on
 * record after it is filled.
 */
#ifndef CORE_MODEL_COVERAGE_H
#define CORE_MODEL_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coverage {
	char *account;		/* the account's name in the configuration */
	char *region;
	char *source;		/* "lookup", "trail", "last-used" */
	char *plan;		/* "sweep" or "per-canary"; NULL for other sources */
	int64_t since_ms;	/* the earliest time ever asked for; WHEN_NONE */
	int64_t until_ms;	/* complete up to; WHEN_NONE: nothing yet */
	int64_t warm_ms;	/* end of the last complete warm window; WHEN_NONE */
	int64_t deep_ms;	/* end of the last complete deep window; WHEN_NONE */
	int64_t tried_ms;	/* last attempt */
	int64_t good_ms;	/* last complete success */
	int64_t calls;		/* requests sent, ever */
	double calls_per_hour;	/* lately */
	double events_per_hour;	/* lately, what the planner decides by */
	char *error_kind;	/* of the last attempt; NULL: it went well */
	char *error_text;
	bool closed;		/* region not opted in: said so, not retried for a day */
};

struct gap {
	int64_t id;		/* given by the store; 0 before */
	char *account;
	char *region;
	char *source;
	int64_t from_ms;
	int64_t to_ms;		/* WHEN_NONE: still open */
	char *cause;		/* an error kind's name: "denied", "throttled" … */
	char *detail;
	int64_t noticed_ms;
	int64_t filled_ms;	/* WHEN_NONE: not filled */
};

void coverage_init(struct coverage *c);
void coverage_copy(struct coverage *to, const struct coverage *from);
void coverage_clear(struct coverage *c);
void gap_init(struct gap *g);
void gap_copy(struct gap *to, const struct gap *from);
void gap_clear(struct gap *g);

#endif
