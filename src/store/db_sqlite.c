#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "os/file.h"
#include "store/db_int.h"

enum { BUSY_MS = 10000 };

static bool
failed(struct store *s, int rc, struct error *err)
{
	const char *text = s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
	int whole = s->db != NULL ? sqlite3_extended_errcode(s->db) : rc;

	/* SQLite tells a full disk from a used up quota or limit of file size; here they are the same. */
	if (whole == SQLITE_IOERR_WRITE || whole == SQLITE_IOERR_TRUNCATE || whole == SQLITE_IOERR_SHMSIZE)
		return error_set(err, ERROR_FULL, "%s: the disk is full or fails (%s); nothing was changed, make room",
		    s->name, text);
	switch (rc & 0xFF) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(err, ERROR_BUSY, "%s: the database is in use by another keycanary; try again", s->name);
	case SQLITE_FULL:
		return error_set(err, ERROR_FULL, "%s: the disk is full; nothing was changed, make room", s->name);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return error_set(err, ERROR_STORE,
		    "%s: the database is damaged (%s); restore keycanary.db from a backup", s->name, text);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return error_set(err, ERROR_STORE, "%s: the database cannot be written (%s); check owner and mode",
		    s->name, text);
	default:
		return error_set(err, ERROR_STORE, "%s: %s", s->name, text);
	}
}

static bool
sqlite_exec(struct store *s, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || failed(s, rc, err);
}

/* The database is made 0600 before SQLite opens it; its journal files take the same mode. */
static bool
sqlite_open(struct store *s, struct error *err)
{
	char *path = mem_printf("%s/keycanary.db", s->dir);
	mode_t before = umask(077);
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	(void)umask(before);
	free(path);
	s->db = db;
	if (rc != SQLITE_OK)
		return failed(s, rc, err);
	(void)sqlite3_busy_timeout(db, BUSY_MS);
	return sqlite_exec(s, "PRAGMA journal_mode = WAL", err) && sqlite_exec(s, "PRAGMA synchronous = FULL", err) &&
	    sqlite_exec(s, "PRAGMA foreign_keys = ON", err);
}

static void
sqlite_close(struct store *s)
{
	(void)sqlite3_close(s->db);
}

static void
sqlite_compile(struct stmt *q, const char *sql)
{
	sqlite3_stmt *st = NULL;

	q->rc = sqlite3_prepare_v2(q->store->db, sql, -1, &st, NULL);
	q->st = st;
}

/* SQLite numbers "$2" by its place in the text; PostgreSQL and we by its name. */
static int
place(struct stmt *q, int at)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "$%d", at);
	return sqlite3_bind_parameter_index(q->st, name);
}

static void
sqlite_bind(struct stmt *q, int at, const struct db_value *v)
{
	int rc = SQLITE_OK;

	if (q->st == NULL)
		return;
	if (v->null)
		rc = sqlite3_bind_null(q->st, place(q, at));
	else switch (v->kind) {
	case DB_TEXT: rc = sqlite3_bind_text(q->st, place(q, at), v->text, -1, SQLITE_TRANSIENT); break;
	case DB_INT: rc = sqlite3_bind_int64(q->st, place(q, at), v->number); break;
	case DB_REAL: rc = sqlite3_bind_double(q->st, place(q, at), v->real); break;
	}
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

static bool
sqlite_row(struct stmt *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	q->rc = sqlite3_step(q->st);
	return q->rc == SQLITE_ROW;
}

static const char *
sqlite_column(struct stmt *q, int at)
{
	return (const char *)sqlite3_column_text(q->st, at);
}

static bool
sqlite_done(struct stmt *q, struct error *err)
{
	bool ok = q->rc == SQLITE_OK || q->rc == SQLITE_ROW || q->rc == SQLITE_DONE;

	if (!ok)
		(void)failed(q->store, q->rc, err);
	(void)sqlite3_finalize(q->st);
	q->st = NULL;
	return ok;
}

static int64_t
sqlite_changes(struct store *s)
{
	return sqlite3_changes64(s->db);
}

static int64_t
sqlite_last_id(struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

static bool
sqlite_version(struct store *s, int64_t *version, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "PRAGMA user_version");
	*version = db_row(&q) ? db_column_int(&q, 0) : 0;
	return db_done(&q, err);
}

static bool
sqlite_set_version(struct store *s, int64_t version, struct error *err)
{
	char *mark = mem_printf("PRAGMA user_version = %lld", (long long)version);
	bool ok = sqlite_exec(s, mark, err);

	free(mark);
	return ok;
}

const struct db_driver db_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = "BEGIN IMMEDIATE",
	.exec = sqlite_exec,
	.compile = sqlite_compile,
	.bind = sqlite_bind,
	.row = sqlite_row,
	.column = sqlite_column,
	.done = sqlite_done,
	.changes = sqlite_changes,
	.last_id = sqlite_last_id,
	.version = sqlite_version,
	.set_version = sqlite_set_version,
	.id_column = "id INTEGER PRIMARY KEY",
};
