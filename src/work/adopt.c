/*
 * Taking users that exist into the registry. A decoy that may do things is a
 * danger, so a user is adopted only when what it may do is understood: nothing,
 * an explicit deny, or our own lure.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "store/canaries.h"
#include "store/incidents.h"
#include "work/mint_int.h"

/* --- what a user may do -------------------------------------------------------------- */

struct rights {
	enum canary_level level;
	char *why_not;		/* it may do more than a decoy should; NULL: fine */
};

static void
more(struct rights *r, char *why)
{
	if (r->why_not == NULL)
		r->why_not = why;
	else
		free(why);
}

bool
document_only_denies(const cJSON *doc)
{
	const cJSON *list = json_get(doc, "Statement"), *one;

	if (cJSON_IsObject(list))
		return str_eq(json_string(list, "Effect"), "Deny");
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) == 0)
		return false;
	cJSON_ArrayForEach(one, list)
		if (!str_eq(json_string(one, "Effect"), "Deny"))
			return false;
	return true;
}

bool
document_is_level(const cJSON *doc, enum canary_level level)
{
	const char *name;
	char *text;
	cJSON *ours;
	bool same;

	if (!level_policy(level, &name, &text, NULL) || text == NULL)
		return false;
	ours = json_parse(text, strlen(text), name, NULL);
	same = cJSON_Compare(doc, ours, true);
	cJSON_Delete(ours);
	free(text);
	return same;
}

static bool
judge_policy(struct minter *m, const char *user, const char *policy, struct rights *r, struct error *err)
{
	char *text = NULL;
	cJSON *doc;

	if (!iam_get_policy(&m->iam, user, policy, &text, err))
		return false;
	doc = json_parse(text, strlen(text), policy, err);
	if (document_only_denies(doc))
		r->level = CANARY_DENIED;
	else if (document_is_level(doc, CANARY_LURE))
		r->level = r->level == CANARY_DENIED ? CANARY_DENIED : CANARY_LURE;
	else
		more(r, mem_printf("the inline policy %s allows things", policy));
	cJSON_Delete(doc);
	free(text);
	return true;
}

static void
judge_attached(struct rights *r, const char *arn)
{
	const char *name = strrchr(arn, '/') != NULL ? strrchr(arn, '/') + 1 : arn;

	if (str_eq(name, "AWSDenyAll"))
		r->level = CANARY_DENIED;
	else if (!str_starts(name, "AWSCompromisedKeyQuarantine"))
		more(r, mem_printf("the policy %s is attached", arn));
}

static bool
look_at_rights(struct minter *m, const char *user, struct rights *r, struct error *err)
{
	struct strlist inline_ones = STRLIST_INIT, attached = STRLIST_INIT, groups = STRLIST_INIT;
	bool login = false;
	bool ok = iam_list_policies(&m->iam, user, &inline_ones, err) &&
	    iam_list_attached(&m->iam, user, &attached, err) && iam_list_groups(&m->iam, user, &groups, err) &&
	    iam_has_login(&m->iam, user, &login, err);

	for (size_t i = 0; ok && i < inline_ones.len; i++)
		ok = judge_policy(m, user, inline_ones.item[i], r, err);
	for (size_t i = 0; ok && i < attached.len; i++)
		judge_attached(r, attached.item[i]);
	if (ok && groups.len > 0)
		more(r, mem_printf("it is in the group %s", groups.item[0]));
	if (ok && login)
		more(r, mem_strdup("it can log in to the console"));
	strlist_clear(&inline_ones);
	strlist_clear(&attached);
	strlist_clear(&groups);
	return ok;
}

/* --- one user ---------------------------------------------------------------------------- */

static bool
adopt_key(struct minter *m, const struct iam_user *u, const struct iam_key *k, enum canary_level level,
    const struct adopt_order *o, struct adopt_result *out, struct error *err)
{
	struct canary c;
	bool known = false, ok = canary_load(m->store, k->id, &c, &known, err);

	if (!ok || known) {
		out->known += known;
		canary_clear(&c);
		return ok;
	}
	c.key_id = mem_strdup(k->id);
	c.account = mem_strdup(m->account);
	c.user_name = mem_strdup(u->name);
	c.user_id = mem_strdup(u->id);
	c.arn = mem_strdup(u->arn);
	c.owner = mem_strdup(o->owner);
	c.note = mem_strdup(o->note);
	c.origin = mem_strdup("adopt");
	if (o->tags != NULL)
		strlist_copy(&c.tags, o->tags);
	c.level = level;
	c.created_ms = clock_now_ms();
	out->adopted++;
	ok = o->dry_run || (canary_save(m->store, &c, err) &&
	    audit_add(m->store, c.created_ms, m->who, "adopt", c.key_id, c.user_name, err));
	if (ok && m->tell != NULL && m->tell->made != NULL)
		m->tell->made(m->tell->arg, &c);
	canary_clear(&c);
	return ok;
}

static bool
adopt_keys(struct minter *m, const struct iam_user *u, enum canary_level level, const struct adopt_order *o,
    struct adopt_result *out, struct error *err)
{
	struct iam_key_list keys = { .item = NULL };
	bool ok = iam_list_keys(&m->iam, u->name, &keys, err);

	for (size_t i = 0; ok && i < keys.len; i++) {
		if (str_eq(keys.item[i].id, m->signer)) {
			ok = error_set(err, ERROR_REFUSED, "user %s is the one we are working as: the monitor's own key must "
			    "not be a canary", u->name);
		} else if (!keys.item[i].active) {
			out->skipped++;
			minter_note(m, "%s of user %s is switched off: it cannot fire, left out", keys.item[i].id, u->name);
		} else {
			ok = adopt_key(m, u, &keys.item[i], level, o, out, err);
		}
	}
	if (ok && keys.len >= IAM_KEYS_PER_USER)
		minter_note(m, "user %s has the %d keys that AWS allows it: no further one can be made for it", u->name,
		    IAM_KEYS_PER_USER);
	if (ok && keys.len == 0)
		minter_note(m, "user %s has no key", u->name);
	iam_key_list_clear(&keys);
	return ok;
}

static bool
adopt_user(struct minter *m, const struct iam_user *u, const struct adopt_order *o, struct adopt_result *out,
    struct error *err)
{
	struct rights r = { .level = CANARY_SILENT };
	bool ok = look_at_rights(m, u->name, &r, err);

	if (ok && r.why_not != NULL && !o->force) {
		out->skipped++;
		minter_note(m, "user %s left out: %s, and a decoy must not be useful to an intruder (--force takes it)",
		    u->name, r.why_not);
	} else if (ok) {
		ok = adopt_keys(m, u, r.why_not != NULL ? CANARY_LURE : r.level, o, out, err);
	}
	free(r.why_not);
	return ok || error_in(err, "user %s", u->name);
}

static bool
find_users(struct minter *m, const struct adopt_order *o, struct iam_user_list *out, struct error *err)
{
	if (o->users == NULL || o->users->len == 0)
		return iam_list_users(&m->iam, o->path, out, err);
	for (size_t i = 0; i < o->users->len; i++) {
		MEM_GROW(out->item, out->len, out->cap);
		if (!iam_get_user(&m->iam, o->users->item[i], &out->item[out->len], err))
			return error_in(err, "user %.64s", o->users->item[i]);
		out->len++;
	}
	return true;
}

bool
adopt(struct store *s, const struct settings *settings, const struct adopt_order *order, const char *who,
    const struct mint_tell *tell, struct adopt_result *out, struct error *err)
{
	struct iam_user_list users = { .item = NULL };
	struct minter m;
	bool ok;

	*out = (struct adopt_result){ .adopted = 0 };
	if (!minter_open(&m, s, settings, order->account, order->profile, who, tell, err))
		return false;
	ok = find_users(&m, order, &users, err);
	for (size_t i = 0; ok && i < users.len; i++)
		ok = adopt_user(&m, &users.item[i], order, out, err);
	iam_user_list_clear(&users);
	minter_close(&m);
	return ok;
}
