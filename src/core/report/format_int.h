/* core/report/format_int.h: one incident in each format; for format.c only. */
#ifndef CORE_REPORT_FORMAT_INT_H
#define CORE_REPORT_FORMAT_INT_H

#include "core/report/format.h"

void markdown_one(struct report *r, const struct dossier *d);
/* OCSF Detection Finding, a line each (schema.ocsf.io, class 2004). */
void ocsf_one(struct report *r, const struct dossier *d);
/* One STIX 2.1 bundle around all (docs.oasis-open.org/cti/stix/v2.1). */
void stix_begin(struct report *r);
void stix_one(struct report *r, const struct dossier *d);
void stix_end(struct report *r);

#endif
