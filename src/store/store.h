/*
 * store/store.h: what the program remembers.
 *
 * One place: a directory (0700) with an SQLite database (0600, WAL) in it, or
 * a PostgreSQL database that several machines share.
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

/*
 * Opens, makes and migrates. `place` is a directory or a postgresql:// address
 * (libpq's connection URI); it may hold a password, which is told to nobody.
 * The caller closes.
 */
bool store_open(struct store **out, const char *place, struct error *err);
void store_close(struct store *s);
/* A directory on this machine for locks, whatever the place. */
const char *store_dir(const struct store *s);
/* Several machines may work on this state. */
bool store_shared(const struct store *s);

bool store_begin(struct store *s, struct error *err);
bool store_commit(struct store *s, struct error *err);
void store_rollback(struct store *s);	/* harmless when nothing was begun */
/* Called after each commit, in the thread that committed; NULL: nobody. */
void store_on_commit(struct store *s, void (*call)(void *arg), void *arg);

/* Seals with the SHA-256 of this secret from now on, as machines that share a state must. */
void store_use_key(struct store *s, const char *secret);
/* The key that secrets of this state are sealed with; else made on first use, 0600 in store_dir(). */
bool store_seal_key(struct store *s, uint8_t key[static 32], struct error *err);

/* Small facts by name. */
bool meta_set(struct store *s, const char *name, const char *value, struct error *err);
/* The caller frees; *value is NULL when there is none. */
bool meta_get(struct store *s, const char *name, char **value, struct error *err);
/* Adds every name that begins with `prefix`. */
bool meta_names(struct store *s, const char *prefix, struct strlist *out, struct error *err);

#endif
