#include "work/outbox.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/report/compose.h"
#include "store/outbox.h"
#include "work/deliver.h"
#include "work/settings.h"
#include "world/channel/channel.h"

size_t
outbox_test(const struct settings *settings, int64_t now_ms,
    void (*tell)(void *arg, const char *channel, const char *type, const char *result, const char *answer),
    void *arg)
{
	static const char *const results[] = { "delivered", "not now", "refused" };
	size_t failed = 0;

	for (size_t i = 0; i < settings->channels; i++) {
		const struct channel_settings *c = &settings->channel[i];
		struct delivery_result r;
		struct message m;

		compose_notice(&m, MESSAGE_TEST, SEVERITY_INFO, "test message", "This is a test; no canary fired.", now_ms);
		m.key = mem_printf("test-%lld-%s", (long long)now_ms, c->name);
		channel_send(c, &m, &r);
		message_clear(&m);
		failed += r.what != DELIVERY_DONE;
		tell(arg, c->name, c->type, results[r.what], r.answer);
	}
	return failed;
}

struct teller {
	void (*show)(void *arg, const struct outbox_line *);
	void *arg;
};

static void
tell_row(void *arg, const struct outbox_row *r)
{
	const struct teller *t = arg;
	struct outbox_line line = { .id = r->id, .channel = r->channel, .kind = r->kind, .state = r->state,
		.key = r->key, .last_error = r->last_error, .answer = r->answer, .attempts = r->attempts,
		.next_ms = r->next_ms };

	t->show(t->arg, &line);
}

bool
outbox_list(struct store *s, bool all, void (*show)(void *arg, const struct outbox_line *), void *arg,
    struct error *err)
{
	struct teller t = { show, arg };

	return outbox_each(s, all, tell_row, &t, err);
}

bool
outbox_change(struct store *s, int64_t id, bool drop, int64_t now_ms, int64_t *changed, struct error *err)
{
	return drop ? outbox_drop(s, id, now_ms, changed, err) : outbox_retry(s, id, now_ms, changed, err);
}

bool
outbox_send(const struct settings *settings, int64_t *sent, int64_t *waiting, struct error *err)
{
	struct deliver_counts counts;
	char *dir = settings_state_dir(settings);
	bool ok = deliver_due(dir, settings, &counts, err);

	free(dir);
	*sent = counts.sent;
	*waiting = counts.later;
	return ok;
}
