/* work/tamper.h: acts on the watch itself, kept as gaps of source "trail" and told at once. */
#ifndef WORK_TAMPER_H
#define WORK_TAMPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/model/event.h"
#include "core/settings/settings.h"
#include "core/watch/tamper.h"

struct store;

struct tamper_act {
	enum tamper what;
	char *trail;
	char *text;
	char *event_id;
	int64_t at_ms;
};

struct tamper_list {
	struct tamper_act *item;
	size_t len, cap;
};

/* Adds the event when it is such an act. */
void tamper_note(struct tamper_list *l, const struct event *e);
/*
 * Inside a transaction: what is new becomes a gap and a message; what restores
 * a trail fills its gaps. Reading the same events again changes nothing.
 */
bool tamper_save(struct store *s, const struct settings *settings, const char *account, const char *region,
    struct tamper_list *l, int64_t now_ms, struct error *err);
void tamper_clear(struct tamper_list *l);

#endif
