/*
 * world/trail/brackets.h: where a JSON object or array ends, read near memory
 * speed. Only brackets, quotes and backslashes are looked at; a backslash
 * takes the meaning from the byte behind it, wherever it stands.
 */
#ifndef WORLD_TRAIL_BRACKETS_H
#define WORLD_TRAIL_BRACKETS_H

#include <stddef.h>

/* `at` is outside of any string and `depth` brackets (1 or more) are open: the place
 * behind the one that closes the last of them, or 0 when bytes[at..len) do not hold it. */
size_t brackets_close(const char *bytes, size_t len, size_t at, int depth);
/* For tests: the portable way, whatever the processor. */
size_t brackets_close_portable(const char *bytes, size_t len, size_t at, int depth);
/* Behind the string whose opening quote is bytes[at]; 0 when it does not end. */
size_t brackets_string_end(const char *bytes, size_t len, size_t at);

#endif
