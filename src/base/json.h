/*
 * base/json.h: reading small JSON documents without trusting them, and
 * writing any JSON with one sticky writer.
 *
 * Reading is cJSON with lenient questions: a missing or wrongly typed member
 * is "not there" (NULL, the fallback), never an error and never a crash.
 * Borrowed strings live as long as the document.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

/* The caller frees with cJSON_Delete. `what` names the document in the error. */
cJSON *json_parse(const char *text, size_t len, const char *what, struct error *err);

/* A member of an object by exact name; NULL when `o` is no object or has none. */
cJSON *json_get(const cJSON *o, const char *name);
/* "a.b.c" through objects. */
cJSON *json_path(const cJSON *o, const char *path);
/* The string at a path; NULL unless it is a string. */
const char *json_string(const cJSON *o, const char *path);
/* A whole number, also when written as a string; `fallback` when not there. */
int64_t json_int(const cJSON *o, const char *path, int64_t fallback);
/* A boolean, also as "true"/"false" strings (CloudTrail writes both). */
bool json_bool(const cJSON *o, const char *path, bool fallback);
/* Adds each string of an array (or one lone string) to the list. */
void json_strings(const cJSON *o, const char *path, struct strlist *out);

/*
 * The writer. Open and close what you like; it puts the commas, the quotes
 * and the escapes. Text that is not UTF-8 comes out with U+FFFD in place of
 * each bad byte, so the result is always valid JSON. `indent` 0 writes one line.
 *
 *	struct jsonw w = JSONW_INIT(&out, 2);
 *	jsonw_open(&w, NULL, '{');
 *	jsonw_str(&w, "name", name);
 *	jsonw_close(&w);
 */
enum { JSONW_DEPTH_MAX = 32 };

struct jsonw {
	struct buf *out;	/* borrowed; remembers the failure */
	int indent;
	int depth;
	char open[JSONW_DEPTH_MAX];
	bool some[JSONW_DEPTH_MAX];	/* something stands at this depth */
};

#define JSONW_INIT(buf, spaces) { .out = (buf), .indent = (spaces) }

/* `name` is NULL inside arrays and at the top. */
void jsonw_open(struct jsonw *w, const char *name, char bracket);
void jsonw_close(struct jsonw *w);
void jsonw_str(struct jsonw *w, const char *name, const char *value);	/* NULL: null */
void jsonw_strn(struct jsonw *w, const char *name, const char *value, size_t len);
void jsonw_int(struct jsonw *w, const char *name, int64_t value);
void jsonw_real(struct jsonw *w, const char *name, double value);
void jsonw_bool(struct jsonw *w, const char *name, bool value);
void jsonw_null(struct jsonw *w, const char *name);
void jsonw_when(struct jsonw *w, const char *name, int64_t at_ms);	/* null for WHEN_NONE */
void jsonw_strlist(struct jsonw *w, const char *name, const struct strlist *l);
/* Text that is already JSON. */
void jsonw_raw(struct jsonw *w, const char *name, const char *json);

#endif
