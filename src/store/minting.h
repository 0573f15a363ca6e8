/*
 * store/minting.h: the journal of what is being minted.
 *
 * A row is written before the call it names and taken out in the transaction
 * that saves the canary, so whatever exists in AWS because of us is in one of
 * the two tables.
 */
#ifndef STORE_MINTING_H
#define STORE_MINTING_H

#include "core/model/canary.h"
#include "store/store.h"

struct minting {
	char *account;		/* 12 digits; with user_name the key */
	char *user_name;
	char *path;
	char *account_name;	/* in the settings; NULL: the default credentials */
	char *batch;
	char *boundary;		/* policy ARN; NULL: none */
	char *step;		/* "planned", "user", "policy", "key": the one that was begun */
	char *user_id, *arn;	/* as AWS answered; NULL: not yet */
	char *owner, *note, *origin;
	struct strlist tags;
	enum canary_level level;
	bool drill;
	int64_t started_ms;
	char *error;		/* of the last try; NULL: none */
};

struct minting_list {
	struct minting *item;
	size_t len, cap;
};

void minting_clear(struct minting *m);
/* Inserts or replaces. */
bool minting_save(struct store *s, const struct minting *m, struct error *err);
bool minting_remove(struct store *s, const struct minting *m, struct error *err);
/* Oldest first. */
bool minting_list(struct store *s, struct minting_list *out, struct error *err);
void minting_list_clear(struct minting_list *l);

#endif
