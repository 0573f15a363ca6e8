#include "store/leases.h"

#include "store/db.h"

bool
lease_take(struct store *s, const char *name, const char *holder, int64_t now_ms, int64_t until_ms, bool *mine,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO lease (name, holder, until_ms) VALUES ($1, $2, $3)"
	    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms"
	    " WHERE lease.holder = excluded.holder OR lease.until_ms < $4");
	db_text(&q, 1, name);
	db_text(&q, 2, holder);
	db_int(&q, 3, until_ms);
	db_int(&q, 4, now_ms);
	*mine = false;
	if (!db_run(&q, err))
		return false;
	*mine = db_changes(s) == 1;
	return true;
}

bool
lease_give(struct store *s, const char *name, const char *holder, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "DELETE FROM lease WHERE name = $1 AND holder = $2");
	db_text(&q, 1, name);
	db_text(&q, 2, holder);
	return db_run(&q, err);
}

bool
lease_give_all(struct store *s, const char *holder, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "DELETE FROM lease WHERE holder = $1");
	db_text(&q, 1, holder);
	return db_run(&q, err);
}

bool
lease_count(struct store *s, const char *prefix, int64_t now_ms, int64_t *count, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT count(*) FROM lease WHERE until_ms >= $1 AND substr(name, 1, length($2)) = $2");
	db_int(&q, 1, now_ms);
	db_text(&q, 2, prefix);
	*count = db_row(&q) ? db_column_int(&q, 0) : 0;
	return db_done(&q, err);
}
