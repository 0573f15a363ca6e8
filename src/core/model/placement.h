/*
 * core/model/placement.h: one bait in one place. One canary per placement, so
 * the key id alone answers "which copy leaked".
 */
#ifndef CORE_MODEL_PLACEMENT_H
#define CORE_MODEL_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stored names never change. */
#define PLACEMENT_STATES(X) \
	X(PLACEMENT_PLANTED, "planted")		/* there, byte for byte */ \
	X(PLACEMENT_EDITED, "edited")		/* the key is there, the text differs */ \
	X(PLACEMENT_MOVED, "moved")		/* in another file of the repository */ \
	X(PLACEMENT_GONE, "gone")		/* not in the working tree any more */ \
	X(PLACEMENT_REMOVED, "removed")		/* taken out on purpose, or replaced */ \
	X(PLACEMENT_PLANTING, "planting")	/* about to be written; verify tells what became of it */

enum placement_state {
#define X(id, name) id,
	PLACEMENT_STATES(X)
#undef X
};

struct placement {
	int64_t id;		/* given by the store; 0 before */
	char *key_id;
	char *bait;		/* template name */
	char *repo;		/* absolute path of the working tree */
	char *remote;		/* its origin URL without credentials; NULL if none */
	char *path;		/* inside the repository */
	int64_t line_from;	/* 1-based, inclusive */
	int64_t line_to;
	char *branch;
	char *commit;		/* NULL: only in the working tree */
	char *owner;
	char *planted_by;
	char *sha256;		/* of the planted text, hexadecimal */
	char *spans;		/* where key id and secret stand in that text (core/bait/template.h) */
	char *traits;		/* "region=… profile=… shape=…", for lint's eye on sameness */
	char *copies;		/* other places verify found the key in, a line each; NULL if none */
	char *accepted;		/* copies the owner knows of, a line each; NULL if none */
	enum placement_state state;
	/* Of its canary, known when listed, not stored here: */
	bool inert;		/* it cannot fire */
	bool retired;		/* its key is deleted */
	int64_t planted_ms;
	int64_t verified_ms;	/* WHEN_NONE: never */
};

void placement_init(struct placement *p);
void placement_copy(struct placement *to, const struct placement *from);
void placement_clear(struct placement *p);

const char *placement_state_name(enum placement_state state);
bool placement_state_parse(const char *name, enum placement_state *out);
/* The value of one trait; the caller frees, NULL when there is none. */
char *placement_trait(const struct placement *p, const char *name);

struct placement_list {
	struct placement *item;
	size_t len;
	size_t cap;
};

#define PLACEMENT_LIST_INIT { .item = NULL }

/* Room for one more, initialised. */
struct placement *placement_list_add(struct placement_list *l);
void placement_list_clear(struct placement_list *l);

#endif
