/* Choosing the file a bait goes into. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "work/plant_int.h"

enum { CANDIDATES_MAX = 40 };

void
target_clear(struct target *t)
{
	free(t->path);
	free(t->ignored);
	buf_free_secret(&t->old);
	bait_edit_clear(&t->edit);
	*t = (struct target)TARGET_INIT;
}

/* One look for a place: what was tried and why it was not taken. */
struct search {
	const struct target_wish *w;
	struct target *t;
	struct buf tried;
};

static bool
not_here(struct search *s, const char *path, const char *why)
{
	if (s->tried.len < 600)
		buf_printf(&s->tried, "%s%s: %s", s->tried.len > 0 ? "; " : "", path, why);
	return false;
}

/* The file is one where scanners or people pass over keys. */
static bool
overlooked(struct search *s, const char *path)
{
	const struct lint_subject subject = { .path = path };
	struct lint_findings f = { .item = NULL };
	bool bad;

	lint_one(s->w->rules, &subject, &f);
	bad = lint_worst(&f) != NULL && lint_worst(&f)->rule->certainty >= LINT_LIKELY;
	lint_findings_clear(&f);
	return bad;
}

static bool
kept_off(struct search *s, const char *text, struct error *err)
{
	const struct bait *b = s->w->bait;
	char *regex = NULL;
	bool found = false, ok;

	if (b->unless == NULL)
		return false;
	ok = bait_expand(b, b->unless, &s->w->values->ctx, &regex, err) && insert_matches(regex, text, &found, err);
	if (!ok)
		error_in(err, "%s: unless", b->source);
	free(regex);
	return !ok || found;
}

static bool
insert_by_rules(struct search *s, struct error *err)
{
	const struct bait *b = s->w->bait;
	bool fits = false, ok = true;

	for (size_t i = 0; ok && !fits && i < b->rules; i++) {
		struct bait_text block = BAIT_TEXT_INIT;

		ok = bait_render(b, b->rule[i].section, &s->w->values->ctx, &block, err);
		fits = ok && insert_into(b, &b->rule[i], &block, s->w->marker, buf_str(&s->t->old), s->t->old.len,
		    &s->t->edit);
		bait_text_clear(&block);
	}
	if (ok && !fits)
		not_here(s, s->t->path, "no place for it in there");
	return ok && fits;
}

/* The status of a file that may be added to. */
static bool
may_touch(struct search *s, const char *path, struct error *err)
{
	enum repo_status status;

	if (!repo_status(s->w->repo, path, &status, err))
		return false;
	if (status == REPO_CHANGED)
		return not_here(s, path, "has uncommitted work");
	if (status == REPO_UNTRACKED && !s->w->force)
		return not_here(s, path, "is not in git, so nothing could bring it back (--force plants there all the same)");
	return status != REPO_ABSENT || not_here(s, path, "does not exist");
}

/* What stands in the file is what a clone gets, and nothing is in the way. */
static bool
comes_through(struct search *s, const char *path, struct error *err)
{
	struct error why = ERROR_INIT;
	char *filter = NULL, *text;

	if (!repo_reachable(s->w->repo, path, &why))
		return not_here(s, path, why.text);
	if (!repo_filter(s->w->repo, path, &filter, err))
		return false;
	if (filter == NULL || s->w->force) {
		free(filter);
		return true;
	}
	text = mem_printf("goes through git's filter \"%.40s\", so a clone may not show the bait (--force plants there all "
	    "the same)", filter);
	free(filter);
	(void)not_here(s, path, text);
	free(text);
	return false;
}

static bool
try_existing(struct search *s, const char *path, struct error *err)
{
	struct error why = ERROR_INIT;

	if (!comes_through(s, path, err) || !may_touch(s, path, err))
		return false;
	target_clear(s->t);
	s->t->path = mem_strdup(path);
	s->t->exists = true;
	if (!repo_read(s->w->repo, path, &s->t->old, &s->t->mode, &why))
		return not_here(s, path, why.text);
	if (memchr(buf_str(&s->t->old), '\0', s->t->old.len) != NULL)
		return not_here(s, path, "is no text");
	if ((s->t->mode & S_IWUSR) == 0 && !s->w->force)
		return not_here(s, path, "is read-only (--force plants there all the same)");
	if (kept_off(s, buf_str(&s->t->old), err))
		return not_here(s, path, "has such settings already");
	return insert_by_rules(s, err);
}

static bool
try_new(struct search *s, const char *path, struct error *err)
{
	const struct bait *b = s->w->bait;
	struct bait_text block = BAIT_TEXT_INIT;
	enum repo_status status;
	bool ok;

	if (!repo_path_check(path, err) || !comes_through(s, path, err) ||
	    !repo_status(s->w->repo, path, &status, err))
		return false;
	if (status != REPO_ABSENT)
		return not_here(s, path, "exists already");
	target_clear(s->t);
	s->t->path = mem_strdup(path);
	ok = bait_render(b, "file", &s->w->values->ctx, &block, err);
	if (ok)
		insert_new(b, &block, s->w->marker, &s->t->edit);
	bait_text_clear(&block);
	return ok;
}

/* Tracked files that a bait could go into, in the order the bait prefers. */
static void
candidates(const struct target_wish *w, struct strlist *out)
{
	for (size_t p = 0; p < w->bait->into.len; p++) {
		char *pattern = NULL;

		if (!bait_expand(w->bait, w->bait->into.item[p], &w->values->ctx, &pattern, NULL))
			continue;
		for (size_t i = 0; i < w->style->files.len && out->len < CANDIDATES_MAX; i++)
			if (str_match(pattern, w->style->files.item[i]))
				(void)strlist_add_new(out, w->style->files.item[i]);
		free(pattern);
	}
}

/* The directory of a new path has files of the repository in it (the top has always). */
static bool
directory_is_there(const struct target_wish *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 0;

	for (size_t i = 0; n > 0 && i < w->style->files.len; i++)
		if (strncmp(w->style->files.item[i], path, n) == 0)
			return true;
	return n == 0;
}

/* Paths for a new file: those beside files that are there first. */
static bool
new_paths(const struct target_wish *w, struct strlist *out, struct error *err)
{
	struct strlist far = STRLIST_INIT;
	bool ok = true;

	for (size_t i = 0; ok && i < w->bait->create.len; i++) {
		char *path = NULL;

		ok = bait_expand(w->bait, w->bait->create.item[i], &w->values->ctx, &path, err);
		if (ok)
			(void)strlist_add_new(directory_is_there(w, path) ? out : &far, path);
		free(path);
	}
	for (size_t i = 0; i < far.len; i++)
		strlist_add(out, far.item[i]);
	strlist_clear(&far);
	return ok;
}

/* Each of the paths until one fits. A hidden one is taken only when nothing else is there. */
static bool
try_each(struct search *s, const struct strlist *paths, bool existing, bool hidden_too, struct error *err)
{
	for (size_t i = 0; i < paths->len; i++) {
		const char *path = paths->item[i];

		if (overlooked(s, path)) {
			not_here(s, path, "scanners and people pass over such paths");
			continue;
		}
		if (!(existing ? try_existing(s, path, err) : try_new(s, path, err))) {
			if (err->kind != ERROR_NONE)
				return false;
			continue;
		}
		if (!repo_ignored(s->w->repo, path, &s->t->ignored, err))
			return false;
		if (s->t->ignored == NULL || hidden_too)
			return true;
	}
	return false;
}

static bool
choose(struct search *s, struct error *err)
{
	struct strlist there = STRLIST_INIT, new = STRLIST_INIT;
	bool ok;

	candidates(s->w, &there);
	ok = new_paths(s->w, &new, err) && (try_each(s, &there, true, true, err) ||
	    (err->kind == ERROR_NONE && (try_each(s, &new, false, false, err) ||
	    (err->kind == ERROR_NONE && try_each(s, &new, false, true, err)))));
	strlist_clear(&there);
	strlist_clear(&new);
	return ok;
}

static bool
take_path(struct search *s, const char *path, struct error *err)
{
	enum repo_status status;
	bool ok;

	if (!repo_path_check(path, err) || !repo_status(s->w->repo, path, &status, err))
		return false;
	if (status == REPO_ABSENT && bait_section(s->w->bait, "file") != NULL)
		ok = try_new(s, path, err);
	else
		ok = try_existing(s, path, err);
	return ok && repo_ignored(s->w->repo, path, &s->t->ignored, err);
}

bool
target_choose(const struct target_wish *w, struct target *out, struct error *err)
{
	struct search s = { .w = w, .t = out, .tried = BUF_INIT(4096) };
	struct error here = ERROR_INIT;
	bool ok = w->path != NULL ? take_path(&s, w->path, &here) : choose(&s, &here);

	if (!ok && here.kind == ERROR_NONE)
		error_set(err, ERROR_REFUSED, "no place for the bait \"%s\": %s", w->bait->name,
		    s.tried.len > 0 ? buf_str(&s.tried) : "the repository has no file it could go into");
	else if (!ok && err != NULL)
		*err = here;
	buf_free(&s.tried);
	return ok;
}
