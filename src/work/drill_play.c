/* A published flow, played without AWS: records as CloudTrail writes them, through the whole pipeline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/intent/classify.h"
#include "core/intent/match.h"
#include "core/intent/noise.h"
#include "core/model/keyid.h"
#include "os/clock.h"
#include "os/random.h"
#include "store/canaries.h"
#include "store/drills.h"
#include "work/announce.h"
#include "work/drill_int.h"
#include "work/ingest.h"
#include "work/mint.h"
#include "work/rules.h"

enum { PACE_MS = 7000 };	/* between two calls, as by hand */

#define PLAYED_ACCOUNT "000000000000"

static const struct flow_rule *
flow_of(const struct rules *rules, const char *id, struct error *err)
{
	const char **names = mem_zalloc(rules->flows + 1, sizeof(*names));
	const struct flow_rule *found = NULL;
	const char *near;

	for (size_t i = 0; i < rules->flows; i++) {
		names[i] = rules->flow[i].id;
		if (str_eq(names[i], id))
			found = &rules->flow[i];
	}
	near = found == NULL ? str_suggest(id, names, rules->flows) : NULL;
	free(names);
	if (found == NULL)
		error_set(err, ERROR_USAGE, "there is no scenario \"%.60s\"%s%s%s; \"keycanary drill --scenarios\" lists them", id,
		    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
	return found;
}

/* --- the canary it is played with ------------------------------------------------------------- */

/* One that cannot fire, kept for playing. */
static bool
make_inert(struct store *s, struct canary *c, int64_t now_ms, struct error *err)
{
	uint8_t noise[5];
	char key[KEYID_LEN + 1];

	random_bytes(noise, sizeof(noise));
	(void)keyid_compose("AKIA", PLAYED_ACCOUNT, noise, key);
	canary_init(c);
	c->key_id = mem_strdup(key);
	c->account = mem_strdup(PLAYED_ACCOUNT);
	c->user_name = mem_strdup("drill");
	c->origin = mem_strdup("drill");
	c->note = mem_strdup("made for drills without AWS");
	c->state = CANARY_INERT;
	c->drill = true;
	c->created_ms = now_ms;
	return canary_save(s, c, err);
}

static bool
choose(struct store *s, const char *key_id, struct canary *c, int64_t now_ms, struct error *err)
{
	struct canary_set all = CANARY_SET_INIT;
	const struct canary *found = NULL;
	bool ok = canary_list(s, NULL, &all, err);

	canary_init(c);
	for (size_t i = 0; ok && i < all.len; i++)
		if (key_id != NULL ? str_eq(all.item[i].key_id, key_id) : all.item[i].drill)
			found = &all.item[i];
	if (ok && found != NULL)
		canary_copy(c, found);
	else if (ok && key_id != NULL)
		ok = error_set(err, ERROR_NOT_FOUND, "%.40s is not in the registry; \"keycanary list\" shows what is", key_id);
	else if (ok)
		ok = make_inert(s, c, now_ms, err);
	canary_set_clear(&all);
	return ok;
}

/* --- its records ------------------------------------------------------------------------------- */

static void
identity(struct jsonw *w, const struct canary *c)
{
	char *arn = mem_printf("arn:aws:iam::%s:user/%s", str_or(c->account, PLAYED_ACCOUNT), str_or(c->user_name, "drill"));

	jsonw_open(w, "userIdentity", '{');
	jsonw_str(w, "type", "IAMUser");
	jsonw_str(w, "principalId", str_or(c->user_id, "AIDADRILLDRILLDRILLDR"));
	jsonw_str(w, "arn", str_or(c->arn, arn));
	jsonw_str(w, "accountId", str_or(c->account, PLAYED_ACCOUNT));
	jsonw_str(w, "accessKeyId", c->key_id);
	jsonw_str(w, "userName", str_or(c->user_name, "drill"));
	jsonw_close(w);
	free(arn);
}

/* A denied call, but for the one that no policy can deny. */
static void
record(struct buf *out, const struct drill *d, const struct canary *c, const char *step, int64_t at_ms, size_t n)
{
	const char *colon = strchr(step, ':'), *name = colon != NULL ? colon + 1 : step;
	char *source = mem_printf("%.*s.amazonaws.com", (int)(colon != NULL ? colon - step : 0), step);
	char *id = mem_printf("drill-%s-%zu", d->run, n), agent[DRILL_AGENT_MAX];
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "eventVersion", "1.11");
	identity(&w, c);
	jsonw_when(&w, "eventTime", at_ms);
	jsonw_str(&w, "eventSource", source);
	jsonw_str(&w, "eventName", name);
	jsonw_str(&w, "awsRegion", d->region);
	jsonw_str(&w, "sourceIPAddress", "192.0.2.1");	/* RFC 5737: for documentation */
	jsonw_str(&w, "userAgent", drill_agent(d->run, agent));
	if (!str_eq(name, "GetCallerIdentity")) {
		jsonw_str(&w, "errorCode", "AccessDenied");
		jsonw_str(&w, "errorMessage", "played: no identity-based policy allows the action");
	}
	jsonw_null(&w, "requestParameters");
	jsonw_null(&w, "responseElements");
	jsonw_str(&w, "eventID", id);
	jsonw_str(&w, "eventType", "AwsApiCall");
	jsonw_bool(&w, "managementEvent", true);
	jsonw_str(&w, "recipientAccountId", str_or(c->account, PLAYED_ACCOUNT));
	jsonw_str(&w, "eventCategory", "Management");
	jsonw_close(&w);
	free(source);
	free(id);
}

static bool
take(const struct buf *text, const struct canary_set *canaries, const struct rules *rules,
    const struct settings *settings, struct sighting_list *batch, struct error *err)
{
	struct derived_set none = DERIVED_SET_INIT;
	struct event e;
	struct sighting s;

	if (!event_parse(&e, buf_str(text), text->len, err))
		return false;
	if (match_event(canaries, &none, &e, &s)) {
		classify(rules, &e, &s);
		noise_label(settings->noise_rule, settings->noises, &s);
		if (s.raw == NULL)
			s.raw = mem_strndup(e.raw, e.raw_len);
		s.seen_ms = clock_now_ms();
		sighting_list_take(batch, &s);
	}
	event_clear(&e);
	return true;
}

static bool
play(struct store *s, const struct settings *settings, const struct rules *rules, const struct flow_rule *flow,
    const struct canary *c, const struct drill_ask *ask, struct drill *d, struct error *err)
{
	struct canary_set canaries = CANARY_SET_INIT;
	struct sighting_list batch = SIGHTING_LIST_INIT;
	struct derived_set none = DERIVED_SET_INIT;
	struct announce announce = { .settings = settings, .now_ms = clock_now_ms() };
	struct ingest_extra extra = { .window_s = settings->incident_window_s, .changed = announce_changed,
		.changed_arg = &announce };
	struct ingest_result result;
	bool ok = true;

	canary_set_add(&canaries, c);
	canary_set_index(&canaries);
	for (size_t i = 0; ok && i < flow->steps.len; i++) {
		struct buf text = BUF_INIT(BUF_RECORD);
		int64_t at_ms = d->began_ms - (int64_t)(flow->steps.len - i) * PACE_MS;

		record(&text, d, c, flow->steps.item[i], at_ms / 1000 * 1000, i);
		ok = take(&text, &canaries, rules, settings, &batch, err);
		buf_free(&text);
		if (ask->tell != NULL)
			ask->tell(ask->tell_arg, flow->steps.item[i], "played");
	}
	d->called_ms = clock_now_ms();
	d->calls = (int64_t)batch.len;
	ok = ok && drill_save(s, d, err) &&
	    ingest_with(s, rules, &canaries, &none, &batch, &extra, clock_now_ms(), &result, err);
	sighting_list_clear(&batch);
	canary_set_clear(&canaries);
	return ok;
}

bool
drill_play(struct store *s, const struct settings *settings, const struct drill_ask *ask, struct drill *d,
    struct error *err)
{
	const struct flow_rule *flow = NULL;
	struct rules *rules = NULL;
	struct canary c;
	bool ok;

	canary_init(&c);
	ok = rules_builtin(&rules, err) && (flow = flow_of(rules, ask->scenario, err)) != NULL &&
	    choose(s, ask->key_id, &c, clock_now_ms(), err);
	if (ok) {
		drill_start(d, settings, ask, c.key_id, clock_now_ms());
		d->region = mem_strdup(str_or(ask->region, "us-east-1"));
		ok = play(s, settings, rules, flow, &c, ask, d, err);
	}
	canary_clear(&c);
	rules_free(rules);
	return ok;
}

bool
drill_scenarios(void (*tell)(void *arg, const char *id, const char *title, const char *source), void *arg,
    struct error *err)
{
	struct rules *rules = NULL;

	if (!rules_builtin(&rules, err))
		return false;
	for (size_t i = 0; i < rules->flows; i++)
		tell(arg, rules->flow[i].id, rules->flow[i].title, rules->flow[i].source);
	rules_free(rules);
	return true;
}
