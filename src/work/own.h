/*
 * work/own.h: whom the watch signs as, so that its own acts on canaries do not
 * alarm, whichever of its sessions made them. Minting and retiring note the
 * keys they sign with and for how long instead (store/own.h).
 *
 * What such an identity does to a canary is labelled "own"; its mere questions
 * are not kept. People should not share it: what they do with it is "own" too.
 */
#ifndef WORK_OWN_H
#define WORK_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "core/model/event.h"

struct store;

/* `arn` as sts:GetCallerIdentity answers. */
bool own_note(struct store *s, const char *arn, int64_t now_ms, struct error *err);
/* All that were noted. */
bool own_load(struct store *s, struct strlist *arns, struct error *err);
bool own_event(const struct strlist *arns, const struct event *e);

#endif
