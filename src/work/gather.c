#include "work/gather.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/fold.h"
#include "store/canaries.h"
#include "store/coverage.h"
#include "store/incidents.h"
#include "store/placements.h"

/* A gap matters when it touches the time from the first sighting to now: what came after may be hidden too. */
static bool
touches(const struct gap *g, const struct tally *t)
{
	return t->first_ms == WHEN_NONE || g->to_ms == WHEN_NONE || g->to_ms >= t->first_ms;
}

/* How far we could see while it happened. */
static bool
gather_sight(struct store *s, struct gathered *g, struct error *err)
{
	struct gap_list all = { .item = NULL };
	bool ok;

	g->coverage = mem_zalloc(1, sizeof(*g->coverage));
	g->gaps = mem_zalloc(1, sizeof(*g->gaps));
	ok = coverage_list(s, g->coverage, err) && gap_list(s, false, 0, &all, err);
	for (size_t i = 0; ok && i < all.len; i++) {
		if (touches(&all.item[i], &g->incident.tally)) {
			MEM_GROW(g->gaps->item, g->gaps->len, g->gaps->cap);
			gap_copy(&g->gaps->item[g->gaps->len++], &all.item[i]);
		}
	}
	gap_list_clear(&all);
	return ok;
}

/* Incidents of other canaries that share an address, a session or a user agent. */
static bool
gather_related(struct store *s, struct gathered *out, struct error *err)
{
	int64_t first = out->incident.tally.first_ms;

	if (!incident_list(s, NULL, NULL, first == WHEN_NONE ? WHEN_NONE : first - FOLD_WINDOW_S * 1000,
		&out->others, err))
		return false;
	out->dossier.relateds = incidents_related(&out->incident, out->others.item, out->others.len, FOLD_WINDOW_S,
	    out->relation);
	out->dossier.related = out->relation;
	return true;
}

bool
gather_near(struct store *s, struct gathered *out, struct error *err)
{
	enum { LOOKED_AT_MAX = 20 };
	int64_t first = out->incident.tally.first_ms;

	if (out->incident.drill)
		return true;
	if (!incident_list_near(s, out->incident.key_id, first == WHEN_NONE ? WHEN_NONE : first - FOLD_WINDOW_S * 1000,
		LOOKED_AT_MAX, &out->others, err))
		return false;
	out->dossier.relateds = incidents_related(&out->incident, out->others.item, out->others.len, FOLD_WINDOW_S,
	    out->relation);
	out->dossier.related = out->relation;
	return true;
}

bool
gather_brief(struct store *s, const char *incident, size_t max, int64_t now_ms, int64_t zone_s,
    struct gathered *out, struct error *err)
{
	bool found = false, known = false;

	*out = (struct gathered){ .sightings = SIGHTING_LIST_INIT, .others = INCIDENT_LIST_INIT };
	incident_init(&out->incident);
	canary_init(&out->canary);
	if (!incident_load(s, incident, &out->incident, &found, err))
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no incident \"%.60s\"; \"keycanary incidents\" lists them", incident);
	if (!canary_load(s, out->incident.key_id, &out->canary, &known, err) ||
	    !sighting_list_of(s, out->incident.row, max, &out->sightings, err) ||
	    !placement_list(s, out->incident.key_id, NULL, &out->placements, err))
		return false;
	out->dossier = (struct dossier){ .incident = &out->incident, .canary = known ? &out->canary : NULL,
		.sighting = out->sightings.item, .sightings = out->sightings.len,
		.sightings_left_out = (size_t)out->incident.tally.sightings > out->sightings.len ?
		    (size_t)out->incident.tally.sightings - out->sightings.len : 0,
		.placement = out->placements.item, .placements = out->placements.len,
		.now_ms = now_ms, .zone_s = zone_s };
	return true;
}

bool
gather(struct store *s, const char *incident, size_t max, int64_t now_ms, int64_t zone_s,
    struct gathered *out, struct error *err)
{
	if (!gather_brief(s, incident, max, now_ms, zone_s, out, err) || !gather_sight(s, out, err))
		return false;
	out->dossier.coverage = out->coverage->item;
	out->dossier.coverages = out->coverage->len;
	out->dossier.gap = out->gaps->item;
	out->dossier.gaps = out->gaps->len;
	return gather_related(s, out, err);
}

void
gathered_locate(struct gathered *g, const struct settings *settings)
{
	address_notes(settings, &g->incident.tally, &g->addresses);
	g->dossier.address = g->addresses.item;
	g->dossier.addresses = g->addresses.len;
}

void
gathered_clear(struct gathered *g)
{
	incident_clear(&g->incident);
	canary_clear(&g->canary);
	placement_list_clear(&g->placements);
	sighting_list_clear(&g->sightings);
	incident_list_clear(&g->others);
	address_notes_clear(&g->addresses);
	if (g->coverage != NULL)
		coverage_list_clear(g->coverage);
	if (g->gaps != NULL)
		gap_list_clear(g->gaps);
	free(g->coverage);
	free(g->gaps);
	*g = (struct gathered){ .coverage = NULL };
}

bool
gather_overview(struct store *s, const struct incident_list *incidents, int64_t now_ms, struct overviewed *out,
    struct error *err)
{
	*out = (struct overviewed){ .canaries = CANARY_SET_INIT, .gaps = mem_zalloc(1, sizeof(*out->gaps)) };
	if (!canary_list(s, NULL, &out->canaries, err) || !gap_list(s, true, 100, out->gaps, err)) {
		overviewed_clear(out);
		return false;
	}
	out->overview = (struct overview){ .incidents = incidents, .canaries = &out->canaries,
		.gap = out->gaps->item, .gaps = out->gaps->len, .now_ms = now_ms };
	return true;
}

void
overviewed_clear(struct overviewed *o)
{
	canary_set_clear(&o->canaries);
	gap_list_clear(o->gaps);
	free(o->gaps);
	*o = (struct overviewed){ .gaps = NULL };
}
