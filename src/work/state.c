#include "work/state.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/canaries.h"
#include "store/coverage.h"
#include "store/incidents.h"
#include "store/outbox.h"
#include "store/store.h"

bool
state_open(struct store **out, const char *dir, struct error *err)
{
	return store_open(out, dir, err);
}

void
state_close(struct store *s)
{
	store_close(s);
}

bool
state_canaries(struct store *s, const char *state, const char *account, const char *tag,
    struct canary_set *out, struct error *err)
{
	struct canary_filter filter = { .state = state, .account = account, .tag = tag };

	return canary_list(s, &filter, out, err);
}

bool
state_canary(struct store *s, const char *key_id, struct canary *out, bool *found, struct error *err)
{
	return canary_load(s, key_id, out, found, err);
}

bool
state_import(struct store *s, const struct canary_set *canaries, struct error *err)
{
	bool ok = store_begin(s, err);

	for (size_t i = 0; ok && i < canaries->len; i++)
		ok = canary_save(s, &canaries->item[i], err);
	ok = ok && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	return ok;
}

bool
state_incidents(struct store *s, const char *key_id, const char *state, int64_t since_ms,
    struct incident_list *out, struct error *err)
{
	return incident_list(s, key_id, state, since_ms, out, err);
}

bool
state_gather(struct store *s, const char *incident, size_t max, int64_t now_ms, int64_t zone_s,
    struct gathered *out, struct error *err)
{
	bool found = false, known = false;

	*out = (struct gathered){ .sightings = SIGHTING_LIST_INIT };
	canary_init(&out->canary);
	if (!incident_load(s, incident, &out->incident, &found, err))
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no incident \"%.60s\"; \"keycanary incidents\" lists them", incident);
	if (!canary_load(s, out->incident.key_id, &out->canary, &known, err) ||
	    !sighting_list_of(s, out->incident.row, max, &out->sightings, err))
		return false;
	out->dossier = (struct dossier){ .incident = &out->incident, .canary = known ? &out->canary : NULL,
		.sighting = out->sightings.item, .sightings = out->sightings.len,
		.sightings_left_out = (size_t)out->incident.tally.sightings > out->sightings.len ?
		    (size_t)out->incident.tally.sightings - out->sightings.len : 0,
		.now_ms = now_ms, .zone_s = zone_s };
	return true;
}

void
gathered_clear(struct gathered *g)
{
	incident_clear(&g->incident);
	canary_clear(&g->canary);
	sighting_list_clear(&g->sightings);
}

bool
state_incident_set(struct store *s, const char *incident, enum incident_state to,
    enum incident_class class, const char *note, const char *who, int64_t now_ms, struct error *err)
{
	struct incident i;
	bool found = false, ok;

	incident_init(&i);
	ok = store_begin(s, err) && incident_load(s, incident, &i, &found, err);
	if (ok && !found)
		ok = error_set(err, ERROR_NOT_FOUND,
		    "there is no incident \"%.60s\"; \"keycanary incidents\" lists them", incident);
	if (ok) {
		i.state = to;
		i.classification = class;
		i.changed_ms = now_ms;
		i.closed_ms = to == INCIDENT_CLOSED ? now_ms : WHEN_NONE;
		if (note != NULL) {
			free(i.note);
			i.note = mem_strdup(note);
		}
		ok = incident_save(s, &i, err) &&
		    audit_add(s, now_ms, who, incident_state_name(to), i.id, note, err) && store_commit(s, err);
	}
	if (!ok)
		store_rollback(s);
	incident_clear(&i);
	return ok;
}

static void
count_message(void *arg, const struct outbox_row *r)
{
	struct sight *s = arg;

	*(str_eq(r->state, "parked") ? &s->parked : &s->waiting) += 1;
}

bool
state_sight(struct store *s, struct sight *out, struct error *err)
{
	struct coverage_list coverage = { .item = NULL };
	struct gap_list gaps = { .item = NULL };
	struct canary_set canaries = CANARY_SET_INIT;
	bool ok;

	*out = (struct sight){ .coverages = 0 };
	ok = coverage_list(s, &coverage, err) && gap_list(s, true, 100, &gaps, err) &&
	    canary_list(s, NULL, &canaries, err) && outbox_each(s, false, count_message, out, err);
	for (size_t i = 0; ok && i < canaries.len; i++)
		out->canaries[canaries.item[i].state]++;
	canary_set_clear(&canaries);
	out->coverage = coverage.item;
	out->coverages = coverage.len;
	out->gap = gaps.item;
	out->gaps = gaps.len;
	return ok;
}

void
sight_clear(struct sight *s)
{
	struct coverage_list coverage = { s->coverage, s->coverages, 0 };
	struct gap_list gaps = { s->gap, s->gaps, 0 };

	coverage_list_clear(&coverage);
	gap_list_clear(&gaps);
	*s = (struct sight){ .coverages = 0 };
}
