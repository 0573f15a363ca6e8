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
	*n = (struct needles){ .bits = mem_zalloc(BLOOM_BITS / 64, sizeof(uint64_t)),
		.name_bits = mem_zalloc(BLOOM_BITS / 64, sizeof(uint64_t)) };
}

/* Keys of one account share their beginning: the last eight bytes tell them apart. */
static size_t
bloom_slot(const char *id)
{
	uint64_t tail;

	memcpy(&tail, id + ID_LEN - 8, sizeof(tail));
	return (size_t)(tail * UINT64_C(0x9E3779B97F4A7C15) >> 44);
}

/* By the first and last bytes, and how many there are. */
static size_t
name_slot(const char *name, size_t len)
{
	uint64_t head = 0, tail = 0;

	memcpy(&head, name, len < 8 ? len : 8);
	memcpy(&tail, len < 8 ? name : name + len - 8, len < 8 ? len : 8);
	return (size_t)((head * UINT64_C(0x9E3779B97F4A7C15) ^ tail * UINT64_C(0xC2B2AE3D27D4EB4F) ^ len) *
	    UINT64_C(0x9E3779B97F4A7C15) >> 44);
}

static bool
bit_set(const uint64_t *bits, size_t slot)
{
	return (bits[slot / 64] >> slot % 64 & 1) != 0;
}

static void
set_bit(uint64_t *bits, size_t slot)
{
	bits[slot / 64] |= UINT64_C(1) << slot % 64;
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
	set_bit(n->bits, slot);
	n->sessions |= str_starts(id, "ASIA");
	n->users |= str_starts(id, "AIDA");
}

void
needles_add_name(struct needles *n, const char *user_name)
{
	static char here;

	if (str_empty(user_name))
		return;
	(void)map_put(&n->names, user_name, &here);
	set_bit(n->name_bits, name_slot(user_name, strlen(user_name)));
}

void
needles_clear(struct needles *n)
{
	map_clear(&n->ids, NULL);
	map_clear(&n->names, NULL);
	free(n->bits);
	free(n->name_bits);
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
	if (bit_set(n->bits, slot)) {
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

static const bool of_name[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['_'] = true, ['+'] = true, ['='] = true,
	[','] = true, ['.'] = true, ['@'] = true, ['-'] = true,
};

/* A user name ends where none of its characters follows (IAM: [\w+=,.@-]+, at most 64). */
static bool
name_at(const struct needles *n, const char *at, size_t left)
{
	char name[65];
	size_t len = 0;

	while (len < left && len < 64 && of_name[(unsigned char)at[len]]) {
		name[len] = at[len];
		len++;
	}
	if (len == 0 || !bit_set(n->name_bits, name_slot(name, len)))
		return false;
	name[len] = '\0';
	return map_has(&n->names, name);
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
escape_at(const char *at, size_t left, bool names)
{
	char hex[3] = "";
	long value;

	if (left < 6 || at[1] != 'u' || at[2] != '0' || at[3] != '0' ||
	    !isxdigit((unsigned char)at[4]) || !isxdigit((unsigned char)at[5]))
		return false;
	hex[0] = at[4];
	hex[1] = at[5];
	value = strtol(hex, NULL, 16);
	return value > 0 && value < 128 &&
	    (isalnum((int)value) || (names && strchr("_+=,.@-/", (int)value) != NULL));
}

/* --- finding places ------------------------------------------------------------- */

/*
 * A place worth a look is told by two of its bytes: KI of AKIA, SI of ASIA, AI
 * of AIDA, \u, for user names rN of userName, r/ of user/ and r behind
 * which a space stands, and for the count the v and last quote of "eventID". Pairs that are rare in CloudTrail
 * records, since each one found costs a mispredicted branch. bytes[i] is the
 * first of such a pair: does it hit?
 */
static bool
look_at(const struct needles *n, const char *b, size_t len, size_t i, int64_t *event_ids)
{
	switch (b[i]) {
	case 'v':
		*event_ids += i >= 2 && i + 7 <= len && memcmp(b + i - 2, "\"eventID\"", 9) == 0;
		return false;
	case 'K':
	case 'S':
		return i >= 1 && b[i - 1] == 'A' && id_at(n, b + i - 1, len - i + 1);
	case 'A':
		return id_at(n, b + i, len - i);
	case '\\':
		return escape_at(b + i, len - i, n->names.len > 0);
	case 'r':
		if (i < 3 || i + 4 > len || b[i - 1] != 'e' || b[i - 2] != 's')
			return false;
		if (b[i + 1] == 'N' ? b[i + 2] != 'a' || b[i + 3] != 'm' : b[i + 1] == ' ' && b[i - 3] != 'u')
			return false;
		return name_near(n, b, len, i + 1);
	default:
		return false;
	}
}

static bool
pair_at(const struct needles *n, const char *b, size_t left)
{
	switch (b[0]) {
	case 'v':
		return left > 6 && b[6] == '"';
	case 'K':
		return b[1] == 'I';
	case 'S':
		return n->sessions && b[1] == 'I';
	case 'A':
		return n->users && b[1] == 'I';
	case '\\':
		return b[1] == 'u';
	case 'r':
		return n->names.len > 0 && (b[1] == 'N' || b[1] == '/' || b[1] == ' ');
	default:
		return false;
	}
}

static size_t
find_portable(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *event_ids)
{
	for (size_t i = from; i + 1 < len; i++)
		if (pair_at(n, bytes + i, len - i) && look_at(n, bytes, len, i, event_ids))
			return i;
	return len;
}

#if defined(__x86_64__)

enum { LOOK_AHEAD = 6 };	/* from the first byte of a pair to the last of any */

/*
 * By the low half of a pair's first byte: that byte, and the one expected
 * behind it. 0xFF: none begins so. The first bytes differ in their low halves.
 */
struct pair_tables {
	unsigned char first[16];
	unsigned char second[16];
};

static void
add_pair(struct pair_tables *t, char first, char second)
{
	t->first[first & 15] = (unsigned char)first;
	t->second[first & 15] = (unsigned char)second;
}

static struct pair_tables
pair_tables(const struct needles *n)
{
	struct pair_tables t;

	memset(&t, 0xFF, sizeof(t));
	add_pair(&t, 'K', 'I');
	add_pair(&t, '\\', 'u');
	if (n->sessions)
		add_pair(&t, 'S', 'I');
	if (n->users)
		add_pair(&t, 'A', 'I');
	if (n->names.len > 0)
		add_pair(&t, 'r', 'N');
	return t;
}

/* The pairs that begin in the 32 bytes at b: pair_at(), 32 at once. */
__attribute__((target("avx2"), always_inline))
static inline __m256i
pairs_avx2(const char *b, __m256i first, __m256i second, bool names)
{
	__m256i one = _mm256_loadu_si256((const __m256i *)(const void *)b);
	__m256i two = _mm256_loadu_si256((const __m256i *)(const void *)(b + 1));
	__m256i last = _mm256_loadu_si256((const __m256i *)(const void *)(b + LOOK_AHEAD));
	__m256i pair = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(first, one), one),
	    _mm256_cmpeq_epi8(_mm256_shuffle_epi8(second, one), two));
	__m256i event = _mm256_and_si256(_mm256_cmpeq_epi8(one, _mm256_set1_epi8('v')),
	    _mm256_cmpeq_epi8(last, _mm256_set1_epi8('"')));
	__m256i any = _mm256_or_si256(pair, event);

	if (names)
		any = _mm256_or_si256(any, _mm256_and_si256(_mm256_cmpeq_epi8(one, _mm256_set1_epi8('r')),
		    _mm256_or_si256(_mm256_cmpeq_epi8(two, _mm256_set1_epi8('/')),
			_mm256_cmpeq_epi8(two, _mm256_set1_epi8(' ')))));
	return any;
}

__attribute__((target("avx2"), always_inline))
static inline size_t
search_avx2(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *event_ids, bool names)
{
	struct pair_tables t = pair_tables(n);
	__m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)t.first));
	__m256i second = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)t.second));
	size_t i = from;

	for (; i + 64 + LOOK_AHEAD <= len; i += 64) {
		__m256i low = pairs_avx2(bytes + i, first, second, names);
		__m256i high = pairs_avx2(bytes + i + 32, first, second, names);
		__m256i any = _mm256_or_si256(low, high);
		uint64_t bits;

		if (_mm256_testz_si256(any, any) != 0)
			continue;
		bits = (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
		for (; bits != 0; bits &= bits - 1) {
			size_t at = i + (size_t)__builtin_ctzll(bits);

			if (look_at(n, bytes, len, at, event_ids))
				return at;
		}
	}
	return find_portable(n, bytes, len, i, event_ids);
}

__attribute__((target("avx2")))
static size_t
find_avx2(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *event_ids)
{
	return n->names.len > 0 ? search_avx2(n, bytes, len, from, event_ids, true) :
	    search_avx2(n, bytes, len, from, event_ids, false);
}
#endif

size_t
needles_find(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *event_ids)
{
	int64_t unasked = 0;

	if (event_ids == NULL)
		event_ids = &unasked;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return find_avx2(n, bytes, len, from, event_ids);
#endif
	return find_portable(n, bytes, len, from, event_ids);
}

size_t
needles_find_portable(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *event_ids)
{
	int64_t unasked = 0;

	return find_portable(n, bytes, len, from, event_ids != NULL ? event_ids : &unasked);
}
