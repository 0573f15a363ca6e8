/*
 * store/own.h: with which keys we acted on canaries ourselves, and when.
 *
 * Minting, retiring and rotating leave events in CloudTrail that look like
 * somebody tampering with a canary. Those signed with one of these keys
 * within its span are labelled as our own.
 */
#ifndef STORE_OWN_H
#define STORE_OWN_H

#include <stddef.h>

#include "store/store.h"

struct own_span {
	char *signer;		/* access key id, long-term or of a session */
	int64_t from_ms;
	int64_t until_ms;
};

struct own_list {
	struct own_span *item;
	size_t len, cap;
};

enum { OWN_OPEN_MS = 12 * 3600 * 1000 };

/* A span that is still open (until WHEN_NONE) counts as OWN_OPEN_MS long: a killed run never ends it. */
bool own_save(struct store *s, const char *signer, int64_t from_ms, int64_t until_ms, struct error *err);
bool own_list(struct store *s, struct own_list *out, struct error *err);
void own_list_clear(struct own_list *l);
/* Was an event of that time signed by us? Event times are whole seconds, and clocks differ a little. */
bool own_signed(const struct own_list *l, const char *signer, int64_t at_ms);

#endif
