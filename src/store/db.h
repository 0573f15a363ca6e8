/*
 * store/db.h: statements for the tables of this folder only: one SQL text, two
 * thin drivers (SQLite, PostgreSQL).
 *
 * What both understand: "$1" parameters, ON CONFLICT, BIGINT, TEXT. Sticky: a
 * failed step is remembered in the statement and told by db_done().
 *
 *	struct stmt q;
 *	db_prepare(s, &q, "SELECT … WHERE key_id = $1");
 *	db_text(&q, 1, key_id);
 *	while (db_row(&q)) … db_column_text(&q, 0) …
 *	return db_done(&q, err);
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct db_driver;

struct store {
	const struct db_driver *driver;
	void *db;		/* the driver's connection */
	char *dir;		/* for locks and the sealing key; SQLite's file too */
	char *place;		/* as given to store_open(); may hold a password */
	char *name;		/* for messages: never a password */
	bool begun;
	uint8_t key[32];	/* seals secrets, where has_key */
	bool has_key;
	void (*committed)(void *arg);	/* NULL: nobody wants to know */
	void *committed_arg;
};

struct stmt {
	struct store *store;
	void *st;		/* the driver's statement */
	int rc;			/* SQLite's last result */
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
/* Statements without parameters, apart by semicolons. */
bool db_exec(struct store *s, const char *sql, struct error *err);
/* Rows the last statement changed; the id the last INSERT gave. */
int64_t db_changes(struct store *s);
int64_t db_last_id(struct store *s);

#endif
