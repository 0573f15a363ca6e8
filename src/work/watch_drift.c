/*
 * Drift, found by the watch: a few canaries of an account are compared with AWS
 * at a time, in turn; each once an hour, but never more than sixteen in five
 * minutes, so that the cost is bounded however many there are (10,000 take two
 * days). What somebody does to a canary shows
 * up as an event at once; this finds what the events did not tell. Where the
 * turn stands is in the state, so polls by cron take turns too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/store.h"
#include "work/drift.h"
#include "work/watch_int.h"

/* Our questions are events in the very region that is swept: a hundred at a time are two pages of it. */
enum { EVERY_MS = 3600 * 1000, EVERY_LEAST_MS = 300 * 1000, AT_A_TIME = 16, ABREAST = 2 };

struct turn {
	struct watch_account *account;
	struct canary_set canaries;
	struct drift_look *look;
};

/* "TIME KEY": when the last look began, and the last canary of it. */
static char *
turn_name(const struct watch_account *a)
{
	return mem_printf("drift.%s", a->name);
}

static void
recall(struct watch_account *a, char **last)
{
	char *name = turn_name(a), *value = NULL;
	int64_t at = 0;

	*last = NULL;
	if (meta_get(a->watch->store, name, &value, NULL) && value != NULL) {
		char *space = strchr(value, ' ');

		if (space != NULL) {
			*space = '\0';
			*last = mem_strdup(space + 1);
		}
		if (str_to_int(value, 0, INT64_MAX, &at))
			a->compared_ms = at;
	}
	free(value);
	free(name);
}

static bool
note_turn(struct watch_account *a, const char *last)
{
	char *name = turn_name(a), *value = mem_printf("%lld %s", (long long)a->compared_ms, last);
	bool ok = meta_set(a->watch->store, name, value, NULL);

	free(name);
	free(value);
	return ok;
}

/* The next ones behind `last`, by key id as the registry lists them; from the beginning when none are left. */
static void
next_ones(const struct watch_account *a, const char *last, struct canary_set *out)
{
	const struct canary_set *all = &a->watch->canaries;

	for (int round = 0; round < 2 && out->len == 0; round++)
		for (size_t i = 0; i < all->len && out->len < AT_A_TIME; i++)
			if (drift_applies(&all->item[i], a->number) &&
			    (round > 0 || last == NULL || strcmp(all->item[i].key_id, last) > 0))
				canary_set_add(out, &all->item[i]);
	canary_set_index(out);
}

/* The look, if it is not done, ends with the watch's http. */
static void
turn_free(struct watch_account *a)
{
	canary_set_clear(&a->turn->canaries);
	free(a->turn);
	a->turn = NULL;
}

void
drift_end(struct watch_account *a)
{
	if (a->turn == NULL)
		return;
	drift_drop(a->turn->look);
	turn_free(a);
}

static void
on_done(void *arg, const struct drift_list *found)
{
	struct turn *t = arg;
	struct watch_account *a = t->account;
	struct error err = ERROR_INIT;

	a->comparing = false;
	a->in_flight--;
	if (found->failed > 0)
		log_line(LOG_LEVEL_WARNING, "canaries could not be compared with AWS", "account", a->name, "error",
		    found->err.text, NULL);
	else if (!drift_remember(a->watch->store, a->watch->settings, a->name, &t->canaries, found, clock_now_ms(), &err))
		log_line(LOG_LEVEL_ERROR, "cannot save", "error", err.text, NULL);
	turn_free(a);
}

static int64_t
every_ms(const struct watch_account *a)
{
	int64_t ms = INT64_C(1) * EVERY_MS * AT_A_TIME / (int64_t)a->watch->canaries.len;

	return ms < EVERY_LEAST_MS ? EVERY_LEAST_MS : ms > EVERY_MS ? EVERY_MS : ms;
}

static bool
due(struct watch_account *a, char **last)
{
	int64_t now = clock_now_ms();

	*last = NULL;
	if (!a->watch->settings->safety_net || a->comparing || a->number == NULL || a->watch->canaries.len == 0)
		return false;
	if (a->compared_ms != WHEN_NONE && now - a->compared_ms < every_ms(a) && now >= a->compared_ms)
		return false;
	recall(a, last);
	return a->compared_ms == WHEN_NONE || now - a->compared_ms >= every_ms(a) || now < a->compared_ms;
}

void
drift_go(struct watch_account *a)
{
	struct turn *t;
	char *last;

	if (!due(a, &last) || !account_may_ask(a)) {
		free(last);
		return;
	}
	t = a->turn = mem_zalloc(1, sizeof(*t));
	t->account = a;
	next_ones(a, last, &t->canaries);
	free(last);
	a->compared_ms = clock_now_ms();
	a->comparing = true;
	a->in_flight++;
	if (t->canaries.len > 0 && note_turn(a, t->canaries.item[t->canaries.len - 1].key_id))
		t->look = drift_begin(a->watch->store, a->watch->http, a->client, &t->canaries, ABREAST, on_done, t, NULL);
	if (t->look != NULL)
		return;
	a->comparing = false;
	a->in_flight--;
	turn_free(a);
}
