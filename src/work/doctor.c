#include "work/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "os/embedded.h"
#include "store/canaries.h"
#include "work/doctor_int.h"

static const struct check checks[] = {
	{ "configuration", "what the operator decided, with every secret it refers to", check_configuration, CHECK_MACHINE, false },
	{ "state", "where canaries, sightings and messages are kept", check_state, CHECK_MACHINE, false },
	{ "channels", "who is told", check_channels, CHECK_MACHINE, false },
	{ "credentials", "who the monitor is; never a canary", check_credentials, CHECK_ACCOUNT, true },
	{ "identity", "AWS accepts the credentials", check_identity, CHECK_ACCOUNT, true },
	{ "clock", "signatures and windows need the right time", check_clock, CHECK_READY, false },
	{ "rights", "what the monitor may ask AWS", check_rights, CHECK_READY, false },
	{ "regions", "where CloudTrail is read", check_regions, CHECK_READY, false },
	{ "trails", "records beyond the event history's 90 days and management events", check_trails, CHECK_READY, false },
	{ "decoys", "the canaries are in AWS as the registry says", check_decoys, CHECK_READY, false },
	{ "coverage", "up to when everything was read", check_coverage, CHECK_MACHINE, false },
};

static const char *const result_names[] = {
#define X(id, name) [id] = name,
	DIAGNOSIS_RESULTS(X)
#undef X
};

const char *
diagnosis_name(enum diagnosis_result result)
{
	return result_names[result];
}

const char *
doctor_check_name(size_t i)
{
	return i < ARRAY_LEN(checks) ? checks[i].name : NULL;
}

const char *
doctor_check_purpose(size_t i)
{
	return i < ARRAY_LEN(checks) ? checks[i].purpose : NULL;
}

bool
doctor_policy(struct buf *out, struct error *err)
{
	return embedded_read("canary/policy/monitor.json", out, err);
}

/* --- diagnoses ----------------------------------------------------------------------- */

static bool
named(const struct doctor *d, const struct check *c)
{
	return d->o->only == NULL || d->o->only->len == 0 || strlist_has(d->o->only, c->name);
}

static bool
asked_for(const struct doctor *d)
{
	return named(d, d->check);
}

/* Is there a check of accounts from this row on that was asked for? */
static bool
needed(const struct doctor *d, const struct check *c)
{
	for (; c < checks + ARRAY_LEN(checks); c++)
		if (c->scope != CHECK_MACHINE && named(d, c))
			return true;
	return false;
}

void
doctor_say(struct doctor *d, enum diagnosis_result result, const char *subject, const char *remedy,
    const char *fmt, ...)
{
	struct doctor_report *r = d->report;
	struct buf text = BUF_INIT(BUF_LINE);
	va_list ap;

	if (!asked_for(d))
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	MEM_GROW(r->item, r->len, r->cap);
	r->item[r->len++] = (struct diagnosis){ .check = d->check->name, .purpose = d->check->purpose,
		.account = d->current != NULL ? mem_strdup(d->current->name) : NULL, .subject = mem_strdup(subject),
		.result = result, .detail = mem_strdup(buf_str(&text)), .remedy = mem_strdup(remedy) };
	r->count[result]++;
	buf_free(&text);
}

void
doctor_fact(struct doctor *d, const char *name, const char *value)
{
	if (!asked_for(d) || d->report->len == 0 || value == NULL)
		return;
	strlist_add(&d->report->item[d->report->len - 1].facts, name);
	strlist_add(&d->report->item[d->report->len - 1].facts, value);
}

void
doctor_report_clear(struct doctor_report *r)
{
	for (size_t i = 0; i < r->len; i++) {
		free(r->item[i].account);
		free(r->item[i].subject);
		free(r->item[i].detail);
		free(r->item[i].remedy);
		strlist_clear(&r->item[i].facts);
	}
	free(r->item);
	*r = (struct doctor_report){ .item = NULL };
}

/* --- asking --------------------------------------------------------------------------- */

static void
on_answer(void *arg, const struct aws_answer *a)
{
	struct question *q = arg;

	q->ok = a->ok;
	q->err = a->err;
	(void)snprintf(q->code, sizeof(q->code), "%s", a->code);
	buf_init(&q->body, BUF_ANSWER);
	if (a->ok)
		buf_add(&q->body, a->body, a->body_len);
}

void
doctor_ask(struct doctor *d, struct patient *p, struct question *q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		aws_send(p->client, &q[i].call, on_answer, &q[i]);
	while (http_step(d->http, 1000))
		;
}

void
question_clear(struct question *q)
{
	buf_free(&q->body);
}

/* --- running --------------------------------------------------------------------------- */

static bool
is_canary(void *arg, const char *key_id)
{
	const struct doctor *d = arg;

	return canary_by_key(&d->canaries, key_id) != NULL;
}

static void
patient_open(struct doctor *d, struct patient *p, const struct account_settings *a)
{
	struct aws_client_options o = { .partition = d->o->settings->partition,
		.timeout_ms = d->o->settings->timeout_s * 1000, .refuse = is_canary, .refuse_arg = d };

	if (a != NULL) {
		o.profile = a->profile;
		o.role_arn = a->role_arn;
		o.external_id = a->external_id;
		o.home = a->home;
	}
	p->settings = a;
	p->name = a != NULL ? a->name : "default";
	p->client = aws_client_new(d->http, &o);
}

static void
patient_close(struct patient *p)
{
	aws_client_free(p->client);
	free(p->number);
	free(p->arn);
	strlist_clear(&p->regions);
}

static void
run_check(struct doctor *d, const struct check *c)
{
	d->check = c;
	if (!asked_for(d) && !(c->always && needed(d, c)))
		return;
	if (c->scope == CHECK_MACHINE) {
		c->run(d, NULL);
		return;
	}
	for (size_t i = 0; i < d->patients; i++) {
		d->current = &d->patient[i];
		if (c->scope == CHECK_READY && !d->current->ready)
			doctor_say(d, DIAGNOSIS_SKIP, NULL, NULL, "not looked at: there are no credentials that AWS accepts");
		else
			c->run(d, d->current);
		d->current = NULL;
	}
}

static bool
names_known(const struct strlist *only, struct error *err)
{
	const char *names[ARRAY_LEN(checks)], *near;

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		names[i] = checks[i].name;
	for (size_t i = 0; only != NULL && i < only->len; i++) {
		size_t k = 0;

		while (k < ARRAY_LEN(checks) && !str_eq(names[k], only->item[i]))
			k++;
		if (k < ARRAY_LEN(checks))
			continue;
		near = str_suggest(only->item[i], names, ARRAY_LEN(checks));
		return error_set(err, ERROR_USAGE, "there is no check \"%.40s\"%s%s%s", only->item[i],
		    near != NULL ? "; did you mean \"" : "", str_or(near, ""), near != NULL ? "\"?" : "");
	}
	return true;
}

bool
doctor_run(const struct doctor_options *o, struct doctor_report *out, struct error *err)
{
	static const struct canary_filter all = { .state = NULL };
	struct doctor d = { .o = o, .report = out, .canaries = CANARY_SET_INIT };
	const struct settings *s = o->settings;
	bool ok = false;

	*out = (struct doctor_report){ .item = NULL };
	if (!names_known(o->only, err) || !http_open(&d.http, err))
		return false;
	if (o->store != NULL && !canary_list(o->store, &all, &d.canaries, err))
		goto out;
	if (needed(&d, checks)) {
		d.patients = s->accounts > 0 ? s->accounts : 1;
		d.patient = mem_zalloc(d.patients, sizeof(*d.patient));
		for (size_t i = 0; i < d.patients; i++)
			patient_open(&d, &d.patient[i], s->accounts > 0 ? &s->account[i] : NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		if (o->begins != NULL)
			o->begins(o->arg, checks[i].purpose);
		run_check(&d, &checks[i]);
	}
	ok = true;
out:
	http_close(d.http);
	for (size_t i = 0; i < d.patients; i++)
		patient_close(&d.patient[i]);
	free(d.patient);
	canary_set_clear(&d.canaries);
	return ok;
}
