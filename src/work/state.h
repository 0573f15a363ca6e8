/*
 * work/state.h: the store for commands, which may not see it themselves:
 * the registry, incidents and their life, how far we see.
 */
#ifndef WORK_STATE_H
#define WORK_STATE_H

#include "core/intent/rules.h"
#include "core/model/audit.h"
#include "core/model/canary.h"
#include "core/model/coverage.h"
#include "core/model/incident.h"

struct settings;
struct store;

/* Opened by settings_open_store() (work/settings.h). */
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
