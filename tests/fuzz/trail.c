/*
 * A whole text: of any shape, by hits alone, or in windows that grow. Where the
 * plain way finds no damage, the others hand over the same records with the key.
 */
#include "fuzz.h"
#include "world/trail/trail_int.h"

struct seen {
	uint64_t sum;	/* of the records that hold the key, in any order */
	int64_t records;
};

static bool
record(void *arg, const char *bytes, size_t len)
{
	struct seen *seen = arg;
	uint64_t hash = 1469598103934665603U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211U;
	seen->records++;
	if (memmem(bytes, len, FUZZ_KEY, sizeof(FUZZ_KEY) - 1) != NULL)
		seen->sum += hash;
	return len > 1 && bytes[0] == '{' && bytes[len - 1] == '}';
}

static void
read_windows(const struct trail_reader *r, const char *bytes, size_t len)
{
	struct trail_counts counts = { .records = 0 };
	struct splitter s = SPLITTER_INIT;
	size_t from = 0;

	for (size_t to = len / 3; to <= len; to += len / 3 + 1) {
		size_t used = 0;

		trail_read_window(r, &s, bytes + from, to - from, false, &used, &counts);
		FUZZ_HOLDS(used <= to - from);
		from += used;
	}
}

/* Without the limits of size that keep small texts on the careful way. */
static void
read_hits(const struct trail_reader *r, const char *bytes, size_t len)
{
	struct trail_counts counts = { .records = 0 };
	struct splitter s = SPLITTER_INIT;
	size_t at = 0;

	if (!trail_read_hits(r, &s, bytes, len, 0, &at, &counts))
		trail_read_window(r, &s, bytes, len, true, &at, &counts);
	FUZZ_HOLDS(counts.records >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trail_counts plain_counts = { .records = 0 }, fast_counts = { .records = 0 };
	struct seen plain = { 0, 0 }, fast = { 0, 0 }, hits = { 0, 0 };
	struct needles needles;
	struct trail_reader r = { .needles = &needles, .record = record, .max_inflate = INT64_MAX };

	needles_init(&needles);
	needles_add_id(&needles, FUZZ_KEY);
	needles_add_name(&needles, FUZZ_USER);
	r.arg = &fast;
	trail_read_text(&r, (const char *)data, size, &fast_counts);
	r.arg = &hits;
	read_hits(&r, (const char *)data, size);
	r.plain = true;
	r.arg = &plain;
	trail_read_text(&r, (const char *)data, size, &plain_counts);
	FUZZ_HOLDS(fast_counts.bytes == (int64_t)size && fast.records <= plain.records);
	if (plain_counts.damaged == 0)
		FUZZ_HOLDS(fast.sum == plain.sum && hits.sum == plain.sum);
	read_windows(&r, (const char *)data, size);
	needles_clear(&needles);
	return 0;
}
