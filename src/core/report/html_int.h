/*
 * core/report/html_int.h: what the HTML pages of this folder share.
 *
 * Everything that is not a literal of ours passes through html_text() or
 * html_attr(); nothing else writes into a page.
 */
#ifndef CORE_REPORT_HTML_INT_H
#define CORE_REPORT_HTML_INT_H

#include "base/buf.h"
#include "core/intent/rules.h"
#include "core/report/dossier.h"

/* From the doctype to the open <body>; `skip_to` is the id that the first link jumps to. */
void html_begin(struct buf *out, const char *title, const char *style_hash, const char *skip_to);
void html_end(struct buf *out);
/* `before` and `after` are markup of ours, `s` is escaped; NULL writes nothing for it. */
void html_text(struct buf *out, const char *before, const char *s, const char *after);
/* <section> with a heading; closed by html_section_end(). */
void html_section(struct buf *out, const char *id, const char *title);
void html_section_end(struct buf *out);
/* `tag` is "ol" or "ul". Writes nothing when the list is empty. */
void html_list(struct buf *out, const char *tag, const struct strlist *l);
/* A row of a <dl>; nothing when the value is empty. */
void html_fact(struct buf *out, const char *name, const char *value);
/* A number of things with its noun: "1 call", "2 calls". */
void html_count(struct buf *out, int64_t n, const char *noun);

/* The parts of an incident's page that have a file of their own. */
void html_footprint(struct buf *out, const struct dossier *d, const struct rules *rules);
void html_flow(struct buf *out, const struct flow_match *f);
void html_time_line(struct buf *out, const struct dossier *d);

#endif
