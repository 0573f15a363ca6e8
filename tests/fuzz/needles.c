/* The searches that look at 32 and 64 bytes at once find what the portable ones find. */
#include "fuzz.h"
#include "world/trail/brackets.h"
#include "world/trail/needles.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = mem_alloc(size + 1);
	struct needles n;
	int64_t fast_ids = 0, slow_ids = 0;

	if (size > 0)
		memcpy(bytes, data, size);
	needles_init(&n);
	needles_add_id(&n, FUZZ_KEY);
	if (size % 2 == 0) {
		needles_add_id(&n, "ASIAYT723HMDSAE2OSWB");
		needles_add_id(&n, "AIDAQ3EXAMPLESVCREPRT");
		needles_add_name(&n, FUZZ_USER);
	}
	for (size_t at = 0, fast; at < size; at = fast + 1) {
		fast = needles_find(&n, bytes, size, at, &fast_ids);
		FUZZ_HOLDS(fast == needles_find_portable(&n, bytes, size, at, &slow_ids));
		FUZZ_HOLDS(fast_ids == slow_ids && fast <= size);
	}
	for (size_t at = 0; at < size; at += 61)
		FUZZ_HOLDS(brackets_close(bytes, size, at, 1) == brackets_close_portable(bytes, size, at, 1));
	needles_clear(&n);
	free(bytes);
	return 0;
}
