#include "base/encode.h"

#include <ctype.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static int
digit_of(const char *digits, char c)
{
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

void
encode_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		buf_putc(out, hex_digits[bytes[i] >> 4]);
		buf_putc(out, hex_digits[bytes[i] & 15]);
	}
}

bool
decode_hex(struct buf *out, const char *s, size_t len)
{
	if (len % 2 != 0)
		return false;
	for (size_t i = 0; i < len; i += 2) {
		int hi = digit_of(hex_digits, (char)tolower((unsigned char)s[i]));
		int lo = digit_of(hex_digits, (char)tolower((unsigned char)s[i + 1]));

		if (hi < 0 || lo < 0)
			return false;
		buf_putc(out, (char)(hi << 4 | lo));
	}
	return true;
}

/* Both alphabets are bit streams: `width` bits a digit, high bits first. */
static size_t
encode_bits(struct buf *out, const uint8_t *bytes, size_t len, const char *digits, int width)
{
	unsigned acc = 0;
	int bits = 0;
	size_t written = 0;

	for (size_t i = 0; i < len; i++) {
		acc = (acc << 8 | bytes[i]) & 0xFFFF;
		for (bits += 8; bits >= width; written++) {
			bits -= width;
			buf_putc(out, digits[acc >> bits & ((1U << width) - 1)]);
		}
	}
	if (bits > 0) {
		buf_putc(out, digits[acc << (width - bits) & ((1U << width) - 1)]);
		written++;
	}
	return written;
}

static bool
decode_bits(struct buf *out, const char *s, size_t len, const char *digits, int width)
{
	unsigned acc = 0;
	int bits = 0;

	while (len > 0 && (s[len - 1] == '=' || isspace((unsigned char)s[len - 1])))
		len--;
	for (size_t i = 0; i < len; i++) {
		int value;

		if (isspace((unsigned char)s[i]))
			continue;
		value = digit_of(digits, s[i]);
		if (value < 0)
			return false;
		acc = (acc << width | (unsigned)value) & 0xFFFF;
		bits += width;
		if (bits >= 8) {
			bits -= 8;
			buf_putc(out, (char)(acc >> bits & 0xFF));
		}
	}
	return true;
}

void
encode_base64(struct buf *out, const uint8_t *bytes, size_t len)
{
	size_t written = encode_bits(out, bytes, len, base64_digits, 6);

	for (; written % 4 != 0; written++)
		buf_putc(out, '=');
}

bool
decode_base64(struct buf *out, const char *s, size_t len)
{
	return decode_bits(out, s, len, base64_digits, 6);
}

void
encode_base32(struct buf *out, const uint8_t *bytes, size_t len)
{
	(void)encode_bits(out, bytes, len, base32_digits, 5);
}

bool
decode_percent(struct buf *out, const char *s, size_t len, bool plus)
{
	for (size_t i = 0; i < len; i++) {
		if (plus && s[i] == '+') {
			buf_putc(out, ' ');
		} else if (s[i] != '%') {
			buf_putc(out, s[i]);
		} else {
			if (len - i < 3 || !decode_hex(out, s + i + 1, 2))
				return false;
			i += 2;
		}
	}
	return true;
}
