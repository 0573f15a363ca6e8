/*
 * base/when.h: points in time and spans of it.
 *
 * A point is int64_t milliseconds since 1970-01-01T00:00:00Z, named `_ms`; a
 * span is int64_t seconds, named `_s`. WHEN_NONE is "not known". Nothing here
 * reads a clock (os/clock.h does).
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define WHEN_NONE INT64_MIN
enum { WHEN_TEXT_MAX = 40 };

/*
 * Reads the shapes met in CloudTrail data: "2024-07-30T21:31:15Z", with a
 * fraction of 1 to 9 digits, with a space for the T, with +hh:mm, the basic
 * form 20131102T010628Z, and seconds since the epoch as a number with or
 * without a fraction. No zone means UTC. False when it is none of them.
 */
bool when_parse(const char *s, int64_t *out_ms);

/* "2024-07-30T21:31:15Z"; milliseconds only when there are any. "" for WHEN_NONE. */
const char *when_utc(int64_t at_ms, char out[static WHEN_TEXT_MAX]);
/* "2024-07-30 23:31:15" in a zone `offset_s` east of UTC. */
const char *when_local(int64_t at_ms, int64_t offset_s, char out[static WHEN_TEXT_MAX]);
/* AWS's basic form, "20150830T123600Z". */
const char *when_basic(int64_t at_ms, char out[static WHEN_TEXT_MAX]);
/* RFC 5322 date in UTC: "Tue, 30 Jul 2024 21:31:15 +0000". */
const char *when_rfc5322(int64_t at_ms, char out[static WHEN_TEXT_MAX]);
/* HTTP's Date ("Tue, 15 Nov 1994 08:12:31 GMT", RFC 9110 section 5.6.7). */
bool when_parse_http(const char *s, int64_t *out_ms);

/* "90 s", "5m", "2 h", "90 days", "1h30m"; a bare number is seconds. */
bool span_parse(const char *s, int64_t *out_s, struct error *err);
/* The two largest units: "3 h 20 min", "11 s", "2 days"; for people. */
const char *span_text(int64_t span_s, char out[static WHEN_TEXT_MAX]);

#endif
