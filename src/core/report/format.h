/*
 * core/report/format.h: the formats a report can have. A format is a row.
 *
 * To add one: a file with `begin`, `one` and `end`, a row in format.c, a test
 * beside the others in tests/system/test_report.py. All pure; what a format
 * needs of the world (time, a hash) is handed in.
 */
#ifndef CORE_REPORT_FORMAT_H
#define CORE_REPORT_FORMAT_H

#include <stdint.h>

#include "base/json.h"
#include "core/intent/rules.h"
#include "core/report/dossier.h"
#include "core/report/text.h"

struct report {
	struct buf *out;
	const struct rules *rules;
	const struct text_style *style;		/* of format text */
	const char *style_hash;			/* of format html; see html.h */
	void (*sha1)(const void *bytes, size_t len, uint8_t out[static 20]);	/* for STIX's names */
	int64_t now_ms;
	struct jsonw json;			/* set by the caller to write to `out` */
	size_t count;				/* incidents so far; report_one() counts */
	struct strlist known;			/* for formats that say each thing once; report_end() frees */
};

struct report_format {
	const char *name;	/* as in --format */
	const char *about;
	const char *suffix;	/* of a file */
	void (*begin)(struct report *r);	/* NULL: nothing */
	void (*one)(struct report *r, const struct dossier *d);
	void (*end)(struct report *r);		/* NULL: nothing */
	bool single;		/* one incident a file: many are pages in a directory, with an index */
};

/* Ends with a NULL name. */
extern const struct report_format report_formats[];

const struct report_format *report_format_find(const char *name);
void report_begin(const struct report_format *f, struct report *r);
void report_one(const struct report_format *f, struct report *r, const struct dossier *d);
void report_end(const struct report_format *f, struct report *r);

#endif
