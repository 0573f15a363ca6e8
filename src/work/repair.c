/* What became of plantings that were killed. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/canaries.h"
#include "store/placements.h"
#include "store/store.h"
#include "work/plant_int.h"

bool
secret_ends(struct store *s, const char *key_id, bool kept, struct error *err)
{
	return !kept || mint_planted(s, key_id, err);
}

char *
ledger_repo(const char *dir)
{
	struct repo r = { .root = NULL };
	char *root = mem_strdup(dir != NULL && repo_open(&r, dir, NULL) ? r.root : dir);

	repo_clear(&r);
	return root;
}

/* The bait is there: the row is what it would have become. */
static bool
finish(struct store *s, struct repo *r, struct placement *p, struct error *err)
{
	enum repo_status status = REPO_CHANGED;
	struct canary c;
	bool known = false, ok;

	if (p->commit == NULL && repo_status(r, p->path, &status, NULL) && status == REPO_CLEAN)
		p->commit = mem_strdup(r->head);
	p->state = PLACEMENT_PLANTED;
	ok = canary_load(s, p->key_id, &c, &known, err) && store_begin(s, err) && placement_save(s, p, err) &&
	    secret_ends(s, p->key_id, c.sealed_secret != NULL, err) && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	canary_clear(&c);
	return ok;
}

static bool
undo(struct store *s, const struct placement *p, struct error *err)
{
	return placement_drop(s, p->id, err) && mint_give_back(s, p->key_id, err);
}

/* A replacing that was stopped behind the write: what stood on these lines before is no more. */
static bool
end_replaced(struct store *s, const struct placement *now, const struct buf *text, struct error *err)
{
	struct placement_list all = PLACEMENT_LIST_INIT;
	bool ok = placement_list(s, NULL, now->repo, &all, err);
	int64_t from, to;

	for (size_t i = 0; ok && i < all.len; i++) {
		struct placement *old = &all.item[i];

		if (old->id == now->id || old->state == PLACEMENT_REMOVED || old->line_from != now->line_from ||
		    !str_eq(old->path, now->path) || locate(old, buf_str(text), text->len, &from, &to) != FOUND_NOT)
			continue;
		old->state = PLACEMENT_REMOVED;
		ok = placement_save(s, old, err);
	}
	placement_list_clear(&all);
	return ok;
}

static bool
repair_row(struct store *s, struct placement *p, struct strlist *told, struct error *err)
{
	struct buf text = BUF_INIT(PLANT_FILE_MAX);
	int64_t from, to;
	struct repo r;
	bool ok = true;

	if (!repo_open(&r, p->repo, NULL)) {
		repo_clear(&r);
		return true;
	}
	repo_sweep(&r, p->path, p->key_id);
	if (repo_read(&r, p->path, &text, NULL, NULL) &&
	    locate(p, buf_str(&text), text.len, &from, &to) != FOUND_NOT) {
		ok = finish(s, &r, p, err) && end_replaced(s, p, &text, err);
		strlist_take(told, mem_printf("%s in %s, %s: planted, though the planting was stopped", p->key_id,
		    p->repo, p->path));
	} else {
		ok = undo(s, p, err);
		strlist_take(told, mem_printf("%s in %s, %s: the planting was stopped before anything was written",
		    p->key_id, p->repo, p->path));
	}
	buf_free_secret(&text);
	repo_clear(&r);
	return ok;
}

bool
repair_rows(struct store *s, struct strlist *told, struct error *err)
{
	struct placement_list all = PLACEMENT_LIST_INIT;
	bool ok = placement_list(s, NULL, NULL, &all, err);


	for (size_t i = 0; ok && i < all.len; i++)
		if (all.item[i].state == PLACEMENT_PLANTING)
			ok = repair_row(s, &all.item[i], told, err);
	placement_list_clear(&all);
	return ok;
}

bool
plant_repair(struct store *s, struct strlist *told, struct error *err)
{
	struct turn turn = TURN_INIT;
	bool ok = plant_lock(s, &turn, err) && repair_rows(s, told, err);

	turn_end(&turn);
	return ok;
}
