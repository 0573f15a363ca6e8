#include "work/lint.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/model/keyid.h"
#include "store/canaries.h"
#include "store/placements.h"
#include "work/bait.h"

/* The subjects of one run, and what their borrowed strings live in. */
struct run {
	struct canary_set canaries;
	struct placement_list ledger;
	struct lint_subject *subject;	/* one for each canary, more where it is planted twice */
	size_t subjects;
	struct strlist owned;
};

static const char *
keep(struct run *r, char *text)
{
	if (text == NULL)
		return NULL;
	strlist_take(&r->owned, text);
	return text;
}

/* "/team/ci/" of "arn:aws:iam::123456789012:user/team/ci/name" */
static char *
path_of_arn(const char *arn)
{
	const char *user = arn != NULL ? strstr(arn, ":user/") : NULL, *last = user != NULL ? strrchr(user, '/') : NULL;

	return last != NULL ? mem_strndup(user + 5, (size_t)(last - user - 5) + 1) : NULL;
}

static bool
choose(struct store *s, const struct strlist *keys, struct run *r, struct error *err)
{
	if (keys->len == 0)
		return canary_list(s, NULL, &r->canaries, err);
	for (size_t i = 0; i < keys->len; i++) {
		struct canary c;
		bool found = false, ok = canary_load(s, keys->item[i], &c, &found, err);

		if (ok && !found && !keyid_valid(keys->item[i]))
			ok = error_set(err, ERROR_USAGE, "\"%.40s\" is no access key id", keys->item[i]);
		if (ok && !found)
			c.key_id = mem_strdup(keys->item[i]);
		if (ok)
			canary_set_add(&r->canaries, &c);
		canary_clear(&c);
		if (!ok)
			return false;
	}
	canary_set_index(&r->canaries);
	return true;
}

static void
add_subject(struct run *r, const struct canary *c, const struct placement *p)
{
	r->subject = mem_resize(r->subject, r->subjects + 1, sizeof(*r->subject));
	r->subject[r->subjects++] = (struct lint_subject){ .key_id = c->key_id, .user_name = c->user_name,
		.user_path = keep(r, path_of_arn(c->arn)), .arn = c->arn, .tags = &c->tags, .inert = c->state == CANARY_INERT,
		.level = c->arn != NULL || c->user_name != NULL ? canary_level_name(c->level) : NULL,
		.path = p != NULL ? p->path : NULL, .repo = p != NULL ? p->repo : NULL,
		.region = p != NULL ? keep(r, placement_trait(p, "region")) : NULL,
		.profile = p != NULL ? keep(r, placement_trait(p, "profile")) : NULL,
		.shape = p != NULL ? keep(r, placement_trait(p, "shape")) : NULL };
}

static void
add_canary(struct run *r, const struct canary *c)
{
	size_t before = r->subjects;

	for (size_t i = 0; i < r->ledger.len; i++)
		if (str_eq(r->ledger.item[i].key_id, c->key_id) && r->ledger.item[i].state != PLACEMENT_REMOVED)
			add_subject(r, c, &r->ledger.item[i]);
	if (r->subjects == before)
		add_subject(r, c, NULL);
}

bool
lint_canaries(struct store *s, const struct strlist *keys, struct linted *out, struct error *err)
{
	struct run r = { .canaries = CANARY_SET_INIT };
	bool ok;

	*out = (struct linted){ .canaries = 0 };
	ok = fingerprints_load(&out->rules, err) && choose(s, keys, &r, err) &&
	    placement_list(s, NULL, NULL, &r.ledger, err);
	for (size_t i = 0; ok && i < r.canaries.len; i++) {
		if (keys->len == 0 && r.canaries.item[i].state == CANARY_RETIRED)
			continue;
		add_canary(&r, &r.canaries.item[i]);
		out->canaries++;
		out->inert += r.canaries.item[i].state == CANARY_INERT;
	}
	for (size_t i = 0; ok && i < r.subjects; i++)
		lint_one(&out->rules, &r.subject[i], &out->findings);
	if (ok && out->canaries > 1)
		lint_batch(&out->rules, r.subject, r.subjects, &out->findings);
	free(r.subject);
	strlist_clear(&r.owned);
	placement_list_clear(&r.ledger);
	canary_set_clear(&r.canaries);
	return ok;
}

bool
lint_name(const char *user_name, const char *user_path, struct linted *out, struct error *err)
{
	const struct lint_subject s = { .user_name = user_name, .user_path = user_path };

	*out = (struct linted){ .canaries = 0 };
	if (!fingerprints_load(&out->rules, err))
		return false;
	lint_one(&out->rules, &s, &out->findings);
	return true;
}

void
linted_clear(struct linted *l)
{
	lint_findings_clear(&l->findings);
	lint_rules_clear(&l->rules);
}
