/* The reading half of base/json.h. */
#include "base/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The code unit of \uXXXX at `at`, or -1. */
static long
code_unit(const char *at, size_t left)
{
	char hex[5] = "";

	if (left < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (int i = 0; i < 4; i++) {
		if (isxdigit((unsigned char)at[2 + i]) == 0)
			return -1;
		hex[i] = at[2 + i];
	}
	return strtol(hex, NULL, 16);
}

/*
 * Half a surrogate pair is grammatical JSON (RFC 8259 section 8.2) that cJSON
 * refuses: U+FFFD takes its place, so that no one's user agent hides a record.
 * True when there was any.
 */
static bool
mend_surrogates(char *text, size_t len)
{
	bool mended = false;

	for (size_t i = 0; i + 1 < len; i++) {
		long unit = code_unit(text + i, len - i), next;

		if (text[i] != '\\')
			continue;
		if (unit < 0xD800 || unit > 0xDFFF) {
			i++;
			continue;
		}
		next = code_unit(text + i + 6, len - i - 6);
		if (unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
			i += 11;
			continue;
		}
		memcpy(text + i + 2, "fffd", 4);
		i += 5;
		mended = true;
	}
	return mended;
}

/* NULL also when more than blanks follow; *bad is then where. */
static cJSON *
parse_all(const char *text, size_t len, size_t *bad)
{
	const char *end = NULL;
	cJSON *doc = cJSON_ParseWithLengthOpts(text, len, &end, false);

	*bad = end != NULL && end >= text && end <= text + len ? (size_t)(end - text) : 0;
	if (doc == NULL)
		return NULL;
	while (*bad < len && strchr(" \t\r\n", text[*bad]) != NULL)
		(*bad)++;	/* also over a NUL */
	if (end == NULL || *bad >= len)
		return doc;
	cJSON_Delete(doc);
	return NULL;
}

cJSON *
json_parse(const char *text, size_t len, const char *what, struct error *err)
{
	size_t bad, again;
	cJSON *doc = parse_all(text, len, &bad);
	char *mended;

	if (doc != NULL)
		return doc;
	mended = mem_strndup(text, len);
	if (mend_surrogates(mended, strlen(mended)))
		doc = parse_all(mended, strlen(mended), &again);
	free(mended);
	if (doc == NULL)
		error_set(err, ERROR_INPUT, "%s: not valid JSON near byte %zu", what, bad);
	return doc;
}

cJSON *
json_get(const cJSON *o, const char *name)
{
	return cJSON_IsObject(o) ? cJSON_GetObjectItemCaseSensitive(o, name) : NULL;
}

cJSON *
json_path(const cJSON *o, const char *path)
{
	char name[128];
	size_t len;
	cJSON *at = NULL;

	for (;;) {
		len = strcspn(path, ".");
		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		at = json_get(o, name);
		if (at == NULL || path[len] == '\0')
			return at;
		o = at;
		path += len + 1;
	}
}

const char *
json_string(const cJSON *o, const char *path)
{
	return cJSON_GetStringValue(json_path(o, path));
}

int64_t
json_int(const cJSON *o, const char *path, int64_t fallback)
{
	const cJSON *v = json_path(o, path);
	int64_t n;

	if (cJSON_IsNumber(v) && isfinite(v->valuedouble) && fabs(v->valuedouble) < 9e18)
		return (int64_t)v->valuedouble;
	if (cJSON_IsString(v) && str_to_int(v->valuestring, INT64_MIN + 1, INT64_MAX, &n))
		return n;
	return fallback;
}

bool
json_bool(const cJSON *o, const char *path, bool fallback)
{
	const cJSON *v = json_path(o, path);

	if (cJSON_IsBool(v))
		return cJSON_IsTrue(v);
	if (cJSON_IsString(v) && str_eq_nocase(v->valuestring, "true"))
		return true;
	if (cJSON_IsString(v) && str_eq_nocase(v->valuestring, "false"))
		return false;
	return fallback;
}

void
json_strings(const cJSON *o, const char *path, struct strlist *out)
{
	const cJSON *v = json_path(o, path), *item;

	if (cJSON_IsString(v))
		strlist_add(out, v->valuestring);
	if (!cJSON_IsArray(v))
		return;
	cJSON_ArrayForEach(item, v)
		if (cJSON_IsString(item))
			strlist_add(out, item->valuestring);
}
