#include "work/state.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/file.h"
#include "store/canaries.h"
#include "store/channels.h"
#include "store/coverage.h"
#include "store/drift.h"
#include "store/incidents.h"
#include "work/announce.h"
#include "work/trouble.h"

void
state_close(struct store *s)
{
	store_close(s);
}

bool
state_canaries(struct store *s, const char *state, const char *account, const char *tag,
    struct canary_set *out, struct error *err)
{
	struct canary_filter filter = { .state = state, .account = account, .tag = tag };

	return canary_list(s, &filter, out, err);
}

bool
state_canary(struct store *s, const char *key_id, struct canary *out, bool *found, struct error *err)
{
	return canary_load(s, key_id, out, found, err);
}

bool
state_import(struct store *s, const struct canary_set *canaries, struct error *err)
{
	bool ok = store_begin(s, err);

	for (size_t i = 0; ok && i < canaries->len; i++)
		ok = canary_save(s, &canaries->item[i], err);
	ok = ok && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	return ok;
}

bool
state_incidents(struct store *s, const char *key_id, const char *state, int64_t since_ms,
    struct incident_list *out, struct error *err)
{
	return incident_list(s, key_id, state, since_ms, out, err);
}

/* Which steps an incident's life allows; NULL: this one. Otherwise why not. */
static const char *
step_refused(enum incident_state from, enum incident_state to)
{
	if (to == INCIDENT_ACKNOWLEDGED && from == INCIDENT_CLOSED)
		return "it is closed; reopen it first";
	if (to == INCIDENT_OPEN && from == INCIDENT_OPEN)
		return "it is open already";
	return NULL;
}

/* "as benign: the scanner of team A". NULL when there is nothing to add. */
static char *
detail_of(enum incident_state to, enum incident_class class, const char *note)
{
	if (to == INCIDENT_CLOSED)
		return mem_printf("as %s%s%.2000s", incident_class_name(class), str_empty(note) ? "" : ": ",
		    str_or(note, ""));
	return mem_strdup(note);
}

static bool
set(struct store *s, struct incident *i, enum incident_state to, enum incident_class class, const char *note,
    const char *who, int64_t now_ms, struct error *err)
{
	static const char *const verbs[] = { [INCIDENT_OPEN] = "reopened", [INCIDENT_ACKNOWLEDGED] = "acknowledged",
		[INCIDENT_CLOSED] = "closed" };
	const char *refused = step_refused(i->state, to);
	char *detail;
	bool ok;

	if (refused != NULL)
		return error_set(err, ERROR_CONFLICT, "incident %s: %s", i->id, refused);
	i->state = to;
	i->classification = class;
	i->changed_ms = now_ms;
	i->closed_ms = to == INCIDENT_CLOSED ? now_ms : WHEN_NONE;
	if (note != NULL) {
		free(i->note);
		i->note = mem_strdup(note);
	}
	detail = detail_of(to, class, note);
	ok = incident_save(s, i, err) && audit_add(s, now_ms, who, verbs[to], i->id, detail, err);
	free(detail);
	return ok;
}

bool
state_incident_change(struct store *s, const struct settings *settings, const char *incident,
    enum incident_state to, enum incident_class class, const char *note, const char *who, int64_t now_ms,
    struct error *err)
{
	struct incident i;
	bool found = false, closed_before = false, ok;

	incident_init(&i);
	ok = incident_load(s, incident, &i, &found, err);
	if (ok && !found)
		ok = error_set(err, ERROR_NOT_FOUND,
		    "there is no incident \"%.60s\"; \"keycanary incidents\" lists them", incident);
	if (ok) {
		closed_before = i.state == INCIDENT_CLOSED;
		ok = set(s, &i, to, class, note, who, now_ms, err) &&
		    (to != INCIDENT_CLOSED || closed_before || announce_closed(s, settings, &i, who, now_ms, err));
	}
	incident_clear(&i);
	return ok;
}

bool
state_incident_set(struct store *s, const struct settings *settings, const char *incident,
    enum incident_state to, enum incident_class class, const char *note, const char *who, int64_t now_ms,
    struct error *err)
{
	bool ok = store_begin(s, err) &&
	    state_incident_change(s, settings, incident, to, class, note, who, now_ms, err) && store_commit(s, err);

	if (!ok)
		store_rollback(s);
	return ok;
}

bool
state_audit(struct store *s, const char *subject, int64_t since_ms,
    void (*show)(void *arg, const struct audit_entry *), void *arg, struct error *err)
{
	return audit_each(s, subject, since_ms, show, arg, err);
}

/* Messages that are planned for later, digests, wait for nothing. */
static bool
count_messages(struct store *s, struct sight *out, struct error *err)
{
	struct channel_health *list = NULL;
	size_t n = 0;
	bool ok = health_list(s, clock_now_ms(), &list, &n, err);

	for (size_t i = 0; i < n; i++) {
		out->waiting += list[i].waiting;
		out->parked += list[i].parked;
		health_clear(&list[i]);
	}
	free(list);
	return ok;
}

/* What the state itself could not take. */
static void
add_trouble(const struct store *s, struct gap_list *gaps)
{
	struct error why = ERROR_INIT;
	struct gap g;

	gap_init(&g);
	if (!trouble_recall(s, &why, &g.from_ms))
		return;
	g.account = mem_strdup("all");
	g.region = mem_strdup("all");
	g.source = mem_strdup("state");
	g.cause = mem_strdup(error_kind_name(why.kind));
	g.detail = mem_strdup(why.text);
	g.noticed_ms = g.from_ms;
	MEM_GROW(gaps->item, gaps->len, gaps->cap);
	gaps->item[gaps->len++] = g;
}

bool
state_sight(struct store *s, struct sight *out, struct error *err)
{
	struct coverage_list coverage = { .item = NULL };
	struct gap_list gaps = { .item = NULL };
	struct canary_set canaries = CANARY_SET_INIT;
	bool ok;

	*out = (struct sight){ .coverages = 0 };
	ok = coverage_list(s, &coverage, err) && gap_list(s, true, 100, &gaps, err) &&
	    drift_count(s, &out->drifted, err) &&
	    canary_list(s, NULL, &canaries, err) && count_messages(s, out, err);
	for (size_t i = 0; ok && i < canaries.len; i++)
		out->canaries[canaries.item[i].state]++;
	canary_set_clear(&canaries);
	if (ok)
		add_trouble(s, &gaps);
	out->coverage = coverage.item;
	out->coverages = coverage.len;
	out->gap = gaps.item;
	out->gaps = gaps.len;
	return ok;
}

void
sight_clear(struct sight *s)
{
	struct coverage_list coverage = { s->coverage, s->coverages, 0 };
	struct gap_list gaps = { s->gap, s->gaps, 0 };

	coverage_list_clear(&coverage);
	gap_list_clear(&gaps);
	*s = (struct sight){ .coverages = 0 };
}
