#include "core/model/coverage.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"

void
coverage_init(struct coverage *c)
{
	*c = (struct coverage){ .since_ms = WHEN_NONE, .until_ms = WHEN_NONE, .warm_ms = WHEN_NONE,
		.deep_ms = WHEN_NONE, .tried_ms = WHEN_NONE, .good_ms = WHEN_NONE };
}

void
coverage_copy(struct coverage *to, const struct coverage *from)
{
	*to = *from;
	to->account = mem_strdup(from->account);
	to->region = mem_strdup(from->region);
	to->source = mem_strdup(from->source);
	to->plan = mem_strdup(from->plan);
	to->error_kind = mem_strdup(from->error_kind);
	to->error_text = mem_strdup(from->error_text);
}

void
coverage_clear(struct coverage *c)
{
	free(c->account);
	free(c->region);
	free(c->source);
	free(c->plan);
	free(c->error_kind);
	free(c->error_text);
	coverage_init(c);
}

void
gap_init(struct gap *g)
{
	*g = (struct gap){ .from_ms = WHEN_NONE, .to_ms = WHEN_NONE, .noticed_ms = WHEN_NONE,
		.filled_ms = WHEN_NONE };
}

void
gap_copy(struct gap *to, const struct gap *from)
{
	*to = *from;
	to->account = mem_strdup(from->account);
	to->region = mem_strdup(from->region);
	to->source = mem_strdup(from->source);
	to->cause = mem_strdup(from->cause);
	to->detail = mem_strdup(from->detail);
}

void
gap_clear(struct gap *g)
{
	free(g->account);
	free(g->region);
	free(g->source);
	free(g->cause);
	free(g->detail);
	gap_init(g);
}
