/* store/coverage.h: what was read up to when, and every hole in it. */
#ifndef STORE_COVERAGE_H
#define STORE_COVERAGE_H

#include "core/model/coverage.h"
#include "store/store.h"

struct coverage_list {
	struct coverage *item;
	size_t len, cap;
};

struct gap_list {
	struct gap *item;
	size_t len, cap;
};

bool coverage_save(struct store *s, const struct coverage *c, struct error *err);
/* By account, region, source. */
bool coverage_list(struct store *s, struct coverage_list *out, struct error *err);
void coverage_list_clear(struct coverage_list *l);

/* Inserts when id is 0 (and sets it), updates otherwise. */
bool gap_save(struct store *s, struct gap *g, struct error *err);
/* Newest first; `unfilled` only those that are not filled. */
bool gap_list(struct store *s, bool unfilled, size_t max, struct gap_list *out, struct error *err);
/* Is there one of this account and source with this very detail, filled or not? */
bool gap_known(struct store *s, const char *account, const char *source, const char *detail, bool *known,
    struct error *err);
void gap_list_clear(struct gap_list *l);

/* What the state remembers of this account, region and source. */
void coverage_recall(struct coverage *c, struct gap *g, const struct coverage_list *covers,
    const struct gap_list *gaps);

#endif
