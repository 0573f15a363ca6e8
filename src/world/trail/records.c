/* From inflated text to the records that can matter. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "world/trail/trail_int.h"

void
trail_damage(struct trail_counts *counts, const char *fmt, ...)
{
	va_list ap;

	if (counts->damaged++ > 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(counts->reason, sizeof(counts->reason), fmt, ap);
	va_end(ap);
}

static bool
has(const char *bytes, size_t len, const char *text)
{
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* What exports put around a record, which stands inside as an object or as text. */
static const struct {
	const char *mark;	/* no such entry is without it */
	const char *path;
} wraps[] = {
	{ "\"CloudTrailEvent\"", "CloudTrailEvent" },	/* LookupEvents */
	{ "\"detail-type\"", "detail" },		/* EventBridge */
	{ "\"message\"", "message" },			/* CloudWatch Logs */
	{ "\"@message\"", "@message" },
	{ "\"eventData\"", "eventData" },		/* CloudTrail Lake */
	{ "\"_raw\"", "_raw" },				/* Splunk */
	{ "\"_raw\"", "result._raw" },
	{ "\"original\"", "event.original" },		/* Elastic */
};

static bool
may_wrap(const char *bytes, size_t len)
{
	static const char record[] = "{\"eventVersion\"";

	if (len > sizeof(record) && memcmp(bytes, record, sizeof(record) - 1) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(wraps); i++)
		if (has(bytes, len, wraps[i].mark))
			return true;
	return false;
}

/* The record inside; NULL when there is none. LookupEvents entries always have one, even if broken. */
static const cJSON *
wrapped_in(const cJSON *doc)
{
	for (size_t i = 0; i < ARRAY_LEN(wraps); i++) {
		const cJSON *inner = json_path(doc, wraps[i].path);
		const char *text = cJSON_GetStringValue(inner);

		if (i == 0 ? inner != NULL : cJSON_IsObject(inner) || (text != NULL && text[0] == '{'))
			return inner;
	}
	return NULL;
}

/* A record in a wrap. */
static bool
read_wrapped(const struct trail_reader *r, const cJSON *inner, struct trail_counts *counts)
{
	const char *text = cJSON_GetStringValue(inner);
	char *printed = NULL;
	bool ok = true;

	counts->records++;
	if (cJSON_IsObject(inner))
		text = printed = cJSON_PrintUnformatted(inner);
	if (text == NULL)
		ok = false;
	else if (r->plain || needles_find(r->needles, text, strlen(text), 0, NULL) < strlen(text))
		ok = r->record(r->arg, text, strlen(text));
	cJSON_free(printed);
	return ok;
}

/* True when the item is a wrap with a record in it, which then is dealt with. */
static bool
unwrap(const struct trail_reader *r, const char *bytes, size_t len, struct trail_counts *counts, bool *ok)
{
	cJSON *doc;
	const cJSON *inner;

	if (bytes[0] != '"' && !may_wrap(bytes, len))
		return false;
	doc = json_parse(bytes, len, "an entry", NULL);
	inner = cJSON_IsString(doc) ? doc : wrapped_in(doc);
	*ok = inner != NULL && read_wrapped(r, inner, counts);
	cJSON_Delete(doc);
	return inner != NULL || doc == NULL;
}

/* A record with a hit; other objects that name a canary are told, for nobody reads them. */
static bool
read_hit(const struct trail_reader *r, const struct splitter *s, const char *bytes, size_t len,
    struct trail_counts *counts)
{
	if (!has(bytes, len, "\"eventName\"") && !has(bytes, len, "\"eventSource\"") && !has(bytes, len, "\"userIdentity\""))
		trail_damage(counts, "what names a canary near byte %zu is no CloudTrail record", s->item_at);
	return r->record(r->arg, bytes, len);
}

/* True when the item was understood, whether or not it matters. */
static bool
read_item(const struct trail_reader *r, const struct splitter *s, const char *bytes, size_t len,
    struct trail_counts *counts)
{
	bool lone = s->lone;
	cJSON *doc;
	bool ok;

	if (unwrap(r, bytes, len, counts, &ok))
		return ok;
	if (lone && has(bytes, len, "\"digestStartTime\"") && has(bytes, len, "\"digestS3Object\"")) {
		counts->digest = true;
		return true;
	}
	if (has(bytes, len, "\"AwsCloudTrailInsight\"")) {
		counts->insights++;
		return true;
	}
	/* The end of a LookupEvents page, a lone {} and the like: JSON, but no record. */
	if (lone && !has(bytes, len, "\"event") && !has(bytes, len, "\"userIdentity\"")) {
		doc = json_parse(bytes, len, "a text", NULL);
		cJSON_Delete(doc);
		if (doc != NULL)
			trail_damage(counts, "JSON, but no CloudTrail record");
		return doc != NULL;
	}
	counts->records++;
	if (needles_find(r->needles, bytes, len, 0, NULL) < len)
		return read_hit(r, s, bytes, len, counts);
	if (r->plain)
		return r->record(r->arg, bytes, len);
	if (!s->check)
		return true;
	doc = json_parse(bytes, len, "a record", NULL);
	ok = cJSON_IsObject(doc);
	cJSON_Delete(doc);
	return ok;
}

static void
lost(struct trail_counts *counts, size_t at, bool ended)
{
	if (ended)
		trail_damage(counts, "a record near byte %zu is not valid JSON", at);
	else
		trail_damage(counts, "the text ends inside a record that begins near byte %zu", at);
}

/* Of a text that is none: what it is, by its first bytes. */
static void
not_json(const char *bytes, size_t len, size_t at, struct trail_counts *counts)
{
	static const struct {
		const char *begin;
		const char *what;
	} kinds[] = {
		{ "\xFF\xFE", "UTF-16 text; make it UTF-8 first (iconv -f UTF-16 -t UTF-8)" },
		{ "\xFE\xFF", "UTF-16 text; make it UTF-8 first (iconv -f UTF-16 -t UTF-8)" },
		{ "PK\x03\x04", "a zip archive; unpack it first (unzip)" },
		{ "\x28\xB5\x2F\xFD", "packed with zstd; unpack it first (unzstd)" },
		{ "BZh", "packed with bzip2; unpack it first (bunzip2)" },
		{ "\xFD" "7zXZ", "packed with xz; unpack it first (unxz)" },
		{ "PAR1", "a Parquet file; export it as JSON first" },
	};

	for (size_t i = 0; counts->damaged == 0 && i < ARRAY_LEN(kinds); i++) {
		size_t n = strlen(kinds[i].begin);

		if (len > n && memcmp(bytes, kinds[i].begin, n) == 0) {
			trail_damage(counts, "%s", kinds[i].what);
			return;
		}
	}
	trail_damage(counts, "not JSON near byte %zu", at);
}

/*
 * Where to look again behind a damage, up to `end`. Who makes records that
 * never close by the thousand wants our time, and gets the rest counted as lost.
 */
static size_t
resume(struct splitter *s, const char *bytes, size_t end, struct trail_counts *counts)
{
	const int64_t again_max = INT64_C(1) << 29;
	size_t at = splitter_resume(s, bytes, end, s->item_at);

	if (at == end)
		return at;
	s->again += (int64_t)(end - s->item_at);
	if (s->again <= again_max)
		return at;
	trail_damage(counts, "too much damage; the text from near byte %zu on is left unread", s->item_at);
	return end;
}

void
trail_read_window(const struct trail_reader *r, struct splitter *s, const char *bytes, size_t len,
    bool last, size_t *used, struct trail_counts *counts)
{
	size_t at = *used;

	for (;;) {
		switch (splitter_next(s, bytes, len, &at)) {
		case SPLIT_ITEM:
			if (!read_item(r, s, bytes + s->item_at, s->item_len, counts)) {
				lost(counts, s->item_at, true);
				at = resume(s, bytes, s->item_at + s->item_len, counts);
			}
			break;
		case SPLIT_MORE:
			if (!last && len - s->item_at < TRAIL_RECORD_MAX) {
				*used = s->item_at;
				return;
			}
			lost(counts, s->item_at, false);
			at = resume(s, bytes, len, counts);
			break;
		case SPLIT_DAMAGE:
			not_json(bytes, len, at, counts);
			break;
		case SPLIT_END:
			*used = at;
			return;
		}
	}
}

/* --- the fast way through {"Records":[{"eventVersion":… ----------------------- */

/*
 * Smaller texts, and somewhat larger ones with a hit, are parsed record by
 * record, so that any damage in them is told. Elsewhere a broken record
 * without a hit goes unnoticed: it holds no sighting.
 */
enum { CHECK_WHOLE_MAX = 16 * 1024, CHECK_HIT_MAX = 64 * 1024 };

/* A file as S3 has it. Insight events have files of their own: the first tells. */
static bool
plain_records_file(const char *bytes, size_t len)
{
	static const char begin[] = "{\"Records\":[{\"eventVersion\"";

	return len > CHECK_WHOLE_MAX && memcmp(bytes, begin, sizeof(begin) - 1) == 0 &&
	    memcmp(bytes + len - 2, "]}", 2) == 0 && !has(bytes, 4096, "\"AwsCloudTrailInsight\"");
}

/* Steps over whole items up to the one that holds bytes[place]; false when there is none. */
static bool
step_to(struct splitter *s, const char *bytes, size_t len, size_t place, size_t *at, int64_t *passed)
{
	while (*at <= place) {
		struct splitter before = *s;
		size_t from = *at;

		if (splitter_next(s, bytes, len, at) != SPLIT_ITEM) {
			*s = before;
			*at = from;
			return false;
		}
		(*passed)++;
	}
	return s->item_at <= place;
}

bool
trail_read_hits(const struct trail_reader *r, struct splitter *s, const char *bytes, size_t len, size_t careful,
    size_t *at, struct trail_counts *counts)
{
	int64_t before = counts->records, further = 0, passed = 0;

	for (size_t hit = 0;; hit++) {
		hit = needles_find(r->needles, bytes, len, hit, &further);
		if (hit == len)
			break;
		if (len <= careful)
			return false;
		if (hit < *at)
			continue;	/* in a record already dealt with */
		if (!step_to(s, bytes, len, hit, at, &passed)) {
			counts->records = before + passed;
			return false;
		}
		if (!read_item(r, s, bytes + s->item_at, s->item_len, counts)) {
			counts->records = before + passed - 1;
			*at = s->item_at;
			return false;
		}
	}
	counts->records = before + 1 + further;
	return true;
}

void
trail_read_text(const struct trail_reader *r, const char *bytes, size_t len, struct trail_counts *counts)
{
	struct splitter s = SPLITTER_INIT;
	size_t at = 0;

	counts->bytes += (int64_t)len;
	if (!r->plain && plain_records_file(bytes, len) &&
	    trail_read_hits(r, &s, bytes, len, CHECK_HIT_MAX, &at, counts))
		return;
	s.check = true;
	trail_read_window(r, &s, bytes, len, true, &at, counts);
}
