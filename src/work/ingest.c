#include "work/ingest.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/fold.h"
#include "core/intent/judge.h"
#include "store/canaries.h"
#include "store/coverage.h"
#include "store/drills.h"
#include "store/incidents.h"

/* The incidents one batch touches, as they were before and as they become. */
struct open_set {
	struct incident_list now;
	struct incident_list before;	/* copies of those that were there and change */
	int64_t window_s;
	struct map loaded;	/* key ids whose incidents are in the list */
};

static bool
load_incidents(struct store *s, const char *key_id, struct open_set *set, int64_t now_ms, struct error *err)
{
	static char here;
	size_t first = set->now.len;

	if (map_has(&set->loaded, key_id))
		return true;
	if (!incident_list(s, key_id, NULL, WHEN_NONE, &set->now, err))
		return false;
	(void)map_put(&set->loaded, key_id, &here);
	/* `changed_ms` marks what this batch touches; the batch before may have been in the same millisecond. */
	for (size_t i = first; i < set->now.len; i++)
		if (set->now.item[i].changed_ms == now_ms)
			set->now.item[i].changed_ms--;
	return true;
}

/* The owner's own and expected acts open nothing that waits for somebody. */
static bool
nobodys_business(const struct sighting *sg)
{
	return str_eq(sg->label, "own") || str_eq(sg->label, "expected");
}

/* The incident of a sighting, opened when it has none; its row exists afterwards. */
static struct incident *
incident_for(struct store *s, const struct canary_set *canaries, const struct sighting *sg,
    struct open_set *set, int64_t now_ms, struct ingest_result *out, struct error *err)
{
	struct incident fresh;
	size_t at;

	if (!load_incidents(s, sg->key_id, set, now_ms, err))
		return NULL;
	at = incident_find(set->now.item, set->now.len, sg, set->window_s);
	if (at != SIZE_MAX)
		return &set->now.item[at];
	incident_open(&fresh, canary_by_key(canaries, sg->key_id), sg);
	fresh.opened_ms = now_ms;
	if (!incident_save(s, &fresh, err)) {
		incident_clear(&fresh);
		return NULL;
	}
	out->opened += !nobodys_business(sg);
	incident_list_take(&set->now, &fresh);
	return &set->now.item[set->now.len - 1];
}

/*
 * A closed incident that a stranger uses again is open again, and the audit
 * trail says so. One of the owner's acts alone is closed from birth, until
 * anybody else appears in it.
 */
static bool
open_or_close(struct store *s, struct incident *i, const struct sighting *sg, int64_t now_ms, struct error *err)
{
	bool ours = i->state == INCIDENT_CLOSED && i->classification == CLASS_OWNER && i->note == NULL;

	if (nobodys_business(sg) && i->tally.sightings == 1) {
		i->state = INCIDENT_CLOSED;
		i->classification = CLASS_OWNER;
		i->closed_ms = now_ms;
	}
	if (i->state != INCIDENT_CLOSED || nobodys_business(sg) || (sg->label != NULL && !ours))
		return true;
	i->state = INCIDENT_OPEN;
	i->classification = CLASS_NONE;
	i->closed_ms = WHEN_NONE;
	return audit_add(s, now_ms, "keycanary", "reopened", i->id, "used again after it was closed", err);
}

static const struct incident *
as_before(const struct open_set *set, int64_t row)
{
	for (size_t n = 0; n < set->before.len; n++)
		if (set->before.item[n].row == row)
			return &set->before.item[n];
	return NULL;
}

/* One that holds sightings already is remembered as it was. */
static void
remember(struct open_set *set, const struct incident *i)
{
	struct incident copy;

	if (i->tally.sightings == 0 || as_before(set, i->row) != NULL)
		return;
	incident_copy(&copy, i);
	incident_list_take(&set->before, &copy);
}

static struct incident *
by_row(struct open_set *set, int64_t row)
{
	for (size_t n = 0; n < set->now.len; n++)
		if (set->now.item[n].row == row)
			return &set->now.item[n];
	return NULL;
}

/* IAM told of this use before CloudTrail did: now there is an event for it. */
static bool
explain_unlogged(struct store *s, const struct sighting *sg, struct open_set *set, int64_t now_ms,
    struct error *err)
{
	struct sighting_list uses = SIGHTING_LIST_INIT;
	bool ok;

	if (sg->kind == SIGHTING_UNLOGGED || sg->kind == SIGHTING_TARGET || sg->time_ms == WHEN_NONE)
		return true;
	ok = sighting_unlogged(s, sg, INGEST_NEAR_MS, INGEST_FAR_MS, &uses, err);
	for (size_t n = 0; ok && n < uses.len; n++) {
		struct incident *i = by_row(set, uses.item[n].incident);
		char *reason = mem_printf("the event came later: %.64s", sg->event_id);

		ok = sighting_explained(s, &uses.item[n], reason, err);
		if (ok && i != NULL) {
			if (i->changed_ms != now_ms)
				remember(set, i);
			unfold_unlogged(i, &uses.item[n]);
			i->changed_ms = now_ms;
			i->revision++;
		}
		free(reason);
	}
	sighting_list_clear(&uses);
	return ok;
}

/* A use that names a run of ours, made with the run's own key, is the drill's. */
static bool
know_drill(struct store *s, struct sighting *sg, struct error *err)
{
	char run[DRILL_RUN_LEN + 1];
	bool known = false;

	if (sg->label != NULL || sg->kind != SIGHTING_KEY || !drill_run_of(sg->user_agent, run))
		return true;
	if (!drill_known(s, run, sg->key_id, &known, err))
		return false;
	if (known)
		drill_label(sg, run);
	return true;
}

static bool
take_one(struct store *s, const struct canary_set *canaries, struct sighting *sg, struct open_set *set,
    int64_t now_ms, struct ingest_result *out, struct error *err)
{
	struct incident *i;
	bool known = false, added = false;

	if (!sighting_known(s, sg->key_id, sg->event_id, &known, err))
		return false;
	if (known) {
		out->known++;
		return true;
	}
	if (!know_drill(s, sg, err))
		return false;
	i = incident_for(s, canaries, sg, set, now_ms, out, err);
	if (i == NULL)
		return false;
	sg->incident = i->row;
	if (sg->seen_ms == WHEN_NONE)
		sg->seen_ms = now_ms;
	if (!sighting_add(s, sg, &added, err))
		return false;
	if (!added)
		return true;
	out->added++;
	if (i->changed_ms != now_ms)
		remember(set, i);
	fold(i, sg);
	if (!open_or_close(s, i, sg, now_ms, err))
		return false;
	i->changed_ms = now_ms;
	i->revision++;
	return explain_unlogged(s, sg, set, now_ms, err) &&
	    (sg->label != NULL || canary_trip(s, sg->key_id, sg->time_ms, err));
}

static bool
save_changed(struct store *s, const struct rules *rules, struct open_set *set,
    const struct ingest_extra *extra, int64_t now_ms, struct ingest_result *out, struct error *err)
{
	for (size_t n = 0; n < set->now.len; n++) {
		struct incident *i = &set->now.item[n];

		if (i->changed_ms != now_ms)
			continue;
		verdict_clear(&i->verdict);
		judge(rules, i, &i->verdict);
		if (!incident_save(s, i, err))
			return false;
		if (extra->changed != NULL &&
		    !extra->changed(extra->changed_arg, s, as_before(set, i->row), i, err))
			return false;
		out->changed++;
	}
	return true;
}

static bool
save_extra(struct store *s, const struct ingest_extra *extra, struct error *err)
{
	if (extra->coverage != NULL && !coverage_save(s, extra->coverage, err))
		return false;
	for (size_t n = 0; n < extra->gaps; n++)
		if (!gap_save(s, &extra->gap[n], err))
			return false;
	return extra->also == NULL || extra->also(extra->also_arg, s, err);
}

bool
ingest_with(struct store *s, const struct rules *rules, const struct canary_set *canaries,
    const struct derived_set *learned, struct sighting_list *batch, const struct ingest_extra *extra,
    int64_t now_ms, struct ingest_result *out, struct error *err)
{
	struct open_set set = { .now = INCIDENT_LIST_INIT, .before = INCIDENT_LIST_INIT,
		.window_s = extra->window_s > 0 ? extra->window_s : FOLD_WINDOW_S };
	bool ok = store_begin(s, err);

	*out = (struct ingest_result){ .added = 0 };
	for (size_t n = 0; ok && n < batch->len; n++)
		ok = take_one(s, canaries, &batch->item[n], &set, now_ms, out, err);
	ok = ok && derived_save(s, learned, err) &&
	    save_changed(s, rules, &set, extra, now_ms, out, err) && save_extra(s, extra, err) &&
	    store_commit(s, err);
	if (!ok)
		store_rollback(s);
	incident_list_clear(&set.now);
	incident_list_clear(&set.before);
	map_clear(&set.loaded, NULL);
	return ok;
}

bool
ingest(struct store *s, const struct rules *rules, const struct canary_set *canaries,
    const struct derived_set *learned, struct sighting_list *batch, int64_t now_ms,
    struct ingest_result *out, struct error *err)
{
	static const struct ingest_extra nothing = { .coverage = NULL };

	return ingest_with(s, rules, canaries, learned, batch, &nothing, now_ms, out, err);
}
