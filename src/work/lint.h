/* work/lint.h: canaries held against what intruders' tools know. Offline. */
#ifndef WORK_LINT_H
#define WORK_LINT_H

#include "core/bait/lint.h"

struct store;

struct linted {
	struct lint_rules rules;
	struct lint_findings findings;
	size_t canaries;	/* how many were looked at */
	size_t inert;		/* of them, cannot fire */
};

/*
 * The given keys (also ones that are not in the registry), or with an empty
 * list every canary that is not retired; with the placements of each, and
 * together as a batch.
 */
bool lint_canaries(struct store *s, const struct strlist *keys, struct linted *out, struct error *err);
/* A name and path before anything is minted; NULL: not looked at. */
bool lint_name(const char *user_name, const char *user_path, struct linted *out, struct error *err);
void linted_clear(struct linted *l);

#endif
