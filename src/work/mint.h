/*
 * work/mint.h: making decoy keys in AWS, and keeping their secrets until they
 * are planted.
 *
 * A secret is sealed in the registry (AES-256-GCM, bound to its key id) from
 * the moment AWS tells it until it stands in a bait; then it is wiped. Only a
 * drill canary keeps it. The order in planting:
 *
 *	mint_take()     an unplanted canary, reserved for the caller, and its secret
 *	  … write the bait …
 *	mint_planted()  in the transaction that saves the placement: wipes the secret
 *	mint_give_back() instead, when nothing was planted
 *
 * A reservation whose holder died ends by itself after an hour.
 *
 * Minting is journaled: a row of what is meant stands in the state before each
 * call, so a run that was killed anywhere is finished or undone by the next.
 */
#ifndef WORK_MINT_H
#define WORK_MINT_H

#include "core/model/canary.h"
#include "core/settings/settings.h"

struct store;

enum { SECRET_LEN = 40 };	/* [A-Za-z0-9+/] */

/* A canary with its secret in the clear; minted_clear() wipes it. */
struct minted {
	struct canary canary;
	char *secret;
};

void minted_clear(struct minted *m);

/* Which canary is wanted for a bait; NULL and -1 fit any. */
struct mint_want {
	const char *key_id;	/* this one and no other */
	const char *account;	/* 12 digits */
	const char *batch;
	int level;		/* enum canary_level, or -1 */
	bool inert;		/* true: only inert ones; false: only live ones */
};

/* The oldest one that fits; *found is false when there is none: mint more. Drill canaries never fit. */
bool mint_take(struct store *s, const struct mint_want *want, int64_t now_ms, struct minted *out,
    bool *found, struct error *err);
bool mint_give_back(struct store *s, const char *key_id, struct error *err);
/* The secret stands in a bait now: nothing of it is kept. Call inside the caller's transaction. */
bool mint_planted(struct store *s, const char *key_id, struct error *err);
/* How many mint_take() could give. */
bool mint_ready(struct store *s, const struct mint_want *want, int64_t *count, struct error *err);

/* The secret of one canary where it is still kept; ERROR_NOT_FOUND says that it is not. */
bool mint_secret(struct store *s, const char *key_id, struct minted *out, struct error *err);
/* A live canary kept for drills in an account (NULL: any), with its secret. */
bool mint_drill(struct store *s, const char *account, struct minted *out, bool *found, struct error *err);

#endif
