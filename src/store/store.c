#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/digest.h"
#include "os/file.h"
#include "os/random.h"
#include "store/db_int.h"
#include "store/schema.h"

/* "postgresql://user@host/db" of one with a password; the caller frees. */
static char *
without_password(const char *place)
{
	const char *user = strstr(place, "://") + 3, *at = strchr(user, '@'), *colon = strchr(user, ':');
	const char *query = strchr(place, '?');
	int len = query != NULL ? (int)(query - place) : (int)strlen(place);

	if (at == NULL || at > place + len || colon == NULL || colon > at)
		return mem_printf("%.*s", len, place);
	return mem_printf("%.*s%.*s", (int)(colon - place), place, len - (int)(at - place), at);
}

static bool
choose(struct store *s, const char *place, struct error *err)
{
	bool address = strstr(place, "://") != NULL;

	s->driver = address ? &db_postgres : &db_sqlite;
	s->place = mem_strdup(place);
	s->dir = address ? file_state_dir() : mem_strdup(place);
	s->name = address ? without_password(place) : mem_strdup(place);
	if (address && !str_starts(place, "postgresql://") && !str_starts(place, "postgres://"))
		return error_set(err, ERROR_USAGE, "%s: the state is a directory or a postgresql:// address", s->name);
	return true;
}

/* What root makes in the state of the service, the service cannot open. */
static bool
check_owner(const char *dir, struct error *err)
{
	char *owner = geteuid() == 0 ? file_owner(dir) : NULL;
	bool ok = owner == NULL || str_eq(owner, "root") ||
	    error_set(err, ERROR_SYSTEM, "%s: this state belongs to the user %s, and what root makes in it %s could not "
	    "read; say: sudo -u %s keycanary ...", dir, owner, owner, owner);

	free(owner);
	return ok;
}

bool
store_open(struct store **out, const char *place, struct error *err)
{
	struct store *s = mem_zalloc(1, sizeof(*s));

	if (!choose(s, place, err) || !check_owner(s->dir, err) || !file_mkdirs(s->dir, 0700, err) ||
	    !s->driver->open(s, err) || !schema_migrate(s, err)) {
		store_close(s);
		return false;
	}
	*out = s;
	return true;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	s->driver->close(s);
	free(s->dir);
	free(s->name);
	mem_free_secret(s->place);
	mem_wipe(s->key, sizeof(s->key));
	free(s);
}

const char *
store_dir(const struct store *s)
{
	return s->dir;
}

bool
store_shared(const struct store *s)
{
	return s->driver == &db_postgres;
}

void
store_use_key(struct store *s, const char *secret)
{
	digest_sha256(secret, strlen(secret), s->key);
	s->has_key = true;
}

bool
store_begin(struct store *s, struct error *err)
{
	if (s->begun)
		return error_set(err, ERROR_STORE, "a transaction is open already");
	s->begun = db_exec(s, s->driver->begin, err);
	return s->begun;
}

bool
store_commit(struct store *s, struct error *err)
{
	if (!db_exec(s, "COMMIT", err)) {
		store_rollback(s);
		return false;
	}
	s->begun = false;
	if (s->committed != NULL)
		s->committed(s->committed_arg);
	return true;
}

void
store_on_commit(struct store *s, void (*call)(void *arg), void *arg)
{
	s->committed = call;
	s->committed_arg = arg;
}

void
store_rollback(struct store *s)
{
	if (s->begun)
		(void)db_exec(s, "ROLLBACK", NULL);
	s->begun = false;
}

bool
store_seal_key(struct store *s, uint8_t key[static 32], struct error *err)
{
	char *path = mem_printf("%s/seal.key", s->dir);
	struct buf b = BUF_INIT(256);
	bool ok = true;

	if (s->has_key) {
		memcpy(key, s->key, sizeof(s->key));
		free(path);
		return true;
	}
	if (!file_exists(path)) {
		random_bytes(key, 32);
		ok = file_create(path, key, 32, 0600, err) || (err != NULL && err->kind == ERROR_CONFLICT);
	}
	ok = ok && file_read(path, &b, err);
	if (ok && b.len != 32)
		ok = error_set(err, ERROR_STORE, "%s: not a key of 32 bytes", path);
	if (ok)
		memcpy(key, b.ptr, 32);
	buf_free_secret(&b);
	free(path);
	return ok;
}

bool
meta_set(struct store *s, const char *name, const char *value, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO meta (name, value) VALUES ($1, $2) "
	    "ON CONFLICT (name) DO UPDATE SET value = excluded.value");
	db_text(&q, 1, name);
	db_text(&q, 2, value);
	return db_run(&q, err);
}

bool
meta_get(struct store *s, const char *name, char **value, struct error *err)
{
	struct stmt q;

	*value = NULL;
	db_prepare(s, &q, "SELECT value FROM meta WHERE name = $1");
	db_text(&q, 1, name);
	if (db_row(&q))
		*value = db_column_copy(&q, 0);
	return db_done(&q, err);
}

bool
meta_names(struct store *s, const char *prefix, struct strlist *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT name FROM meta WHERE substr(name, 1, length($1)) = $1 ORDER BY name");
	db_text(&q, 1, prefix);
	while (db_row(&q))
		strlist_add(out, db_column_text(&q, 0));
	return db_done(&q, err);
}
