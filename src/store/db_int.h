/* store/db_int.h: what a database driver does; for db.c, schema.c and store.c only. */
#ifndef STORE_DB_INT_H
#define STORE_DB_INT_H

#include "store/db.h"

struct db_value {
	enum { DB_TEXT, DB_INT, DB_REAL } kind;
	bool null;	/* of that kind: PostgreSQL wants to know which */
	const char *text;
	int64_t number;
	double real;
};

struct db_driver {
	const char *name;
	/* Connects; makes the database where it can. */
	bool (*open)(struct store *s, struct error *err);
	void (*close)(struct store *s);
	/* Begins a transaction that no other writer can interleave with. */
	const char *begin;
	bool (*exec)(struct store *s, const char *sql, struct error *err);
	void (*compile)(struct stmt *q, const char *sql);
	void (*bind)(struct stmt *q, int at, const struct db_value *value);
	bool (*row)(struct stmt *q);
	const char *(*column)(struct stmt *q, int at);	/* as text; NULL is NULL */
	bool (*done)(struct stmt *q, struct error *err);
	int64_t (*changes)(struct store *s);
	int64_t (*last_id)(struct store *s);
	/* The schema's version; 0 in a new database. */
	bool (*version)(struct store *s, int64_t *version, struct error *err);
	bool (*set_version)(struct store *s, int64_t version, struct error *err);
	const char *id_column;	/* what "id INTEGER PRIMARY KEY" of the schema means here */
};

extern const struct db_driver db_sqlite, db_postgres;

#endif
