#include "work/tamper.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/report/compose.h"
#include "os/log.h"
#include "store/coverage.h"
#include "work/announce.h"

void
tamper_note(struct tamper_list *l, const struct event *e)
{
	enum tamper what = tamper_of(e);

	if (what == TAMPER_NONE || e->time_ms == WHEN_NONE || e->id == NULL)
		return;
	MEM_GROW(l->item, l->len, l->cap);
	l->item[l->len++] = (struct tamper_act){ .what = what, .trail = tamper_trail(e), .text = tamper_text(e),
		.event_id = mem_strdup(e->id), .at_ms = e->time_ms };
}

void
tamper_clear(struct tamper_list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->item[i].trail);
		free(l->item[i].text);
		free(l->item[i].event_id);
	}
	free(l->item);
	*l = (struct tamper_list){ .item = NULL };
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = ((const struct tamper_act *)a)->at_ms, y = ((const struct tamper_act *)b)->at_ms;

	return x < y ? -1 : x > y;
}

static bool
tell(struct store *s, const struct settings *settings, const struct tamper_act *a, const char *account,
    int64_t now_ms, struct error *err)
{
	bool bad = a->what != TAMPER_RESTORES, ok;
	char *key = mem_printf("trail-%s", a->event_id);
	char *title = mem_printf("%s: account %s, trail %s", a->what == TAMPER_STOPS ? "a trail was stopped" :
	    bad ? "a trail was narrowed" : "a trail records again", account, a->trail);
	struct message m;

	log_line(bad ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, bad ? "somebody acts on the watch itself" :
	    "a trail records again", "account", account, "act", a->text, NULL);
	compose_notice(&m, bad ? MESSAGE_BLIND : MESSAGE_SIGHTED, bad ? SEVERITY_HIGH : SEVERITY_INFO, title,
	    a->text, now_ms);
	m.account = mem_strdup(account);
	m.topic = mem_printf("trail-%s-%s", account, a->trail);
	m.event_ms = a->at_ms;
	ok = announce(s, settings, &m, 0, key, NULL, now_ms, now_ms, err);
	message_clear(&m);
	free(key);
	free(title);
	return ok;
}

static bool
open_gap(struct store *s, const struct tamper_act *a, const char *account, const char *region,
    int64_t now_ms, bool *fresh, struct error *err)
{
	struct gap g;
	bool known = false, ok;

	if (!gap_known(s, account, "trail", a->text, &known, err))
		return false;
	*fresh = !known;
	if (known)
		return true;
	gap_init(&g);
	g.account = mem_strdup(account);
	g.region = mem_strdup(region);
	g.source = mem_strdup("trail");
	g.from_ms = a->at_ms;
	g.cause = mem_strdup("tampered");
	g.detail = mem_strdup(a->text);
	g.noticed_ms = now_ms;
	ok = gap_save(s, &g, err);
	gap_clear(&g);
	return ok;
}

/* Fills what the trail's earlier stops and narrowings left open. */
static bool
fill_gaps(struct store *s, const struct tamper_act *a, const char *account, bool *fresh, struct error *err)
{
	struct gap_list gaps = { .item = NULL };
	char *mark = mem_printf(" of trail %s by ", a->trail);
	bool ok = gap_list(s, true, 0, &gaps, err);

	*fresh = false;
	for (size_t i = 0; ok && i < gaps.len; i++) {
		struct gap *g = &gaps.item[i];

		if (!str_eq(g->source, "trail") || !str_eq(g->account, account) || g->from_ms > a->at_ms ||
		    g->detail == NULL || strstr(g->detail, mark) == NULL)
			continue;
		g->to_ms = g->filled_ms = a->at_ms;
		*fresh = true;
		ok = gap_save(s, g, err);
	}
	free(mark);
	gap_list_clear(&gaps);
	return ok;
}

bool
tamper_save(struct store *s, const struct settings *settings, const char *account, const char *region,
    struct tamper_list *l, int64_t now_ms, struct error *err)
{
	bool ok = true, fresh = false;

	if (l->len > 1)
		qsort(l->item, l->len, sizeof(*l->item), by_time);
	for (size_t i = 0; ok && i < l->len; i++) {
		const struct tamper_act *a = &l->item[i];

		ok = a->what == TAMPER_RESTORES ? fill_gaps(s, a, account, &fresh, err) :
		    open_gap(s, a, account, region, now_ms, &fresh, err);
		if (ok && fresh)
			ok = tell(s, settings, a, account, now_ms, err);
	}
	return ok;
}
