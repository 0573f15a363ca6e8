/*
 * work/rotate.h: a new key in the place of an old one.
 *
 * Mints a canary like the old one (account, level, owner, tags), puts it
 * exactly where the old one stands, and retires the old one only after that.
 * Whether the bait can be replaced is tried on paper first, so that nothing is
 * minted in vain. After a kill the same words go on: a canary that was minted for this rotation
 * and not planted is used, a bait that was replaced already is not replaced again.
 */
#ifndef WORK_ROTATE_H
#define WORK_ROTATE_H

#include "core/model/placement.h"
#include "work/mint.h"

struct rotate_order {
	const char *profile;	/* AWS profile that may mint */
	const char *style;	/* of the new user's name; NULL: as the settings say */
	const char *path;	/* which placement, when there are several; NULL: the only one */
	const char *secret;	/* the old secret, for a bait that was edited; NULL */
	const char *message;	/* of the commit; NULL: in the repository's style */
	bool dry_run;		/* show the change with an invented key; nothing is made or written */
	bool no_commit;		/* also where the old bait was committed */
	bool keep_old;		/* do not retire it */
	uint64_t seed;
	int64_t now_ms;
};

struct rotate_result {
	struct placement placement;	/* the new one */
	struct strlist others;		/* where else the old key stands, a line each */
	char *diff;			/* masked */
	struct strlist planned, calls;	/* of a dry run, as in struct mint_result */
	bool replaced;			/* in this run */
	bool retired;
};

void rotate_result_clear(struct rotate_result *r);

bool rotate(struct store *s, const struct settings *settings, const char *key_id,
    const struct rotate_order *order, const char *who, const struct mint_tell *tell,
    struct rotate_result *out, struct error *err);

#endif
