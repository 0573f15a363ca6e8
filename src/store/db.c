#include "store/db.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "store/db_int.h"

void
db_prepare(struct store *s, struct stmt *q, const char *sql)
{
	*q = (struct stmt){ .store = s };
	s->driver->compile(q, sql);
}

void
db_text(struct stmt *q, int at, const char *text)
{
	q->store->driver->bind(q, at, &(struct db_value){ .kind = DB_TEXT, .null = text == NULL, .text = text });
}

void
db_int(struct stmt *q, int at, int64_t value)
{
	q->store->driver->bind(q, at, &(struct db_value){ .kind = DB_INT, .number = value });
}

void
db_when(struct stmt *q, int at, int64_t at_ms)
{
	q->store->driver->bind(q, at, &(struct db_value){ .kind = DB_INT, .null = at_ms == WHEN_NONE,
		.number = at_ms });
}

void
db_real(struct stmt *q, int at, double value)
{
	q->store->driver->bind(q, at, &(struct db_value){ .kind = DB_REAL, .real = value });
}

bool
db_row(struct stmt *q)
{
	return q->store->driver->row(q);
}

const char *
db_column_text(struct stmt *q, int at)
{
	return q->store->driver->column(q, at);
}

char *
db_column_copy(struct stmt *q, int at)
{
	return mem_strdup(db_column_text(q, at));
}

int64_t
db_column_int(struct stmt *q, int at)
{
	const char *text = db_column_text(q, at);

	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

int64_t
db_column_when(struct stmt *q, int at)
{
	return db_column_text(q, at) == NULL ? WHEN_NONE : db_column_int(q, at);
}

double
db_column_real(struct stmt *q, int at)
{
	const char *text = db_column_text(q, at);

	return text == NULL ? 0 : strtod(text, NULL);
}

bool
db_done(struct stmt *q, struct error *err)
{
	return q->store->driver->done(q, err);
}

bool
db_run(struct stmt *q, struct error *err)
{
	while (db_row(q))
		;
	return db_done(q, err);
}

bool
db_exec(struct store *s, const char *sql, struct error *err)
{
	return s->driver->exec(s, sql, err);
}

int64_t
db_changes(struct store *s)
{
	return s->driver->changes(s);
}

int64_t
db_last_id(struct store *s)
{
	return s->driver->last_id(s);
}
