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
/* Forty characters that look like a secret key and never were one; mem_free_secret(). */
char *mint_invented_secret(void);
/* A live canary kept for drills in an account (NULL: any), with its secret. */
bool mint_drill(struct store *s, const char *account, struct minted *out, bool *found, struct error *err);

/* --- minting ------------------------------------------------------------------------ */

/* What is wanted. Texts are borrowed; NULL members are as the settings say. */
struct mint_order {
	const char *account;	/* name in the settings; for inert ones, 12 digits */
	const char *number;	/* instead: the account of these 12 digits, whatever it is called */
	const char *profile;	/* AWS profile with the right to mint, instead of the account's own */
	const char *style;	/* canary/persona/NAME.conf */
	const char *pattern;	/* of user names, instead of the style's */
	const char *path;	/* of all users, instead of the style's */
	const struct strlist *apps;	/* the organisation's own words; NULL: none */
	const char *boundary;	/* policy ARN */
	const char *owner, *note;
	const struct strlist *tags;
	const char *origin;	/* "mint", "rotate" */
	const char *batch;	/* NULL: one is made up */
	int level;		/* enum canary_level, or -1: as the settings say */
	int64_t count;
	bool drill;
	bool dry_run;		/* say what would be made, and make nothing */
	uint64_t seed;		/* of the names */
};

/* Told as it goes; either may be NULL. The canary is borrowed during the call. */
struct mint_tell {
	void (*made)(void *arg, const struct canary *c);
	void (*note)(void *arg, const char *text);
	void *arg;
};

struct mint_result {
	size_t made;		/* canaries, those finished included */
	size_t finished;	/* of them, begun by an earlier run */
	size_t undone;		/* begun by an earlier run, and taken back */
	size_t left;		/* still in the journal */
	struct strlist keys;	/* their key ids */
	struct strlist planned;	/* a dry run: paths and names of the users */
	struct strlist calls;	/* a dry run: the calls for each of them */
};

void mint_result_clear(struct mint_result *r);

/*
 * First finishes what an earlier run began, then mints. On failure what is
 * half made is taken back where AWS lets us; the rest stays in the journal and
 * the error says how to go on.
 */
bool mint(struct store *s, const struct settings *settings, const struct mint_order *order, const char *who,
    const struct mint_tell *tell, struct mint_result *out, struct error *err);
/* Everything in the journal: finished with all that was planned, or taken back. */
bool mint_resume(struct store *s, const struct settings *settings, const char *profile, bool undo,
    const char *who, const struct mint_tell *tell, struct mint_result *out, struct error *err);
/* Canaries that look valid and were never minted: no call is made. order->account is 12 digits. */
bool mint_inert(struct store *s, const struct settings *settings, const struct mint_order *order,
    const char *who, const struct mint_tell *tell, struct mint_result *out, struct error *err);
/* Names and one line about each style; "NAME\tabout". */
bool mint_styles(struct strlist *out, struct error *err);
/*
 * Writes the kept secrets of these keys as a credentials file (0600, new) with a
 * profile for each, then keeps none of them but those of drills.
 */
bool mint_write(struct store *s, const struct strlist *keys, const char *path, struct error *err);

/* --- the rest of a canary's life -------------------------------------------------------- */

/*
 * Deletes key, policies and user in AWS and leaves a tombstone that is watched
 * on. May be repeated: what is gone already is no failure. `registry_only`
 * makes no call. ERROR_CONFLICT when the user has other keys that are not ours.
 */
struct retire_order {
	const char *profile;
	bool registry_only;
	bool keep_user;		/* delete the key alone */
	bool all_keys;		/* also keys of the user that the registry does not know */
};

bool retire(struct store *s, const struct settings *settings, const char *key_id,
    const struct retire_order *order, const char *who, const struct mint_tell *tell, struct error *err);

/* Takes users that exist, and their keys, into the registry. */
struct adopt_order {
	const char *account, *profile, *path;
	const struct strlist *users;	/* empty: all below `path` */
	const char *owner, *note;
	const struct strlist *tags;
	bool force;		/* also users that may do things */
	bool dry_run;
};

struct adopt_result {
	size_t adopted, known, skipped;
};

bool adopt(struct store *s, const struct settings *settings, const struct adopt_order *order, const char *who,
    const struct mint_tell *tell, struct adopt_result *out, struct error *err);

#endif
