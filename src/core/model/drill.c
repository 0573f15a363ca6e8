#include "core/model/drill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enum.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

static const char agent[] = "keycanary-drill/";
static const char label[] = "drill";
static const char reason[] = "drill ";

void
drill_init(struct drill *d)
{
	*d = (struct drill){ .began_ms = WHEN_NONE, .called_ms = WHEN_NONE, .visible_ms = WHEN_NONE,
		.sighted_ms = WHEN_NONE, .limit_ms = WHEN_NONE };
}

void
drill_clear(struct drill *d)
{
	free(d->key_id);
	free(d->scenario);
	free(d->region);
	drill_init(d);
}

ENUM_TEXT(drill_state, drill_state, DRILL_STATES)

const char *
drill_agent(const char *run, char out[static DRILL_AGENT_MAX])
{
	(void)snprintf(out, DRILL_AGENT_MAX, "%s%s", agent, run);
	return out;
}

bool
drill_run_of(const char *user_agent, char run[static DRILL_RUN_LEN + 1])
{
	const char *at = user_agent == NULL ? NULL : strstr(user_agent, agent);

	if (at == NULL || strspn(at + strlen(agent), "0123456789abcdef") != DRILL_RUN_LEN)
		return false;
	memcpy(run, at + strlen(agent), DRILL_RUN_LEN);
	run[DRILL_RUN_LEN] = '\0';
	return true;
}

void
drill_label(struct sighting *s, const char *run)
{
	free(s->label);
	free(s->label_reason);
	s->label = mem_strdup(label);
	s->label_reason = mem_printf("%s%s", reason, run);
}

const char *
sighting_drill(const struct sighting *s)
{
	return str_eq(s->label, label) && str_starts(s->label_reason, reason) ? s->label_reason + strlen(reason) : NULL;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

int64_t
percentile(int64_t *values, size_t n, int p)
{
	size_t rank = (n * (size_t)p + 99) / 100;

	if (n == 0)
		return WHEN_NONE;
	qsort(values, n, sizeof(*values), by_size);
	return values[rank > 0 ? rank - 1 : 0];
}
