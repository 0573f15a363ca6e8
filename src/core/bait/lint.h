/*
 * core/bait/lint.h: would an intruder's tool recognise this decoy?
 *
 * The rules are data, canary/fingerprint/ *.conf: what a tool looks at, the
 * values or patterns it knows, how certain it is, where that is published,
 * and the remedy. Nothing here asks AWS or the network; the account is read
 * out of the key id as the tools do.
 *
 * A rule looks "on" one of: account, key_id, user_name, user_path, arn, tag,
 * path, level; "entropy" of the key id; or "batch": one trait (account,
 * region, profile, shape, name_stem) that too many canaries share.
 */
#ifndef CORE_BAIT_LINT_H
#define CORE_BAIT_LINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

enum certainty { LINT_POSSIBLE, LINT_LIKELY, LINT_CERTAIN };
const char *certainty_name(enum certainty c);

struct lint_rule {
	char *name, *tool, *source, *on, *trait, *finding, *remedy;
	enum certainty certainty;
	struct strlist values;		/* exactly */
	struct strlist patterns;	/* extended regexes, any case */
	double below;			/* entropy, bits per character */
	double share;			/* batch: from this part of it on … */
	int least;			/* … but at least so many */
};

struct lint_rules {
	struct lint_rule *item;
	size_t len, cap;
};

/* One file of rules, appended; ERROR_INPUT names file and line. */
bool lint_rules_read(struct lint_rules *r, const char *text, const char *name, struct error *err);
void lint_rules_clear(struct lint_rules *r);

/* What a tool could look at; borrowed, NULL is unknown. */
struct lint_subject {
	const char *key_id, *user_name, *user_path, *arn, *level, *path, *region, *profile, *shape, *repo;
	const struct strlist *tags;
	bool inert;	/* never minted: it cannot fire */
};

struct lint_finding {
	const struct lint_rule *rule;	/* borrowed from the rules */
	char *key_id;			/* NULL: about the batch */
	bool inert;			/* that one cannot fire */
	char *what;			/* "account 052310077262", "region us-east-1 on 9 of 10" */
};

struct lint_findings {
	struct lint_finding *item;
	size_t len, cap;
};

/* One canary by itself; findings are appended. */
void lint_one(const struct lint_rules *r, const struct lint_subject *s, struct lint_findings *out);
/* What the canaries of a batch have in common. */
void lint_batch(const struct lint_rules *r, const struct lint_subject *s, size_t n, struct lint_findings *out);
/* The most certain one; NULL if there is none. */
const struct lint_finding *lint_worst(const struct lint_findings *f);
void lint_findings_clear(struct lint_findings *f);

#endif
