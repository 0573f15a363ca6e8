/* store/drift.h: in what canaries differ from AWS, and what was set at minting to compare with. */
#ifndef STORE_DRIFT_H
#define STORE_DRIFT_H

#include "base/str.h"
#include "store/store.h"

/* The boundary a canary's user was made with. */
bool drift_boundary_save(struct store *s, const char *key_id, const char *arn, struct error *err);
/* Key id to owned ARN. */
bool drift_boundaries(struct store *s, struct map *out, struct error *err);
bool drift_known_keys(struct store *s, struct strlist *out, struct error *err);

struct drift_row {
	char *key_id, *account, *kind, *detail;
	int64_t noticed_ms;
};

struct drift_rows {
	struct drift_row *item;
	size_t len, cap;
};

/* *fresh is false when it was known. */
bool drift_row_add(struct store *s, const struct drift_row *row, bool *fresh, struct error *err);
bool drift_row_remove(struct store *s, const struct drift_row *row, struct error *err);
/* Of an account (NULL: all), by key id. */
bool drift_rows(struct store *s, const char *account, struct drift_rows *out, struct error *err);
/* Canaries with a row, whatever it is. */
bool drift_count(struct store *s, int64_t *count, struct error *err);
void drift_rows_clear(struct drift_rows *l);

#endif
