#include "store/coverage.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/db.h"

bool
coverage_save(struct store *s, const struct coverage *c, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO coverage (account, region, source, plan, since_ms, until_ms, warm_ms,"
	    " deep_ms, tried_ms, good_ms, calls, calls_per_hour, events_per_hour, error_kind, error_text, closed)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
	    " ON CONFLICT (account, region, source) DO UPDATE SET plan = excluded.plan,"
	    " since_ms = excluded.since_ms, until_ms = excluded.until_ms, warm_ms = excluded.warm_ms,"
	    " deep_ms = excluded.deep_ms, tried_ms = excluded.tried_ms, good_ms = excluded.good_ms,"
	    " calls = excluded.calls, calls_per_hour = excluded.calls_per_hour,"
	    " events_per_hour = excluded.events_per_hour, error_kind = excluded.error_kind,"
	    " error_text = excluded.error_text, closed = excluded.closed");
	db_text(&q, 1, c->account);
	db_text(&q, 2, c->region);
	db_text(&q, 3, c->source);
	db_text(&q, 4, c->plan);
	db_when(&q, 5, c->since_ms);
	db_when(&q, 6, c->until_ms);
	db_when(&q, 7, c->warm_ms);
	db_when(&q, 8, c->deep_ms);
	db_when(&q, 9, c->tried_ms);
	db_when(&q, 10, c->good_ms);
	db_int(&q, 11, c->calls);
	db_real(&q, 12, c->calls_per_hour);
	db_real(&q, 13, c->events_per_hour);
	db_text(&q, 14, c->error_kind);
	db_text(&q, 15, c->error_text);
	db_int(&q, 16, c->closed);
	return db_run(&q, err);
}

bool
coverage_list(struct store *s, struct coverage_list *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT account, region, source, plan, since_ms, until_ms, warm_ms, deep_ms,"
	    " tried_ms, good_ms, calls, calls_per_hour, events_per_hour, error_kind, error_text, closed"
	    " FROM coverage ORDER BY account, region, source");
	while (db_row(&q)) {
		struct coverage *c;

		MEM_GROW(out->item, out->len, out->cap);
		c = &out->item[out->len++];
		coverage_init(c);
		c->account = db_column_copy(&q, 0);
		c->region = db_column_copy(&q, 1);
		c->source = db_column_copy(&q, 2);
		c->plan = db_column_copy(&q, 3);
		c->since_ms = db_column_when(&q, 4);
		c->until_ms = db_column_when(&q, 5);
		c->warm_ms = db_column_when(&q, 6);
		c->deep_ms = db_column_when(&q, 7);
		c->tried_ms = db_column_when(&q, 8);
		c->good_ms = db_column_when(&q, 9);
		c->calls = db_column_int(&q, 10);
		c->calls_per_hour = db_column_real(&q, 11);
		c->events_per_hour = db_column_real(&q, 12);
		c->error_kind = db_column_copy(&q, 13);
		c->error_text = db_column_copy(&q, 14);
		c->closed = db_column_int(&q, 15) != 0;
	}
	return db_done(&q, err);
}

void
coverage_list_clear(struct coverage_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		coverage_clear(&l->item[i]);
	free(l->item);
	*l = (struct coverage_list){ .item = NULL };
}

bool
gap_save(struct store *s, struct gap *g, struct error *err)
{
	struct stmt q;
	bool fresh = g->id == 0, ok;

	db_prepare(s, &q, fresh ?
	    "INSERT INTO gap (account, region, source, from_ms, to_ms, cause, detail, noticed_ms, filled_ms)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)" :
	    "UPDATE gap SET account = $1, region = $2, source = $3, from_ms = $4, to_ms = $5, cause = $6,"
	    " detail = $7, noticed_ms = $8, filled_ms = $9 WHERE id = $10");
	db_text(&q, 1, g->account);
	db_text(&q, 2, g->region);
	db_text(&q, 3, g->source);
	db_when(&q, 4, g->from_ms);
	db_when(&q, 5, g->to_ms);
	db_text(&q, 6, g->cause);
	db_text(&q, 7, g->detail);
	db_when(&q, 8, g->noticed_ms);
	db_when(&q, 9, g->filled_ms);
	if (!fresh)
		db_int(&q, 10, g->id);
	ok = db_run(&q, err);
	if (ok && fresh)
		g->id = db_last_id(s);
	return ok;
}

bool
gap_list(struct store *s, bool unfilled, size_t max, struct gap_list *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT id, account, region, source, from_ms, to_ms, cause, detail, noticed_ms,"
	    " filled_ms FROM gap WHERE ($1 = 0 OR filled_ms IS NULL) ORDER BY noticed_ms DESC, id DESC LIMIT $2");
	db_int(&q, 1, unfilled);
	db_int(&q, 2, max == 0 ? INT32_MAX : (int64_t)max);
	while (db_row(&q)) {
		struct gap *g;

		MEM_GROW(out->item, out->len, out->cap);
		g = &out->item[out->len++];
		gap_init(g);
		g->id = db_column_int(&q, 0);
		g->account = db_column_copy(&q, 1);
		g->region = db_column_copy(&q, 2);
		g->source = db_column_copy(&q, 3);
		g->from_ms = db_column_when(&q, 4);
		g->to_ms = db_column_when(&q, 5);
		g->cause = db_column_copy(&q, 6);
		g->detail = db_column_copy(&q, 7);
		g->noticed_ms = db_column_when(&q, 8);
		g->filled_ms = db_column_when(&q, 9);
	}
	return db_done(&q, err);
}

bool
gap_known(struct store *s, const char *account, const char *source, const char *detail, bool *known,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT 1 FROM gap WHERE account = $1 AND source = $2 AND detail = $3");
	db_text(&q, 1, account);
	db_text(&q, 2, source);
	db_text(&q, 3, detail);
	*known = db_row(&q);
	return db_done(&q, err);
}

void
gap_list_clear(struct gap_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		gap_clear(&l->item[i]);
	free(l->item);
	*l = (struct gap_list){ .item = NULL };
}

void
coverage_recall(struct coverage *c, struct gap *g, const struct coverage_list *covers,
    const struct gap_list *gaps)
{
	for (size_t i = 0; i < covers->len; i++) {
		const struct coverage *known = &covers->item[i];

		if (!str_eq(known->account, c->account) || !str_eq(known->region, c->region) ||
		    !str_eq(known->source, c->source))
			continue;
		coverage_clear(c);
		coverage_copy(c, known);
		break;
	}
	/* The newest unfilled one; older ones of the same place were never left behind by this program. */
	for (size_t i = 0; i < gaps->len; i++) {
		const struct gap *known = &gaps->item[i];

		if (!str_eq(known->account, c->account) || !str_eq(known->region, c->region) ||
		    !str_eq(known->source, c->source))
			continue;
		gap_clear(g);
		gap_copy(g, known);
		break;
	}
}
