/* Finding a bait in a text again; showing a change without its secret. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "core/bait/commit.h"
#include "os/digest.h"
#include "store/store.h"
#include "work/plant_int.h"

void
hash_lines(const char *text, size_t len, char out[static 65])
{
	digest_sha256_hex(text, len, out);
}

void
needles_of(const char *key_id, struct strlist *out)
{
	struct buf b = BUF_INIT(128);

	strlist_add(out, key_id);
	encode_base64(&b, (const uint8_t *)key_id, strlen(key_id));
	strlist_add(out, buf_str(&b));
	buf_free(&b);
}

static bool
is_whole(const struct placement *p, const char *text, size_t len, int64_t from, int64_t to)
{
	struct buf lines = BUF_INIT(PLANT_FILE_MAX);
	char hash[SHA256_HEX + 1];

	insert_lines(text, len, from, to, &lines);
	hash_lines(buf_str(&lines), lines.len, hash);
	buf_free_secret(&lines);
	return str_eq(hash, p->sha256);
}

/* The line of a needle's first occurrence; 0: nowhere. */
static int64_t
needle_line(const char *key_id, const char *text, size_t len)
{
	struct strlist needles = STRLIST_INIT;
	const char *first = NULL;
	int64_t line = 0;

	needles_of(key_id, &needles);
	for (size_t i = 0; i < needles.len && len > 0; i++) {
		const char *at = memmem(text, len, needles.item[i], strlen(needles.item[i]));

		if (at != NULL && (first == NULL || at < first))
			first = at;
	}
	if (first != NULL)
		line = insert_count_lines(text, (size_t)(first - text) + 1);
	strlist_clear(&needles);
	return line;
}

enum found_as
locate(const struct placement *p, const char *text, size_t len, int64_t *from, int64_t *to)
{
	int64_t lines = p->line_to - p->line_from + 1, at = needle_line(p->key_id, text, len);

	*from = *to = at;
	if (at == 0)
		return FOUND_NOT;
	if (is_whole(p, text, len, p->line_from, p->line_to)) {
		*from = p->line_from;
		*to = p->line_to;
		return FOUND_WHOLE;
	}
	for (int64_t start = at - lines + 1; start <= at; start++) {
		if (start < 1 || !is_whole(p, text, len, start, start + lines - 1))
			continue;
		*from = start;
		*to = start + lines - 1;
		return FOUND_WHOLE;
	}
	return FOUND_EDITED;
}

/* --- diffs --------------------------------------------------------------------------- */

static void
mask(struct buf *text, const char *secret, size_t len)
{
	char *at = text->ptr;

	while (len > 8 && at != NULL &&
	    (at = memmem(at, text->len - (size_t)(at - text->ptr), secret, len)) != NULL) {
		memset(at + 4, '*', len - 4);
		at += len;
	}
}

static void
mask_all(struct buf *out, const struct bait_text *t)
{
	for (size_t i = 0; t != NULL && i < t->spans; i++)
		if (!str_eq(t->span[i].name, "key_id"))
			mask(out, t->text.ptr + t->span[i].at, t->span[i].len);
}

char *
masked_diff(const char *path, const struct buf *old, bool existed, const struct buf *text,
    const struct bait_text *planted, const struct bait_text *gone)
{
	struct buf out = BUF_INIT(PLANT_FILE_MAX);

	insert_diff(&out, path, existed ? buf_str(old) : NULL, old->len, buf_str(text), text->len);
	mask_all(&out, planted);
	mask_all(&out, gone);
	return buf_take(&out);
}

bool
plant_lock(struct store *s, struct turn *turn, struct error *err)
{
	return turn_take(turn, s, "plant", err) || error_in(err, "another planting is under way");
}

char *
owner_of(const struct repo *r, const char *path)
{
	static const char *const places[] = { ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS",
		".gitlab/CODEOWNERS" };
	char *owner = NULL;

	for (size_t i = 0; i < ARRAY_LEN(places) && owner == NULL; i++) {
		struct buf text = BUF_INIT(1 << 20);

		if (repo_read(r, places[i], &text, NULL, NULL))
			owner = codeowners_of(buf_str(&text), path);
		buf_free(&text);
	}
	if (owner == NULL)
		owner = repo_last_author(r, path);
	return owner != NULL ? owner : repo_last_author(r, NULL);
}
