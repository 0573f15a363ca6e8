/* world/trail/trail_int.h: shared by the readers of this folder only. */
#ifndef WORLD_TRAIL_TRAIL_INT_H
#define WORLD_TRAIL_TRAIL_INT_H

#include "world/trail/splitter.h"
#include "world/trail/trail.h"

/* Deals with every whole item of a window; *used is how far it got. `last`: no more bytes follow. */
void trail_read_window(const struct trail_reader *r, struct splitter *s, const char *bytes, size_t len,
    bool last, size_t *used, struct trail_counts *counts);
/*
 * Searches the whole text and parses only what holds a hit; what lies between
 * is stepped over by its brackets, so a record's bounds are exact. False when
 * anything is odd, or there is a hit in a text of `careful` bytes or less: the
 * rest, from *at on, has to be read record by record.
 */
bool trail_read_hits(const struct trail_reader *r, struct splitter *s, const char *bytes, size_t len,
    size_t careful, size_t *at, struct trail_counts *counts);
/* A gzip or plain stream in pieces; `fd` is at its beginning. */
bool trail_read_stream(const struct trail_reader *r, int fd, const char *path,
    struct trail_counts *counts, struct error *err);
/* Counts one loss and remembers the first reason. */
__attribute__((format(printf, 2, 3)))
void trail_damage(struct trail_counts *counts, const char *fmt, ...);

#endif
