/* work/mint_int.h: what mint.c, minter.c, mint_step.c, retire.c and adopt.c share. */
#ifndef WORK_MINT_INT_H
#define WORK_MINT_INT_H

#include <cjson/cJSON.h>

#include "core/model/canary.h"
#include "core/settings/settings.h"
#include "store/minting.h"
#include "work/mint.h"
#include "work/turn.h"
#include "world/aws/iam.h"

struct persona;
struct map;

/* The style of an order with the order's own words in it; NULL with err set. */
struct persona *mint_style(const struct settings *settings, const struct mint_order *o, struct error *err);
/* Adds the names of the registry, tombstones included, and of the journal. */
bool mint_names_known(struct store *s, struct map *taken, struct error *err);
char *mint_batch_name(void);	/* the caller frees */

/* Seals a secret into c->sealed_secret; c->key_id must be there. */
bool mint_seal(struct store *s, struct canary *c, const char *secret, struct error *err);

/* IAM of one account, in the name of whoever may mint. */
struct minter {
	struct store *store;		/* borrowed, as all down to `tell` */
	const struct settings *settings;
	const struct account_settings *chosen;	/* NULL: the default credentials */
	const char *who;
	const struct mint_tell *tell;
	struct iam iam;
	char *account;			/* 12 digits */
	char *partition;		/* of ARNs */
	char *signer;			/* key id of our calls; NULL: none yet */
	int64_t since_ms;
	struct turn *turn;		/* renewed between two decoys; NULL: none */
};

/* ERROR_USAGE when `account` names none of the settings, or is NULL and there are several. */
bool minter_open(struct minter *m, struct store *s, const struct settings *settings, const char *account,
    const char *profile, const char *who, const struct mint_tell *tell, struct error *err);
/* In the account of that number, whatever it is called; NULL: as minter_open. */
bool minter_open_number(struct minter *m, struct store *s, const struct settings *settings, const char *number,
    const char *profile, const char *who, const struct mint_tell *tell, struct error *err);
void minter_close(struct minter *m);
__attribute__((format(printf, 2, 3)))
void minter_note(const struct minter *m, const char *fmt, ...);
/* One process at a time mints in a state, on whatever machine; ERROR_BUSY. turn_end() ends it. */
bool minter_lock(struct store *s, struct turn *turn, struct error *err);

/* The inline policy of a level: name and document; *document NULL for none. The caller frees it. */
bool level_policy(enum canary_level level, const char **name, char **document, struct error *err);

/* Every statement of a policy denies; it is just the document of that level. NULL is neither. */
bool document_only_denies(const cJSON *doc);
bool document_is_level(const cJSON *doc, enum canary_level level);

/*
 * Goes through the steps of one row from the one it stands at; `again` when an
 * earlier try may have done that step. The canary is saved and the row gone
 * when it is true. Otherwise what is left is in the row.
 */
bool mint_steps(struct minter *m, struct minting *row, bool again, struct canary *out, struct error *err);
/* Takes back what a row has made, and the row. */
bool mint_undo(struct minter *m, struct minting *row, struct error *err);

/* Deletes a user with all it has: keys but those in `keep`, policies, groups, login. */
bool remove_user(struct minter *m, const char *user, struct error *err);
/* True when the registry has a canary of that key id. */
bool key_known(struct store *s, const char *key_id, bool *known, struct error *err);

#endif
