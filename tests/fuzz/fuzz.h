/*
 * tests/fuzz/fuzz.h: what the fuzz targets share.
 *
 * A target is one file NAME.c here with LLVMFuzzerTestOneInput(); its seeds are
 * in seeds/NAME/. Nothing else names it. scripts/fuzz builds and runs all.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_KEY "AKIAYT723HMDSAE2OSWV"
#define FUZZ_USER "svc-report-mailer"

/* The input as a text that ends with a NUL and nothing behind it; free() it. */
static inline char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1);

	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* A property that must hold, whatever the input. */
#define FUZZ_HOLDS(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

#endif
