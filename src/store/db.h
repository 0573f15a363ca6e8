/*
 * store/db.h: statements over SQLite, for the tables of this folder only.
 *
 * Sticky: a failed step is remembered in the statement and told by db_done().
 *
 *	struct stmt q;
 *	db_prepare(s, &q, "SELECT … WHERE key_id = $1");
 *	db_text(&q, 1, key_id);
 *	while (db_row(&q)) … db_column_text(&q, 0) …
 *	return db_done(&q, err);
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct store {
	sqlite3 *db;
	char *dir;
	bool begun;
	void (*committed)(void *arg);	/* NULL: nobody wants to know */
	void *committed_arg;
};

struct stmt {
	struct store *store;
	sqlite3_stmt *st;
	int rc;
};

void db_prepare(struct store *s, struct stmt *q, const char *sql);
void db_text(struct stmt *q, int at, const char *text);	/* NULL is NULL */
void db_int(struct stmt *q, int at, int64_t value);
void db_when(struct stmt *q, int at, int64_t at_ms);	/* WHEN_NONE is NULL */
void db_real(struct stmt *q, int at, double value);
/* The next row; false at the end and on failure. */
bool db_row(struct stmt *q);
const char *db_column_text(struct stmt *q, int at);	/* borrowed until the next row; NULL is NULL */
char *db_column_copy(struct stmt *q, int at);		/* the caller frees */
int64_t db_column_int(struct stmt *q, int at);
int64_t db_column_when(struct stmt *q, int at);
double db_column_real(struct stmt *q, int at);
/* Ends the statement; false with a message when any step of it failed. */
bool db_done(struct stmt *q, struct error *err);
/* Runs a statement that has no rows to read. */
bool db_run(struct stmt *q, struct error *err);
/* Rows the last statement changed; the id the last INSERT gave. */
int64_t db_changes(struct store *s);
int64_t db_last_id(struct store *s);
/* Sets the message for what SQLite says is wrong with this database. */
bool db_failed(struct store *s, int rc, struct error *err);

#endif
