/*
 * store/store.h: what the program remembers.
 *
 * One place: a directory (0700) with an SQLite database (0600, WAL) in it.
 * Everything that belongs together is written between store_begin() and
 * store_commit(): after a crash it is there whole or not at all. The schema
 * carries a version and moves forward by itself; a newer one is refused.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct store;

/* Opens, makes and migrates. The caller closes. */
bool store_open(struct store **out, const char *dir, struct error *err);
void store_close(struct store *s);
const char *store_dir(const struct store *s);

bool store_begin(struct store *s, struct error *err);
bool store_commit(struct store *s, struct error *err);
void store_rollback(struct store *s);	/* harmless when nothing was begun */
/* Called after each commit, in the thread that committed; NULL: nobody. */
void store_on_commit(struct store *s, void (*call)(void *arg), void *arg);

/* The key that secrets of this state are sealed with; made on first use, 0600 beside the database. */
bool store_seal_key(struct store *s, uint8_t key[static 32], struct error *err);

/* Small facts by name. */
bool meta_set(struct store *s, const char *name, const char *value, struct error *err);
/* The caller frees; *value is NULL when there is none. */
bool meta_get(struct store *s, const char *name, char **value, struct error *err);
/* Adds every name that begins with `prefix`. */
bool meta_names(struct store *s, const char *prefix, struct strlist *out, struct error *err);

#endif
