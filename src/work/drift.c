#include "work/drift.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/drift.h"
#include "work/mint_int.h"
#include "world/aws/xml.h"

const char *
drift_name(enum drift_kind kind)
{
	static const char *const names[] = {
#define X(id, name, about, remedy) [id] = name,
		DRIFTS(X)
#undef X
	};

	return names[kind];
}

const char *
drift_about(enum drift_kind kind)
{
	static const char *const texts[] = {
#define X(id, name, about, remedy) [id] = about,
		DRIFTS(X)
#undef X
	};

	return texts[kind];
}

const char *
drift_remedy(enum drift_kind kind)
{
	static const char *const texts[] = {
#define X(id, name, about, remedy) [id] = remedy,
		DRIFTS(X)
#undef X
	};

	return texts[kind];
}

void
drift_list_clear(struct drift_list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->item[i].key_id);
		free(l->item[i].user_name);
		free(l->item[i].detail);
	}
	free(l->item);
	*l = (struct drift_list){ .item = NULL };
}

bool
drift_applies(const struct canary *c, const char *account)
{
	return (c->state == CANARY_LIVE || c->state == CANARY_TRIPPED) && c->user_name != NULL &&
	    (c->account == NULL || str_eq(c->account, account));
}

/* --- a look ---------------------------------------------------------------------------- */

/* One canary while it is looked at. */
struct subject {
	struct subject *next;	/* of the look, which owns them until its end */
	struct drift_look *look;
	const struct canary *c;
	size_t open;		/* questions without an answer */
	bool gone;		/* the user is not there: said once */
	bool ours;		/* the policy of the level was seen */
	bool policies;		/* the list of inline policies was answered */
};

struct drift_look {
	struct store *store;
	struct aws_client *client;
	struct canary_set canaries;
	struct map known;		/* key ids of the registry */
	struct map boundary;		/* key id to ARN, owned */
	size_t next, busy, abreast;
	struct subject *subject;
	struct asked *asked;
	struct drift_list found;
	drift_done *done;
	void *arg;
};

static void
find(struct subject *s, enum drift_kind kind, const char *detail)
{
	struct drift_list *l = &s->look->found;

	MEM_GROW(l->item, l->len, l->cap);
	l->item[l->len++] = (struct drift){ .key_id = mem_strdup(s->c->key_id),
		.user_name = mem_strdup(s->c->user_name), .kind = kind, .detail = mem_strdup(detail) };
}

static void look_on(struct drift_look *k);

static void
answered(struct subject *s)
{
	struct drift_look *k = s->look;
	bool minted = str_eq(s->c->origin, "mint") || str_eq(s->c->origin, "rotate");

	if (--s->open > 0)
		return;
	if (s->policies && !s->gone && minted && s->c->level != CANARY_SILENT && !s->ours)
		find(s, DRIFT_POLICY_GONE, NULL);
	k->busy--;
	k->found.looked_at++;
	look_on(k);
}

/* --- what each answer means ------------------------------------------------------------------ */

static void
judge_user(struct subject *s, const struct xml *r)
{
	const char *id = xml_text(r, "User/UserId"), *want = map_get(&s->look->boundary, s->c->key_id);
	const char *bound = xml_text(r, "User/PermissionsBoundary/PermissionsBoundaryArn");

	if (s->c->user_id != NULL && id != NULL && !str_eq(id, s->c->user_id))
		find(s, DRIFT_OTHER_USER, id);
	else if (want != NULL && !str_eq(want, bound))
		find(s, DRIFT_BOUNDARY, str_or(bound, "none now"));
}

static void
judge_keys(struct subject *s, const struct xml *r)
{
	const struct xml *list = xml_at(r, "AccessKeyMetadata");
	bool there = false, active = false;

	for (const struct xml *m = list != NULL ? list->child : NULL; m != NULL; m = m->next) {
		const char *id = str_or(xml_text(m, "AccessKeyId"), "");

		if (str_eq(id, s->c->key_id)) {
			there = true;
			active = str_eq(xml_text(m, "Status"), "Active");
		} else if (!map_has(&s->look->known, id)) {
			find(s, DRIFT_KEY_MORE, id);
		}
	}
	if (!there)
		find(s, DRIFT_KEY_GONE, NULL);
	else if (!active)
		find(s, DRIFT_KEY_OFF, NULL);
}

static void ask(struct subject *s, const char *action, const char *policy);

static void
judge_policies(struct subject *s, const struct xml *r)
{
	const struct xml *list = xml_at(r, "PolicyNames");

	s->policies = true;
	for (const struct xml *m = list != NULL ? list->child : NULL; m != NULL; m = m->next)
		ask(s, "GetUserPolicy", m->text);
}

/* A policy of an adopted lure is its owner's choice, made with --force. */
static void
judge_policy(struct subject *s, const struct xml *r)
{
	const char *encoded = str_or(xml_text(r, "PolicyDocument"), "");
	struct buf text = BUF_INIT(BUF_LINE);
	cJSON *doc = decode_percent(&text, encoded, strlen(encoded), false) ?
	    json_parse(buf_str(&text), text.len, "policy", NULL) : NULL;

	if (document_only_denies(doc))
		s->ours |= s->c->level == CANARY_DENIED;
	else if (s->c->level == CANARY_LURE && document_is_level(doc, CANARY_LURE))
		s->ours = true;
	else if (!(s->c->level == CANARY_LURE && str_eq(s->c->origin, "adopt")))
		find(s, DRIFT_POLICY_MORE, xml_text(r, "PolicyName"));
	cJSON_Delete(doc);
	buf_free(&text);
}

static void
judge_attached(struct subject *s, const struct xml *r)
{
	const struct xml *list = xml_at(r, "AttachedPolicies");

	for (const struct xml *m = list != NULL ? list->child : NULL; m != NULL; m = m->next) {
		const char *name = str_or(xml_text(m, "PolicyName"), "");

		if (str_eq(name, "AWSDenyAll"))
			s->ours |= s->c->level == CANARY_DENIED;
		else if (str_starts(name, "AWSCompromisedKeyQuarantine"))
			find(s, DRIFT_QUARANTINE, name);
		else if (!(s->c->level == CANARY_LURE && str_eq(s->c->origin, "adopt")))
			find(s, DRIFT_POLICY_MORE, xml_text(m, "PolicyArn"));
	}
}

/* Users that others made may be in groups of theirs. */
static void
judge_groups(struct subject *s, const struct xml *r)
{
	const struct xml *list = xml_at(r, "Groups");

	if (!str_eq(s->c->origin, "mint") && !str_eq(s->c->origin, "rotate"))
		return;
	for (const struct xml *m = list != NULL ? list->child : NULL; m != NULL; m = m->next)
		find(s, DRIFT_GROUP, xml_text(m, "GroupName"));
}

static void
judge_login(struct subject *s, const struct xml *r)
{
	if (xml_at(r, "LoginProfile") != NULL)
		find(s, DRIFT_LOGIN, NULL);
}

/* Asked about each canary; the last one only for policies that were listed. */
static const struct {
	const char *action;
	void (*judge)(struct subject *, const struct xml *result);
	bool missing_is_fine;	/* NoSuchEntity does not mean that the user is gone */
} questions[] = {
	{ "GetUser", judge_user, false }, { "ListAccessKeys", judge_keys, false },
	{ "ListUserPolicies", judge_policies, false }, { "ListAttachedUserPolicies", judge_attached, false },
	{ "ListGroupsForUser", judge_groups, false }, { "GetLoginProfile", judge_login, true },
	{ "GetUserPolicy", judge_policy, true },
};

/* --- asking ------------------------------------------------------------------------------------ */

struct asked {
	struct asked *next;	/* as the subjects */
	struct subject *subject;
	size_t question;
};

static void
failed(struct subject *s, const struct error *err, size_t question)
{
	struct drift_list *l = &s->look->found;

	if (err->kind == ERROR_NOT_FOUND && questions[question].missing_is_fine)
		return;
	if (err->kind == ERROR_NOT_FOUND) {
		if (!s->gone)
			find(s, DRIFT_USER_GONE, NULL);
		s->gone = true;
		return;
	}
	l->failed++;
	if (l->err.kind == ERROR_NONE)
		l->err = *err;
}

static void
on_answer(void *arg, const struct aws_answer *a)
{
	struct asked *q = arg;
	struct subject *s = q->subject;
	struct error err = a->err;
	struct xml *doc = a->ok ? xml_parse(a->body, a->body_len, questions[q->question].action, &err) : NULL;
	char *result = mem_printf("%sResult", questions[q->question].action);

	if (doc != NULL)
		questions[q->question].judge(s, xml_at(doc, result));
	else
		failed(s, &err, q->question);
	xml_free(doc);
	free(result);
	answered(s);
}

static void
ask(struct subject *s, const char *action, const char *policy)
{
	struct asked *q = mem_zalloc(1, sizeof(*q));
	struct buf form = BUF_INIT(BUF_LINE);

	q->subject = s;
	q->next = s->look->asked;
	s->look->asked = q;
	while (!str_eq(questions[q->question].action, action))
		q->question++;
	form_add(&form, "Action", action);
	form_add(&form, "Version", "2010-05-08");
	form_add(&form, "UserName", s->c->user_name);
	if (policy != NULL)
		form_add(&form, "PolicyName", policy);
	s->open++;
	aws_send(s->look->client, &(struct aws_call){ .service = "iam", .body = buf_str(&form) }, on_answer, q);
	buf_free(&form);
}

void
drift_drop(struct drift_look *k)
{
	if (k == NULL)
		return;
	while (k->subject != NULL) {
		struct subject *s = k->subject;

		k->subject = s->next;
		free(s);
	}
	while (k->asked != NULL) {
		struct asked *q = k->asked;

		k->asked = q->next;
		free(q);
	}
	canary_set_clear(&k->canaries);
	map_clear(&k->known, NULL);
	map_clear(&k->boundary, free);
	drift_list_clear(&k->found);
	free(k);
}

static void
look_on(struct drift_look *k)
{
	while (k->busy < k->abreast && k->next < k->canaries.len) {
		struct subject *s = mem_zalloc(1, sizeof(*s));

		s->look = k;
		s->next = k->subject;
		k->subject = s;
		s->c = &k->canaries.item[k->next++];
		k->busy++;
		for (size_t i = 0; i + 1 < ARRAY_LEN(questions); i++)
			ask(s, questions[i].action, NULL);
	}
	if (k->busy > 0)
		return;
	k->done(k->arg, &k->found);
	drift_drop(k);
}

/* The done of an empty look comes from the loop too, as any other. */
static void
nothing_to_do(void *arg)
{
	look_on(arg);
}

struct drift_look *
drift_begin(struct store *s, struct http *http, struct aws_client *client, const struct canary_set *canaries,
    size_t abreast, drift_done *done, void *arg, struct error *err)
{
	static char here;
	struct drift_look *k = mem_zalloc(1, sizeof(*k));
	struct strlist ids = STRLIST_INIT;
	bool ok = drift_known_keys(s, &ids, err) && drift_boundaries(s, &k->boundary, err);

	k->store = s;
	k->client = client;
	k->abreast = abreast;
	k->done = done;
	k->arg = arg;
	for (size_t i = 0; i < ids.len; i++)
		(void)map_put(&k->known, ids.item[i], &here);
	strlist_clear(&ids);
	for (size_t i = 0; ok && i < canaries->len; i++)
		canary_set_add(&k->canaries, &canaries->item[i]);
	if (!ok) {
		drift_drop(k);
		return NULL;
	}
	http_after(http, 0, nothing_to_do, k);
	return k;
}
