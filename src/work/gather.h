/*
 * work/gather.h: everything a report or an alert may tell, taken out of the
 * state: about one incident (core/report/dossier.h), or about all
 * (core/report/html.h).
 */
#ifndef WORK_GATHER_H
#define WORK_GATHER_H

#include "core/report/dossier.h"
#include "core/report/html.h"
#include "work/address.h"

struct coverage_list;
struct gap_list;
struct settings;
struct store;

/* A dossier with everything it borrows. */
struct gathered {
	struct dossier dossier;
	struct placement_list placements;
	struct incident incident;
	struct canary canary;
	struct sighting_list sightings;
	struct address_notes addresses;
	struct coverage_list *coverage;	/* owned; what the dossier's coverage and gaps borrow from */
	struct gap_list *gaps;
	struct incident_list others;	/* of the same days; `relation` borrows from it */
	struct relation relation[RELATIONS_MAX];
};

/* Everything about one incident; at most `max` sightings (0: all). ERROR_NOT_FOUND names it. */
bool gather(struct store *s, const char *incident, size_t max, int64_t now_ms, int64_t zone_s,
    struct gathered *out, struct error *err);
/* Without what costs more the more incidents there are: coverage, gaps, related ones. For alerts. */
bool gather_brief(struct store *s, const char *incident, size_t max, int64_t now_ms, int64_t zone_s,
    struct gathered *out, struct error *err);
/* The few newest incidents of other canaries that are related: a bounded cost, for alerts. */
bool gather_near(struct store *s, struct gathered *out, struct error *err);
/* Puts in what the configured databases know of the incident's addresses. */
void gathered_locate(struct gathered *g, const struct settings *settings);
/* Also after a failure. */
void gathered_clear(struct gathered *g);

/* An overview with what it borrows; `incidents` must outlive it. */
struct overviewed {
	struct overview overview;
	struct canary_set canaries;
	struct gap_list *gaps;
};

bool gather_overview(struct store *s, const struct incident_list *incidents, int64_t now_ms,
    struct overviewed *out, struct error *err);
void overviewed_clear(struct overviewed *o);

#endif
