#include "base/escape.h"

#include <stdbool.h>
#include <string.h>

int
utf8_next(const char *s, size_t len, size_t *used)
{
	static const int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	size_t n;
	int cp;

	*used = 1;
	if (u[0] < 0x80)
		return u[0];
	n = u[0] >= 0xF0 && u[0] <= 0xF4 ? 4 : u[0] >= 0xE0 ? 3 : u[0] >= 0xC2 ? 2 : 0;
	if (n == 0 || u[0] > 0xF4 || len < n)
		return -1;
	cp = u[0] & (0xFF >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return -1;
		cp = (cp << 6) | (u[i] & 0x3F);
	}
	if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return -1;
	*used = n;
	return cp;
}

/* Characters that move the cursor, change direction or cannot be seen. */
static bool
invisible(int cp)
{
	static const struct { int from, to; } range[] = {
		{ 0x00, 0x1F }, { 0x7F, 0x9F }, { 0xAD, 0xAD }, { 0x61C, 0x61C },
		{ 0x115F, 0x1160 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F },
		{ 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F },
		{ 0x3164, 0x3164 }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF }, { 0xFFF0, 0xFFFB },
		{ 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF }, { 0xF0000, 0x10FFFF },
	};

	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++)
		if (cp >= range[i].from && cp <= range[i].to)
			return true;
	return false;
}

/* Puts a visible stand-in and says true when the character must not go out as it is. */
static bool
made_visible(struct buf *out, const char *s, int cp)
{
	if (cp < 0) {
		buf_printf(out, "\\x%02X", (unsigned char)*s);
		return true;
	}
	if (!invisible(cp))
		return false;
	buf_printf(out, cp < 0x80 ? "\\x%02X" : "\\u{%04X}", (unsigned)cp);
	return true;
}

void
escape_terminal_cut(struct buf *out, const char *s, size_t columns)
{
	size_t len = s == NULL ? 0 : strlen(s), used, shown = 0;

	for (size_t i = 0; i < len; i += used) {
		int cp = utf8_next(s + i, len - i, &used);

		if (++shown >= columns && i + used < len) {
			buf_puts(out, "…");
			return;
		}
		if (!made_visible(out, s + i, cp))
			buf_add(out, s + i, used);
	}
}

void
escape_terminal(struct buf *out, const char *s)
{
	escape_terminal_cut(out, s, (size_t)-1);
}

void
escape_html(struct buf *out, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s), used;

	for (size_t i = 0; i < len; i += used) {
		int cp = utf8_next(s + i, len - i, &used);

		switch (cp) {
		case '&': buf_puts(out, "&amp;"); break;
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		case '"': buf_puts(out, "&quot;"); break;
		case '\'': buf_puts(out, "&#39;"); break;
		case '\n': case '\t': buf_putc(out, (char)cp); break;
		default:
			if (!made_visible(out, s + i, cp))
				buf_add(out, s + i, used);
		}
	}
}

void
escape_json(struct buf *out, const char *s, size_t len)
{
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	size_t used, plain = 0;

	for (size_t i = 0; i < len; i += used) {
		int cp = utf8_next(s + i, len - i, &used);
		const char *n = NULL;

		if (cp >= 0x20 && cp != '"' && cp != '\\' && (cp < 0x7F || !invisible(cp)))
			continue;
		buf_add(out, s + plain, i - plain);
		plain = i + used;
		for (size_t k = 0; k + 1 < sizeof(named) && n == NULL; k += 2)
			if (cp > 0 && named[k] == cp)
				n = &named[k + 1];
		if (n != NULL)
			buf_printf(out, "\\%c", *n);
		else if (cp < 0)
			buf_puts(out, "\\ufffd");
		else if (cp > 0xFFFF)
			buf_printf(out, "\\u%04x\\u%04x", 0xD800 + ((unsigned)(cp - 0x10000) >> 10),
			    0xDC00 + ((unsigned)(cp - 0x10000) & 0x3FF));
		else
			buf_printf(out, "\\u%04x", (unsigned)cp);
	}
	if (plain < len)
		buf_add(out, s + plain, len - plain);
}

void
escape_csv(struct buf *out, const char *s)
{
	struct buf safe = BUF_INIT(out->max);
	const char *text;
	bool quote;

	if (s != NULL && *s != '\0' && strchr("=+-@\t\r", *s) != NULL)
		buf_putc(&safe, '\'');
	escape_terminal(&safe, s);
	text = buf_str(&safe);
	quote = strpbrk(text, ",;\"' \t") != NULL;
	if (quote)
		buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_putc(out, '"');
		buf_putc(out, *text);
	}
	if (quote)
		buf_putc(out, '"');
	buf_free(&safe);
}

void
escape_percent(struct buf *out, const char *s, size_t len, const char *keep)
{
	static const char unreserved[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\0' && (strchr(unreserved, s[i]) != NULL ||
		    (keep != NULL && strchr(keep, s[i]) != NULL)))
			buf_putc(out, s[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)s[i]);
	}
}
