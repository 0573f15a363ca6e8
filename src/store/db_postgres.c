/*
 * PostgreSQL, for several monitors that share the work.
 *
 * Writing transactions take one advisory lock, as SQLite's take one write lock:
 * what is read at their beginning still holds when they write.
 *
 * Text an intruder wrote need not be UTF-8, and PostgreSQL takes nothing else:
 * a byte that does not belong travels as a code point of the private use area
 * (U+F780 to U+F7FF) and comes back as the byte it was.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/db_int.h"

enum { PARAMETERS_MAX = 64, PRIVATE = 0xF700, CONNECT_S = 10 };
enum { OID_INT8 = 20, OID_TEXT = 25, OID_FLOAT8 = 701 };	/* pg_type.dat */

struct connection {
	PGconn *pg;
	int64_t changed;
};

struct statement {
	char *sql;
	char *value[PARAMETERS_MAX];	/* NULL is NULL */
	Oid type[PARAMETERS_MAX];
	int values;
	PGresult *result;		/* NULL: not run yet */
	int row;
	char **text;			/* of the row, decoded where it had to be */
	bool bad;
};

/* --- text ------------------------------------------------------------------------------------ */

static bool
stands_for_a_byte(int cp)
{
	return cp >= PRIVATE + 0x80 && cp <= PRIVATE + 0xFF;
}

static char *
to_utf8(const char *s)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	size_t len = strlen(s), used;

	for (size_t i = 0; i < len; i += used) {
		int cp = utf8_next(s + i, len - i, &used);

		if (cp >= 0 && !stands_for_a_byte(cp)) {
			buf_add(&out, s + i, used);
			continue;
		}
		/* Byte by byte, so that the code points we use ourselves come back as well. */
		for (size_t k = i; k < i + used; k++)
			buf_printf(&out, "\xEF%c%c", 0x80 | ((PRIVATE + (unsigned char)s[k]) >> 6 & 0x3F),
			    0x80 | (s[k] & 0x3F));
	}
	return out.ptr != NULL ? buf_take(&out) : mem_strdup("");
}

/* NULL when there is nothing to change. */
static char *
from_utf8(const char *s)
{
	const char *at = strstr(s, "\xEF\x9E");	/* U+F780 to U+F7BF; the rest begins with EF 9F */
	struct buf out = BUF_INIT(BUF_REPORT);
	size_t len = strlen(s), used;

	if (at == NULL && strstr(s, "\xEF\x9F") == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += used) {
		int cp = utf8_next(s + i, len - i, &used);

		if (stands_for_a_byte(cp))
			buf_putc(&out, (char)(cp - PRIVATE));
		else
			buf_add(&out, s + i, used);
	}
	return out.ptr != NULL ? buf_take(&out) : mem_strdup("");
}

/* --- connecting -------------------------------------------------------------------------------- */

/* SQLSTATE classes, PostgreSQL manual appendix A. */
static enum error_kind
kind_of(const char *state)
{
	if (state == NULL || str_starts(state, "08") || str_starts(state, "57P"))
		return ERROR_NETWORK;
	if (str_starts(state, "53"))
		return ERROR_FULL;
	if (str_starts(state, "55") || str_starts(state, "40"))
		return ERROR_BUSY;
	return ERROR_STORE;
}

static bool
failed(struct store *s, const PGresult *result, struct error *err)
{
	const struct connection *c = s->db;
	char *text = mem_strdup(PQerrorMessage(c->pg));
	const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	text[strcspn(text, "\n")] = '\0';
	error_set(err, kind_of(state), "%s: %s", s->name, text);
	free(text);
	return false;
}

static bool
postgres_exec(struct store *s, const char *sql, struct error *err)
{
	struct connection *c = s->db;
	PGresult *r = PQexec(c->pg, sql);
	bool ok = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK ||
	    PQresultStatus(r) == PGRES_EMPTY_QUERY;

	if (!ok)
		(void)failed(s, r, err);
	PQclear(r);
	return ok;
}

static void
silent(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static bool
postgres_open(struct store *s, struct error *err)
{
	struct connection *c = mem_zalloc(1, sizeof(*c));
	char limit[16];
	const char *names[] = { "dbname", "connect_timeout", "fallback_application_name", "client_encoding", NULL };
	const char *values[] = { s->place, limit, "keycanary", "UTF8", NULL };

	(void)snprintf(limit, sizeof(limit), "%d", CONNECT_S);
	s->db = c;
	c->pg = PQconnectdbParams(names, values, 1);
	if (PQstatus(c->pg) != CONNECTION_OK)
		return failed(s, NULL, err);
	(void)PQsetNoticeReceiver(c->pg, silent, NULL);
	return true;
}

static void
postgres_close(struct store *s)
{
	struct connection *c = s->db;

	if (c != NULL)
		PQfinish(c->pg);
	free(c);
}

/* A server that was away is there again, perhaps; nothing of ours is open then. */
static void
reconnect(struct store *s)
{
	struct connection *c = s->db;

	if (PQstatus(c->pg) == CONNECTION_BAD && !s->begun)
		PQreset(c->pg);
}

/* --- statements --------------------------------------------------------------------------------- */

static void
postgres_compile(struct stmt *q, const char *sql)
{
	struct statement *st = mem_zalloc(1, sizeof(*st));

	reconnect(q->store);
	st->sql = mem_strdup(sql);
	st->row = -1;
	q->st = st;
}

static void
postgres_bind(struct stmt *q, int at, const struct db_value *v)
{
	struct statement *st = q->st;

	if (at < 1 || at > PARAMETERS_MAX) {
		st->bad = true;
		return;
	}
	st->values = at > st->values ? at : st->values;
	free(st->value[at - 1]);
	st->value[at - 1] = NULL;
	st->type[at - 1] = v->kind == DB_TEXT ? OID_TEXT : v->kind == DB_INT ? OID_INT8 : OID_FLOAT8;
	if (v->null)
		return;
	switch (v->kind) {
	case DB_TEXT: st->value[at - 1] = to_utf8(v->text); break;
	case DB_INT: st->value[at - 1] = mem_printf("%lld", (long long)v->number); break;
	case DB_REAL: st->value[at - 1] = mem_printf("%.17g", v->real); break;
	}
}

static void
forget_row(struct statement *st)
{
	int columns = st->result != NULL ? PQnfields(st->result) : 0;

	for (int i = 0; st->text != NULL && i < columns; i++)
		free(st->text[i]);
	free(st->text);
	st->text = NULL;
}

static bool
postgres_row(struct stmt *q)
{
	struct statement *st = q->st;
	struct connection *c = q->store->db;

	if (st->bad)
		return false;
	if (st->result == NULL) {
		st->result = PQexecParams(c->pg, st->sql, st->values, st->type, (const char *const *)st->value, NULL,
		    NULL, 0);
		st->bad = PQresultStatus(st->result) != PGRES_COMMAND_OK && PQresultStatus(st->result) != PGRES_TUPLES_OK;
		c->changed = st->bad ? 0 : strtoll(PQcmdTuples(st->result), NULL, 10);
	}
	forget_row(st);
	return !st->bad && ++st->row < PQntuples(st->result);
}

static const char *
postgres_column(struct stmt *q, int at)
{
	struct statement *st = q->st;
	const char *text;

	if (PQgetisnull(st->result, st->row, at))
		return NULL;
	text = PQgetvalue(st->result, st->row, at);
	if (st->text == NULL)
		st->text = mem_zalloc((size_t)PQnfields(st->result), sizeof(*st->text));
	if (st->text[at] == NULL)
		st->text[at] = from_utf8(text);
	return st->text[at] != NULL ? st->text[at] : text;
}

static bool
postgres_done(struct stmt *q, struct error *err)
{
	struct statement *st = q->st;
	bool ok = !st->bad;

	if (!ok)
		(void)failed(q->store, st->result, err);
	forget_row(st);
	PQclear(st->result);
	for (int i = 0; i < st->values; i++)
		free(st->value[i]);
	free(st->sql);
	free(st);
	q->st = NULL;
	return ok;
}

static int64_t
postgres_changes(struct store *s)
{
	return ((const struct connection *)s->db)->changed;
}

static int64_t
postgres_last_id(struct store *s)
{
	struct stmt q;
	int64_t id;

	db_prepare(s, &q, "SELECT lastval()");
	id = db_row(&q) ? db_column_int(&q, 0) : 0;
	(void)db_done(&q, NULL);
	return id;
}

/* --- the schema's version -------------------------------------------------------------------------- */

static bool
postgres_version(struct store *s, int64_t *version, struct error *err)
{
	struct stmt q;

	if (!postgres_exec(s, "CREATE TABLE IF NOT EXISTS keycanary_schema (version BIGINT NOT NULL)", err))
		return false;
	db_prepare(s, &q, "SELECT max(version) FROM keycanary_schema");
	*version = db_row(&q) ? db_column_int(&q, 0) : 0;
	return db_done(&q, err);
}

static bool
postgres_set_version(struct store *s, int64_t version, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO keycanary_schema (version) VALUES ($1)");
	db_int(&q, 1, version);
	return db_run(&q, err);
}

#define TEXT_OF(x) #x
#define BEGIN_LOCKED(id) "BEGIN; SELECT pg_advisory_xact_lock(" TEXT_OF(id) ")"

const struct db_driver db_postgres = {
	.name = "postgresql",
	.open = postgres_open,
	.close = postgres_close,
	.begin = BEGIN_LOCKED(723749),
	.exec = postgres_exec,
	.compile = postgres_compile,
	.bind = postgres_bind,
	.row = postgres_row,
	.column = postgres_column,
	.done = postgres_done,
	.changes = postgres_changes,
	.last_id = postgres_last_id,
	.version = postgres_version,
	.set_version = postgres_set_version,
	.id_column = "id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
};
