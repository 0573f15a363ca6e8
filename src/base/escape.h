/*
 * base/escape.h: text an attacker wrote, made harmless for one medium.
 *
 * Everything a stranger can choose (user agent, names, error text, paths)
 * is kept verbatim in the store and passes through exactly one of these on
 * its way out. Input is bytes; what is not UTF-8 is shown, never passed on.
 * All functions append to a buffer, which remembers failure.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

/* The next code point of s[0..len) and its length in bytes; a bad byte gives
 * -1 and length 1. len must be at least 1. (RFC 3629 section 4.) */
int utf8_next(const char *s, size_t len, size_t *used);

/*
 * One line for a terminal: C0, C1, DEL, bidirectional controls, zero-width
 * characters, line separators and bad bytes become visible as \xHH or
 * \u{HHHH}; a backslash stays as it is.
 */
void escape_terminal(struct buf *out, const char *s);
/* As escape_terminal, cut to at most `columns` characters with an ellipsis. */
void escape_terminal_cut(struct buf *out, const char *s, size_t columns);
/* Text and attribute values of HTML and XML: & < > " ' and the invisible, as escape_terminal. */
void escape_html(struct buf *out, const char *s);
/* Inside a JSON string, without the quotes: always valid UTF-8 out. What cannot be seen is
 * written \uXXXX, so that the document is safe on a terminal and still says the same. */
void escape_json(struct buf *out, const char *s, size_t len);
/* One CSV field, quoted when needed; a leading = + - @ tab or CR gets an
 * apostrophe in front so that no spreadsheet runs it (OWASP, "CSV Injection"). */
void escape_csv(struct buf *out, const char *s);
/* Unreserved characters of RFC 3986 section 2.3 stay, all else is %XX. `keep`
 * names further bytes to leave alone, such as "/". */
void escape_percent(struct buf *out, const char *s, size_t len, const char *keep);

#endif
