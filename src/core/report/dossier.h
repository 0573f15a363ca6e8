/*
 * core/report/dossier.h: everything a report or an alert may tell about one
 * incident, gathered before rendering.
 *
 * All members are borrowed from whoever gathered them (work/gather.h); a
 * renderer reads and never keeps. Renderers are pure: `now_ms` and the zone
 * are arguments here.
 */
#ifndef CORE_REPORT_DOSSIER_H
#define CORE_REPORT_DOSSIER_H

#include <stddef.h>
#include <stdint.h>

#include "core/intent/relate.h"
#include "core/intent/rules.h"
#include "core/model/canary.h"
#include "core/model/coverage.h"
#include "core/model/incident.h"
#include "core/model/placement.h"
#include "core/model/sighting.h"

/* What is known about a network address, where a database is configured. */
struct address_note {
	const char *ip;
	const char *country;	/* ISO 3166-1 alpha-2; NULL unknown */
	const char *network;	/* "AS14061 DigitalOcean"; NULL unknown */
	bool tor;
};

struct dossier {
	const struct incident *incident;
	const struct canary *canary;		/* NULL: not in the registry */
	const struct placement *placement;	/* all of the canary's */
	size_t placements;
	const struct sighting *sighting;	/* by time; may be the first few only */
	size_t sightings;
	size_t sightings_left_out;
	const struct gap *gap;			/* that touch the incident's span */
	size_t gaps;
	const struct coverage *coverage;	/* of the canary's account */
	size_t coverages;
	const struct address_note *address;
	size_t addresses;
	const struct relation *related;		/* of other canaries: same address, session or user agent */
	size_t relateds;
	const struct rules *rules;		/* what stages mean; NULL: codes alone are told */
	const char *link;			/* put in front of the incident's id; NULL: none */
	const char *monitor;			/* how this monitor calls itself; NULL */
	int64_t now_ms;
	int64_t zone_s;				/* east of UTC, for times people read */
};

#endif
