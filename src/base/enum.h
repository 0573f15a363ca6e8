/*
 * base/enum.h: an enum and the names of its values have one home.
 *
 * A header lists them once, `#define COLORS(X) X(COLOR_RED, "red") …`, makes
 * the enum of the list and declares color_name() and color_parse(); the source
 * says
 *
 *	ENUM_TEXT(color, color, COLORS)
 *
 * and has both. Stored names never change.
 */
#ifndef BASE_ENUM_H
#define BASE_ENUM_H

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

#define ENUM_TEXT_ROW(id, text) text,

/* `prefix`_name() and `prefix`_parse() of `enum type`; parse leaves *out alone when it fails. */
#define ENUM_TEXT(prefix, type, LIST) \
	static const char *const prefix##_texts[] = { LIST(ENUM_TEXT_ROW) }; \
	const char *prefix##_name(enum type value) { return prefix##_texts[value]; } \
	bool prefix##_parse(const char *name, enum type *out) \
	{ \
		for (size_t i = 0; i < ARRAY_LEN(prefix##_texts); i++) { \
			if (!str_eq(prefix##_texts[i], name)) \
				continue; \
			*out = (enum type)i; \
			return true; \
		} \
		return false; \
	}

#endif
