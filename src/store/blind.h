/* store/blind.h: which blindness was told, so that it is told once. */
#ifndef STORE_BLIND_H
#define STORE_BLIND_H

#include <stddef.h>

#include "store/store.h"

struct blind_row {
	char *account;
	char *cause;
	int64_t since_ms;
	int64_t told_ms;
};

struct blind_list {
	struct blind_row *item;
	size_t len;
};

bool blind_save(struct store *s, const struct blind_row *row, struct error *err);
bool blind_remove(struct store *s, const char *account, const char *cause, struct error *err);
bool blind_list(struct store *s, struct blind_list *out, struct error *err);
void blind_list_clear(struct blind_list *l);

#endif
