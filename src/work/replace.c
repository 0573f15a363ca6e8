/* Another canary in an old one's place, byte for byte where it stood. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/bait/commit.h"
#include "store/incidents.h"
#include "store/placements.h"
#include "store/store.h"
#include "work/plant_int.h"

struct swap {
	struct store *store;
	const struct placement *old;
	const struct minted *now;
	const struct replace_request *q;
	struct repo repo;
	mode_t mode;
	struct buf text, result;
	struct bait_text gone, planted;	/* the bait's lines before and after, with "\n" ends */
	int64_t from, to;
	bool tracked;
	struct placement *out;
};

/* What stands for a tracked field from now on; the caller frees with mem_free_secret(). */
static char *
new_value(const struct swap *w, const char *name)
{
	char *region, *value;

	if (str_eq(name, "key_id"))
		return mem_strdup(w->now->canary.key_id);
	if (str_eq(name, "secret"))
		return mem_strdup(w->now->secret);
	region = placement_trait(w->old, "region");
	value = smtp_password(w->now->secret, str_or(region, "us-east-1"));
	free(region);
	return value;
}

static void
put_span(struct swap *w, const struct bait_span *s)
{
	char *value = new_value(w, s->name);
	struct bait_text *t = &w->planted;
	size_t at = t->text.len;

	(void)bait_filter(&t->text, s->filter, value);
	buf_add(&w->result, t->text.ptr + at, t->text.len - at);
	MEM_GROW(t->span, t->spans, t->cap);
	t->span[t->spans++] = (struct bait_span){ .name = mem_strdup(s->name), .filter = mem_strdup(s->filter),
		.at = at, .len = t->text.len - at };
	mem_free_secret(value);
}

static size_t
line_begin(const struct buf *text, int64_t line)
{
	size_t at = 0;

	while (--line > 0) {
		const char *newline = memchr(text->ptr + at, '\n', text->len - at);

		if (newline == NULL)
			return text->len;
		at = (size_t)(newline - text->ptr) + 1;
	}
	return at;
}

/* The bait's lines with the spans exchanged; carriage returns pass through uncounted. */
static bool
by_spans(struct swap *w, struct error *err)
{
	size_t begin = line_begin(&w->text, w->from), end = line_begin(&w->text, w->to + 1), at = 0, next = 0;

	insert_lines(w->text.ptr, w->text.len, w->from, w->to, &w->gone.text);
	if (!bait_spans_parse(&w->gone, w->old->spans) || w->gone.spans == 0)
		return error_set(err, ERROR_CONFLICT, "%s: the ledger does not say where in the bait the key stands",
		    w->old->path);
	buf_add(&w->result, w->text.ptr, begin);
	for (size_t i = begin; i < end;) {
		const struct bait_span *s = next < w->gone.spans ? &w->gone.span[next] : NULL;

		if (s != NULL && s->at == at && i + s->len <= end) {
			put_span(w, s);
			i += s->len;
			at += s->len;
			next++;
			continue;
		}
		buf_putc(&w->result, w->text.ptr[i]);
		if (w->text.ptr[i] != '\r' && at < w->gone.text.len) {
			buf_putc(&w->planted.text, w->text.ptr[i]);
			at++;
		}
		i++;
	}
	buf_add(&w->result, w->text.ptr + end, w->text.len - end);
	return next == w->gone.spans || error_set(err, ERROR_CONFLICT,
	    "%s: the bait is not where the ledger says", w->old->path);
}

/* One value for another in every form, anywhere in the text; how often. */
static size_t
exchange(struct buf *text, const char *old, const char *new_text)
{
	static const char *const forms[] = { "", "base64", "url" };
	size_t count = 0;

	for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
		struct buf a = BUF_INIT(4096), b = BUF_INIT(4096), out = BUF_INIT(PLANT_FILE_MAX);
		size_t at = 0;
		const char *hit;

		(void)bait_filter(&a, forms[f], old);
		(void)bait_filter(&b, forms[f], new_text);
		while (f < 2 || !str_eq(a.ptr, old)) {
			hit = memmem(text->ptr + at, text->len - at, a.ptr, a.len);
			if (hit == NULL)
				break;
			buf_add(&out, text->ptr + at, (size_t)(hit - text->ptr) - at);
			buf_add(&out, b.ptr, b.len);
			at = (size_t)(hit - text->ptr) + a.len;
			count++;
		}
		buf_add(&out, text->ptr + at, text->len - at);
		buf_free_secret(text);
		*text = out;
		buf_free_secret(&a);
		buf_free_secret(&b);
	}
	return count;
}

/* A bait that somebody edited: only with the old secret known can all of it be found. */
static bool
by_value(struct swap *w, struct error *err)
{
	char *region = placement_trait(w->old, "region"), *was, *is;
	size_t keys, secrets;

	if (w->q->secret == NULL) {
		free(region);
		return error_set(err, ERROR_CONFLICT, "%s was edited and the old secret is not kept, so it cannot be "
		    "found there; take the lines out and plant anew", w->old->path);
	}
	buf_add(&w->result, w->text.ptr, w->text.len);
	was = smtp_password(w->q->secret, str_or(region, "us-east-1"));
	is = smtp_password(w->now->secret, str_or(region, "us-east-1"));
	keys = exchange(&w->result, w->old->key_id, w->now->canary.key_id);
	secrets = exchange(&w->result, w->q->secret, w->now->secret) + exchange(&w->result, was, is);
	w->from = w->old->line_from;
	w->to = w->old->line_to;
	insert_lines(w->result.ptr, w->result.len, w->from, w->to, &w->planted.text);
	free(region);
	mem_free_secret(was);
	mem_free_secret(is);
	return (keys > 0 && secrets > 0) || error_set(err, ERROR_CONFLICT,
	    "%s was edited: the old %s is not in it any more; plant anew", w->old->path, keys > 0 ? "secret" : "key");
}

static bool
may_replace(struct swap *w, struct error *err)
{
	enum repo_status status;

	if (!repo_open(&w->repo, w->old->repo, err) || !repo_check_state(&w->repo, err) ||
	    !repo_status(&w->repo, w->old->path, &status, err))
		return false;
	if (status == REPO_ABSENT)
		return error_set(err, ERROR_NOT_FOUND, "%s is not in %s%s%s", w->old->path, w->repo.root,
		    w->old->branch != NULL && !str_eq(w->old->branch, w->repo.branch) ? "; it was planted on branch " : "",
		    w->old->branch != NULL && !str_eq(w->old->branch, w->repo.branch) ? w->old->branch : "");
	w->tracked = status != REPO_UNTRACKED;
	return !w->q->commit || status == REPO_CLEAN || error_set(err, ERROR_REFUSED,
	    "%s has uncommitted work, which would go into the same commit", w->old->path);
}

static bool
find_and_swap(struct swap *w, struct error *err)
{
	if (!repo_read(&w->repo, w->old->path, &w->text, &w->mode, err))
		return false;
	switch (locate(w->old, buf_str(&w->text), w->text.len, &w->from, &w->to)) {
	case FOUND_WHOLE:
		return by_spans(w, err);
	case FOUND_EDITED:
		return by_value(w, err);
	default:
		return error_set(err, ERROR_NOT_FOUND, "%s: the key is not in it any more", w->old->path);
	}
}

static void
fill_row(struct swap *w)
{
	struct placement *p = w->out;
	char hash[65];

	hash_lines(buf_str(&w->planted.text), w->planted.text.len, hash);
	placement_copy(p, w->old);
	p->id = 0;
	free(p->key_id);
	p->key_id = mem_strdup(w->now->canary.key_id);
	free(p->sha256);
	p->sha256 = mem_strdup(hash);
	free(p->spans);
	p->spans = w->planted.spans > 0 ? bait_spans_text(&w->planted) : NULL;
	free(p->commit);
	p->commit = NULL;
	free(p->planted_by);
	p->planted_by = mem_strdup(w->q->who);
	free(p->copies);
	p->copies = NULL;
	free(p->branch);
	p->branch = mem_strdup(w->repo.branch);
	p->line_from = w->from;
	p->line_to = w->to;
	p->state = PLACEMENT_PLANTING;
	p->planted_ms = w->q->now_ms;
	p->verified_ms = WHEN_NONE;
}

static bool
commit(struct swap *w, struct error *err)
{
	struct repo_style style = { .name = NULL };
	char *message;
	bool ok;

	if (!w->q->commit)
		return true;
	ok = repo_style(&w->repo, &style, err);
	message = w->q->message != NULL ? mem_strdup(w->q->message) : commit_message("rotate keys", &style.subjects);
	ok = ok && repo_commit(&w->repo, w->old->path, !w->tracked, message, &w->out->commit, err);
	if (!ok)
		(void)repo_write(&w->repo, w->old->path, w->text.ptr, w->text.len, true, w->mode, NULL);
	free(message);
	repo_style_clear(&style);
	return ok;
}

static bool
enter(struct swap *w, struct error *err)
{
	struct placement was;
	bool ok;

	placement_copy(&was, w->old);
	was.state = PLACEMENT_REMOVED;
	w->out->state = PLACEMENT_PLANTED;
	ok = store_begin(w->store, err) && placement_save(w->store, w->out, err) &&
	    placement_save(w->store, &was, err) && 
	    secret_ends(w->store, w->out->key_id, w->now->canary.sealed_secret != NULL, err) &&
	    audit_add(w->store, w->q->now_ms, w->q->who, "replace", w->out->key_id, w->old->key_id, err) &&
	    store_commit(w->store, err);
	if (!ok)
		store_rollback(w->store);
	placement_clear(&was);
	return ok;
}

static bool
for_real(struct swap *w, struct error *err)
{
	if (!placement_save(w->store, w->out, err))
		return false;
	if (repo_write(&w->repo, w->old->path, w->result.ptr, w->result.len, true, w->mode, err) && commit(w, err))
		return enter(w, err);
	(void)placement_drop(w->store, w->out->id, NULL);
	return false;
}

bool
plant_replace(struct store *s, const struct placement *old, const struct minted *now,
    const struct replace_request *q, struct placement *out, char **diff, struct error *err)
{
	struct swap w = { .store = s, .old = old, .now = now, .q = q, .text = BUF_INIT(PLANT_FILE_MAX),
		.result = BUF_INIT(PLANT_FILE_MAX), .gone = BAIT_TEXT_INIT, .planted = BAIT_TEXT_INIT, .out = out };
	struct turn turn = TURN_INIT;
	bool ok;

	placement_init(out);
	ok = plant_lock(s, &turn, err) && may_replace(&w, err) && find_and_swap(&w, err);
	if (ok) {
		fill_row(&w);
		if (diff != NULL)
			*diff = masked_diff(old->path, &w.text, true, &w.result, &w.planted, &w.gone);
		ok = q->dry_run || for_real(&w, err);
	}
	turn_end(&turn);
	buf_free_secret(&w.text);
	buf_free_secret(&w.result);
	bait_text_clear(&w.gone);
	bait_text_clear(&w.planted);
	repo_clear(&w.repo);
	return ok;
}
