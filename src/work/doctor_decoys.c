/*
 * The canaries of an account, compared with AWS: one that was deleted or
 * disabled cannot fire, one that may do more than meant is of use to an
 * intruder, and nobody would know.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "os/clock.h"
#include "work/doctor_int.h"
#include "work/drift.h"

enum {
	ABREAST = 3,		/* canaries at once; IAM allows about twenty calls a second */
	MOST = 100,		/* looked at: six questions each, half a minute and twelve pages of us-east-1's events */
};

struct compared {
	struct doctor *doctor;
	size_t all;		/* canaries there are */
	bool done;
};

static void
say_drift(struct doctor *d, const struct drift *f)
{
	bool works = f->kind == DRIFT_QUARANTINE || f->kind == DRIFT_POLICY_GONE;

	doctor_say(d, works ? DIAGNOSIS_WARN : DIAGNOSIS_FAIL, f->key_id, drift_remedy(f->kind), "user %s: %s%s%s", f->user_name, drift_about(f->kind),
	    f->detail != NULL ? ": " : "", str_or(f->detail, ""));
	doctor_fact(d, "drift", drift_name(f->kind));
}

static void
on_done(void *arg, const struct drift_list *found)
{
	struct compared *c = arg;

	c->done = true;
	for (size_t i = 0; i < found->len; i++)
		say_drift(c->doctor, &found->item[i]);
	if (found->failed > 0)
		doctor_say(c->doctor, DIAGNOSIS_WARN, NULL, NULL, "%zu questions about %zu canaries were not answered: %s",
		    found->failed, found->looked_at, found->err.text);
	else if (found->len == 0)
		doctor_say(c->doctor, DIAGNOSIS_OK, NULL, NULL, "%zu of %zu are there, active, and may do what their level says",
		    found->looked_at, found->looked_at);
	if (c->all > found->looked_at)
		doctor_say(c->doctor, DIAGNOSIS_OK, NULL, NULL, "%zu of all %zu were looked at, others the next time; the watch "
		    "compares all of them by turns, \"keycanary status\" tells", found->looked_at, c->all);
}

/* All of them; of very many some of each part, and others a minute later. */
static void
choose(const struct doctor *d, const struct patient *p, struct canary_set *out, size_t *all)
{
	size_t stride, turn;

	*all = 0;
	for (size_t i = 0; i < d->canaries.len; i++)
		*all += drift_applies(&d->canaries.item[i], p->number);
	stride = *all > MOST ? (*all + MOST - 1) / MOST : 1;
	turn = (size_t)(clock_now_ms() / 60000) % stride;
	for (size_t i = 0, n = 0; i < d->canaries.len; i++)
		if (drift_applies(&d->canaries.item[i], p->number) && n++ % stride == turn)
			canary_set_add(out, &d->canaries.item[i]);
}

void
check_decoys(struct doctor *d, struct patient *p)
{
	struct canary_set mine = CANARY_SET_INIT;
	struct compared c = { .doctor = d };
	struct error err = ERROR_INIT;

	choose(d, p, &mine, &c.all);
	if (mine.len == 0 || d->o->store == NULL)
		doctor_say(d, DIAGNOSIS_SKIP, NULL, NULL, "there is no canary in account %s", p->number);
	else if (!drift_begin(d->o->store, d->http, p->client, &mine, ABREAST, on_done, &c, &err))
		doctor_say(d, DIAGNOSIS_FAIL, NULL, NULL, "%s", err.text);
	else
		while (!c.done && http_step(d->http, 1000))
			;
	canary_set_clear(&mine);
}
