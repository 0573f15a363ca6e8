#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "os/file.h"
#include "os/random.h"
#include "store/db.h"
#include "store/schema.h"

static bool
pragma(struct store *s, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || db_failed(s, rc, err);
}

/* The database is made 0600 before SQLite opens it; its journal files take the same mode. */
static bool
open_database(struct store *s, struct error *err)
{
	char *path = mem_printf("%s/keycanary.db", s->dir);
	mode_t before = umask(077);
	int rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	(void)umask(before);
	free(path);
	if (rc != SQLITE_OK)
		return db_failed(s, rc, err);
	(void)sqlite3_busy_timeout(s->db, 10000);
	return pragma(s, "PRAGMA journal_mode = WAL", err) && pragma(s, "PRAGMA synchronous = FULL", err) &&
	    pragma(s, "PRAGMA foreign_keys = ON", err) && schema_migrate(s, err);
}

bool
store_open(struct store **out, const char *dir, struct error *err)
{
	struct store *s = mem_zalloc(1, sizeof(*s));

	s->dir = mem_strdup(dir);
	if (!file_mkdirs(dir, 0700, err) || !open_database(s, err)) {
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
	(void)sqlite3_close(s->db);
	free(s->dir);
	free(s);
}

const char *
store_dir(const struct store *s)
{
	return s->dir;
}

bool
store_begin(struct store *s, struct error *err)
{
	if (s->begun)
		return error_set(err, ERROR_STORE, "a transaction is open already");
	s->begun = pragma(s, "BEGIN IMMEDIATE", err);
	return s->begun;
}

bool
store_commit(struct store *s, struct error *err)
{
	if (!pragma(s, "COMMIT", err)) {
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
		(void)pragma(s, "ROLLBACK", NULL);
	s->begun = false;
}

bool
store_seal_key(struct store *s, uint8_t key[static 32], struct error *err)
{
	char *path = mem_printf("%s/seal.key", s->dir);
	struct buf b = BUF_INIT(256);
	bool ok = true;

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
