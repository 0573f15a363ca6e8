/*
 * world/trail/splitter.h: from bytes of any known shape to single records.
 *
 * Shapes are told by what they are, never by a flag: {"Records":[…]},
 * {"Events":[…]}, an array, one object, objects one after the other (with or
 * without newlines), records as strings in a list, and any mixture. The splitter only looks at brackets and
 * quotes; whether an item is JSON is for the parser to say. It works on a
 * window of the input: call it again with more bytes when it asks for them.
 */
#ifndef WORLD_TRAIL_SPLITTER_H
#define WORLD_TRAIL_SPLITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum split {
	SPLIT_ITEM,	/* item_at and item_len say where */
	SPLIT_MORE,	/* an item begins at item_at and does not end in the window */
	SPLIT_END,	/* nothing is left */
	SPLIT_DAMAGE,	/* bytes that belong to no shape were skipped */
};

struct splitter {
	int lists;		/* arrays that hold items, entered and not left */
	bool container;		/* inside {"Records":[ or {"Events":[ */
	size_t item_at;
	size_t item_len;
	bool lone;		/* the item stands alone, in no list */
	int64_t again;		/* for the caller: bytes it walked over in vain and looks at again */
	bool check;		/* for the caller: parse items without a hit too, to find damage */
};

#define SPLITTER_INIT { .lists = 0 }

/* Looks at bytes[*at..len) and moves *at past what it has dealt with. */
enum split splitter_next(struct splitter *s, const char *bytes, size_t len, size_t *at);
/* After an item that never ends or is no JSON: where the next one may begin, or `len`. */
size_t splitter_resume(struct splitter *s, const char *bytes, size_t len, size_t item_at);

#endif
