/* work/rules.h: the built-in intent rules of config/intent/. */
#ifndef WORK_RULES_H
#define WORK_RULES_H

#include "core/intent/rules.h"

/* All files of config/intent/; the caller frees with rules_free(). */
bool rules_builtin(struct rules **out, struct error *err);

/* The same, built once and kept until the program ends; NULL when they are broken (a test reads them). */
const struct rules *rules_shared(void);

#endif
