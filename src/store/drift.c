#include "store/drift.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/db.h"

bool
drift_boundary_save(struct store *s, const char *key_id, const char *arn, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO bounded (key_id, boundary) VALUES ($1, $2)"
	    " ON CONFLICT (key_id) DO UPDATE SET boundary = excluded.boundary");
	db_text(&q, 1, key_id);
	db_text(&q, 2, arn);
	return db_run(&q, err);
}

bool
drift_boundaries(struct store *s, struct map *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT key_id, boundary FROM bounded");
	while (db_row(&q))
		free(map_put(out, db_column_text(&q, 0), db_column_copy(&q, 1)));
	return db_done(&q, err);
}

bool
drift_known_keys(struct store *s, struct strlist *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT key_id FROM canary");
	while (db_row(&q))
		strlist_add(out, db_column_text(&q, 0));
	return db_done(&q, err);
}

bool
drift_row_add(struct store *s, const struct drift_row *row, bool *fresh, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO drift (key_id, account, kind, detail, noticed_ms) VALUES ($1, $2, $3, $4, $5)"
	    " ON CONFLICT (key_id, kind, detail) DO NOTHING");
	db_text(&q, 1, row->key_id);
	db_text(&q, 2, row->account);
	db_text(&q, 3, row->kind);
	db_text(&q, 4, str_or(row->detail, ""));
	db_int(&q, 5, row->noticed_ms);
	if (!db_run(&q, err))
		return false;
	*fresh = db_changes(s) == 1;
	return true;
}

bool
drift_row_remove(struct store *s, const struct drift_row *row, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "DELETE FROM drift WHERE key_id = $1 AND kind = $2 AND detail = $3");
	db_text(&q, 1, row->key_id);
	db_text(&q, 2, row->kind);
	db_text(&q, 3, str_or(row->detail, ""));
	return db_run(&q, err);
}

bool
drift_rows(struct store *s, const char *account, struct drift_rows *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT key_id, account, kind, detail, noticed_ms FROM drift"
	    " WHERE $1 = '' OR account = $1 ORDER BY key_id, kind, detail");
	db_text(&q, 1, str_or(account, ""));
	while (db_row(&q)) {
		MEM_GROW(out->item, out->len, out->cap);
		out->item[out->len++] = (struct drift_row){ .key_id = db_column_copy(&q, 0),
			.account = db_column_copy(&q, 1), .kind = db_column_copy(&q, 2), .detail = db_column_copy(&q, 3),
			.noticed_ms = db_column_int(&q, 4) };
	}
	return db_done(&q, err);
}

bool
drift_count(struct store *s, int64_t *count, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT count(DISTINCT drift.key_id) FROM drift JOIN canary ON canary.key_id = drift.key_id"
	    " WHERE canary.state IN ('live', 'tripped')");
	*count = db_row(&q) ? db_column_int(&q, 0) : 0;
	return db_done(&q, err);
}

void
drift_rows_clear(struct drift_rows *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->item[i].key_id);
		free(l->item[i].account);
		free(l->item[i].kind);
		free(l->item[i].detail);
	}
	free(l->item);
	*l = (struct drift_rows){ .item = NULL };
}
