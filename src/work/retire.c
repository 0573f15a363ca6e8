/*
 * Taking a canary out of AWS. Every call may be repeated, and the registry is
 * changed last, so after a kill the same command goes on where it stood.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "store/canaries.h"
#include "store/incidents.h"
#include "work/mint_int.h"

/* Whose keys are the user's others? */
struct others {
	size_t canaries;	/* live or tripped ones of the registry */
	size_t strangers;	/* not in the registry */
	char *one;		/* a stranger */
};

static bool
look_at_others(struct minter *m, const struct canary *c, struct others *out, struct error *err)
{
	struct iam_key_list keys = { .item = NULL };
	struct error why = ERROR_INIT;
	bool ok = iam_list_keys(&m->iam, c->user_name, &keys, &why);

	for (size_t i = 0; ok && i < keys.len; i++) {
		struct canary other;
		bool known = false;

		if (str_eq(keys.item[i].id, c->key_id))
			continue;
		ok = canary_load(m->store, keys.item[i].id, &other, &known, &why);
		out->canaries += known && other.state != CANARY_RETIRED;
		if (ok && !known) {
			out->strangers++;
			free(out->one);
			out->one = mem_strdup(keys.item[i].id);
		}
		canary_clear(&other);
	}
	iam_key_list_clear(&keys);
	if (!ok && why.kind == ERROR_NOT_FOUND)
		return true;
	if (!ok && err != NULL)
		*err = why;
	return ok;
}

static bool
remove_in_aws(struct minter *m, const struct canary *c, const struct retire_order *o, struct error *err)
{
	struct others others = { .one = NULL };
	bool ok = look_at_others(m, c, &others, err);

	if (ok && others.strangers > 0 && !o->all_keys && !o->keep_user)
		ok = error_set(err, ERROR_CONFLICT, "user %s has a key that is not in the registry (%s): somebody may have "
		    "made it with the canary. --all-keys deletes it too, --keep-user deletes %s alone", c->user_name,
		    others.one, c->key_id);
	ok = ok && iam_delete_key(&m->iam, c->user_name, c->key_id, err);
	if (ok && others.canaries > 0)
		minter_note(m, "%s: user %s stays, it has another canary", c->key_id, c->user_name);
	else if (ok && !o->keep_user)
		ok = remove_user(m, c->user_name, err);
	free(others.one);
	return ok;
}

static bool
bury(struct store *s, struct canary *c, const char *who, struct error *err)
{
	bool ok;

	c->state = CANARY_RETIRED;
	if (c->retired_ms == WHEN_NONE)
		c->retired_ms = clock_now_ms();
	ok = store_begin(s, err) && canary_save(s, c, err) &&
	    (c->sealed_secret == NULL || canary_wipe(s, c->key_id, err)) &&
	    audit_add(s, c->retired_ms, who, "retire", c->key_id, c->user_name, err) && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	return ok;
}

static bool
retire_there(struct store *s, const struct settings *settings, const struct canary *c,
    const struct retire_order *o, const char *who, const struct mint_tell *tell, struct error *err)
{
	struct minter m;
	bool ok;

	if (c->user_name == NULL)
		return error_set(err, ERROR_CONFLICT, "%s: its user is not known, so nothing can be deleted in AWS; "
		    "--registry-only retires it here", c->key_id);
	if (!minter_open_number(&m, s, settings, c->account, o->profile, who, tell, err))
		return error_in(err, "%s", c->key_id);
	ok = audit_add(s, clock_now_ms(), who, "retiring", c->key_id, c->user_name, err) &&
	    remove_in_aws(&m, c, o, err);
	minter_close(&m);
	return ok;
}

bool
retire(struct store *s, const struct settings *settings, const char *key_id,
    const struct retire_order *order, const char *who, const struct mint_tell *tell, struct error *err)
{
	struct canary c;
	bool found = false, ok = canary_load(s, key_id, &c, &found, err);

	if (ok && !found)
		ok = error_set(err, ERROR_NOT_FOUND, "%.40s is not in the registry; \"keycanary list\" shows what is",
		    key_id);
	if (ok && c.state == CANARY_INERT)
		ok = error_set(err, ERROR_CONFLICT, "%s is inert: it never was in AWS, there is nothing to retire", key_id);
	if (ok && !order->registry_only)
		ok = retire_there(s, settings, &c, order, who, tell, err);
	ok = ok && bury(s, &c, who, err);
	canary_clear(&c);
	return ok;
}
