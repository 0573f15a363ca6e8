/* What the sightings of an incident have in common, and which of them are new. */
#include "store/db.h"
#include "store/incidents.h"

bool
sighting_behind(struct store *s, int64_t incident, int64_t told, int64_t *row, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT id FROM sighting WHERE incident = $1 ORDER BY id LIMIT 1 OFFSET $2");
	db_int(&q, 1, incident);
	db_int(&q, 2, told);
	*row = db_row(&q) ? db_column_int(&q, 0) : 0;
	return db_done(&q, err);
}

bool
sighting_count(struct store *s, int64_t incident, int64_t row, int64_t *calls, int64_t *denied, struct error *err)
{
	struct stmt q;

	*calls = *denied = 0;
	db_prepare(s, &q, "SELECT COUNT(*), COALESCE(SUM(denied), 0) FROM sighting WHERE incident = $1 AND id >= $2");
	db_int(&q, 1, incident);
	db_int(&q, 2, row);
	if (db_row(&q)) {
		*calls = db_column_int(&q, 0);
		*denied = db_column_int(&q, 1);
	}
	return db_done(&q, err);
}

#define FACET(text) \
	"SELECT " text ", SUM(CASE WHEN id >= $2 THEN 1 ELSE 0 END) AS n, CASE WHEN MIN(id) >= $2 THEN 1 ELSE 0 END" \
	" FROM sighting WHERE incident = $1 AND " text " IS NOT NULL GROUP BY " text " HAVING MAX(id) >= $2" \
	" ORDER BY n DESC, 1 LIMIT $3"

bool
sighting_facets(struct store *s, int64_t incident, int64_t row, enum sighting_facet facet, size_t max,
    void (*tell)(void *arg, const char *text, int64_t count, bool fresh), void *arg, struct error *err)
{
	static const char *const texts[] = {
		[FACET_CALL] = FACET("source || ' ' || name"), [FACET_ADDRESS] = FACET("ip"),
		[FACET_TOOL] = FACET("user_agent"),
		[FACET_LABEL] = FACET("label || COALESCE(': ' || label_reason, '')"),
	};
	struct stmt q;

	db_prepare(s, &q, texts[facet]);
	db_int(&q, 1, incident);
	db_int(&q, 2, row);
	db_int(&q, 3, (int64_t)max);
	while (db_row(&q))
		tell(arg, db_column_text(&q, 0), db_column_int(&q, 1), db_column_int(&q, 2) != 0);
	return db_done(&q, err);
}
