/*
 * core/model/verdict.h: what an incident is after, how sure we are, and why.
 *
 * A verdict is computed (core/intent/judge.h), never edited. Everything in it
 * can be traced to sightings: each finding and reason names its evidence.
 */
#ifndef CORE_MODEL_VERDICT_H
#define CORE_MODEL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Stored names never change. */
#define SEVERITIES(X) \
	X(SEVERITY_INFO, "info") X(SEVERITY_LOW, "low") X(SEVERITY_MEDIUM, "medium") \
	X(SEVERITY_HIGH, "high") X(SEVERITY_CRITICAL, "critical")

enum severity {
#define X(id, name) id,
	SEVERITIES(X)
#undef X
};

#define CONFIDENCES(X) \
	X(CONFIDENCE_LOW, "low") X(CONFIDENCE_MEDIUM, "medium") X(CONFIDENCE_HIGH, "high")

enum confidence {
#define X(id, name) id,
	CONFIDENCES(X)
#undef X
};

/* A named observation, such as "ses.get-account". */
struct finding {
	char *name;
	char *title;			/* one sentence for people */
	char *attack;			/* ATT&CK techniques, "T1526;T1580"; NULL */
	struct strlist evidence;	/* event ids, the first few */
};

/* The observed order beside the nearest published one. */
struct flow_match {
	char *id;			/* NULL: nothing near */
	char *title;
	char *source;			/* where it was published */
	int seen;			/* of its steps, in any order */
	int total;
	bool in_order;			/* and in the published order */
	struct strlist observed;	/* "ses:GetAccount" …, first use of each, by time */
	struct strlist steps;		/* the published steps, "ses:GetAccount" … */
	struct strlist missing;		/* published steps not seen */
	struct strlist next;		/* what such intruders did next, for people */
};

struct verdict {
	char *intent;			/* primary; "none" if nothing is known */
	struct strlist intents;		/* all that apply, primary first */
	char *summary;			/* the verdict in one sentence */
	enum severity severity;
	enum confidence confidence;
	struct strlist reasons;		/* why this confidence, for people */
	struct strlist stages;		/* codes reached, in order of first sight */
	struct strlist categories;	/* of the footprint: "sandbox", "senders", "enablement" */
	struct finding *finding;
	size_t findings;
	struct flow_match flow;
	struct strlist likely_next;	/* for people */
	struct strlist next_steps;	/* what the owner should do now, for people */
	struct strlist tools;		/* named by user agent; names, never clears */
	char *pace;			/* "scripted", "by hand", "single call"; NULL unknown */
	double calls_per_minute;
	char *label;			/* NULL: an intruder. "aws", "known-scanner", "expected", "drill": why not */
};

void verdict_init(struct verdict *v);
void verdict_copy(struct verdict *to, const struct verdict *from);
void verdict_clear(struct verdict *v);
/* The new element's strings are empty; the caller fills them in. */
struct finding *verdict_add_finding(struct verdict *v, const char *name, const char *title);
bool verdict_has_finding(const struct verdict *v, const char *name);

const char *severity_name(enum severity severity);
bool severity_parse(const char *name, enum severity *out);
const char *confidence_name(enum confidence confidence);
bool confidence_parse(const char *name, enum confidence *out);

#endif
