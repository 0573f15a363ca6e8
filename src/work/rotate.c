#include "work/rotate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/model/keyid.h"
#include "os/random.h"
#include "store/canaries.h"
#include "work/plant.h"

void
rotate_result_clear(struct rotate_result *r)
{
	placement_clear(&r->placement);
	strlist_clear(&r->others);
	strlist_clear(&r->planned);
	strlist_clear(&r->calls);
	free(r->diff);
	*r = (struct rotate_result){ .diff = NULL };
}

/* All canaries minted to take the place of one share this batch: that is how a rerun finds them. */
static char *
batch_of(const char *key_id)
{
	return mem_printf("rotate-%s", key_id);
}

static bool
still_there(const struct placement *p)
{
	return p->state != PLACEMENT_REMOVED && p->state != PLACEMENT_GONE && p->state != PLACEMENT_PLANTING;
}

/* --- which placement ------------------------------------------------------------------ */

/* The one to replace; all other places are told. NULL: none is left. */
static bool
choose(const struct placement_list *all, const struct rotate_order *o, const struct placement **out,
    struct strlist *others, struct error *err)
{
	size_t fit = 0;

	*out = NULL;
	for (size_t i = 0; i < all->len; i++) {
		const struct placement *p = &all->item[i];

		if (!still_there(p))
			continue;
		if (o->path == NULL || str_eq(o->path, p->path)) {
			fit++;
			*out = p;
		}
	}
	if (fit > 1)
		return error_set(err, ERROR_USAGE, "the key stands in %zu places; say which with --path", fit);
	if (o->path != NULL && fit == 0)
		return error_set(err, ERROR_NOT_FOUND, "the key is not placed in %s; \"keycanary placements\" lists where it is",
		    o->path);
	for (size_t i = 0; i < all->len; i++) {
		const struct placement *p = &all->item[i];

		if (still_there(p) && p != *out)
			strlist_take(others, mem_printf("%s: %s", p->repo, p->path));
		if (p->copies != NULL && still_there(p))
			strlist_split(others, p->copies, "\n");
	}
	return true;
}

/* --- the new canary ---------------------------------------------------------------------- */

static bool
mint_like(struct store *s, const struct settings *settings, const struct canary *old,
    const struct rotate_order *o, const char *batch, const char *who, const struct mint_tell *tell,
    struct rotate_result *out, struct error *err)
{
	const struct mint_order order = { .number = old->account, .account = old->account, .profile = o->profile,
		.style = o->style, .owner = old->owner, .note = old->note, .tags = &old->tags, .origin = "rotate",
		.batch = batch, .level = (int)old->level, .count = 1, .drill = old->drill, .dry_run = o->dry_run,
		.seed = o->seed };
	struct mint_result made = { .keys = STRLIST_INIT };
	bool ok = (old->state == CANARY_INERT ? mint_inert : mint)(s, settings, &order, who, tell, &made, err);

	strlist_copy(&out->planned, &made.planned);
	strlist_copy(&out->calls, &made.calls);
	mint_result_clear(&made);
	return ok;
}

/* What an earlier run held when it was killed is free again. */
static bool
free_batch(struct store *s, const char *batch, struct error *err)
{
	struct canary_set all = CANARY_SET_INIT;
	bool ok = canary_list(s, NULL, &all, err);

	for (size_t i = 0; ok && i < all.len; i++)
		if (str_eq(all.item[i].batch, batch))
			ok = mint_give_back(s, all.item[i].key_id, err);
	canary_set_clear(&all);
	return ok;
}

/* One that an earlier run minted for this, or a new one. */
static bool
take_new(struct store *s, const struct settings *settings, const struct canary *old,
    const struct rotate_order *o, const char *who, const struct mint_tell *tell, struct minted *out,
    struct rotate_result *result, struct error *err)
{
	char *batch = batch_of(old->key_id);
	const struct mint_want want = { .batch = batch, .level = -1, .inert = old->state == CANARY_INERT };
	bool found = false, ok = free_batch(s, batch, err) && mint_take(s, &want, o->now_ms, out, &found, err);

	if (ok && !found)
		ok = mint_like(s, settings, old, o, batch, who, tell, result, err) &&
		    mint_take(s, &want, o->now_ms, out, &found, err) &&
		    (found || error_set(err, ERROR_CONFLICT, "the new canary was taken by somebody else meanwhile"));
	free(batch);
	return ok;
}

/* The change with a key that never was: what would hinder it is found before anything is minted. */
static bool
on_paper(struct store *s, const struct canary *old, const struct placement *place, const struct rotate_order *o,
    const char *who, struct rotate_result *out, struct error *err)
{
	const struct replace_request q = { .secret = o->secret, .message = o->message, .who = who,
		.commit = place->commit != NULL && !o->no_commit, .dry_run = true, .now_ms = o->now_ms };
	struct minted none = { .secret = mint_invented_secret() };
	char id[KEYID_LEN + 1];
	uint8_t noise[5];
	bool ok;

	random_bytes(noise, sizeof(noise));
	canary_init(&none.canary);
	if (!keyid_compose("AKIA", old->account, noise, id))
		(void)memcpy(id, old->key_id, sizeof(id));
	none.canary.key_id = mem_strdup(id);
	ok = plant_replace(s, place, &none, &q, &out->placement, &out->diff, err) ||
	    error_in(err, "%s: %s", place->repo, place->path);
	minted_clear(&none);
	if (!o->dry_run || !ok) {
		placement_clear(&out->placement);
		placement_init(&out->placement);
		free(out->diff);
		out->diff = NULL;
	}
	return ok;
}

static bool
put_new(struct store *s, const struct placement *place, struct minted *now, const struct rotate_order *o,
    const char *who, struct rotate_result *out, struct error *err)
{
	const struct replace_request q = { .secret = o->secret, .message = o->message, .who = who,
		.commit = place->commit != NULL && !o->no_commit, .now_ms = o->now_ms };

	if (plant_replace(s, place, now, &q, &out->placement, &out->diff, err)) {
		out->replaced = true;
		return true;
	}
	(void)mint_give_back(s, now->canary.key_id, NULL);
	return error_in(err, "%s: %s", place->repo, place->path);
}

/* --- all of it ----------------------------------------------------------------------------- */

/* Nothing is left to replace: is that because an earlier run did it? */
static bool
was_replaced(struct store *s, const char *key_id, bool *yes, struct error *err)
{
	struct canary_set all = CANARY_SET_INIT;
	char *batch = batch_of(key_id);
	bool ok = canary_list(s, NULL, &all, err);

	*yes = false;
	for (size_t i = 0; ok && i < all.len && !*yes; i++) {
		struct placement_list list = PLACEMENT_LIST_INIT;

		if (!str_eq(all.item[i].batch, batch))
			continue;
		ok = plant_list(s, all.item[i].key_id, NULL, &list, err);
		*yes = ok && list.len > 0;
		placement_list_clear(&list);
	}
	canary_set_clear(&all);
	free(batch);
	return ok;
}

static bool
replace_one(struct store *s, const struct settings *settings, const struct canary *old,
    const struct rotate_order *o, const char *who, const struct mint_tell *tell, struct rotate_result *out,
    struct error *err)
{
	struct placement_list all = PLACEMENT_LIST_INIT;
	const struct placement *place = NULL;
	struct minted now = { .secret = NULL };
	bool done = false;
	bool ok = plant_list(s, old->key_id, NULL, &all, err) && choose(&all, o, &place, &out->others, err);

	if (ok && place == NULL) {
		ok = was_replaced(s, old->key_id, &done, err) && (done || error_set(err, ERROR_NOT_FOUND, "%s stands nowhere "
		    "that the ledger knows; \"keycanary mint\" and \"keycanary plant\" make a new one, \"keycanary retire\" ends "
		    "this one", old->key_id));
	} else if (ok) {
		ok = on_paper(s, old, place, o, who, out, err) && (o->dry_run ?
		    mint_like(s, settings, old, o, NULL, who, tell, out, err) :
		    take_new(s, settings, old, o, who, tell, &now, out, err) &&
		    put_new(s, place, &now, o, who, out, err));
		minted_clear(&now);
	}
	placement_list_clear(&all);
	return ok;
}

static bool
retire_old(struct store *s, const struct settings *settings, const struct canary *old,
    const struct rotate_order *o, const char *who, const struct mint_tell *tell, struct rotate_result *out,
    struct error *err)
{
	const struct retire_order order = { .profile = o->profile };

	if (o->dry_run || o->keep_old || old->state == CANARY_INERT || old->state == CANARY_RETIRED)
		return true;
	out->retired = retire(s, settings, old->key_id, &order, who, tell, err);
	return out->retired || error_in(err, "the new key is in place, the old one is not retired yet");
}

bool
rotate(struct store *s, const struct settings *settings, const char *key_id,
    const struct rotate_order *order, const char *who, const struct mint_tell *tell,
    struct rotate_result *out, struct error *err)
{
	struct canary old;
	bool found = false, ok = canary_load(s, key_id, &old, &found, err);

	*out = (struct rotate_result){ .diff = NULL };
	placement_init(&out->placement);
	if (ok && !found)
		ok = error_set(err, ERROR_NOT_FOUND, "%.40s is not in the registry; \"keycanary list\" shows what is", key_id);
	ok = ok && replace_one(s, settings, &old, order, who, tell, out, err) &&
	    retire_old(s, settings, &old, order, who, tell, out, err);
	canary_clear(&old);
	return ok;
}
