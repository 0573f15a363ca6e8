/*
 * work/plant.h: baits into repositories, one canary each, and the ledger.
 *
 * The order of one placement, so that a kill at any instruction leaves no
 * bait that the ledger does not know:
 *
 *	take a canary, render, choose a file, lint          nothing is changed
 *	ledger row "planting"                               store
 *	write the file, commit if asked                     world
 *	ledger row "planted", the secret is wiped           store, one transaction
 *
 * A row that stayed at "planting" is looked after by the next plant or
 * verify: the bait is there (then it is planted) or it is not (then the row
 * goes and the canary is free again). One planting runs at a time.
 */
#ifndef WORK_PLANT_H
#define WORK_PLANT_H

#include "core/bait/lint.h"
#include "core/model/placement.h"
#include "work/mint.h"

struct store;

struct plant_request {
	const struct strlist *baits;	/* names; empty: the one that suits the repository best */
	const struct strlist *keys;	/* these canaries, in this order; empty: the oldest unplanted ones */
	const char *secret_file;	/* "KEY SECRET" lines for canaries whose secret is not kept; 0600 */
	const char *batch;		/* only canaries minted in this batch */
	const char *account;
	const char *path;		/* this file; NULL: chosen by the bait */
	const char *branch;		/* a new branch, committed there; the old one is gone back to */
	const char *message;		/* of the commit; NULL: in the repository's style */
	const char *region;		/* NULL: one the repository uses */
	const char *owner;		/* NULL: CODEOWNERS, else who wrote the file, else who commits */
	const char *marker;		/* "gitleaks:allow"; NULL: none */
	const char *planted_by;
	bool inert;			/* canaries that cannot fire, for training */
	bool commit;
	/* What lacks is minted on the way, one as it is needed; NULL: it is told. Texts are borrowed. */
	const struct mint_order *mint;
	const struct settings *settings;	/* for `mint` */
	const struct mint_tell *mint_tell;
	bool dry_run;			/* without a canary left, an invented key is shown */
	bool force;			/* despite a certain lint finding, an ignore rule, or an earlier placement */
	int64_t now_ms;
};

/* What became of one bait in one repository; everything is borrowed for the call. */
struct plant_step {
	const char *repo, *bait;
	const struct placement *placement;	/* NULL: none came of it */
	const char *diff;			/* what changes; the secret is masked */
	const struct strlist *notes;		/* for people: hidden by an ignore rule, … */
	const struct lint_findings *findings;
	const char *trouble;			/* why not; NULL: fine */
	bool skipped;				/* the ledger has it already */
	bool dry_run;
};

typedef void plant_tell(void *arg, const struct plant_step *step);

struct plant_count {
	int64_t planted, skipped, failed;
	int64_t lacking;	/* canaries that were not there: mint so many */
};

/*
 * Plants in each repository; one that fails is told and does not stop the
 * others. What the ledger has already (same repository, same bait) is
 * skipped, so a run that was stopped goes on. False only when nothing could
 * be tried at all (an unknown bait, the store).
 */
bool plant_repos(struct store *s, const struct plant_request *q, const struct strlist *repos,
    plant_tell *tell, void *arg, struct plant_count *count, struct error *err);

struct replace_request {
	const char *secret;	/* of the old key, where it is known: for a bait that was edited; NULL */
	const char *message;	/* NULL: in the repository's style */
	const char *who;
	bool commit;		/* NULL commit in the ledger needs none */
	bool dry_run;
	int64_t now_ms;
};

/*
 * Puts another canary's key id and secret (and SMTP password) exactly where
 * the old one's stand, in whatever form they stand there. The rest of the file
 * keeps every byte. The old row becomes "removed", `out` is the new one; both
 * in one transaction with mint_planted(). *diff (the caller frees; may be
 * NULL) shows the change, masked. ERROR_CONFLICT when the bait was edited so
 * that the old secret cannot be found, ERROR_NOT_FOUND when it is gone.
 */
bool plant_replace(struct store *s, const struct placement *old, const struct minted *now,
    const struct replace_request *q, struct placement *out, char **diff, struct error *err);

/* Placements of a canary (NULL: all) in a repository (NULL: all). */
bool plant_list(struct store *s, const char *key_id, const char *repo, struct placement_list *out,
    struct error *err);

/* Entries that keep the owner's own scanner quiet about the placements; tool is "gitleaks" or "trufflehog". */
void plant_allow_list(const char *tool, const struct placement_list *l, struct buf *out);

/* Ends rows that a killed planting left; `told` gets a line for each. Needs no lock of the caller. */
bool plant_repair(struct store *s, struct strlist *told, struct error *err);

#endif
