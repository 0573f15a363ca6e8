#include "store/db.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/when.h"

bool
db_failed(struct store *s, int rc, struct error *err)
{
	const char *text = s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);

	switch (rc & 0xFF) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(err, ERROR_BUSY, "%s: the database is in use by another keycanary; try again",
		    s->dir);
	case SQLITE_FULL:
		return error_set(err, ERROR_FULL, "%s: the disk is full; nothing was changed, make room", s->dir);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return error_set(err, ERROR_STORE,
		    "%s: the database is damaged (%s); restore keycanary.db from a backup", s->dir, text);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return error_set(err, ERROR_STORE, "%s: the database cannot be written (%s); check owner and mode",
		    s->dir, text);
	default:
		return error_set(err, ERROR_STORE, "%s: %s", s->dir, text);
	}
}

void
db_prepare(struct store *s, struct stmt *q, const char *sql)
{
	*q = (struct stmt){ .store = s };
	q->rc = sqlite3_prepare_v2(s->db, sql, -1, &q->st, NULL);
}

static void
bound(struct stmt *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

/* SQLite numbers "$2" by its place in the text; PostgreSQL and we by its name. */
static int
place(struct stmt *q, int at)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "$%d", at);
	return sqlite3_bind_parameter_index(q->st, name);
}

void
db_text(struct stmt *q, int at, const char *text)
{
	if (q->st != NULL)
		bound(q, sqlite3_bind_text(q->st, place(q, at), text, -1, SQLITE_TRANSIENT));
}

void
db_int(struct stmt *q, int at, int64_t value)
{
	if (q->st != NULL)
		bound(q, sqlite3_bind_int64(q->st, place(q, at), value));
}

void
db_when(struct stmt *q, int at, int64_t at_ms)
{
	if (at_ms != WHEN_NONE)
		db_int(q, at, at_ms);
	else if (q->st != NULL)
		bound(q, sqlite3_bind_null(q->st, place(q, at)));
}

void
db_real(struct stmt *q, int at, double value)
{
	if (q->st != NULL)
		bound(q, sqlite3_bind_double(q->st, place(q, at), value));
}

bool
db_row(struct stmt *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	q->rc = sqlite3_step(q->st);
	return q->rc == SQLITE_ROW;
}

const char *
db_column_text(struct stmt *q, int at)
{
	return (const char *)sqlite3_column_text(q->st, at);
}

char *
db_column_copy(struct stmt *q, int at)
{
	return mem_strdup(db_column_text(q, at));
}

int64_t
db_column_int(struct stmt *q, int at)
{
	return sqlite3_column_int64(q->st, at);
}

int64_t
db_column_when(struct stmt *q, int at)
{
	return sqlite3_column_type(q->st, at) == SQLITE_NULL ? WHEN_NONE : db_column_int(q, at);
}

double
db_column_real(struct stmt *q, int at)
{
	return sqlite3_column_double(q->st, at);
}

bool
db_done(struct stmt *q, struct error *err)
{
	bool ok = q->rc == SQLITE_OK || q->rc == SQLITE_ROW || q->rc == SQLITE_DONE;

	if (!ok)
		(void)db_failed(q->store, q->rc, err);
	(void)sqlite3_finalize(q->st);
	q->st = NULL;
	return ok;
}

bool
db_run(struct stmt *q, struct error *err)
{
	while (db_row(q))
		;
	return db_done(q, err);
}

int64_t
db_changes(struct store *s)
{
	return sqlite3_changes64(s->db);
}

int64_t
db_last_id(struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}
