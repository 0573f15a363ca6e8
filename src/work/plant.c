#include "work/plant.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/bait/commit.h"
#include "os/file.h"
#include "store/incidents.h"
#include "store/placements.h"
#include "work/plant_int.h"

/* One repository of it. */
struct place {
	struct planting *run;
	struct repo repo;
	struct repo_style style;
	char *came_from;	/* branch or commit before a new branch */
	int64_t planted;
};

/* One bait in it. */
struct attempt {
	struct place *at;
	const struct bait *bait;
	struct minted canary;
	struct bait_values values;
	struct target target;
	struct placement row;
	struct strlist notes;
	struct lint_findings findings;
	char *diff;
	bool taken;	/* a canary is held and not planted yet */
};

/* --- on paper ---------------------------------------------------------------------------- */

static char *
shape_of(const struct bait_edit *e)
{
	const struct bait_text *t = &e->planted;
	struct buf rest = BUF_INIT(BAIT_TEXT_MAX);
	size_t at = 0;
	char hash[65];

	for (size_t i = 0; i < t->spans; i++) {
		if (t->span[i].at > at)
			buf_add(&rest, t->text.ptr + at, t->span[i].at - at);
		at = t->span[i].at + t->span[i].len;
	}
	buf_puts(&rest, buf_str(&t->text) + at);
	hash_lines(buf_str(&rest), rest.len, hash);
	buf_free(&rest);
	return mem_strndup(hash, 12);
}

static void
fill_row(struct attempt *a)
{
	const struct plant_request *q = a->at->run->q;
	struct placement *p = &a->row;
	char hash[65], *shape = shape_of(&a->target.edit), *profile = NULL;

	hash_lines(buf_str(&a->target.edit.planted.text), a->target.edit.planted.text.len, hash);
	if (!bait_expand(a->bait, "{{profile}}", &a->values.ctx, &profile, NULL))
		profile = mem_strdup("");
	p->key_id = mem_strdup(a->canary.canary.key_id);
	p->bait = mem_strdup(a->bait->name);
	p->repo = mem_strdup(a->at->repo.root);
	p->remote = mem_strdup(a->at->repo.remote);
	p->path = mem_strdup(a->target.path);
	p->line_from = a->target.edit.line_from;
	p->line_to = a->target.edit.line_to;
	p->branch = mem_strdup(a->at->repo.branch);
	p->owner = q->owner != NULL ? mem_strdup(q->owner) : owner_of(&a->at->repo, a->target.path);
	p->planted_by = mem_strdup(q->planted_by);
	p->sha256 = mem_strdup(hash);
	p->spans = bait_spans_text(&a->target.edit.planted);
	p->traits = mem_printf("region=%s%s%s shape=%s", bait_value(&a->values, "region"),
	    str_empty(profile) ? "" : " profile=", profile, shape);
	p->state = PLACEMENT_PLANTING;
	p->inert = a->canary.canary.state == CANARY_INERT;
	p->planted_ms = q->now_ms;
	free(shape);
	free(profile);
}

static bool
lint(struct attempt *a, struct error *err)
{
	const struct canary *c = &a->canary.canary;
	const struct lint_subject subject = { .key_id = c->key_id, .user_name = c->user_name, .arn = c->arn,
		.level = canary_level_name(c->level), .path = a->target.path };
	const struct lint_finding *worst;

	lint_one(&a->at->run->rules, &subject, &a->findings);
	worst = lint_worst(&a->findings);
	if (worst == NULL || worst->rule->certainty < LINT_CERTAIN || a->at->run->q->force)
		return true;
	return error_set(err, ERROR_REFUSED, "%s would be recognised by %s: %s (%s). %s; --force plants it all the same",
	    c->key_id, worst->rule->tool, worst->rule->finding, worst->what, worst->rule->remedy);
}

static bool
check_ignored(struct attempt *a, struct error *err)
{
	const struct plant_request *q = a->at->run->q;
	bool committing = q->commit || q->branch != NULL;

	if (a->target.ignored == NULL)
		return true;
	strlist_take(&a->notes, mem_printf("%s is hidden from git by %s", a->target.path, a->target.ignored));
	return !committing || q->force || error_set(err, ERROR_REFUSED,
	    "%s is hidden from git by %s; choose another with --path, or --force commits it", a->target.path,
	    a->target.ignored);
}

static bool
check_marker(struct attempt *a, struct error *err)
{
	return a->at->run->q->marker == NULL || a->bait->comment != NULL || error_set(err, ERROR_REFUSED,
	    "no comment may follow a value in the bait \"%s\", so it cannot carry a marker; "
	    "\"keycanary plant --allow-list\" prints entries for your scanner instead", a->bait->name);
}

static bool
on_paper(struct attempt *a, struct error *err)
{
	struct place *at = a->at;
	const struct plant_request *q = at->run->q;
	struct target_wish wish = { &at->repo, &at->style, a->bait, &a->values, &at->run->rules, q->path,
		q->marker, q->force };

	bait_values_fill(&a->values, a->canary.canary.key_id, a->canary.secret, q->region, &at->style, q->now_ms);
	if (!check_marker(a, err) || !target_choose(&wish, &a->target, err) || !lint(a, err) ||
	    !check_ignored(a, err))
		return false;
	fill_row(a);
	a->diff = masked_diff(a->target.path, &a->target.old, a->target.exists, &a->target.edit.text,
	    &a->target.edit.planted, NULL);
	if (at->run->made_up)
		strlist_add(&a->notes, "no canary is left for it: the key shown is made up");
	if (a->canary.canary.state == CANARY_INERT)
		strlist_add(&a->notes, "this canary is inert: it was never minted in AWS and cannot fire");
	return true;
}

/* --- for real ------------------------------------------------------------------------------ */

static void
put_back(struct attempt *a)
{
	struct target *t = &a->target;

	if (t->exists)
		(void)repo_write(&a->at->repo, t->path, buf_str(&t->old), t->old.len, true, t->mode, NULL);
	else
		(void)repo_remove(&a->at->repo, t->path, NULL);
}

static char *
message_of(struct attempt *a)
{
	const struct plant_request *q = a->at->run->q;
	const struct bait *b = a->bait;
	char *text = NULL, *styled;

	if (q->message != NULL)
		return mem_strdup(q->message);
	if (b->commits.len == 0 ||
	    !bait_expand(b, b->commits.item[a->values.ctx.seed % b->commits.len], &a->values.ctx, &text, NULL))
		text = mem_strdup("update settings");
	styled = commit_message(text, &a->at->style.subjects);
	free(text);
	return styled;
}

static bool
commit(struct attempt *a, struct error *err)
{
	const struct plant_request *q = a->at->run->q;
	char *message = message_of(a);
	bool ok = repo_commit(&a->at->repo, a->target.path, q->force, message, &a->row.commit, err);

	free(message);
	if (!ok)
		return error_in(err, "%s was not committed and is as it was before", a->target.path);
	return true;
}

/* A hook may have reformatted what was committed. */
static void
look_again(struct attempt *a)
{
	struct buf text = BUF_INIT(PLANT_FILE_MAX);
	int64_t from = 0, to = 0;

	if (repo_read(&a->at->repo, a->target.path, &text, NULL, NULL)) {
		switch (locate(&a->row, buf_str(&text), text.len, &from, &to)) {
		case FOUND_WHOLE:
			a->row.line_from = from;
			a->row.line_to = to;
			break;
		case FOUND_EDITED:
			strlist_add(&a->notes, "a hook of the repository changed the bait; \"keycanary verify\" tells more");
			break;
		case FOUND_NOT:
			strlist_add(&a->notes, "a hook of the repository took the bait out again");
			break;
		}
	}
	buf_free_secret(&text);
}

/* The ledger's last word, and the end of the secret. */
static bool
enter(struct attempt *a, struct error *err)
{
	struct store *s = a->at->run->store;
	bool ok = store_begin(s, err);

	a->row.state = PLACEMENT_PLANTED;
	ok = ok && placement_save(s, &a->row, err) && 
	    secret_ends(s, a->row.key_id, a->canary.canary.sealed_secret != NULL, err) &&
	    audit_add(s, a->row.planted_ms, a->row.planted_by, "plant", a->row.key_id, a->row.path, err) &&
	    store_commit(s, err);
	if (!ok)
		store_rollback(s);
	return ok;
}

static bool
on_branch(struct place *at, struct error *err)
{
	const char *name = at->run->q->branch;

	if (name == NULL || at->came_from != NULL)
		return true;
	if (at->repo.head == NULL)
		return error_set(err, ERROR_REFUSED, "%s has no commit yet, so no branch can be made", at->repo.root);
	at->came_from = mem_strdup(at->repo.branch != NULL ? at->repo.branch : at->repo.head);
	if (repo_branch(&at->repo, name, err))
		return true;
	free(at->came_from);
	at->came_from = NULL;
	return false;
}

/* Somebody saved the file while we were thinking: their work is not overwritten. */
static bool
unchanged(struct attempt *a, struct error *err)
{
	const struct target *t = &a->target;
	struct buf now = BUF_INIT(PLANT_FILE_MAX);
	bool ok = true;

	if (t->exists)
		ok = repo_read(&a->at->repo, t->path, &now, NULL, err) && ((now.len == t->old.len &&
		    memcmp(buf_str(&now), buf_str(&t->old), now.len) == 0) ||
		    error_set(err, ERROR_CONFLICT, "%s was changed meanwhile; try again", t->path));
	buf_free_secret(&now);
	return ok;
}

static bool
for_real(struct attempt *a, struct error *err)
{
	struct place *at = a->at;
	const struct plant_request *q = at->run->q;
	struct target *t = &a->target;
	bool committing = q->commit || q->branch != NULL;

	if (!on_branch(at, err))
		return false;
	free(a->row.branch);
	a->row.branch = mem_strdup(at->repo.branch);
	if (!unchanged(a, err) || !placement_save(at->run->store, &a->row, err))
		return false;
	if (!repo_write(&at->repo, t->path, buf_str(&t->edit.text), t->edit.text.len, t->exists, t->mode, err)) {
		if (!t->exists)
			(void)repo_remove(&at->repo, t->path, NULL);
		(void)placement_drop(at->run->store, a->row.id, NULL);
		return false;
	}
	if (committing && !commit(a, err)) {
		put_back(a);
		(void)placement_drop(at->run->store, a->row.id, NULL);
		return false;
	}
	a->taken = false;
	if (committing)
		look_again(a);
	return enter(a, err);
}

/* --- a bait, a repository, all of them -------------------------------------------------------- */

static void
tell(struct attempt *a, const char *trouble, bool skipped)
{
	struct planting *run = a->at->run;
	struct plant_step step = { .repo = a->at->repo.root, .bait = a->bait != NULL ? a->bait->name : NULL,
		.placement = a->row.key_id != NULL ? &a->row : NULL, .diff = a->diff, .notes = &a->notes,
		.findings = &a->findings, .trouble = trouble, .skipped = skipped, .dry_run = run->q->dry_run };

	*(skipped ? &run->count->skipped : trouble != NULL ? &run->count->failed : &run->count->planted) += 1;
	run->tell(run->arg, &step);
}

static void
end_attempt(struct attempt *a)
{
	struct planting *run = a->at->run;

	if (a->taken && run->q->dry_run && !run->made_up)
		strlist_add(&run->held, a->canary.canary.key_id);
	else if (a->taken && !run->made_up)
		(void)mint_give_back(run->store, a->canary.canary.key_id, NULL);
	if (!a->taken && a->row.key_id != NULL)
		placement_copy(placement_list_add(&run->ledger), &a->row);
	minted_clear(&a->canary);
	bait_values_clear(&a->values);
	target_clear(&a->target);
	placement_clear(&a->row);
	strlist_clear(&a->notes);
	lint_findings_clear(&a->findings);
	free(a->diff);
}

static bool
done_already(const struct place *at, const struct bait *b)
{
	const struct placement_list *l = &at->run->ledger;

	for (size_t i = 0; i < l->len && !at->run->q->force; i++)
		if (str_eq(l->item[i].repo, at->repo.root) && str_eq(l->item[i].bait, b->name) &&
		    l->item[i].state != PLACEMENT_REMOVED && l->item[i].state != PLACEMENT_GONE &&
		    (at->run->q->path == NULL || str_eq(at->run->q->path, l->item[i].path)))
			return true;
	return false;
}

static void
plant_one(struct place *at, const struct bait *b)
{
	struct attempt a = { .at = at, .bait = b, .target = TARGET_INIT };
	struct error err = ERROR_INIT;
	bool ok;

	placement_init(&a.row);
	if (done_already(at, b)) {
		tell(&a, NULL, true);
	} else {
		ok = (a.taken = plant_take(at->run, &a.canary, &err)) && on_paper(&a, &err) && (at->run->q->dry_run || for_real(&a, &err));
		if (ok)
			at->planted++;
		tell(&a, ok ? NULL : err.text, false);
	}
	end_attempt(&a);
}

static bool
suits(const struct place *at, const struct bait *b)
{
	for (size_t p = 0; p < b->fits.len; p++)
		for (size_t i = 0; i < at->style.files.len; i++)
			if (str_match(b->fits.item[p], at->style.files.item[i]))
				return true;
	return false;
}

/* Of the baits that suit the repository one, drawn by its path: repositories differ, a repository does not. */
static const struct bait *
best_bait(const struct place *at)
{
	const struct catalogue *c = &at->run->baits;
	const struct bait *fit[64];
	size_t n = 0;

	for (size_t i = 0; i < c->len && n < ARRAY_LEN(fit); i++)
		if (suits(at, &c->item[i]))
			fit[n++] = &c->item[i];
	if (n == 0)
		return catalogue_find(c, "aws-credentials", NULL);
	return fit[bait_seed(at->repo.root, "bait") % n];
}

static void
plant_baits(struct place *at)
{
	const struct strlist *names = at->run->q->baits;

	for (size_t i = 0; i < names->len; i++)
		plant_one(at, catalogue_find(&at->run->baits, names->item[i], NULL));
	if (names->len == 0)
		plant_one(at, best_bait(at));
}

/* Back from the new branch; one on which nothing was planted does not stay. */
static bool
go_back(struct place *at, struct error *err)
{
	if (at->came_from == NULL)
		return true;
	return repo_return(&at->repo, at->came_from, at->planted == 0 ? at->run->q->branch : NULL, err) ||
	    error_in(err, "%s stays on branch %s", at->repo.root, at->run->q->branch);
}

static void
plant_in(struct planting *run, const char *path)
{
	struct place at = { .run = run };
	struct attempt none = { .at = &at, .target = TARGET_INIT };
	struct error err = ERROR_INIT;
	char *full = file_expand(path);

	if (repo_open(&at.repo, full, &err) && repo_check_state(&at.repo, &err) &&
	    repo_style(&at.repo, &at.style, &err))
		plant_baits(&at);
	if (err.kind == ERROR_NONE)
		(void)go_back(&at, &err);
	if (err.kind != ERROR_NONE) {
		if (at.repo.root == NULL)
			at.repo.root = mem_strdup(full);
		tell(&none, err.text, false);
	}
	repo_style_clear(&at.style);
	repo_clear(&at.repo);
	free(at.came_from);
	free(full);
}

static bool
check_request(struct planting *run, struct error *err)
{
	const struct plant_request *q = run->q;

	for (size_t i = 0; i < q->baits->len; i++)
		if (catalogue_find(&run->baits, q->baits->item[i], err) == NULL)
			return false;
	if (q->path != NULL && q->baits->len > 1)
		return error_set(err, ERROR_USAGE, "--path takes one bait at a time");
	return q->path == NULL || repo_path_check(q->path, err);
}

bool
plant_repos(struct store *s, const struct plant_request *q, const struct strlist *repos,
    plant_tell *tell_one, void *arg, struct plant_count *count, struct error *err)
{
	struct planting run = { .store = s, .q = q, .count = count, .tell = tell_one, .arg = arg };
	struct strlist repaired = STRLIST_INIT;
	struct turn turn = TURN_INIT;
	bool ok;

	*count = (struct plant_count){ .planted = 0 };
	strlist_copy(&run.keys_left, q->keys);
	ok = catalogue_load(&run.baits, err) && fingerprints_load(&run.rules, err) && check_request(&run, err) &&
	    plant_lock(s, &turn, err) && repair_rows(s, &repaired, err) &&
	    placement_list(s, NULL, NULL, &run.ledger, err);
	for (size_t i = 0; ok && i < repos->len; i++)
		plant_in(&run, repos->item[i]);
	for (size_t i = 0; i < run.held.len; i++)
		(void)mint_give_back(s, run.held.item[i], NULL);
	turn_end(&turn);
	strlist_clear(&run.keys_left);
	strlist_clear(&run.held);
	strlist_clear(&repaired);
	placement_list_clear(&run.ledger);
	lint_rules_clear(&run.rules);
	catalogue_clear(&run.baits);
	return ok;
}

bool
plant_list(struct store *s, const char *key_id, const char *repo, struct placement_list *out,
    struct error *err)
{
	char *root = ledger_repo(repo);
	bool ok = placement_list(s, key_id, root, out, err);

	free(root);
	return ok;
}
