/*
 * base/mem.h: memory that is there or ends the program.
 *
 * One policy for the whole program: when memory runs out, say so on standard
 * error and abort. That is safe because nothing is ever half written: the
 * store commits a batch whole, files appear whole, and the next run goes on
 * from there. Sizes that come from outside are bounded before they get here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* The caller owns the result and frees it with free(). Never NULL. */
void *mem_alloc(size_t size) __attribute__((malloc, alloc_size(1), returns_nonnull));
/* count * size zeroed bytes; aborts when the product overflows. */
void *mem_zalloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2), returns_nonnull));
/* As reallocarray. */
void *mem_resize(void *ptr, size_t count, size_t size) __attribute__((alloc_size(2, 3), returns_nonnull));
/* Copies; NULL stays NULL. */
char *mem_strdup(const char *s) __attribute__((malloc));
char *mem_strndup(const char *s, size_t len) __attribute__((malloc));
__attribute__((format(printf, 1, 2), malloc, returns_nonnull))
char *mem_printf(const char *fmt, ...);

/* Overwrites a secret so that the compiler cannot leave it out, then frees it. NULL is fine. */
void mem_wipe(void *ptr, size_t len);
void mem_free_secret(char *s);

/* Room for one more element in a growing array of `count` with `cap` places. */
#define MEM_GROW(array, count, cap) \
	do { \
		if ((count) == (cap)) { \
			(cap) = (cap) ? (cap) * 2 : 8; \
			(array) = mem_resize((array), (cap), sizeof(*(array))); \
		} \
	} while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
