/*
 * core/model/canary_csv.h: canaries from what people have: a CSV list, or the
 * answer of "aws iam create-access-key".
 *
 * Pure. All or nothing: the first wrong line is named with its number and
 * nothing is taken.
 */
#ifndef CORE_MODEL_CANARY_CSV_H
#define CORE_MODEL_CANARY_CSV_H

#include "base/error.h"
#include "core/model/canary.h"

/*
 * Columns: key_id, user_name, account, owner, tags (separated by spaces or
 * semicolons), note; a header line may name them in another order. JSON is
 * told by its first character. Secrets in the input are not taken.
 */
bool canary_read_list(const char *text, size_t len, const char *name, struct canary_set *out,
    struct error *err);

#endif
