/* work/plant_int.h: what the files that plant, replace and verify share. */
#ifndef WORK_PLANT_INT_H
#define WORK_PLANT_INT_H

#include "core/bait/insert.h"
#include "core/model/placement.h"
#include "work/bait.h"
#include "work/plant.h"
#include "work/turn.h"

/* One run over repositories. */
struct planting {
	struct store *store;
	const struct plant_request *q;
	struct catalogue baits;
	struct lint_rules rules;
	struct strlist keys_left;
	struct strlist held;	/* canaries a dry run has taken */
	struct placement_list ledger;
	bool made_up;		/* the canary of this bait is none: a dry run without one */
	bool no_mint;		/* minting failed once */
	struct plant_count *count;
	plant_tell *tell;
	void *arg;
};

/* The next canary of the run with its secret: one that was named, else the oldest unplanted one. */
bool plant_take(struct planting *run, struct minted *out, struct error *err);

/* One file of a repository and what it becomes. */
struct target {
	char *path;
	bool exists;
	mode_t mode;
	struct buf old;
	struct bait_edit edit;
	char *ignored;	/* the rule that hides it; NULL */
};

#define TARGET_INIT { .old = BUF_INIT(PLANT_FILE_MAX), .edit = BAIT_EDIT_INIT }

void target_clear(struct target *t);

struct target_wish {
	const struct repo *repo;
	const struct repo_style *style;
	const struct bait *bait;
	const struct bait_values *values;
	const struct lint_rules *rules;
	const char *path;	/* NULL: choose */
	const char *marker;
	bool force;
};

/* Finds a file for a bait and puts it in, on paper. The error says what was tried. */
bool target_choose(const struct target_wish *w, struct target *out, struct error *err);

/* A bait in a text: all its lines there byte for byte, or only the key. */
enum found_as { FOUND_NOT, FOUND_EDITED, FOUND_WHOLE };
enum found_as locate(const struct placement *p, const char *text, size_t len, int64_t *from, int64_t *to);
/* The key id in every form a bait may have it in. */
void needles_of(const char *key_id, struct strlist *out);
void hash_lines(const char *text, size_t len, char out[static 65]);

/* The working tree that a directory belongs to, as the ledger has it; the directory itself when it is in none. */
char *ledger_repo(const char *dir);

/* A diff of a file, everything secret in `planted` and `gone` (NULL: nothing) masked. The caller frees. */
char *masked_diff(const char *path, const struct buf *old, bool existed, const struct buf *text,
    const struct bait_text *planted, const struct bait_text *gone);

/* mint_planted() for a canary whose secret was kept; nothing for one whose secret came otherwise. */
bool secret_ends(struct store *s, const char *key_id, bool kept, struct error *err);
bool plant_lock(struct store *s, struct turn *turn, struct error *err);
/* As plant_repair, under the caller's lock. */
bool repair_rows(struct store *s, struct strlist *told, struct error *err);
/* CODEOWNERS, else who last wrote the file, else who commits here. The caller frees; NULL: nobody known. */
char *owner_of(const struct repo *r, const char *path);

#endif
