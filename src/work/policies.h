/* work/policies.h: the documents of canary/policy/, for people who set up accounts. */
#ifndef WORK_POLICIES_H
#define WORK_POLICIES_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

/* "NAME\tabout" of each, in the order of canary/policy/about.conf. */
bool policies_list(struct strlist *out, struct error *err);
/* "monitor" or "monitor.tf"; ERROR_USAGE suggests the nearest name. */
bool policies_read(const char *name, struct buf *out, struct error *err);

#endif
