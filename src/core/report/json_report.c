#include "core/report/json_report.h"

#include "core/intent/stage.h"
#include "core/intent/mine.h"

static void
texts(struct jsonw *w, const char *name, const struct tally_texts *t)
{
	jsonw_open(w, name, '[');
	for (size_t i = 0; i < t->len; i++)
		jsonw_str(w, NULL, t->item[i].text);
	jsonw_close(w);
}

/* What is known of the sources, where a database is configured. */
static void
located(struct jsonw *w, const struct dossier *d)
{
	jsonw_open(w, "addresses", '[');
	for (size_t i = 0; i < d->addresses; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "address", d->address[i].ip);
		jsonw_str(w, "country", d->address[i].country);
		jsonw_str(w, "network", d->address[i].network);
		jsonw_bool(w, "tor_exit", d->address[i].tor);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void
canary(struct jsonw *w, const struct dossier *d)
{
	const struct incident *i = d->incident;

	jsonw_open(w, "canary", '{');
	jsonw_str(w, "key_id", i->key_id);
	jsonw_str(w, "user_name", d->canary != NULL && d->canary->user_name != NULL ? d->canary->user_name : i->user_name);
	jsonw_str(w, "account", d->canary != NULL && d->canary->account != NULL ? d->canary->account : i->account);
	if (d->canary != NULL) {
		jsonw_str(w, "state", canary_state_name(d->canary->state));
		jsonw_bool(w, "can_fire", d->canary->state != CANARY_INERT);
		jsonw_str(w, "owner", d->canary->owner);
	}
	jsonw_close(w);
}

static void
placements(struct jsonw *w, const struct dossier *d)
{
	jsonw_open(w, "placements", '[');
	for (size_t i = 0; i < d->placements; i++) {
		const struct placement *p = &d->placement[i];

		jsonw_open(w, NULL, '{');
		jsonw_str(w, "repo", p->remote != NULL ? p->remote : p->repo);
		jsonw_str(w, "path", p->path);
		jsonw_int(w, "line", p->line_from);
		jsonw_str(w, "bait", p->bait);
		jsonw_str(w, "commit", p->commit);
		jsonw_str(w, "owner", p->owner);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void
findings(struct jsonw *w, const struct verdict *v)
{
	jsonw_open(w, "findings", '[');
	for (size_t i = 0; i < v->findings; i++)
		jsonw_str(w, NULL, v->finding[i].name);
	jsonw_close(w);
	jsonw_open(w, "finding_details", '[');
	for (size_t i = 0; i < v->findings; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "name", v->finding[i].name);
		jsonw_str(w, "title", v->finding[i].title);
		jsonw_str(w, "attack", v->finding[i].attack);
		jsonw_strlist(w, "evidence", &v->finding[i].evidence);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void
flow(struct jsonw *w, const struct flow_match *f)
{
	jsonw_open(w, "flow", '{');
	jsonw_strlist(w, "observed", &f->observed);
	jsonw_str(w, "nearest", f->id);
	jsonw_str(w, "title", f->title);
	jsonw_str(w, "source", f->source);
	jsonw_int(w, "seen", f->seen);
	jsonw_int(w, "total", f->total);
	jsonw_bool(w, "in_order", f->in_order);
	jsonw_strlist(w, "steps", &f->steps);
	jsonw_strlist(w, "missing", &f->missing);
	jsonw_strlist(w, "next", &f->next);
	jsonw_close(w);
}

/* What the error message gives away: the policy that refused. */
static void
refused_by(struct jsonw *w, const struct sighting *s)
{
	struct refusal r;

	refusal_mine(s->error_message, &r);
	jsonw_str(w, "refused_by", r.policy != NULL ? r.policy : r.why);
	jsonw_bool(w, "explicit_deny", r.explicit_deny);
	refusal_clear(&r);
}

static void
sighting(struct jsonw *w, const struct dossier *d, const struct rules *rules, const struct sighting *s)
{
	jsonw_open(w, NULL, '{');
	jsonw_str(w, "event_id", s->event_id);
	jsonw_when(w, "time", s->time_ms);
	jsonw_str(w, "event_source", s->source);
	jsonw_str(w, "event_name", s->name);
	jsonw_str(w, "stage", rules != NULL ? stage_of_sighting(rules, &d->incident->tally, s) : s->stage);
	jsonw_str(w, "match", sighting_kind_name(s->kind));
	jsonw_str(w, "region", s->region);
	jsonw_str(w, "source_ip", s->ip);
	jsonw_str(w, "user_agent", s->user_agent);
	jsonw_str(w, "error_code", s->error_code);
	jsonw_str(w, "also_stage", s->also_stage);
	jsonw_str(w, "error_message", s->error_message);
	jsonw_str(w, "resource", s->resource);
	jsonw_str(w, "via", s->via);
	jsonw_str(w, "actor", s->actor);
	jsonw_bool(w, "denied", s->denied);
	jsonw_str(w, "label", s->label);
	jsonw_str(w, "label_reason", s->label_reason);
	refused_by(w, s);
	jsonw_close(w);
}

/* Incidents of other canaries that look like the same visitor's. */
static void
related(struct jsonw *w, const struct dossier *d)
{
	jsonw_open(w, "related", '[');
	for (size_t n = 0; n < d->relateds; n++) {
		const struct relation *r = &d->related[n];

		jsonw_open(w, NULL, '{');
		jsonw_str(w, "id", r->incident->id);
		jsonw_str(w, "key_id", r->incident->key_id);
		jsonw_str(w, "intent", r->incident->verdict.intent);
		jsonw_when(w, "first_seen", r->incident->tally.first_ms);
		jsonw_str(w, "address", r->address);
		jsonw_str(w, "session", r->session);
		jsonw_str(w, "user_agent", r->user_agent);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void
verdict(struct jsonw *w, const struct verdict *v)
{
	jsonw_str(w, "intent", v->intent);
	jsonw_strlist(w, "intents", &v->intents);
	jsonw_str(w, "severity", severity_name(v->severity));
	jsonw_str(w, "summary", v->summary);
	jsonw_strlist(w, "stages", &v->stages);
	jsonw_strlist(w, "categories", &v->categories);
	findings(w, v);
	jsonw_str(w, "confidence", confidence_name(v->confidence));
	jsonw_strlist(w, "confidence_reasons", &v->reasons);
	flow(w, &v->flow);
	jsonw_str(w, "pace", v->pace);
	jsonw_real(w, "calls_per_minute", v->calls_per_minute);
	jsonw_strlist(w, "tools", &v->tools);
	jsonw_str(w, "label", v->label);
}

/* ATT&CK techniques of the stages reached, each once. */
static void
attack(struct jsonw *w, const struct verdict *v, const struct rules *rules)
{
	struct strlist all = STRLIST_INIT, techniques = STRLIST_INIT;

	for (size_t i = 0; rules != NULL && i < v->stages.len; i++) {
		const struct stage_rule *s = rules_stage(rules, v->stages.item[i]);

		if (s != NULL && s->attack != NULL)
			strlist_split(&all, s->attack, ";");
	}
	for (size_t i = 0; i < all.len; i++)
		(void)strlist_add_new(&techniques, all.item[i]);
	jsonw_strlist(w, "attack", &techniques);
	strlist_clear(&all);
	strlist_clear(&techniques);
}

void
json_incident(struct jsonw *w, const struct dossier *d, const struct rules *rules)
{
	const struct incident *i = d->incident;
	const struct tally *t = &i->tally;

	jsonw_open(w, NULL, '{');
	jsonw_str(w, "id", i->id);
	jsonw_str(w, "state", incident_state_name(i->state));
	jsonw_str(w, "classification", incident_class_name(i->classification));
	jsonw_str(w, "note", i->note);
	canary(w, d);
	verdict(w, &i->verdict);
	attack(w, &i->verdict, rules);
	jsonw_when(w, "first_seen", t->first_ms);
	jsonw_when(w, "last_seen", t->last_ms);
	texts(w, "sources", &t->addresses);
	located(w, d);
	texts(w, "user_agents", &t->user_agents);
	texts(w, "regions", &t->regions);
	texts(w, "sessions", &t->sessions);
	texts(w, "resources", &t->resources);
	texts(w, "refusing_policies", &t->policies);
	jsonw_int(w, "sightings_total", t->sightings);
	jsonw_int(w, "denied", t->denied);
	jsonw_int(w, "succeeded", t->succeeded);
	placements(w, d);
	related(w, d);
	jsonw_strlist(w, "likely_next", &i->verdict.likely_next);
	jsonw_strlist(w, "next_steps", &i->verdict.next_steps);
	jsonw_open(w, "sightings", '[');
	for (size_t n = 0; n < d->sightings; n++)
		sighting(w, d, rules, &d->sighting[n]);
	jsonw_close(w);
	jsonw_close(w);
}
