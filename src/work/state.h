/*
 * work/state.h: the store for commands, which may not see it themselves:
 * the registry, incidents, and what is gathered about them.
 */
#ifndef WORK_STATE_H
#define WORK_STATE_H

#include "core/intent/rules.h"
#include "core/model/audit.h"
#include "core/model/canary.h"
#include "core/model/incident.h"
#include "core/report/dossier.h"
#include "core/report/html.h"
#include "work/address.h"

struct coverage_list;
struct gap_list;
struct settings;
struct store;

bool state_open(struct store **out, const char *dir, struct error *err);
void state_close(struct store *s);

/* All canaries that fit; NULL members of the filter fit all. Indexed. */
bool state_canaries(struct store *s, const char *state, const char *account, const char *tag,
    struct canary_set *out, struct error *err);
bool state_canary(struct store *s, const char *key_id, struct canary *out, bool *found,
    struct error *err);
/* All or nothing. */
bool state_import(struct store *s, const struct canary_set *canaries, struct error *err);

/* Incidents of a canary (NULL: all), newest first. */
bool state_incidents(struct store *s, const char *key_id, const char *state, int64_t since_ms,
    struct incident_list *out, struct error *err);

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
bool state_gather(struct store *s, const char *incident, size_t max, int64_t now_ms, int64_t zone_s,
    struct gathered *out, struct error *err);
/* Without what costs more the more incidents there are: coverage, gaps, related ones. For alerts. */
bool state_gather_brief(struct store *s, const char *incident, size_t max, int64_t now_ms, int64_t zone_s,
    struct gathered *out, struct error *err);
/* The few newest incidents of other canaries that are related: a bounded cost, for alerts. */
bool state_gather_near(struct store *s, struct gathered *out, struct error *err);
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

bool state_overview(struct store *s, const struct incident_list *incidents, int64_t now_ms,
    struct overviewed *out, struct error *err);
void overviewed_clear(struct overviewed *o);

/* How far each account and region was read, and every hole that is not filled; for status. */
struct sight {
	struct coverage *coverage;
	size_t coverages;
	struct gap *gap;
	size_t gaps;
	int64_t canaries[4];	/* by enum canary_state */
	int64_t waiting;	/* messages in the outbox */
	int64_t parked;		/* refused for good by their channel */
	int64_t drifted;	/* canaries that differ from AWS, as the watch saw them last */
};

bool state_sight(struct store *s, struct sight *out, struct error *err);
void sight_clear(struct sight *s);

/*
 * Changes an incident's state; closing takes a class and a note, and is told on
 * the channels that were told of the incident. Written to the audit trail.
 * ERROR_CONFLICT when its life does not allow the step.
 */
bool state_incident_set(struct store *s, const struct settings *settings, const char *incident,
    enum incident_state to, enum incident_class class, const char *note, const char *who, int64_t now_ms,
    struct error *err);
/* The same inside the caller's transaction. */
bool state_incident_change(struct store *s, const struct settings *settings, const char *incident,
    enum incident_state to, enum incident_class class, const char *note, const char *who, int64_t now_ms,
    struct error *err);
/* The audit trail, oldest first; `subject` NULL: of all, otherwise those that begin with it. */
bool state_audit(struct store *s, const char *subject, int64_t since_ms,
    void (*show)(void *arg, const struct audit_entry *), void *arg, struct error *err);

#endif
