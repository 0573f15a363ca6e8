/* The reading half of base/json.h. */
#include "base/json.h"

#include <math.h>
#include <string.h>

cJSON *
json_parse(const char *text, size_t len, const char *what, struct error *err)
{
	const char *end = NULL;
	cJSON *doc = cJSON_ParseWithLengthOpts(text, len, &end, false);

	if (doc != NULL) {
		for (; end != NULL && end < text + len; end++)
			if (strchr(" \t\r\n", *end) == NULL)
				break;
		if (end == NULL || end >= text + len || *end == '\0')
			return doc;
		cJSON_Delete(doc);
	}
	error_set(err, ERROR_INPUT, "%s: not valid JSON near byte %zu", what,
	    end != NULL && end >= text && end <= text + len ? (size_t)(end - text) : 0);
	return NULL;
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
