/* One CloudTrail record: parsed, matched, classified, learned from, and shown. */
#include "base/buf.h"
#include "base/escape.h"
#include "core/intent/classify.h"
#include "core/intent/match.h"
#include "core/model/event.h"
#include "fuzz.h"
#include "work/rules.h"

static void
look(const struct canary_set *canaries, struct derived_set *derived, const struct event *event)
{
	struct buf out = BUF_INIT(BUF_RECORD);
	struct sighting s;

	if (!match_event(canaries, derived, event, &s))
		return;
	FUZZ_HOLDS(strcmp(s.key_id, FUZZ_KEY) == 0);
	classify(rules_shared(), event, &s);
	(void)match_learn(derived, event, &s);
	(void)match_learn_user(derived, event, &s);
	escape_terminal(&out, event->user_agent != NULL ? event->user_agent : "");
	for (size_t i = 0; i < out.len; i++)
		FUZZ_HOLDS((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7F);
	buf_free(&out);
	sighting_clear(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct canary_set canaries = CANARY_SET_INIT;
	struct derived_set derived = DERIVED_SET_INIT;
	struct canary c;
	struct event event;

	canary_init(&c);
	c.key_id = mem_strdup(FUZZ_KEY);
	c.user_name = mem_strdup(FUZZ_USER);
	canary_set_add(&canaries, &c);
	canary_clear(&c);
	canary_set_index(&canaries);
	if (event_parse(&event, (const char *)data, size, NULL)) {
		FUZZ_HOLDS(event.raw_len == size && memcmp(event.raw, data, size) == 0);
		(void)event_denied(&event);
		(void)event_by_aws(&event);
		look(&canaries, &derived, &event);
		event_clear(&event);
	}
	derived_set_clear(&derived);
	canary_set_clear(&canaries);
	return 0;
}
