/*
 * core/bait/template.h: a bait is a data file; this reads it and fills it in.
 *
 * canary/bait/NAME.bait is a header of "word: value" lines, "---", and
 * sections that begin with "== NAME":
 *
 *	about:   one line for people
 *	also:    further names that people give it
 *	fits:    file patterns; a repository that has one of them suits this bait
 *	into:    files to put it into when they exist (patterns of paths)
 *	new:     where to make a new one otherwise
 *	insert:  RULE [/regex/|key] SECTION, tried in this order (core/bait/insert.h)
 *	unless:  a regex; a file with a line that matches is left alone
 *	comment: how a comment ends a line there; without it no ignore marker fits
 *	indent:  spaces per level in the sections, changed to the file's own
 *	commit:  messages for the commit, in the imperative, lower case
 *	scanner: "smtp" when hunters find it by its mail settings
 *	let X:   a field made of others
 *
 * Lists are separated by " | ". Section "file" is a whole new file.
 *
 * In values and sections "{{field}}" is a field, "{{field|filter}}" one put
 * through upper, lower, title, snake, upper_snake, kebab, camel, base64 or
 * url; "{{pick a|b|@field}}" one of several, "{{number 10 99}}", "{{hex 32}}",
 * "{{alnum 20}}" something drawn. A line that begins with "{{?}}" is there or
 * not. "{{ x }}" with a space is the file's own text. All draws follow from
 * the context's seed: the same seed gives the same text.
 */
#ifndef CORE_BAIT_TEMPLATE_H
#define CORE_BAIT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum { BAIT_TEXT_MAX = 256 * 1024 };

enum bait_place { PLACE_APPEND, PLACE_AFTER, PLACE_BEFORE, PLACE_INSIDE, PLACE_YAML };

struct bait_rule {
	enum bait_place place;
	char *where;	/* a regex, or a YAML key; NULL for append */
	char *section;
};

struct bait_section {
	char *name;
	char *text;
	int line;	/* of its first line in the file */
};

struct bait {
	char *name;
	char *source;	/* "canary/bait/dotenv.bait", for messages */
	char *about;
	char *unless;	/* NULL: none */
	char *comment;	/* NULL: nothing can follow a value on its line */
	char *scanner;	/* NULL: found by the key id */
	int indent;
	struct strlist also, fits, into, create, commits;
	struct strlist let_name, let_text;
	struct bait_rule *rule;
	size_t rules;
	struct bait_section *section;
	size_t sections;
};

/* ERROR_INPUT names file, line and what is wrong. The caller clears in either case. */
bool bait_parse(struct bait *b, const char *text, const char *source, struct error *err);
void bait_clear(struct bait *b);
const struct bait_section *bait_section(const struct bait *b, const char *name);	/* NULL: none */

/* What a template may ask for. Values are borrowed. */
struct bait_field {
	const char *name;
	const char *value;
	bool tracked;	/* where it stands in the text is recorded */
};

struct bait_context {
	const struct bait_field *field;
	size_t fields;
	uint64_t seed;
};

/* A seed for one canary in one place. */
uint64_t bait_seed(const char *key_id, const char *place);

/* Where a tracked field stands in a text, and in which form. */
struct bait_span {
	char *name;
	char *filter;	/* "" as it is */
	size_t at, len;
};

struct bait_text {
	struct buf text;
	struct bait_span *span;
	size_t spans;
	size_t cap;
};

#define BAIT_TEXT_INIT { .text = BUF_INIT(BAIT_TEXT_MAX) }

void bait_text_clear(struct bait_text *t);	/* wipes */
/* Fills in a section. An unknown field is named with file and line. */
bool bait_render(const struct bait *b, const char *section, const struct bait_context *ctx,
    struct bait_text *out, struct error *err);
/* Fills in a value of the header; the caller frees *out. */
bool bait_expand(const struct bait *b, const char *value, const struct bait_context *ctx, char **out,
    struct error *err);
/* Appends a value put through a filter; false when there is no such filter. */
bool bait_filter(struct buf *out, const char *filter, const char *value);

/* Spans as one line of text for the store, and back: "secret|base64@12+56 …". */
char *bait_spans_text(const struct bait_text *t);	/* the caller frees */
bool bait_spans_parse(struct bait_text *t, const char *text);

#endif
