/*
 * core/report/json_report.h: incidents as JSON, schema 1 (described in
 * src/man/json.md). Times are UTC.
 */
#ifndef CORE_REPORT_JSON_REPORT_H
#define CORE_REPORT_JSON_REPORT_H

#include "base/json.h"
#include "core/intent/rules.h"
#include "core/report/dossier.h"

enum { JSON_SCHEMA = 1 };

/* One incident as an object; `rules` may be NULL (stages are shown as stored). */
void json_incident(struct jsonw *w, const struct dossier *d, const struct rules *rules);

#endif
