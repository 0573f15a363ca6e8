#include "work/drill.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "core/intent/fold.h"
#include "core/report/compose.h"
#include "os/clock.h"
#include "os/lock.h"
#include "os/log.h"
#include "store/drills.h"
#include "store/incidents.h"
#include "store/store.h"
#include "work/announce.h"
#include "work/drill_int.h"
#include "work/outbox.h"
#include "work/settings.h"
#include "work/state.h"
#include "work/watch.h"

enum { OPEN_MAX = 20, STEP_MS = 300 };

bool
drill_begin(struct store *s, const struct settings *settings, const struct drill_ask *ask, struct drill_view *out,
    struct error *err)
{
	*out = (struct drill_view){ .leg = NULL };
	drill_init(&out->drill);
	return ask->scenario != NULL ? drill_play(s, settings, ask, &out->drill, err) :
	    drill_call(s, settings, ask, &out->drill, err);
}

/* --- looking ----------------------------------------------------------------------------- */

static void
legs_clear(struct drill_view *v)
{
	for (size_t i = 0; i < v->legs; i++) {
		free(v->leg[i].channel);
		free(v->leg[i].state);
		free(v->leg[i].words);
	}
	free(v->leg);
	v->leg = NULL;
	v->legs = 0;
}

void
drill_view_clear(struct drill_view *v)
{
	legs_clear(v);
	drill_clear(&v->drill);
}

/* The first message on each channel counts. */
static void
add_leg(void *arg, const char *channel, const char *state, int64_t done_ms, const char *words)
{
	struct drill_view *v = arg;

	for (size_t i = 0; i < v->legs; i++)
		if (str_eq(v->leg[i].channel, channel))
			return;
	v->leg = mem_resize(v->leg, v->legs + 1, sizeof(*v->leg));
	v->leg[v->legs++] = (struct drill_leg){ .channel = mem_strdup(channel), .state = mem_strdup(state),
		.done_ms = done_ms, .words = mem_strdup(words) };
}

/* Every channel took it. One that refuses for good makes the drill fail, by running into its limit. */
static bool
told(const struct drill_view *v)
{
	for (size_t i = 0; i < v->legs; i++)
		if (!str_eq(v->leg[i].state, "done"))
			return false;
	return true;
}

static bool
announce_late(struct store *s, const struct settings *settings, const struct drill_view *v, int64_t now_ms,
    struct error *err)
{
	const struct drill *d = &v->drill;
	char limit[WHEN_TEXT_MAX], *key = mem_printf("drill-%s-late", d->run);
	char *title = mem_printf("DRILL not %s within %s", d->sighted_ms == WHEN_NONE ? "seen" : "delivered",
	    span_text((d->limit_ms - d->began_ms) / 1000, limit));
	char *summary = mem_printf("Canary %s was used on purpose (run %s) and the alert did not arrive in time: "
	    "a real intruder might not have been reported either. \"keycanary status\" and \"keycanary doctor\" "
	    "say what is wrong", d->key_id, d->run);
	struct message m;
	bool ok;

	compose_notice(&m, MESSAGE_DRILL, SEVERITY_HIGH, title, summary, now_ms);
	m.drill = true;
	ok = announce(s, settings, &m, 0, key, NULL, now_ms, now_ms, err);
	message_clear(&m);
	free(key);
	free(title);
	free(summary);
	return ok;
}

/* Nothing is left to do for anybody: its incident ends, and the pages it made. */
static bool
close_incident(struct store *s, const struct settings *settings, const struct drill *d, int64_t now_ms,
    struct error *err)
{
	char *id = incident_drill_id(d->run);
	struct incident i;
	bool found = false, ok;

	incident_init(&i);
	ok = incident_load(s, id, &i, &found, err);
	if (ok && found && i.state != INCIDENT_CLOSED)
		ok = state_incident_change(s, settings, id, INCIDENT_CLOSED, CLASS_DRILL,
		    "seen, and told on each channel", "keycanary", now_ms, err);
	incident_clear(&i);
	free(id);
	return ok;
}

/* What an end means, in the transaction that saves it. */
static bool
on_end(struct store *s, const struct settings *settings, const struct drill_view *v, int64_t now_ms,
    struct error *err)
{
	if (v->drill.state == DRILL_LATE)
		return announce_late(s, settings, v, now_ms, err);
	return v->drill.state != DRILL_DONE || close_incident(s, settings, &v->drill, now_ms, err);
}

bool
drill_look(struct store *s, const struct settings *settings, struct drill_view *v, int64_t now_ms, struct error *err)
{
	struct drill *d = &v->drill;
	bool was_open = d->state == DRILL_OPEN, ok;
	int64_t count, sighted_ms = d->sighted_ms;

	legs_clear(v);
	if (!drill_sighted(s, d->run, &d->sighted_ms, &count, err) || !drill_told(s, d->run, add_leg, v, err))
		return false;
	if (d->state == DRILL_OPEN && d->calls > 0 && count >= d->calls && told(v))
		d->state = DRILL_DONE;
	else if (d->state == DRILL_OPEN && now_ms >= d->limit_ms)
		d->state = DRILL_LATE;
	if (d->sighted_ms == sighted_ms && was_open == (d->state == DRILL_OPEN))
		return true;
	ok = store_begin(s, err) && drill_save(s, d, err) &&
	    (!was_open || on_end(s, settings, v, now_ms, err)) && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	return ok;
}

/* --- waiting ------------------------------------------------------------------------------- */

/* Whoever holds the lock of the state watches; if nobody does, we do. */
static bool
take_watch(const struct settings *settings, struct lock *lock)
{
	char *dir = settings_state_dir(settings), *path = mem_printf("%s/lock", dir);
	bool mine = lock_take(lock, path, NULL);

	free(dir);
	free(path);
	return mine;
}

struct waiting {
	struct store *store;
	const struct settings *settings;
	struct watch *watch;		/* NULL: somebody else's, or not needed */
	struct drill_probe *probe;	/* NULL: nothing to ask */
	bool deliver;
};

/* What was sighted was visible: the watch may have been quicker than our questions, which are seconds apart. */
static bool
bound_visible(struct waiting *w, struct drill *d, struct error *err)
{
	if (w->probe == NULL || d->sighted_ms == WHEN_NONE ||
	    (d->visible_ms != WHEN_NONE && d->visible_ms <= d->sighted_ms))
		return true;
	d->visible_ms = d->sighted_ms;
	return drill_save(w->store, d, err);
}

static bool
step(struct waiting *w, struct drill_view *v, struct error *err)
{
	int64_t sent, waiting;

	if (w->watch != NULL && !watch_step(w->watch, STEP_MS, err))
		return false;
	if (w->watch == NULL)
		clock_sleep_ms(STEP_MS / 3);
	if (w->deliver && !outbox_send(w->settings, &sent, &waiting, err))
		return false;
	if (w->probe != NULL && v->drill.visible_ms == WHEN_NONE &&
	    drill_probe_visible(w->probe, &v->drill, clock_now_ms())) {
		v->drill.visible_ms = clock_now_ms();
		if (!drill_save(w->store, &v->drill, err))
			return false;
	}
	return drill_look(w->store, w->settings, v, clock_now_ms(), err) && bound_visible(w, &v->drill, err);
}

bool
drill_wait(struct store *s, const struct settings *settings, const struct drill_ask *ask, struct drill_view *v,
    struct error *err)
{
	struct waiting w = { .store = s, .settings = settings };
	struct lock lock = LOCK_INIT;
	int64_t sent, left;
	bool ok = true;

	w.deliver = take_watch(settings, &lock);
	if (ask->scenario == NULL) {
		w.probe = drill_probe_open(settings, ask, err);
		ok = w.probe != NULL && (!w.deliver || watch_open(&w.watch, s, settings, err));
	}
	while (ok && v->drill.state == DRILL_OPEN)
		ok = step(&w, v, err);
	if (ok && w.deliver)
		ok = outbox_send(settings, &sent, &left, err);
	watch_close(w.watch);
	drill_probe_close(w.probe);
	lock_release(&lock);
	return ok;
}

/* --- by itself -------------------------------------------------------------------------------- */

/* Counted from the last attempt, so that one that cannot begin is told once and not every second. */
static bool
due(struct store *s, const struct settings *settings, int64_t now_ms, bool *yes, struct error *err)
{
	static const char name[] = "drill_tried_ms";
	char *last = NULL, *now;
	int64_t at_ms = 0;
	bool ok;

	*yes = false;
	if (settings->drill_every_s == 0)
		return true;
	if (!meta_get(s, name, &last, err))
		return false;
	(void)str_to_int(last, 0, INT64_MAX, &at_ms);
	free(last);
	*yes = now_ms - at_ms >= settings->drill_every_s * 1000;
	if (!*yes)
		return true;
	now = mem_printf("%lld", (long long)now_ms);
	ok = meta_set(s, name, now, err);
	free(now);
	return ok;
}

static void
begin_one(struct store *s, const struct settings *settings)
{
	const struct drill_ask ask = { .key_id = NULL };
	struct drill_view v;
	struct error err = ERROR_INIT;

	if (drill_begin(s, settings, &ask, &v, &err))
		log_line(LOG_LEVEL_INFO, "a drill began", "run", v.drill.run, "canary", v.drill.key_id, NULL);
	else
		log_line(LOG_LEVEL_ERROR, "the drill could not begin", "error", err.text, NULL);
	drill_view_clear(&v);
}

bool
drill_tick(struct store *s, const struct settings *settings, struct error *err)
{
	struct drill_list open = { .item = NULL };
	int64_t now_ms = clock_now_ms();
	bool yes = false, ok = due(s, settings, now_ms, &yes, err);

	if (ok && yes)
		begin_one(s, settings);
	ok = ok && drill_list(s, drill_state_name(DRILL_OPEN), OPEN_MAX, &open, err);
	for (size_t i = 0; ok && i < open.len; i++) {
		struct drill_view v = { .drill = open.item[i] };

		ok = drill_look(s, settings, &v, now_ms, err);
		open.item[i] = v.drill;
		legs_clear(&v);
	}
	drill_list_clear(&open);
	return ok;
}
