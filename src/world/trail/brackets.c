#include "world/trail/brackets.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Behind the string that holds bytes[at]; what stood before `at` does not escape it. */
static size_t
string_rest(const char *bytes, size_t len, size_t at)
{
	size_t begin = at;

	while (at < len) {
		const char *quote = memchr(bytes + at, '"', len - at);
		size_t back;

		if (quote == NULL)
			return 0;
		at = (size_t)(quote - bytes);
		for (back = at; back > begin && bytes[back - 1] == '\\';)
			back--;
		if ((at++ - back) % 2 == 0)
			return at;
	}
	return 0;
}

size_t
brackets_string_end(const char *bytes, size_t len, size_t at)
{
	return string_rest(bytes, len, at + 1);
}

size_t
brackets_close_portable(const char *bytes, size_t len, size_t at, int depth)
{
	while (at < len) {
		switch (bytes[at]) {
		case '"':
			at = brackets_string_end(bytes, len, at);
			if (at == 0)
				return 0;
			break;
		case '\\':
			at += 2;
			break;
		case '{':
		case '[':
			depth++;
			at++;
			break;
		case '}':
		case ']':
			at++;
			if (--depth == 0)
				return at;
			break;
		default:
			at++;
		}
	}
	return 0;
}

#if defined(__x86_64__)

/* What 64 bytes look like, one bit a byte. */
struct block {
	uint64_t quotes;
	uint64_t backslashes;
	uint64_t opens;		/* { [ */
	uint64_t closes;	/* } ] */
};

__attribute__((target("avx2")))
static uint64_t
both(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

__attribute__((target("avx2")))
static struct block
look(const char *b)
{
	__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)b);
	__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(b + 32));
	const __m256i quote = _mm256_set1_epi8('"'), slash = _mm256_set1_epi8('\\');
	const __m256i open = _mm256_set1_epi8('{'), close = _mm256_set1_epi8('}');
	const __m256i bit = _mm256_set1_epi8(0x20);	/* [ and { differ by it, ] and } too */
	struct block k;

	k.quotes = both(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote));
	k.backslashes = both(_mm256_cmpeq_epi8(low, slash), _mm256_cmpeq_epi8(high, slash));
	low = _mm256_or_si256(low, bit);
	high = _mm256_or_si256(high, bit);
	k.opens = both(_mm256_cmpeq_epi8(low, open), _mm256_cmpeq_epi8(high, open));
	k.closes = both(_mm256_cmpeq_epi8(low, close), _mm256_cmpeq_epi8(high, close));
	return k;
}

/* The bytes that stand behind a backslash which is not itself behind one; *carry: the block's first is. */
static uint64_t
escaped(uint64_t backslashes, uint64_t *carry)
{
	uint64_t out = *carry;

	backslashes &= ~out;
	*carry = 0;
	while (backslashes != 0) {
		int at = __builtin_ctzll(backslashes);

		if (at == 63) {
			*carry = 1;
			return out;
		}
		out |= UINT64_C(2) << at;
		backslashes &= ~(UINT64_C(3) << at);
	}
	return out;
}

/* From bits at quotes to bits at the bytes from each opening quote up to its closing one:
 * a carry-less product with all ones makes each bit the parity of those up to it. */
__attribute__((target("pclmul")))
static uint64_t
inside(uint64_t quotes)
{
	__m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8('\xFF'), 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

/* The place in a block where the depth falls to 0, or 64. */
static int
fall(uint64_t opens, uint64_t closes, int *depth)
{
	for (uint64_t bits = opens | closes; bits != 0; bits &= bits - 1) {
		int at = __builtin_ctzll(bits);

		*depth += (closes >> at & 1) != 0 ? -1 : 1;
		if (*depth == 0)
			return at;
	}
	return 64;
}

__attribute__((target("avx2,popcnt,pclmul")))
static size_t
close_avx2(const char *bytes, size_t len, size_t at, int depth)
{
	uint64_t carry = 0, in_string = 0;

	for (; at + 64 <= len; at += 64) {
		struct block k = look(bytes + at);
		uint64_t plain = (k.backslashes | carry) == 0 ? 0 : escaped(k.backslashes, &carry);
		uint64_t strings = inside(k.quotes & ~plain) ^ in_string;
		int closes, place;

		in_string = (uint64_t)((int64_t)strings >> 63);
		k.opens &= ~(strings | plain);
		k.closes &= ~(strings | plain);
		closes = __builtin_popcountll(k.closes);
		if (closes < depth) {
			depth += __builtin_popcountll(k.opens) - closes;
			continue;
		}
		place = fall(k.opens, k.closes, &depth);
		if (place < 64)
			return at + (size_t)place + 1;
	}
	at += carry;
	if (in_string != 0 && (at = string_rest(bytes, len, at)) == 0)
		return 0;
	return brackets_close_portable(bytes, len, at, depth);
}
#endif

size_t
brackets_close(const char *bytes, size_t len, size_t at, int depth)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul"))
		return close_avx2(bytes, len, at, depth);
#endif
	return brackets_close_portable(bytes, len, at, depth);
}
