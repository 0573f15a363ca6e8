/*
 * work/verify.h: is each bait still where the ledger says, byte for byte?
 *
 * "Byte for byte" is the hash of the planted lines; only line endings may
 * differ, since git itself changes them on checkout. A bait that other lines
 * have pushed up or down is no drift: the ledger follows. Edited, moved, gone
 * and copied baits are drift until the owner accepts them. What is found is
 * saved.
 */
#ifndef WORK_VERIFY_H
#define WORK_VERIFY_H

#include "base/error.h"
#include "core/model/placement.h"

struct store;

struct verify_request {
	const char *key_id;	/* NULL: all */
	const char *repo;	/* any directory in it; NULL: all */
	const char *moved_from;	/* where `repo` stood before: the ledger is changed first; NULL */
	const char *who;
	bool history;		/* look through all commits, not only what is checked out */
	bool accept;		/* what is there now is what the ledger says from now on */
	int64_t now_ms;
};

struct verify_result {
	const struct placement *placement;	/* as found */
	bool drift;
	const char *note;	/* what is the matter, a sentence; NULL: nothing */
};

typedef void verify_tell(void *arg, const struct verify_result *r);

/* *checked and *drifted count. Only what makes all checking impossible is an error. */
bool verify_all(struct store *s, const struct verify_request *q, verify_tell *tell, void *arg,
    int64_t *checked, int64_t *drifted, struct error *err);

#endif
