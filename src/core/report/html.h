/*
 * core/report/html.h: incidents as self-contained HTML pages.
 *
 * No scripts, no external requests; the Content-Security-Policy allows the
 * page's own style sheet by its hash and nothing else, so text an intruder
 * wrote stays text. Readable on a phone, in print, in the dark, by keyboard
 * and screen reader.
 */
#ifndef CORE_REPORT_HTML_H
#define CORE_REPORT_HTML_H

#include "base/buf.h"
#include "core/intent/rules.h"
#include "core/model/canary.h"
#include "core/report/dossier.h"

/* The style sheet, exactly as each page holds it: the caller hashes it. */
extern const char html_style[];

/* `style_hash` is the base64 SHA-256 of html_style. `rules` may be NULL. */
void html_incident(struct buf *out, const struct dossier *d, const struct rules *rules,
    const char *style_hash);

/* What the page over everything tells; all borrowed. */
struct overview {
	const struct incident_list *incidents;	/* newest first */
	const struct canary_set *canaries;
	const struct gap *gap;			/* that are not filled */
	size_t gaps;
	int64_t now_ms;
};

/* Links to ID.html beside it for each incident. */
void html_index(struct buf *out, const struct overview *o, const char *style_hash);

#endif
