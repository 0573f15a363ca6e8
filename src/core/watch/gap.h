/*
 * core/watch/gap.h: holes in what could be seen: how they begin, go on and end.
 *
 * Pure. A gap is empty (cause NULL), open (no end yet), ended, or filled: the
 * mark has passed its end, so what lay in it was read after all.
 */
#ifndef CORE_WATCH_GAP_H
#define CORE_WATCH_GAP_H

#include <stdint.h>

#include "base/error.h"
#include "core/model/coverage.h"

/* A gap that begins or goes on; saved with the coverage. */
void gap_open(struct gap *g, const struct coverage *c, const struct error *err, int64_t now_ms);
/* Something was read up to `seen_ms`: the gap ends there, and is filled once the mark is past its end. */
void gap_follow(struct gap *g, const struct coverage *c, int64_t seen_ms, int64_t now_ms);

#endif
