/*
 * work/trouble.h: a note of why the state could not be written, for the next
 * run.
 *
 * When the disk is full no gap can be recorded. So a small file beside the
 * state is made while there is room, and written over in its place. What it
 * says becomes the cause of the gap as soon as the state can be written again.
 */
#ifndef WORK_TROUBLE_H
#define WORK_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct store;

/* Makes the file; failure is no matter. */
void trouble_prepare(const struct store *s);
/* A full disk only. Keeps the first trouble until it is forgotten. */
void trouble_note(const struct store *s, const struct error *why, int64_t now_ms);
/* What was noted, and when; false: nothing. */
bool trouble_recall(const struct store *s, struct error *why, int64_t *at_ms);
void trouble_forget(const struct store *s);

#endif
