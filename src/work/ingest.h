/*
 * work/ingest.h: the one transaction.
 *
 * A batch of sightings goes in whole or not at all: new events are added,
 * folded into their incident, judged, and saved with the keys derived. An
 * event that is there already changes nothing, so a batch may be read twice.
 */
#ifndef WORK_INGEST_H
#define WORK_INGEST_H

#include "core/intent/derived.h"
#include "core/intent/rules.h"
#include "core/model/canary.h"
#include "core/model/incident.h"
#include "core/model/sighting.h"

struct coverage;
struct error;
struct gap;
struct store;

enum {
	/* How far a use and an event may lie apart and still be one: of any service (clocks differ),
	 * and of the same one (IAM notes the first use in 15 minutes, events are up to 20 minutes late). */
	INGEST_NEAR_MS = 120000,
	INGEST_FAR_MS = 35 * 60000,
};

/* What else is written in the same transaction; all of it optional. */
struct ingest_extra {
	const struct coverage *coverage;	/* the mark as it is after this batch */
	struct gap *gap;			/* new, changed or filled; ids are set */
	size_t gaps;
	int64_t window_s;			/* longest silence inside an incident; 0: the usual */
	/* Told of each incident that changed, before the commit: what must be sent is written
	 * there. `before` is NULL for a new one. False undoes the whole batch. NULL: nobody. */
	bool (*changed)(void *arg, struct store *s, const struct incident *before,
	    const struct incident *after, struct error *err);
	void *changed_arg;
	/* Writes more, before the commit; false undoes the whole batch. NULL: nothing. */
	bool (*also)(void *arg, struct store *s, struct error *err);
	void *also_arg;
};

struct ingest_result {
	int64_t added;		/* sightings that were new */
	int64_t known;		/* that were there already */
	int64_t opened;		/* incidents */
	int64_t changed;	/* incidents, the opened ones included */
};

bool ingest(struct store *s, const struct rules *rules, const struct canary_set *canaries,
    const struct derived_set *learned, struct sighting_list *batch, int64_t now_ms,
    struct ingest_result *out, struct error *err);
/* As ingest(), with more in the same transaction. */
bool ingest_with(struct store *s, const struct rules *rules, const struct canary_set *canaries,
    const struct derived_set *learned, struct sighting_list *batch, const struct ingest_extra *extra,
    int64_t now_ms, struct ingest_result *out, struct error *err);

#endif
