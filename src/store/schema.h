/* store/schema.h: the tables, and the steps from each version to the next. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/db.h"

/* Brings the database to the newest version; refuses one that is newer. */
bool schema_migrate(struct store *s, struct error *err);
/* For tests: the newest version, and the SQL of the step that leads to a version (1 or more). */
int64_t schema_newest(void);
const char *schema_step(int64_t version);

#endif
