/*
 * core/bait/insert.h: a rendered bait put into a file's text without
 * disturbing it.
 *
 * Pure: text in, text out. What is there keeps every byte; the new lines take
 * the file's own line endings, indentation and habit about a newline at the
 * end. Rules:
 *
 *	append            behind everything, after an empty line
 *	after /regex/     behind the last line that matches, indented as it
 *	before /regex/    in front of the first one, indented as it
 *	inside /regex/    behind the first one, a level deeper ("environment {")
 *	yaml KEY          the last child of a top-level key
 */
#ifndef CORE_BAIT_INSERT_H
#define CORE_BAIT_INSERT_H

#include "core/bait/template.h"

enum { PLANT_FILE_MAX = 8 * 1024 * 1024 };

struct bait_edit {
	struct buf text;		/* the whole file as it will be */
	struct bait_text planted;	/* the new lines, with "\n" ends and none at the end */
	int64_t line_from, line_to;	/* 1-based, inclusive */
};

#define BAIT_EDIT_INIT { .text = BUF_INIT(PLANT_FILE_MAX), .planted = BAIT_TEXT_INIT }

void bait_edit_clear(struct bait_edit *e);

/* A new file: all of the block is the bait. `marker` (or NULL) as below. */
void insert_new(const struct bait *b, const struct bait_text *block, const char *marker,
    struct bait_edit *out);
/*
 * Into old[0..len) (NUL-terminated) by one rule; false when the rule finds no
 * place there, then `out` is empty. `marker` ("gitleaks:allow") goes behind
 * every line with a tracked field, as a comment; NULL: none.
 */
bool insert_into(const struct bait *b, const struct bait_rule *rule, const struct bait_text *block,
    const char *marker, const char *old, size_t len, struct bait_edit *out);
/* A line of the text matches the extended regex; a broken regex is an error. */
bool insert_matches(const char *regex, const char *text, bool *found, struct error *err);

/* The lines first..last of a text with "\n" ends and none at the end, as a bait's hash is taken. */
void insert_lines(const char *text, size_t len, int64_t first, int64_t last, struct buf *out);
int64_t insert_count_lines(const char *text, size_t len);

/* A unified diff of one file that changed in one place; old NULL: a new file. */
void insert_diff(struct buf *out, const char *path, const char *old, size_t old_len, const char *new_text,
    size_t new_len);

#endif
