#include "core/watch/gap.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

void
gap_open(struct gap *g, const struct coverage *c, const struct error *err, int64_t now_ms)
{
	bool same = g->cause != NULL && str_eq(g->cause, error_kind_name(err->kind));

	if (g->cause != NULL && g->to_ms == WHEN_NONE && same) {
		free(g->detail);
		g->detail = mem_strdup(err->text);
		return;
	}
	/* Another cause than before: still the same hole, told by its newest cause. */
	if (g->cause == NULL || g->filled_ms != WHEN_NONE) {
		gap_clear(g);
		gap_init(g);
		g->account = mem_strdup(c->account);
		g->region = mem_strdup(c->region);
		g->source = mem_strdup(c->source);
		g->from_ms = c->until_ms != WHEN_NONE ? c->until_ms : now_ms;
		g->noticed_ms = now_ms;
	}
	g->to_ms = WHEN_NONE;
	free(g->cause);
	free(g->detail);
	g->cause = mem_strdup(error_kind_name(err->kind));
	g->detail = mem_strdup(err->text);
}

void
gap_follow(struct gap *g, const struct coverage *c, int64_t seen_ms, int64_t now_ms)
{
	if (g->cause == NULL || g->filled_ms != WHEN_NONE)
		return;
	if (g->to_ms == WHEN_NONE)
		g->to_ms = seen_ms;
	if (c->until_ms != WHEN_NONE && c->until_ms >= g->to_ms)
		g->filled_ms = now_ms;
}
