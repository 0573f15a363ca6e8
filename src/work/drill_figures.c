/* How long the legs of past drills took. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "store/drills.h"
#include "work/drill.h"

/* The measured milliseconds of one leg. */
struct series {
	char *leg;
	int64_t *ms;
	size_t len, cap;
};

struct measuring {
	struct series *item;
	size_t len, cap;
	const struct drill *drill;
	int64_t last_ms;	/* when the last channel took it; WHEN_NONE */
	struct strlist told;	/* channels of this drill that were looked at: their first message counts */
};

static void
measure(struct measuring *m, const char *leg, int64_t from_ms, int64_t to_ms)
{
	struct series *s = NULL;

	if (from_ms == WHEN_NONE || to_ms == WHEN_NONE)
		return;
	for (size_t i = 0; i < m->len && s == NULL; i++)
		s = str_eq(m->item[i].leg, leg) ? &m->item[i] : NULL;
	if (s == NULL) {
		MEM_GROW(m->item, m->len, m->cap);
		s = &m->item[m->len++];
		*s = (struct series){ .leg = mem_strdup(leg) };
	}
	MEM_GROW(s->ms, s->len, s->cap);
	/* Two clocks may be seconds apart: less than nothing is nothing. */
	s->ms[s->len++] = to_ms > from_ms ? to_ms - from_ms : 0;
}

static void
channel_leg(void *arg, const char *channel, const char *state, int64_t done_ms, const char *words)
{
	struct measuring *m = arg;
	char *leg = mem_printf("sighting to %s", channel);

	(void)words;
	if (strlist_add_new(&m->told, channel) && str_eq(state, "done")) {
		measure(m, leg, m->drill->sighted_ms, done_ms);
		if (m->last_ms == WHEN_NONE || done_ms > m->last_ms)
			m->last_ms = done_ms;
	}
	free(leg);
}

static bool
measure_drill(struct store *s, struct measuring *m, const struct drill *d, struct error *err)
{
	m->drill = d;
	m->last_ms = WHEN_NONE;
	strlist_clear(&m->told);
	if (d->scenario == NULL) {
		measure(m, "call to visible", d->called_ms, d->visible_ms);
		measure(m, "visible to sighting", d->visible_ms, d->sighted_ms);
		measure(m, "call to sighting", d->called_ms, d->sighted_ms);
	}
	if (!drill_told(s, d->run, channel_leg, m, err))
		return false;
	if (d->scenario == NULL)
		measure(m, "call to the last channel", d->called_ms, m->last_ms);
	return true;
}

static void
finish(struct measuring *m, struct drill_figures *out)
{
	for (size_t i = 0; i < m->len; i++) {
		struct series *s = &m->item[i];

		MEM_GROW(out->item, out->len, out->cap);
		out->item[out->len++] = (struct drill_figure){ .leg = s->leg, .count = s->len,
			.p50 = percentile(s->ms, s->len, 50), .p95 = percentile(s->ms, s->len, 95) };
		free(s->ms);
	}
	free(m->item);
	strlist_clear(&m->told);
}

bool
drill_figures(struct store *s, size_t max, struct drill_figures *out, struct error *err)
{
	struct drill_list list = { .item = NULL };
	struct measuring m = { .item = NULL };
	bool ok = drill_list(s, NULL, max, &list, err);

	*out = (struct drill_figures){ .item = NULL };
	for (size_t i = 0; ok && i < list.len; i++) {
		out->done += list.item[i].state == DRILL_DONE;
		out->late += list.item[i].state == DRILL_LATE;
		ok = measure_drill(s, &m, &list.item[i], err);
	}
	finish(&m, out);
	drill_list_clear(&list);
	return ok;
}

void
drill_figures_clear(struct drill_figures *f)
{
	for (size_t i = 0; i < f->len; i++)
		free(f->item[i].leg);
	free(f->item);
	*f = (struct drill_figures){ .item = NULL };
}
