/* store/incidents.h: incidents, their sightings, and the keys derived. */
#ifndef STORE_INCIDENTS_H
#define STORE_INCIDENTS_H

#include "core/intent/derived.h"
#include "core/model/audit.h"
#include "core/model/incident.h"
#include "core/model/sighting.h"
#include "store/store.h"

/* Inserts when row is 0 (and sets it), updates otherwise. A taken id gets "-2", "-3" … */
bool incident_save(struct store *s, struct incident *i, struct error *err);
/* By id or an unambiguous beginning of it; *found false when there is none. */
bool incident_load(struct store *s, const char *id, struct incident *i, bool *found, struct error *err);
/* All of one canary (NULL: of all), newest first; `state` NULL: any; since WHEN_NONE: ever. */
bool incident_list(struct store *s, const char *key_id, const char *state, int64_t since_ms,
    struct incident_list *out, struct error *err);

/* The newest incidents of other canaries than `key_id`, drills and the owner's acts left out; at most `max`. */
bool incident_list_near(struct store *s, const char *key_id, int64_t since_ms, size_t max,
    struct incident_list *out, struct error *err);

/* *added is false when this event of this canary is there already. */
bool sighting_add(struct store *s, const struct sighting *sg, bool *added, struct error *err);
bool sighting_known(struct store *s, const char *key_id, const char *event_id, bool *known,
    struct error *err);
/*
 * Is there a logged use of the canary, by whatever key, of any service within
 * `near_ms` of `at_ms`, or of this service within `far_ms`? `service` is the
 * first part of an event source: "ses".
 */
bool sighting_explains(struct store *s, const char *key_id, const char *service, int64_t at_ms,
    int64_t near_ms, int64_t far_ms, bool *yes, struct error *err);
/* The unlogged uses of a canary that such an event explains: within the same distances. */
bool sighting_unlogged(struct store *s, const struct sighting *event, int64_t near_ms, int64_t far_ms,
    struct sighting_list *out, struct error *err);
/* The unlogged use is explained: it keeps its place with a label. */
bool sighting_explained(struct store *s, const struct sighting *unlogged, const char *reason,
    struct error *err);
/* Of one incident by time; max 0: all. */
bool sighting_list_of(struct store *s, int64_t incident, size_t max, struct sighting_list *out,
    struct error *err);

/* The row of the first sighting behind the `told` oldest ones, in the order they were stored; 0: there is none. */
bool sighting_behind(struct store *s, int64_t incident, int64_t told, int64_t *row, struct error *err);
/* How many there are from that row on, how many of them denied. */
bool sighting_count(struct store *s, int64_t incident, int64_t row, int64_t *calls, int64_t *denied,
    struct error *err);
/*
 * What those from that row on have in common, the most frequent first, at most
 * `max`; `fresh` when it was not there before. Of calls the text is "source name".
 */
enum sighting_facet { FACET_CALL, FACET_ADDRESS, FACET_TOOL, FACET_LABEL };
bool sighting_facets(struct store *s, int64_t incident, int64_t row, enum sighting_facet facet, size_t max,
    void (*tell)(void *arg, const char *text, int64_t count, bool fresh), void *arg, struct error *err);

bool derived_save(struct store *s, const struct derived_set *set, struct error *err);
bool derived_load(struct store *s, struct derived_set *out, struct error *err);

/* Who did what, when. */
bool audit_add(struct store *s, int64_t at_ms, const char *who, const char *what, const char *subject,
    const char *detail, struct error *err);
/* Oldest first; `subject` NULL: of all, otherwise those that begin with it; since WHEN_NONE: ever. */
bool audit_each(struct store *s, const char *subject, int64_t since_ms,
    void (*show)(void *arg, const struct audit_entry *), void *arg, struct error *err);

#endif
