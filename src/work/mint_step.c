/*
 * One canary, step by step. Each step is written to the journal before its
 * first call, so that after a kill anywhere the next run knows what may exist.
 *
 *	user	CreateUser, with the boundary in the same call
 *	policy	PutUserPolicy, and look until IAM shows it
 *	key	CreateAccessKey; the canary and its sealed secret are saved and
 *		the row is taken out in one transaction
 *
 * The order is what keeps a key from ever having more rights than meant: a user
 * without a policy may do nothing, the boundary is there before any policy, and
 * the key comes last. A policy that has not come through yet (IAM is eventually
 * consistent) means fewer rights for a moment, never more.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "store/canaries.h"
#include "store/drift.h"
#include "store/incidents.h"
#include "work/mint_int.h"

enum {
	PATIENCE_MS = 30000,	/* IAM User Guide: changes may take seconds to come through */
	FIRST_WAIT_MS = 200,
	CLOCK_SLACK_MS = 900000,
	RECENT_MS = 60000,
	UNDO_WAIT_MS = 1600,	/* the longest pause of a doubling row: three seconds in all */
	TRIES = 3,
};

/* --- waiting for IAM to know what it just made ------------------------------------- */

struct patience {
	int64_t until_ms, pause_ms;
};

static bool
still_coming(struct patience *p, const struct error *err)
{
	int64_t now = clock_steady_ms();

	if (err->kind != ERROR_NOT_FOUND)
		return false;
	if (p->until_ms == 0)
		*p = (struct patience){ now + PATIENCE_MS, FIRST_WAIT_MS };
	if (now + p->pause_ms > p->until_ms)
		return false;
	clock_sleep_ms(p->pause_ms);
	p->pause_ms = p->pause_ms < 4000 ? p->pause_ms * 2 : p->pause_ms;
	return true;
}

/* --- user ------------------------------------------------------------------------------ */

static void
take_user(struct minting *row, const struct iam_user *u)
{
	free(row->user_id);
	free(row->arn);
	row->user_id = mem_strdup(u->id);
	row->arn = mem_strdup(u->arn);
}

/* Is the user of that name the one an earlier try made? Nobody else's is ever touched. */
static bool
is_ours(struct minter *m, const struct minting *row, const struct iam_user *u, bool *ours, struct error *err)
{
	struct strlist policies = STRLIST_INIT, attached = STRLIST_INIT;
	bool ok;

	*ours = str_eq(u->path, row->path) && u->created_ms != WHEN_NONE &&
	    u->created_ms >= row->started_ms - CLOCK_SLACK_MS && (row->user_id == NULL || str_eq(row->user_id, u->id));
	if (!*ours || row->user_id != NULL)
		return true;
	ok = iam_list_policies(&m->iam, row->user_name, &policies, err) &&
	    iam_list_attached(&m->iam, row->user_name, &attached, err);
	*ours = ok && policies.len == 0 && attached.len == 0;
	strlist_clear(&policies);
	strlist_clear(&attached);
	return ok;
}

static bool
find_ours(struct minter *m, struct minting *row, bool *found, bool *ours, struct error *err)
{
	struct iam_user u;
	struct error why = ERROR_INIT;
	bool ok = iam_get_user(&m->iam, row->user_name, &u, &why);

	*found = ok;
	*ours = false;
	if (!ok && why.kind == ERROR_NOT_FOUND)
		return true;
	if (!ok) {
		if (err != NULL)
			*err = why;
		return false;
	}
	ok = is_ours(m, row, &u, ours, err);
	if (ok && *ours)
		take_user(row, &u);
	iam_user_clear(&u);
	return ok;
}

/* Refused outright: nothing was made by this call. */
static bool
nothing_made(const struct error *err, bool again)
{
	return err->kind == ERROR_DENIED || err->kind == ERROR_FULL || err->kind == ERROR_CREDENTIALS ||
	    (err->kind == ERROR_CONFLICT && !again);
}

/* A user that an earlier try made may exist before it can be looked at. */
static bool
look_for_ours(struct minter *m, struct minting *row, bool must, bool *found, struct error *err)
{
	const struct error not_yet = { .kind = ERROR_NOT_FOUND };
	struct patience p = { 0, 0 };
	bool ours = false, ok;

	do
		ok = find_ours(m, row, found, &ours, err);
	while (ok && !*found && must && still_coming(&p, &not_yet));
	return ok && (!*found || ours || error_set(err, ERROR_CONFLICT, "user %s exists and is not ours", row->user_name));
}

static bool
step_user(struct minter *m, struct minting *row, bool again, struct canary *out, struct error *err)
{
	struct iam_user u;
	bool found = false;

	(void)out;
	if (again && !look_for_ours(m, row, false, &found, err))
		return false;
	if (found)
		return true;
	if (!iam_create_user(&m->iam, row->user_name, row->path, row->boundary, &u, err)) {
		if (again && err->kind == ERROR_CONFLICT)
			return look_for_ours(m, row, true, &found, err) && found;
		if (nothing_made(err, again)) {
			free(row->step);
			row->step = mem_strdup("planned");
			(void)minting_save(m->store, row, NULL);
		}
		return false;
	}
	take_user(row, &u);
	iam_user_clear(&u);
	return true;
}

/* --- policy ------------------------------------------------------------------------------- */

static bool
put_policy(struct minter *m, const struct minting *row, const char *name, const char *document, struct error *err)
{
	struct patience p = { 0, 0 };
	char *there = NULL;
	bool ok;

	do
		ok = iam_put_policy(&m->iam, row->user_name, name, document, err);
	while (!ok && still_coming(&p, err));
	while (ok && !(ok = iam_get_policy(&m->iam, row->user_name, name, &there, err)) && still_coming(&p, err))
		ok = true;
	free(there);
	return ok;
}

static bool
step_policy(struct minter *m, struct minting *row, bool again, struct canary *out, struct error *err)
{
	const char *name;
	char *document;
	bool ok = level_policy(row->level, &name, &document, err);

	(void)again;
	(void)out;
	if (ok && document != NULL)
		ok = put_policy(m, row, name, document, err);
	free(document);
	return ok;
}

/* --- key ------------------------------------------------------------------------------------- */

/* A key that was made and never saved is nobody's: its secret is lost. */
static bool
delete_lost_keys(struct minter *m, const struct minting *row, struct error *err)
{
	struct iam_key_list keys = { .item = NULL };
	bool ok = iam_list_keys(&m->iam, row->user_name, &keys, err);

	for (size_t i = 0; ok && i < keys.len; i++) {
		bool known = false;

		ok = key_known(m->store, keys.item[i].id, &known, err);
		if (ok && !known)
			ok = iam_delete_key(&m->iam, row->user_name, keys.item[i].id, err);
	}
	iam_key_list_clear(&keys);
	return ok;
}

static void
fill_canary(const struct minting *row, const char *key_id, struct canary *c)
{
	canary_clear(c);
	canary_init(c);
	c->key_id = mem_strdup(key_id);
	c->account = mem_strdup(row->account);
	c->user_name = mem_strdup(row->user_name);
	c->user_id = mem_strdup(row->user_id);
	c->arn = mem_strdup(row->arn);
	c->owner = mem_strdup(row->owner);
	c->note = mem_strdup(row->note);
	c->origin = mem_strdup(row->origin);
	c->batch = mem_strdup(row->batch);
	strlist_copy(&c->tags, &row->tags);
	c->state = CANARY_LIVE;
	c->level = row->level;
	c->drill = row->drill;
	c->created_ms = clock_now_ms();
}

static bool
save_canary(struct minter *m, const struct minting *row, const struct canary *c, struct error *err)
{
	struct store *s = m->store;
	bool ok = store_begin(s, err) && canary_save(s, c, err) && minting_remove(s, row, err) &&
	    (row->boundary == NULL || drift_boundary_save(s, c->key_id, row->boundary, err)) &&
	    audit_add(s, c->created_ms, m->who, "mint", c->key_id, row->user_name, err) && store_commit(s, err);

	if (!ok)
		store_rollback(s);
	return ok;
}

static bool
step_key(struct minter *m, struct minting *row, bool again, struct canary *out, struct error *err)
{
	struct patience p = { 0, 0 };
	char *key_id = NULL, *secret = NULL;
	bool ok = !again || delete_lost_keys(m, row, err);

	if (ok) {
		do
			ok = iam_create_key(&m->iam, row->user_name, &key_id, &secret, err);
		while (!ok && still_coming(&p, err));
	}
	if (ok) {
		fill_canary(row, key_id, out);
		ok = mint_seal(m->store, out, secret, err) && save_canary(m, row, out, err);
		if (!ok)
			(void)iam_delete_key(&m->iam, row->user_name, key_id, NULL);
	}
	free(key_id);
	mem_free_secret(secret);
	/* The list may have been older than the lost key; now it is saved what is ours. */
	return ok && (!again || delete_lost_keys(m, row, err));
}

/* --- all of them --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*run)(struct minter *, struct minting *, bool, struct canary *, struct error *);
} steps[] = {
	{ "user", step_user }, { "policy", step_policy }, { "key", step_key },
};

static bool
begin_step(struct minter *m, struct minting *row, const char *name, struct error *err)
{
	if (!str_eq(row->step, name)) {
		free(row->step);
		row->step = mem_strdup(name);
	}
	return minting_save(m->store, row, err);
}

/* An answer that was lost says nothing: the step looks for itself what was done. */
static bool
lost_answer(const struct error *err)
{
	return err->kind == ERROR_NETWORK || err->kind == ERROR_REMOTE;
}

static bool
run_step(struct minter *m, struct minting *row, size_t i, bool again, struct canary *out, struct error *err)
{
	bool ok = begin_step(m, row, steps[i].name, err) && steps[i].run(m, row, again, out, err);

	for (int try = 1; !ok && try < TRIES && lost_answer(err); try++) {
		clock_sleep_ms(FIRST_WAIT_MS << try);
		ok = steps[i].run(m, row, true, out, err);
	}
	return ok;
}

bool
mint_steps(struct minter *m, struct minting *row, bool again, struct canary *out, struct error *err)
{
	size_t i = 0;

	for (size_t k = 0; k < ARRAY_LEN(steps); k++)
		if (str_eq(row->step, steps[k].name))
			i = k;
	for (; i < ARRAY_LEN(steps); i++, again = false)
		if (!run_step(m, row, i, again, out, err))
			return false;
	return true;
}

bool
remove_user(struct minter *m, const char *user, struct error *err)
{
	static const struct {
		bool (*list)(struct iam *, const char *, struct strlist *, struct error *);
		bool (*remove)(struct iam *, const char *, const char *, struct error *);
	} parts[] = { { iam_list_policies, iam_delete_policy }, { iam_list_attached, iam_detach_policy },
		{ iam_list_groups, iam_leave_group } };
	struct iam_key_list keys = { .item = NULL };
	bool ok = iam_list_keys(&m->iam, user, &keys, err);

	if (!ok && err != NULL && err->kind == ERROR_NOT_FOUND) {
		error_clear(err);
		return true;
	}
	for (size_t i = 0; ok && i < keys.len; i++)
		ok = iam_delete_key(&m->iam, user, keys.item[i].id, err);
	for (size_t i = 0; ok && i < ARRAY_LEN(parts); i++) {
		struct strlist names = STRLIST_INIT;

		ok = parts[i].list(&m->iam, user, &names, err);
		for (size_t k = 0; ok && k < names.len; k++)
			ok = parts[i].remove(&m->iam, user, names.item[k], err);
		strlist_clear(&names);
	}
	ok = ok && iam_delete_login(&m->iam, user, err) && iam_delete_user(&m->iam, user, err);
	iam_key_list_clear(&keys);
	return ok;
}

bool
mint_undo(struct minter *m, struct minting *row, struct error *err)
{
	bool found = false, ours = false, ok = true, recent = clock_now_ms() - row->started_ms < RECENT_MS;

	if (!str_eq(row->step, "planned"))
		ok = find_ours(m, row, &found, &ours, err);
	/* Made a moment ago, a user may not be seen yet. */
	for (int64_t pause = FIRST_WAIT_MS; ok && !found && recent && pause <= UNDO_WAIT_MS &&
	    !str_eq(row->step, "planned"); pause *= 2) {
		clock_sleep_ms(pause);
		ok = find_ours(m, row, &found, &ours, err);
	}
	if (ok && ours)
		ok = remove_user(m, row->user_name, err);
	return ok && minting_remove(m->store, row, err);
}
