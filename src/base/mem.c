#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
out_of_memory(size_t size)
{
	fprintf(stderr, "keycanary: out of memory (%zu bytes wanted); nothing is lost, run again\n",
	    size);
	abort();
}

void *
mem_alloc(size_t size)
{
	void *ptr = malloc(size != 0 ? size : 1);

	if (ptr == NULL)
		out_of_memory(size);
	return ptr;
}

void *
mem_zalloc(size_t count, size_t size)
{
	void *ptr = calloc(count != 0 ? count : 1, size != 0 ? size : 1);

	if (ptr == NULL)
		out_of_memory(count);
	return ptr;
}

void *
mem_resize(void *ptr, size_t count, size_t size)
{
	void *grown = reallocarray(ptr, count != 0 ? count : 1, size);

	if (grown == NULL)
		out_of_memory(count);
	return grown;
}

char *
mem_strdup(const char *s)
{
	return s == NULL ? NULL : mem_strndup(s, strlen(s));
}

char *
mem_strndup(const char *s, size_t len)
{
	char *copy;

	if (s == NULL)
		return NULL;
	copy = mem_alloc(len + 1);
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
mem_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0 || text == NULL)
		out_of_memory(0);
	return text;
}

void
mem_wipe(void *ptr, size_t len)
{
	if (ptr != NULL)
		explicit_bzero(ptr, len);
}

void
mem_free_secret(char *s)
{
	if (s == NULL)
		return;
	mem_wipe(s, strlen(s));
	free(s);
}
