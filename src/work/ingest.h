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
#include "core/model/sighting.h"

struct store;

struct ingest_result {
	int64_t added;		/* sightings that were new */
	int64_t known;		/* that were there already */
	int64_t opened;		/* incidents */
	int64_t changed;	/* incidents, the opened ones included */
};

bool ingest(struct store *s, const struct rules *rules, const struct canary_set *canaries,
    const struct derived_set *learned, struct sighting_list *batch, int64_t now_ms,
    struct ingest_result *out, struct error *err);

#endif
