#include "work/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/file.h"
#include "store/incidents.h"
#include "store/placements.h"
#include "store/store.h"
#include "work/plant_int.h"

/* One placement under examination. */
struct check {
	const struct verify_request *q;
	struct repo *repo;
	struct placement *p;
	struct strlist needles;
	struct strlist tree;	/* other files of the working tree that have the key */
	struct strlist history;	/* "commit path", newest first */
	struct strlist copies;
	struct buf note;
	struct buf unread;	/* why history could not be read */
	char *found_in;		/* the file it moved to */
};

/* Planted on a branch that is not the one checked out, nor part of it. */
static bool
elsewhere(const struct check *c)
{
	const struct placement *p = c->p;

	return p->branch != NULL && p->commit != NULL && !str_eq(p->branch, c->repo->branch) &&
	    !repo_contains(c->repo, p->commit) && repo_has_branch(c->repo, p->branch);
}

static enum found_as
look_at(struct check *c, const char *path, int64_t *from, int64_t *to)
{
	struct buf text = BUF_INIT(PLANT_FILE_MAX);
	enum found_as found = FOUND_NOT;
	char *ref = elsewhere(c) ? mem_printf("refs/heads/%s", c->p->branch) : NULL;

	if (ref != NULL ? repo_show(c->repo, ref, path, &text, NULL) : repo_read(c->repo, path, &text, NULL, NULL))
		found = locate(c->p, buf_str(&text), text.len, from, to);
	buf_free_secret(&text);
	free(ref);
	return found;
}

static bool
gather(struct check *c, struct error *err)
{
	struct strlist paths = STRLIST_INIT;
	bool ok = repo_grep(c->repo, &c->needles, &paths, err);
	struct error why = ERROR_INIT;

	/* A history too long to read in time hides copies, but says nothing against the bait. */
	if (ok && c->q->history && c->repo->head != NULL && !repo_history(c->repo, &c->needles, &c->history, &why))
		buf_printf(&c->unread, "its history was not looked through: %s", why.text);

	for (size_t i = 0; i < paths.len; i++)
		if (!str_eq(paths.item[i], c->p->path))
			strlist_add(&c->tree, paths.item[i]);
	strlist_clear(&paths);
	return ok;
}

/* "commit path" of the history: the key stands in that file there. */
static bool
commit_has(const struct check *c, const char *at)
{
	struct buf text = BUF_INIT(PLANT_FILE_MAX);
	const char *path = strchr(at, ' ') + 1;
	char *commit = mem_strndup(at, (size_t)(path - at - 1));
	bool has = false;

	if (repo_show(c->repo, commit, path, &text, NULL))
		for (size_t i = 0; i < c->needles.len; i++)
			has = has || strstr(buf_str(&text), c->needles.item[i]) != NULL;
	buf_free_secret(&text);
	free(commit);
	return has;
}

static void
moved_or_gone(struct check *c)
{
	int64_t from = 0, to = 0;

	c->p->state = PLACEMENT_GONE;
	for (size_t i = 0; i < c->tree.len && c->found_in == NULL; i++)
		if (look_at(c, c->tree.item[i], &from, &to) == FOUND_WHOLE)
			c->found_in = mem_strdup(c->tree.item[i]);
	if (c->found_in == NULL && c->tree.len > 0)
		c->found_in = mem_strdup(c->tree.item[0]);
	if (c->found_in != NULL) {
		c->p->state = PLACEMENT_MOVED;
		buf_printf(&c->note, "moved to %s", c->found_in);
		return;
	}
	buf_puts(&c->note, "not in the working tree any more");
	if (c->history.len > 0 && commit_has(c, c->history.item[0]))
		buf_printf(&c->note, "; commit %.12s has it, which is not part of what is checked out", c->history.item[0]);
	else if (c->history.len > 0)
		buf_printf(&c->note, "; commit %.12s took it out, its history still has it", c->history.item[0]);
}

/* The oldest commit that brought it, where the ledger knows none. */
static void
note_commit(struct check *c)
{
	struct placement *p = c->p;
	enum repo_status status;

	if (p->commit != NULL || !repo_status(c->repo, p->path, &status, NULL) || status != REPO_CLEAN)
		return;
	for (size_t i = c->history.len; i-- > 0 && p->commit == NULL;) {
		const char *space = strchr(c->history.item[i], ' ');

		char *commit;

		if (space == NULL || !str_eq(space + 1, p->path))
			continue;
		commit = mem_strndup(c->history.item[i], (size_t)(space - c->history.item[i]));
		if (repo_contains(c->repo, commit))
			p->commit = mem_strdup(commit);
		free(commit);
	}
	if (p->commit != NULL && p->branch == NULL)
		p->branch = mem_strdup(c->repo->branch);
}

/* A history that was rewritten has the bait in another commit, or the ledger's is no part of it. */
static void
follow_commit(struct check *c)
{
	struct placement *p = c->p;
	char *was;

	if (p->commit == NULL || elsewhere(c) || repo_contains(c->repo, p->commit))
		return;
	was = p->commit;
	p->commit = NULL;
	note_commit(c);
	buf_printf(&c->note, "commit %.12s is no part of this history any more", was);
	if (p->commit != NULL)
		buf_printf(&c->note, "; now it is in %.12s", p->commit);
	else
		p->commit = mem_strdup(was);
	free(was);
}

static void
examine(struct check *c)
{
	struct placement *p = c->p;
	int64_t from = 0, to = 0;

	switch (look_at(c, p->path, &from, &to)) {
	case FOUND_WHOLE:
		p->state = PLACEMENT_PLANTED;
		p->line_from = from;
		p->line_to = to;
		note_commit(c);
		follow_commit(c);
		break;
	case FOUND_EDITED:
		p->state = PLACEMENT_EDITED;
		buf_printf(&c->note, "the key is at line %lld, but the lines around it were edited", (long long)from);
		if (c->history.len > 0)
			buf_printf(&c->note, " (last commit with it: %.12s)", c->history.item[0]);
		break;
	default:
		moved_or_gone(c);
	}
}

/* Other files that have it: in the tree, on a branch, only in history. */
static bool
find_copies(struct check *c, struct error *err)
{
	struct strlist branches = STRLIST_INIT, paths = STRLIST_INIT;
	bool ok = true, others = false;

	for (size_t i = 0; i < c->tree.len; i++) {
		strlist_add(&paths, c->tree.item[i]);
		if (!str_eq(c->tree.item[i], c->found_in))
			strlist_take(&c->copies, mem_printf("%s", c->tree.item[i]));
	}
	for (size_t i = 0; i < c->history.len; i++)
		others = others || !str_eq(strchr(c->history.item[i], ' ') + 1, c->p->path);
	if (others)
		ok = repo_grep_branches(c->repo, &c->needles, &branches, err);
	for (size_t i = 0; i < branches.len; i++) {
		char *path = strchr(branches.item[i], ' ') + 1;

		if (str_eq(path, c->p->path) || !strlist_add_new(&paths, path))
			continue;
		strlist_take(&c->copies, mem_printf("%s on %.*s", path, (int)(path - branches.item[i] - 1),
		    branches.item[i]));
	}
	for (size_t i = 0; i < c->history.len; i++) {
		const char *path = strchr(c->history.item[i], ' ') + 1;

		if (!str_eq(path, c->p->path) && strlist_add_new(&paths, path))
			strlist_take(&c->copies, mem_printf("%s in commit %.12s", path, c->history.item[i]));
	}
	strlist_clear(&branches);
	strlist_clear(&paths);
	return ok;
}

static bool
new_copies(struct check *c)
{
	struct strlist known = STRLIST_INIT;
	size_t new = 0;

	strlist_split(&known, c->p->accepted, "\n");
	for (size_t i = 0; i < c->copies.len; i++) {
		if (strlist_has(&known, c->copies.item[i]))
			continue;
		buf_printf(&c->note, "%s%s", new > 0 ? ", " : c->note.len > 0 ? "; also in " : "also in ",
		    c->copies.item[i]);
		new++;
	}
	strlist_clear(&known);
	return new > 0;
}

static void
set_text(char **at, char *text)
{
	free(*at);
	*at = text;
}

/* What is there now is right: lines and hash are taken from it. */
static void
accept_text(struct check *c)
{
	struct placement *p = c->p;
	struct buf text = BUF_INIT(PLANT_FILE_MAX), lines = BUF_INIT(PLANT_FILE_MAX);
	int64_t from = 0, to = 0;
	char hash[65];

	if (p->state == PLACEMENT_GONE)
		p->state = PLACEMENT_REMOVED;
	else if (repo_read(c->repo, p->path, &text, NULL, NULL) &&
	    locate(p, buf_str(&text), text.len, &from, &to) == FOUND_EDITED) {
		int64_t count = insert_count_lines(text.ptr, text.len);

		to = from + (p->line_to - p->line_from);
		p->line_from = from;
		p->line_to = to < count ? to : count;
		insert_lines(text.ptr, text.len, p->line_from, p->line_to, &lines);
		hash_lines(buf_str(&lines), lines.len, hash);
		set_text(&p->sha256, mem_strdup(hash));
		set_text(&p->spans, NULL);
	} else if (from > 0) {
		p->line_from = from;
		p->line_to = to;
	}
	if (p->state != PLACEMENT_REMOVED)
		p->state = PLACEMENT_PLANTED;
	buf_free_secret(&text);
	buf_free_secret(&lines);
}

/* A bait that moved has its old path among the copies from now on. */
static bool
accept_all(struct check *c, struct error *err)
{
	bool ok = true;

	if (c->found_in != NULL) {
		set_text(&c->p->path, c->found_in);
		c->found_in = NULL;
		strlist_clear(&c->tree);
		strlist_clear(&c->history);
		strlist_clear(&c->copies);
		ok = gather(c, err) && find_copies(c, err);
	}
	accept_text(c);
	set_text(&c->p->accepted, c->copies.len > 0 ? strlist_join(&c->copies, "\n") : NULL);
	return ok;
}

static bool
save(struct store *s, struct check *c, struct error *err)
{
	bool ok = store_begin(s, err);

	set_text(&c->p->copies, c->copies.len > 0 ? strlist_join(&c->copies, "\n") : NULL);
	c->p->verified_ms = c->q->now_ms;
	ok = ok && placement_save(s, c->p, err);
	if (c->q->accept)
		ok = ok && audit_add(s, c->q->now_ms, str_or(c->q->who, "?"), "accept", c->p->key_id, c->p->path, err);
	ok = ok && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	return ok;
}

static void
check_clear(struct check *c)
{
	strlist_clear(&c->needles);
	strlist_clear(&c->tree);
	strlist_clear(&c->history);
	strlist_clear(&c->copies);
	buf_free(&c->note);
	buf_free(&c->unread);
	free(c->found_in);
}

static bool
verify_one(struct store *s, const struct verify_request *q, struct repo *r, struct placement *p,
    struct verify_result *out, struct check *c, struct error *err)
{
	bool ok;

	*c = (struct check){ .q = q, .repo = r, .p = p, .note = BUF_INIT(BUF_LINE),
		.unread = BUF_INIT(BUF_LINE) };
	needles_of(p->key_id, &c->needles);
	ok = gather(c, err);
	if (ok) {
		examine(c);
		ok = find_copies(c, err);
	}
	if (!ok)
		return false;
	out->drift = new_copies(c) || p->state != PLACEMENT_PLANTED;
	if (q->accept && out->drift) {
		if (!accept_all(c, err))
			return false;
		out->drift = false;
	}
	out->placement = p;
	if (c->unread.len > 0)
		buf_printf(&c->note, "%s%s", c->note.len > 0 ? "; " : "", buf_str(&c->unread));
	out->note = c->note.len > 0 ? buf_str(&c->note) : NULL;
	return save(s, c, err);
}

/* Opens the repository of the next placement, unless it is the same as before. */
static bool
repo_of(struct repo *r, const struct placement *p, struct error *err)
{
	if (str_eq(r->root, p->repo))
		return true;
	repo_clear(r);
	return repo_open(r, p->repo, err);
}

static int
by_repo(const void *a, const void *b)
{
	const struct placement *x = a, *y = b;
	int order = strcmp(str_or(x->repo, ""), str_or(y->repo, ""));

	return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static const char *
not_there(struct error *why, const struct placement *p)
{
	if (!file_is_dir(p->repo))
		error_set(why, ERROR_NOT_FOUND, "%s: there is no such directory; was it renamed, then \"keycanary verify "
		    "--repo NEW --moved-from %s\"", p->repo, p->repo);
	return why->text;
}

/* The rows of a working tree that was renamed now are of where it is. */
static bool
move_rows(struct store *s, const struct verify_request *q, const char *root, struct error *err)
{
	struct placement_list all = PLACEMENT_LIST_INIT;
	struct repo r = { .root = NULL };
	bool ok = repo_open(&r, str_or(root, ""), err) && placement_list(s, NULL, q->moved_from, &all, err);

	if (ok && file_is_dir(q->moved_from))
		ok = error_set(err, ERROR_CONFLICT, "%s is still there; a copy is another repository", q->moved_from);
	else if (ok && all.len == 0)
		ok = error_set(err, ERROR_NOT_FOUND, "nothing was planted in %s; \"keycanary placements --json\" tells the "
		    "directories", q->moved_from);
	ok = ok && store_begin(s, err);
	for (size_t i = 0; ok && i < all.len; i++) {
		set_text(&all.item[i].repo, mem_strdup(root));
		ok = placement_save(s, &all.item[i], err);
	}
	ok = ok && audit_add(s, q->now_ms, str_or(q->who, "?"), "moved", q->moved_from, root, err) && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	placement_list_clear(&all);
	repo_clear(&r);
	return ok;
}

bool
verify_all(struct store *s, const struct verify_request *q, verify_tell *tell, void *arg,
    int64_t *checked, int64_t *drifted, struct error *err)
{
	struct placement_list all = PLACEMENT_LIST_INIT;
	struct repo r = { .root = NULL };
	struct strlist told = STRLIST_INIT;
	struct error why = ERROR_INIT;
	char *root = ledger_repo(q->repo);
	/* While a planting runs, its rows are its own. */
	bool ok = plant_repair(s, &told, &why) || why.kind == ERROR_BUSY || error_set(err, why.kind, "%s", why.text);

	ok = ok && (q->moved_from == NULL || move_rows(s, q, root, err)) &&
	    placement_list(s, q->key_id, root, &all, err);
	*checked = *drifted = 0;
	if (ok && all.len > 0)
		qsort(all.item, all.len, sizeof(*all.item), by_repo);
	for (size_t i = 0; ok && i < all.len; i++) {
		struct verify_result result = { .placement = &all.item[i], .drift = true };
		struct check c = { .note = BUF_INIT(BUF_LINE) };

		if (all.item[i].state == PLACEMENT_REMOVED || all.item[i].state == PLACEMENT_PLANTING)
			continue;
		error_clear(&why);
		/* One repository that cannot be read is told, the others are still checked. */
		if (!repo_of(&r, &all.item[i], &why) || !verify_one(s, q, &r, &all.item[i], &result, &c, &why))
			result.note = not_there(&why, &all.item[i]);
		tell(arg, &result);
		*checked += 1;
		*drifted += result.drift;
		check_clear(&c);
	}
	repo_clear(&r);
	strlist_clear(&told);
	placement_list_clear(&all);
	free(root);
	return ok;
}
