/*
 * world/trail/needles.h: what to look for in megabytes of log, and a search
 * that reads them near memory speed.
 *
 * Needles are 20-byte key ids and 21-byte user ids, which begin with AKIA,
 * ASIA or AIDA, and IAM user names, which stand behind userName":", :user/ or
 * " user " (error messages of IAM).
 * The search may report a place too many (the record is parsed then) but
 * never one too few: text written with \u escapes is reported as well.
 */
#ifndef WORLD_TRAIL_NEEDLES_H
#define WORLD_TRAIL_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct needles {
	struct map ids;		/* key ids and user ids */
	struct map names;	/* user names; empty: not searched */
	uint64_t *bits;		/* a Bloom filter over the ids' last bytes */
	uint64_t *name_bits;	/* one over the names */
	uint64_t *head_bits;	/* and one over their first bytes, at most eight */
	unsigned head_lens;	/* bit n: there are such heads of n bytes */
	bool sessions;		/* ids that begin with ASIA are among them */
	bool users;		/* ids that begin with AIDA are among them */
};

void needles_init(struct needles *n);
void needles_add_id(struct needles *n, const char *id);
void needles_add_name(struct needles *n, const char *user_name);
void needles_clear(struct needles *n);

/*
 * Offset of a byte of the first hit in bytes[from..len), or `len`. Thread-safe. When
 * `further` is not NULL, each },{"eventVersion" passed on the way is added to it: so
 * begins every record of a delivered file but the first; counted in the same pass over the memory.
 */
size_t needles_find(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *further);
/* For tests: the portable search, whatever the processor. */
size_t needles_find_portable(const struct needles *n, const char *bytes, size_t len, size_t from,
    int64_t *further);

#endif
