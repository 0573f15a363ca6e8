#include "store/channels.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "store/db.h"

#define COLUMNS "channel, failures, refused, failing_ms, wait_ms, good_ms, told_ms, last_error"

static void
init(struct channel_health *h, const char *channel)
{
	*h = (struct channel_health){ .channel = mem_strdup(channel), .failing_ms = WHEN_NONE,
		.wait_ms = WHEN_NONE, .good_ms = WHEN_NONE, .told_ms = WHEN_NONE, .oldest_ms = WHEN_NONE };
}

void
health_clear(struct channel_health *h)
{
	free(h->channel);
	free(h->last_error);
	*h = (struct channel_health){ .channel = NULL };
}

static void
read_row(struct stmt *q, struct channel_health *h)
{
	*h = (struct channel_health){ .channel = db_column_copy(q, 0), .failures = db_column_int(q, 1),
		.refused = db_column_int(q, 2) != 0, .failing_ms = db_column_when(q, 3),
		.wait_ms = db_column_when(q, 4), .good_ms = db_column_when(q, 5), .told_ms = db_column_when(q, 6),
		.last_error = db_column_copy(q, 7), .oldest_ms = WHEN_NONE };
}

bool
health_load(struct store *s, const char *channel, struct channel_health *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM channel_health WHERE channel = $1");
	db_text(&q, 1, channel);
	if (db_row(&q))
		read_row(&q, out);
	else
		init(out, channel);
	return db_done(&q, err);
}

bool
health_save(struct store *s, const struct channel_health *h, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO channel_health (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
	    " ON CONFLICT (channel) DO UPDATE SET failures = excluded.failures, refused = excluded.refused,"
	    " failing_ms = excluded.failing_ms, wait_ms = excluded.wait_ms, good_ms = excluded.good_ms,"
	    " told_ms = excluded.told_ms, last_error = excluded.last_error");
	db_text(&q, 1, h->channel);
	db_int(&q, 2, h->failures);
	db_int(&q, 3, h->refused);
	db_when(&q, 4, h->failing_ms);
	db_when(&q, 5, h->wait_ms);
	db_when(&q, 6, h->good_ms);
	db_when(&q, 7, h->told_ms);
	db_text(&q, 8, h->last_error);
	return db_run(&q, err);
}

bool
health_hurry(struct store *s, const char *channel, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE channel_health SET wait_ms = NULL WHERE channel = $1 OR $1 IS NULL");
	db_text(&q, 1, channel);
	return db_run(&q, err);
}

static struct channel_health *
named(struct channel_health **list, size_t *n, const char *channel)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq((*list)[i].channel, channel))
			return &(*list)[i];
	*list = mem_resize(*list, *n + 1, sizeof(**list));
	init(&(*list)[*n], channel);
	return &(*list)[(*n)++];
}

static bool
count_messages(struct store *s, int64_t now_ms, struct channel_health **list, size_t *n, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT channel, CASE WHEN state = 'parked' THEN 2 WHEN attempts = 0 AND next_ms > $1"
	    " THEN 1 ELSE 0 END AS what, COUNT(*), MIN(created_ms) FROM outbox"
	    " WHERE state IN ('waiting', 'parked') GROUP BY channel, what ORDER BY channel");
	db_int(&q, 1, now_ms);
	while (db_row(&q)) {
		struct channel_health *h = named(list, n, db_column_text(&q, 0));
		int64_t what = db_column_int(&q, 1), oldest = db_column_when(&q, 3);

		*(what == 2 ? &h->parked : what == 1 ? &h->planned : &h->waiting) = db_column_int(&q, 2);
		if (what != 1 && (h->oldest_ms == WHEN_NONE || oldest < h->oldest_ms))
			h->oldest_ms = oldest;
	}
	return db_done(&q, err);
}

bool
health_list(struct store *s, int64_t now_ms, struct channel_health **out, size_t *n, struct error *err)
{
	struct stmt q;

	*out = NULL;
	*n = 0;
	db_prepare(s, &q, "SELECT " COLUMNS " FROM channel_health ORDER BY channel");
	while (db_row(&q)) {
		*out = mem_resize(*out, *n + 1, sizeof(**out));
		read_row(&q, &(*out)[(*n)++]);
	}
	return db_done(&q, err) && count_messages(s, now_ms, out, n, err);
}
