#include "world/trail/needles.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { BLOOM_BITS = 1 << 20, ID_LEN = 20 };

void
needles_init(struct needles *n)
{
	*n = (struct needles){ .bits = mem_zalloc(BLOOM_BITS / 64, sizeof(uint64_t)) };
}

/* Keys of one account share their beginning: the last eight bytes tell them apart. */
static size_t
bloom_slot(const char *id)
{
	uint64_t tail;

	memcpy(&tail, id + ID_LEN - 8, sizeof(tail));
	return (size_t)(tail * UINT64_C(0x9E3779B97F4A7C15) >> 44);
}

void
needles_add_id(struct needles *n, const char *id)
{
	static char here;
	size_t slot;

	if (id == NULL || strlen(id) < ID_LEN)
		return;
	(void)map_put(&n->ids, id, &here);
	slot = bloom_slot(id);
	n->bits[slot / 64] |= UINT64_C(1) << slot % 64;
	n->sessions |= str_starts(id, "ASIA");
	n->users |= str_starts(id, "AIDA");
}

void
needles_add_name(struct needles *n, const char *user_name)
{
	static char here;

	if (!str_empty(user_name))
		(void)map_put(&n->names, user_name, &here);
}

void
needles_clear(struct needles *n)
{
	map_clear(&n->ids, NULL);
	map_clear(&n->names, NULL);
	free(n->bits);
	*n = (struct needles){ .bits = NULL };
}

/* --- confirming one place ---------------------------------------------------- */

static bool
id_at(const struct needles *n, const char *at, size_t left)
{
	char id[64];
	size_t len = 0, slot;

	if (left < ID_LEN)
		return false;
	slot = bloom_slot(at);
	if ((n->bits[slot / 64] >> slot % 64 & 1) != 0) {
		memcpy(id, at, ID_LEN);
		id[ID_LEN] = '\0';
		if (map_has(&n->ids, id))
			return true;
	}
	if (at[1] != 'I')
		return false;
	while (len < left && len < sizeof(id) - 1 && isalnum((unsigned char)at[len])) {
		id[len] = at[len];
		len++;
	}
	id[len] = '\0';
	return map_has(&n->ids, id);
}

/* A user name ends where none of its characters follows (IAM: [\w+=,.@-]+, at most 64). */
static bool
name_at(const struct needles *n, const char *at, size_t left)
{
	char name[65];
	size_t len = 0;

	while (len < left && len < 64 &&
	    (isalnum((unsigned char)at[len]) || strchr("_+=,.@-", at[len]) != NULL) && at[len] != '\0') {
		name[len] = at[len];
		len++;
	}
	name[len] = '\0';
	return len > 0 && map_has(&n->names, name);
}

/* Behind `serName`, `user/` or `user `: quotes, colon, space and backslashes, the path of an
 * ARN, or the word of an error message ("on resource: user NAME"). */
static bool
name_near(const struct needles *n, const char *bytes, size_t len, size_t at)
{
	size_t end = at + 600 < len ? at + 600 : len;

	if (bytes[at] == ' ')
		return name_at(n, bytes + at + 1, len - at - 1);
	if (bytes[at] == '/') {
		for (; at < end && bytes[at] == '/'; ) {
			size_t next = ++at;

			if (name_at(n, bytes + at, len - at))
				return true;
			while (next < end && bytes[next] != '/' && bytes[next] != '"' && bytes[next] != ' ')
				next++;
			at = next;
		}
		return false;
	}
	while (at < end && bytes[at] != '"' && bytes[at] != '\\')
		at++;
	while (at < end && strchr("\\\": \t\r\n", bytes[at]) != NULL && bytes[at] != '\0')
		at++;
	return name_at(n, bytes + at, len - at);
}

/* \u0041 … for a letter or digit: an unusual way to write, never a way to hide. */
static bool
escape_at(const char *at, size_t left)
{
	char hex[3] = "";
	long value;

	if (left < 6 || at[1] != 'u' || at[2] != '0' || at[3] != '0' ||
	    !isxdigit((unsigned char)at[4]) || !isxdigit((unsigned char)at[5]))
		return false;
	hex[0] = at[4];
	hex[1] = at[5];
	value = strtol(hex, NULL, 16);
	return value < 128 && (isalnum((int)value) || strchr("_+=,.@-/", (int)value) != NULL) && value != 0;
}

static bool
hit_at(const struct needles *n, const char *bytes, size_t len, size_t at)
{
	switch (bytes[at]) {
	case 'A':
		return id_at(n, bytes + at, len - at);
	case '\\':
		return escape_at(bytes + at, len - at);
	default:	/* the N of userName, the slash or space behind user */
		return n->names.len > 0 && name_near(n, bytes, len, at);
	}
}

/* --- finding places ------------------------------------------------------------- */

static bool
place(const struct needles *n, const char *b, size_t len, size_t i)
{
	if (b[i] == 'A' && i + ID_LEN <= len && b[i + 3] == 'A')
		return (b[i + 1] == 'K' && b[i + 2] == 'I') || (n->sessions && b[i + 1] == 'S' && b[i + 2] == 'I') ||
		    (n->users && b[i + 1] == 'I' && b[i + 2] == 'D');
	if (b[i] == '\\')
		return i + 6 <= len && b[i + 1] == 'u' && b[i + 2] == '0' && b[i + 3] == '0';
	if (n->names.len == 0 || i < 4)
		return false;
	if (b[i] == 'N')
		return b[i - 1] == 'r' && b[i - 2] == 'e' && i + 4 <= len && b[i + 1] == 'a' && b[i + 2] == 'm';
	if (b[i - 1] != 'r' || b[i - 2] != 'e' || b[i - 3] != 's')
		return false;
	return b[i] == '/' || (b[i] == ' ' && b[i - 4] == 'u');
}

size_t
needles_find_portable(const struct needles *n, const char *bytes, size_t len, size_t from)
{
	for (size_t i = from; i < len; i++)
		if (place(n, bytes, len, i) && hit_at(n, bytes, len, i))
			return i;
	return len;
}

#if defined(__x86_64__)

/*
 * 32 places at once. A…A with I or D third; \u00; with user names also rNa,
 * er/ and er followed by a space. Each surviving bit is confirmed by place() and hit_at().
 */
__attribute__((target("avx2")))
static uint32_t
places_avx2(const char *b, bool names)
{
	const __m256i *at = (const __m256i *)(const void *)b;
	__m256i b0 = _mm256_loadu_si256(at);
	__m256i b2 = _mm256_loadu_si256((const __m256i *)(const void *)(b + 2));
	__m256i b3 = _mm256_loadu_si256((const __m256i *)(const void *)(b + 3));
	__m256i ids = _mm256_and_si256(_mm256_cmpeq_epi8(b0, _mm256_set1_epi8('A')),
	    _mm256_cmpeq_epi8(b3, _mm256_set1_epi8('A')));
	__m256i escapes = _mm256_and_si256(_mm256_cmpeq_epi8(b0, _mm256_set1_epi8('\\')),
	    _mm256_cmpeq_epi8(b2, _mm256_set1_epi8('0')));
	__m256i any;

	ids = _mm256_and_si256(ids, _mm256_or_si256(_mm256_cmpeq_epi8(b2, _mm256_set1_epi8('I')),
	    _mm256_cmpeq_epi8(b2, _mm256_set1_epi8('D'))));
	any = _mm256_or_si256(ids, escapes);
	if (names) {
		__m256i before = _mm256_loadu_si256((const __m256i *)(const void *)(b - 1));
		__m256i r = _mm256_cmpeq_epi8(before, _mm256_set1_epi8('r'));
		__m256i big = _mm256_and_si256(_mm256_cmpeq_epi8(b0, _mm256_set1_epi8('N')),
		    _mm256_cmpeq_epi8(b2, _mm256_set1_epi8('m')));
		__m256i ends = _mm256_or_si256(_mm256_cmpeq_epi8(b0, _mm256_set1_epi8('/')),
		    _mm256_cmpeq_epi8(b0, _mm256_set1_epi8(' ')));

		any = _mm256_or_si256(any, _mm256_and_si256(r, _mm256_or_si256(big, ends)));
	}
	return (uint32_t)_mm256_movemask_epi8(any);
}

__attribute__((target("avx2")))
static size_t
find_avx2(const struct needles *n, const char *bytes, size_t len, size_t from)
{
	bool names = n->names.len > 0;
	size_t i = from;

	/* The first bytes have no neighbour before them. */
	for (; i < len && i < 4; i++)
		if (place(n, bytes, len, i) && hit_at(n, bytes, len, i))
			return i;
	for (; i + 64 <= len; i += 32) {
		uint32_t bits = places_avx2(bytes + i, names);

		for (; bits != 0; bits &= bits - 1) {
			size_t at = i + (size_t)__builtin_ctz(bits);

			if (place(n, bytes, len, at) && hit_at(n, bytes, len, at))
				return at;
		}
	}
	return needles_find_portable(n, bytes, len, i);
}

__attribute__((target("avx2,popcnt")))
static size_t
count_avx2(const char *b, size_t len)
{
	size_t count = 0, i = 0;

	/* "eventID" : its quote, t, I and closing quote stand 0, 5, 6 and 8 bytes on. */
	for (; i + 48 <= len; i += 32) {
		__m256i q = _mm256_loadu_si256((const __m256i *)(const void *)(b + i));
		__m256i t = _mm256_loadu_si256((const __m256i *)(const void *)(b + i + 6));
		__m256i e = _mm256_loadu_si256((const __m256i *)(const void *)(b + i + 8));
		__m256i fit = _mm256_and_si256(_mm256_cmpeq_epi8(t, _mm256_set1_epi8('I')),
		    _mm256_and_si256(_mm256_cmpeq_epi8(q, _mm256_set1_epi8('"')),
			_mm256_cmpeq_epi8(e, _mm256_set1_epi8('"'))));
		uint32_t bits = (uint32_t)_mm256_movemask_epi8(fit);

		for (; bits != 0; bits &= bits - 1)
			count += memcmp(b + i + __builtin_ctz(bits), "\"eventID\"", 9) == 0;
	}
	for (; i + 9 <= len; i++)
		count += memcmp(b + i, "\"eventID\"", 9) == 0;
	return count;
}
#endif

size_t
needles_find(const struct needles *n, const char *bytes, size_t len, size_t from)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return find_avx2(n, bytes, len, from);
#endif
	return needles_find_portable(n, bytes, len, from);
}

size_t
needles_count_records(const char *bytes, size_t len)
{
	size_t count = 0;
	const char *at = bytes;

#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return count_avx2(bytes, len);
#endif
	while ((at = memmem(at, len - (size_t)(at - bytes), "\"eventID\"", 9)) != NULL) {
		count++;
		at += 9;
	}
	return count;
}
