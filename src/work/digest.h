/*
 * work/digest.h: a digest as it leaves: how things stand, and what the channel
 * has not been told yet.
 */
#ifndef WORK_DIGEST_H
#define WORK_DIGEST_H

#include "core/model/message.h"
#include "core/settings/settings.h"

struct outbox_row;
struct store;

/*
 * Composes the digest of a row anew into *m, which replaces what it was. When
 * the channel knows all of it, *told_by is the message that said it, otherwise 0.
 */
bool digest_refresh(struct store *s, const struct settings *settings, const struct outbox_row *row,
    struct message *m, int64_t now_ms, int64_t *told_by, struct error *err);

#endif
