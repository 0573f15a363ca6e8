/*
 * base/encode.h: bytes as text and back: hexadecimal, base64 (RFC 4648
 * section 4), base32 (section 6), percent-decoding.
 *
 * Encoders append to a buffer. Decoders return false on any byte that does
 * not belong.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void encode_hex(struct buf *out, const uint8_t *bytes, size_t len);	/* lower case */
bool decode_hex(struct buf *out, const char *s, size_t len);
void encode_base64(struct buf *out, const uint8_t *bytes, size_t len);
/* White space between is skipped; padding is optional. */
bool decode_base64(struct buf *out, const char *s, size_t len);
void encode_base32(struct buf *out, const uint8_t *bytes, size_t len);	/* without padding */
/* %XX, and "+" as a space when `plus` is set (HTML forms, S3 notifications). */
bool decode_percent(struct buf *out, const char *s, size_t len, bool plus);

#endif
