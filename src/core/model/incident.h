/*
 * core/model/incident.h: the sightings of one canary that belong together in
 * time, summed up.
 *
 * An incident does not hold its sightings: it holds the tally of them, which
 * stays small whether there were two or a hundred thousand. fold
 * (core/intent/fold.h) adds a sighting to the tally; the result does not
 * depend on the order sightings came in. judge (core/intent/judge.h) turns the
 * tally into the verdict.
 */
#ifndef CORE_MODEL_INCIDENT_H
#define CORE_MODEL_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "core/model/verdict.h"

/* Stored names never change. */
#define INCIDENT_STATES(X) \
	X(INCIDENT_OPEN, "open") X(INCIDENT_ACKNOWLEDGED, "acknowledged") X(INCIDENT_CLOSED, "closed")

enum incident_state {
#define X(id, name) id,
	INCIDENT_STATES(X)
#undef X
};

/* What a closed incident turned out to be. */
#define INCIDENT_CLASSES(X) \
	X(CLASS_NONE, "none") X(CLASS_TRUE, "true") X(CLASS_BENIGN, "benign") \
	X(CLASS_DRILL, "drill") X(CLASS_OWNER, "owner")

enum incident_class {
#define X(id, name) id,
	INCIDENT_CLASSES(X)
#undef X
};

enum {
	TALLY_CALLS_MAX = 1024,	/* distinct (source, name, stage, label); more only raise `call_overflow` */
	TALLY_TEXTS_MAX = 64,	/* distinct addresses, tools, regions, sessions … each: the first by text */
};

/* One distinct operation. */
struct tally_call {
	char *source;
	char *name;
	char *stage;		/* NULL: no rule knows it */
	char *also_stage;
	char *resource;		/* the first thing aimed at; NULL */
	char *label;		/* as of its sightings; NULL: a stranger */
	char *first_event;	/* event id of the earliest */
	int64_t first_ms;
	int64_t last_ms;
	int64_t denied;
	int64_t failed;		/* otherwise */
	int64_t succeeded;
};

/* One distinct text and how often it was seen. */
struct tally_text {
	char *text;
	int64_t count;
	int64_t first_ms;
	int64_t last_ms;
};

struct tally_texts {
	struct tally_text *item;
	size_t len;
	int64_t overflow;	/* sightings with others, beyond the limit */
};

struct tally {
	struct tally_call *call;
	size_t calls;
	int64_t call_overflow;
	struct tally_texts addresses;
	struct tally_texts user_agents;
	struct tally_texts regions;
	struct tally_texts sessions;	/* derived and other keys used */
	struct tally_texts errors;
	struct tally_texts resources;	/* identities, users, policies aimed at */
	struct tally_texts policies;	/* that refused calls, as error messages name them */
	struct tally_texts kinds;	/* sighting kinds */
	struct tally_texts labels;	/* labels of sightings that are not a stranger's */
	int64_t sightings;
	int64_t strangers;		/* sightings without a label */
	int64_t denied;
	int64_t failed;			/* denied included */
	int64_t succeeded;
	int64_t first_ms;		/* WHEN_NONE while empty */
	int64_t last_ms;
};

struct incident {
	int64_t row;		/* given by the store; 0 before */
	char *id;		/* what people type: "20240730-dsae2o-5f1c" */
	char *key_id;
	char *user_name;	/* of the canary, for people */
	char *account;
	enum incident_state state;
	enum incident_class classification;
	char *note;		/* of whoever closed it */
	bool drill;
	int64_t revision;	/* grows with each change worth telling; see escalate */
	int64_t opened_ms;	/* when we noticed */
	int64_t changed_ms;
	int64_t closed_ms;	/* WHEN_NONE: open */
	struct tally tally;
	struct verdict verdict;
};

void incident_init(struct incident *i);
void incident_copy(struct incident *to, const struct incident *from);
void incident_clear(struct incident *i);
const char *incident_state_name(enum incident_state state);
bool incident_state_parse(const char *name, enum incident_state *out);
const char *incident_class_name(enum incident_class c);
bool incident_class_parse(const char *name, enum incident_class *out);

/* Tally and verdict as the store keeps them, and back. */
void tally_write(const struct tally *t, struct jsonw *w, const char *name);
bool tally_read(struct tally *t, const cJSON *o, struct error *err);
void verdict_write(const struct verdict *v, struct jsonw *w, const char *name);
bool verdict_read(struct verdict *v, const cJSON *o, struct error *err);

/* A growing array of owned incidents. */
struct incident_list {
	struct incident *item;
	size_t len;
	size_t cap;
};

#define INCIDENT_LIST_INIT { .item = NULL, .len = 0, .cap = 0 }
void incident_list_take(struct incident_list *l, struct incident *i);
void incident_list_clear(struct incident_list *l);

#endif
