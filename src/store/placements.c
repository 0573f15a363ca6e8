#include "store/placements.h"

#include "base/mem.h"
#include "base/str.h"
#include "core/model/canary.h"
#include "store/db.h"

#define COLUMNS \
	"key_id, bait, repo, remote, path, line_from, line_to, branch, commit_id, owner, planted_by, sha256," \
	" spans, traits, copies, accepted, state, planted_ms, verified_ms"

static void
bind(struct stmt *q, const struct placement *p)
{
	db_text(q, 1, p->key_id);
	db_text(q, 2, p->bait);
	db_text(q, 3, p->repo);
	db_text(q, 4, p->remote);
	db_text(q, 5, p->path);
	db_int(q, 6, p->line_from);
	db_int(q, 7, p->line_to);
	db_text(q, 8, p->branch);
	db_text(q, 9, p->commit);
	db_text(q, 10, p->owner);
	db_text(q, 11, p->planted_by);
	db_text(q, 12, p->sha256);
	db_text(q, 13, p->spans);
	db_text(q, 14, p->traits);
	db_text(q, 15, p->copies);
	db_text(q, 16, p->accepted);
	db_text(q, 17, placement_state_name(p->state));
	db_when(q, 18, p->planted_ms);
	db_when(q, 19, p->verified_ms);
}

bool
placement_save(struct store *s, struct placement *p, struct error *err)
{
	bool new_row = p->id == 0;
	struct stmt q;

	db_prepare(s, &q, new_row ?
	    "INSERT INTO placement (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
	    " $13, $14, $15, $16, $17, $18, $19)" :
	    "UPDATE placement SET key_id = $1, bait = $2, repo = $3, remote = $4, path = $5, line_from = $6,"
	    " line_to = $7, branch = $8, commit_id = $9, owner = $10, planted_by = $11, sha256 = $12, spans = $13,"
	    " traits = $14, copies = $15, accepted = $16, state = $17, planted_ms = $18, verified_ms = $19"
	    " WHERE id = $20");
	bind(&q, p);
	if (!new_row)
		db_int(&q, 20, p->id);
	if (!db_run(&q, err))
		return false;
	if (new_row)
		p->id = db_last_id(s);
	return true;
}

bool
placement_drop(struct store *s, int64_t id, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "DELETE FROM placement WHERE id = $1");
	db_int(&q, 1, id);
	return db_run(&q, err);
}

static void
read_row(struct stmt *q, struct placement *p)
{
	p->id = db_column_int(q, 0);
	p->key_id = db_column_copy(q, 1);
	p->bait = db_column_copy(q, 2);
	p->repo = db_column_copy(q, 3);
	p->remote = db_column_copy(q, 4);
	p->path = db_column_copy(q, 5);
	p->line_from = db_column_int(q, 6);
	p->line_to = db_column_int(q, 7);
	p->branch = db_column_copy(q, 8);
	p->commit = db_column_copy(q, 9);
	p->owner = db_column_copy(q, 10);
	p->planted_by = db_column_copy(q, 11);
	p->sha256 = db_column_copy(q, 12);
	p->spans = db_column_copy(q, 13);
	p->traits = db_column_copy(q, 14);
	p->copies = db_column_copy(q, 15);
	p->accepted = db_column_copy(q, 16);
	(void)placement_state_parse(db_column_text(q, 17), &p->state);
	p->planted_ms = db_column_when(q, 18);
	p->verified_ms = db_column_when(q, 19);
	p->inert = str_eq(db_column_text(q, 20), canary_state_name(CANARY_INERT));
	p->retired = str_eq(db_column_text(q, 20), canary_state_name(CANARY_RETIRED));
}

bool
placement_list(struct store *s, const char *key_id, const char *repo, struct placement_list *out,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT id, " COLUMNS ","
	    " (SELECT c.state FROM canary c WHERE c.key_id = placement.key_id) FROM placement WHERE (key_id = $1 OR $1 IS NULL)"
	    " AND (repo = $2 OR $2 IS NULL) ORDER BY id");
	db_text(&q, 1, key_id);
	db_text(&q, 2, repo);
	while (db_row(&q))
		read_row(&q, placement_list_add(out));
	return db_done(&q, err);
}
