/* store/schema.h: the tables, and the steps from each version to the next. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/db.h"

/* Brings the database to the newest version; refuses one that is newer. */
bool schema_migrate(struct store *s, struct error *err);

#endif
