#include "world/trail/needles.h"

#include <ctype.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* A filter is small enough to stay in the first cache beside the text: 16 KiB, full to 7 % by 10,000 needles. */
enum { BLOOM_SHIFT = 17, BLOOM_BITS = 1 << BLOOM_SHIFT, ID_LEN = 20, HEAD_LEN = 8 };

void
needles_init(struct needles *n)
{
	*n = (struct needles){ .bits = mem_zalloc(BLOOM_BITS / 64, sizeof(uint64_t)),
		.name_bits = mem_zalloc(BLOOM_BITS / 64, sizeof(uint64_t)),
		.head_bits = mem_zalloc(BLOOM_BITS / 64, sizeof(uint64_t)) };
}

/* Keys of one account share their beginning: the last eight bytes tell them apart. */
static size_t
bloom_slot(const char *id)
{
	uint64_t tail;

	memcpy(&tail, id + ID_LEN - 8, sizeof(tail));
	return (size_t)(tail * UINT64_C(0x9E3779B97F4A7C15) >> (64 - BLOOM_SHIFT));
}

/* By the first bytes of a name, `len` of them and at most HEAD_LEN. */
static size_t
head_slot(uint64_t head, size_t len)
{
	head = le64toh(head) & UINT64_MAX >> (64 - 8 * len);
	return (size_t)((head ^ len) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - BLOOM_SHIFT));
}

/* By the first and last bytes, and how many there are. */
static size_t
name_slot(const char *name, size_t len)
{
	uint64_t head = 0, tail = 0;

	memcpy(&head, name, len < 8 ? len : 8);
	memcpy(&tail, len < 8 ? name : name + len - 8, len < 8 ? len : 8);
	return (size_t)((head * UINT64_C(0x9E3779B97F4A7C15) ^ tail * UINT64_C(0xC2B2AE3D27D4EB4F) ^ len) *
	    UINT64_C(0x9E3779B97F4A7C15) >> (64 - BLOOM_SHIFT));
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
	size_t len, head_len;
	uint64_t head = 0;

	if (str_empty(user_name))
		return;
	len = strlen(user_name);
	head_len = len < HEAD_LEN ? len : HEAD_LEN;
	memcpy(&head, user_name, head_len);
	(void)map_put(&n->names, user_name, &here);
	set_bit(n->name_bits, name_slot(user_name, len));
	set_bit(n->head_bits, head_slot(head, head_len));
	n->head_lens |= 1U << head_len;
}

void
needles_clear(struct needles *n)
{
	map_clear(&n->ids, NULL);
	map_clear(&n->names, NULL);
	free(n->bits);
	free(n->name_bits);
	free(n->head_bits);
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

/* Most names that stand in logs differ from all of ours in their first bytes. */
static bool
head_known(const struct needles *n, const char *at, size_t left)
{
	uint64_t head;

	if (left < HEAD_LEN)
		return true;
	memcpy(&head, at, sizeof(head));
	for (unsigned lens = n->head_lens; lens != 0; lens &= lens - 1)
		if (bit_set(n->head_bits, head_slot(head, (size_t)__builtin_ctz(lens))))
			return true;
	return false;
}

/* A user name ends where none of its characters follows (IAM: [\w+=,.@-]+, at most 64). */
static bool
name_at(const struct needles *n, const char *at, size_t left)
{
	char name[65];
	size_t len = 0;

	if (!head_known(n, at, left))
		return false;
	while (len < left && len < 64 && of_name[(unsigned char)at[len]]) {
		name[len] = at[len];
		len++;
	}
	if (len == 0 || !bit_set(n->name_bits, name_slot(name, len)))
		return false;
	name[len] = '\0';
	return map_has(&n->names, name);
}

/* The next word, whatever quotes, colons and blanks stand before it. */
static bool
name_behind(const struct needles *n, const char *bytes, size_t len, size_t at)
{
	while (at < len && !of_name[(unsigned char)bytes[at]])
		at++;
	return name_at(n, bytes + at, len - at);
}

/* Behind `:user` of an ARN: "/", perhaps a path, and the name. JSON may write \/ for it. */
static bool
named_by_arn(const struct needles *n, const char *bytes, size_t len, size_t at)
{
	size_t end = at + 600 < len ? at + 600 : len;

	at += at < end && bytes[at] == '\\';
	while (at < end && bytes[at] == '/') {
		at++;
		if (name_at(n, bytes + at, len - at))
			return true;
		while (at < end && bytes[at] != '/' && bytes[at] != '"' && bytes[at] != ' ')
			at++;
	}
	return false;
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
	    (isalnum((int)value) || (names && strchr("_+=,.@-/: ", (int)value) != NULL));
}

/* --- finding places ------------------------------------------------------------- */

/*
 * A place worth a look is told by two of its bytes, by pairs that are rare in
 * CloudTrail records, since each one found costs a mispredicted branch: KI of
 * AKIA, SI of ASIA, AI of AIDA, \u, for user names rN of userName, :u of
 * :user/ and a blank and u of the " user " in messages; and for the count tV
 * of },{"eventVersion". The first bytes differ in their low halves, so these find
 * in a table which byte it is, and which has to stand behind it.
 */
struct pairs {
	unsigned char first[16];	/* 0xFF: none begins so */
	unsigned char second[16];
};

static void
add_pair(struct pairs *p, const char *pair)
{
	p->first[pair[0] & 15] = (unsigned char)pair[0];
	p->second[pair[0] & 15] = (unsigned char)pair[1];
}

static struct pairs
pairs_of(const struct needles *n)
{
	struct pairs p;

	memset(&p, 0xFF, sizeof(p));
	add_pair(&p, "KI");
	add_pair(&p, "\\u");
	add_pair(&p, "tV");
	if (n->sessions)
		add_pair(&p, "SI");
	if (n->users)
		add_pair(&p, "AI");
	if (n->names.len > 0) {
		add_pair(&p, "rN");
		add_pair(&p, ":u");
		add_pair(&p, " u");
	}
	return p;
}

/* bytes[at..len) holds the text, from `before` bytes ahead of `i` on. */
static bool
stands(const char *bytes, size_t len, size_t i, size_t before, const char *text, size_t text_len)
{
	return i >= before && len - i + before >= text_len && memcmp(bytes + i - before, text, text_len) == 0;
}

#define STANDS(b, len, i, before, text) stands((b), (len), (i), (before), text, sizeof(text) - 1)

/* b[i] is the first of a pair: does it hit? */
static bool
look_at(const struct needles *n, const char *b, size_t len, size_t i, int64_t *further)
{
	switch (b[i]) {
	case 't':
		*further += STANDS(b, len, i, 8, "},{\"eventVersion\"");
		return false;
	case 'K':
	case 'S':
		return i >= 1 && b[i - 1] == 'A' && id_at(n, b + i - 1, len - i + 1);
	case 'A':
		return id_at(n, b + i, len - i);
	case '\\':
		return escape_at(b + i, len - i, n->names.len > 0);
	case 'r':
		return STANDS(b, len, i, 3, "userName") && name_behind(n, b, len, i + 5);
	case ':':
		return STANDS(b, len, i, 0, ":user") && named_by_arn(n, b, len, i + 5);
	case ' ':
		return STANDS(b, len, i, 0, " user ") && name_behind(n, b, len, i + 6);
	default:
		return false;
	}
}

/* Looks at bytes[from..end), and behind them up to `len` where a pair stands. */
static size_t
find_portable(const struct needles *n, const struct pairs *p, const char *bytes, size_t len, size_t from,
    size_t end, int64_t *further)
{
	for (size_t i = from; i < end && i + 1 < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (p->first[c & 15] == c && p->second[c & 15] == (unsigned char)bytes[i + 1] &&
		    look_at(n, bytes, len, i, further))
			return i;
	}
	return end;
}

#if defined(__x86_64__)

enum { BLOCK = 64 };

/* The pairs that begin in the 32 bytes at b, which is aligned to them. */
__attribute__((target("avx2"), always_inline))
static inline __m256i
pairs_avx2(const char *b, __m256i first, __m256i second)
{
	__m256i one = _mm256_load_si256((const __m256i *)(const void *)b);
	__m256i two = _mm256_loadu_si256((const __m256i *)(const void *)(b + 1));

	return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(first, one), one),
	    _mm256_cmpeq_epi8(_mm256_shuffle_epi8(second, one), two));
}

__attribute__((target("avx2")))
static size_t
find_avx2(const struct needles *n, const struct pairs *p, const char *bytes, size_t len, size_t from,
    int64_t *further)
{
	__m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p->first));
	__m256i second = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p->second));
	size_t i = from + (-(uintptr_t)(bytes + from) & (BLOCK - 1)), at;

	if (i >= len)
		return find_portable(n, p, bytes, len, from, len, further);
	if ((at = find_portable(n, p, bytes, len, from, i, further)) < i)
		return at;
	for (; i + BLOCK < len; i += BLOCK) {
		__m256i low = pairs_avx2(bytes + i, first, second);
		__m256i high = pairs_avx2(bytes + i + 32, first, second);
		__m256i any = _mm256_or_si256(low, high);
		uint64_t bits;

		if (_mm256_testz_si256(any, any) != 0)
			continue;
		bits = (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
		for (; bits != 0; bits &= bits - 1) {
			at = i + (size_t)__builtin_ctzll(bits);
			if (look_at(n, bytes, len, at, further))
				return at;
		}
	}
	return find_portable(n, p, bytes, len, i, len, further);
}
#endif

size_t
needles_find(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *further)
{
	struct pairs p = pairs_of(n);
	int64_t unasked = 0;

	if (further == NULL)
		further = &unasked;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return find_avx2(n, &p, bytes, len, from, further);
#endif
	return find_portable(n, &p, bytes, len, from, len, further);
}

size_t
needles_find_portable(const struct needles *n, const char *bytes, size_t len, size_t from, int64_t *further)
{
	struct pairs p = pairs_of(n);
	int64_t unasked = 0;

	return find_portable(n, &p, bytes, len, from, len, further != NULL ? further : &unasked);
}
