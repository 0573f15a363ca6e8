/*
 * core/report/html.h: an incident as one self-contained HTML page.
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
#include "core/report/dossier.h"

/* The style sheet, exactly as the page holds it: the caller hashes it. */
extern const char html_style[];

/* `style_hash` is the base64 SHA-256 of html_style. */
void html_incident(struct buf *out, const struct dossier *d, const struct rules *rules,
    const char *style_hash);

#endif
