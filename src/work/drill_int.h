/* work/drill_int.h: what drill.c, drill_call.c and drill_play.c share. */
#ifndef WORK_DRILL_INT_H
#define WORK_DRILL_INT_H

#include "work/drill.h"

/* A new run, and when it must be seen by; not saved yet. */
void drill_start(struct drill *d, const struct settings *settings, const struct drill_ask *ask, const char *key_id,
    int64_t now_ms);
/* Real calls with the canary's own key. */
bool drill_call(struct store *s, const struct settings *settings, const struct drill_ask *ask, struct drill *d,
    struct error *err);
/* The events of a published flow. */
bool drill_play(struct store *s, const struct settings *settings, const struct drill_ask *ask, struct drill *d,
    struct error *err);

/* Asks LookupEvents whether the calls are visible, every few seconds. */
struct drill_probe;
struct drill_probe *drill_probe_open(const struct settings *settings, const struct drill_ask *ask, struct error *err);
/* True once they are; a failure to ask is only logged. */
bool drill_probe_visible(struct drill_probe *p, const struct drill *d, int64_t now_ms);
void drill_probe_close(struct drill_probe *p);

#endif
