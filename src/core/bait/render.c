/* Filling in a bait's sections. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/escape.h"
#include "base/mem.h"
#include "core/bait/template.h"

enum { LETS_MAX = 32, FIELDS_MAX = 64 };

/* One filling-in: the fields known so far and the draws to come. */
struct fill {
	const struct bait *bait;
	struct bait_field field[FIELDS_MAX + LETS_MAX];
	size_t fields;
	uint64_t draw;
	struct strlist lets;	/* owns the values of "let" */
	const char *begin;	/* of the text being filled in, to count lines */
	int line;		/* 0: in the header */
	struct bait_text *out;
	struct error *err;
};

uint64_t
bait_seed(const char *key_id, const char *place)
{
	const char *part[] = { str_or(key_id, ""), "/", str_or(place, "") };
	uint64_t h = 14695981039346656037ULL;	/* FNV-1a */

	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		for (const char *c = part[i]; *c != '\0'; c++)
			h = (h ^ (unsigned char)*c) * 1099511628211ULL;
	return h;
}

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t
draw(struct fill *f, uint64_t below)
{
	uint64_t z = (f->draw += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % below;
}

/* --- filters ----------------------------------------------------------------- */

static void
filter_upper(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_putc(out, (char)toupper((unsigned char)*s));
}

static void
filter_lower(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_putc(out, (char)tolower((unsigned char)*s));
}

/* Words in one spelling: what is between them, and what their letters become. */
static void
words(struct buf *out, const char *s, const char *between, bool upper, bool capital_first, bool capital_rest)
{
	bool start = true, first = true;

	for (; *s != '\0'; s++) {
		if (!isalnum((unsigned char)*s)) {
			start = true;
			continue;
		}
		if (start && !first)
			buf_puts(out, between);
		if (upper || (start && (first ? capital_first : capital_rest)))
			buf_putc(out, (char)toupper((unsigned char)*s));
		else
			buf_putc(out, (char)tolower((unsigned char)*s));
		start = first = false;
	}
}

static void
filter_title(struct buf *out, const char *s)
{
	words(out, s, " ", false, true, true);
}

static void
filter_snake(struct buf *out, const char *s)
{
	words(out, s, "_", false, false, false);
}

static void
filter_upper_snake(struct buf *out, const char *s)
{
	words(out, s, "_", true, true, true);
}

static void
filter_kebab(struct buf *out, const char *s)
{
	words(out, s, "-", false, false, false);
}

static void
filter_camel(struct buf *out, const char *s)
{
	words(out, s, "", false, false, true);
}

static void
filter_base64(struct buf *out, const char *s)
{
	encode_base64(out, (const uint8_t *)s, strlen(s));
}

static void
filter_url(struct buf *out, const char *s)
{
	escape_percent(out, s, strlen(s), "");
}

static const struct {
	const char *name;
	void (*put)(struct buf *, const char *);
} filters[] = {
	{ "", buf_puts }, { "base64", filter_base64 }, { "camel", filter_camel }, { "kebab", filter_kebab },
	{ "lower", filter_lower }, { "snake", filter_snake }, { "title", filter_title },
	{ "upper", filter_upper }, { "upper_snake", filter_upper_snake }, { "url", filter_url },
};

bool
bait_filter(struct buf *out, const char *filter, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		if (!str_eq(filters[i].name, filter))
			continue;
		filters[i].put(out, value);
		return true;
	}
	return false;
}

/* --- placeholders ------------------------------------------------------------ */

static bool
complain(struct fill *f, const char *at, const char *what, const char *word)
{
	int line = f->line;
	const char *names[FIELDS_MAX + LETS_MAX], *near;

	for (const char *c = f->begin; f->line > 0 && c < at; c++)
		line += *c == '\n';
	for (size_t i = 0; i < f->fields; i++)
		names[i] = f->field[i].name;
	near = str_suggest(word, names, f->fields);
	if (f->line > 0)
		return error_set(f->err, ERROR_INPUT, "%s:%d: %s \"%.60s\"%s%s%s", f->bait->source, line, what,
		    word, near != NULL ? "; did you mean \"" : "", str_or(near, ""), near != NULL ? "\"?" : "");
	return error_set(f->err, ERROR_INPUT, "%s: in the header: %s \"%.60s\"%s%s%s", f->bait->source, what,
	    word, near != NULL ? "; did you mean \"" : "", str_or(near, ""), near != NULL ? "\"?" : "");
}

static void
put_drawn(struct fill *f, const char *alphabet, int64_t count)
{
	size_t n = strlen(alphabet);

	while (count-- > 0)
		buf_putc(&f->out->text, alphabet[draw(f, n)]);
}

static void
remember(struct bait_text *t, const char *name, const char *filter, size_t at)
{
	MEM_GROW(t->span, t->spans, t->cap);
	t->span[t->spans++] = (struct bait_span){ .name = mem_strdup(name), .filter = mem_strdup(filter),
		.at = at, .len = t->text.len - at };
}

static bool
put_field(struct fill *f, const char *at, char *word)
{
	char *bar = strchr(word, '|');
	const char *filter = bar != NULL ? bar + 1 : "";
	size_t begin = f->out->text.len;

	if (bar != NULL)
		*bar = '\0';
	for (size_t i = 0; i < f->fields; i++) {
		if (!str_eq(f->field[i].name, word))
			continue;
		if (!bait_filter(&f->out->text, filter, str_or(f->field[i].value, "")))
			return complain(f, at, "unknown filter", filter);
		if (f->field[i].tracked)
			remember(f->out, word, filter, begin);
		return true;
	}
	return complain(f, at, "unknown field", word);
}

/* One of "a|b|@field". */
static bool
put_pick(struct fill *f, const char *at, const char *list)
{
	struct strlist l = STRLIST_INIT;
	bool ok = true;

	strlist_split(&l, list, "|");
	if (l.len > 0) {
		char *chosen = l.item[draw(f, l.len)];

		if (chosen[0] == '@')
			ok = put_field(f, at, chosen + 1);
		else
			buf_puts(&f->out->text, chosen);
	}
	strlist_clear(&l);
	return ok;
}

/* "pick a|b", "number 1 9", "hex 32", "alnum 20"; *known is false for any other word. */
static bool
put_generator(struct fill *f, const char *at, const char *word, bool *known)
{
	static const char hex[] = "0123456789abcdef";
	static const char alnum[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789";
	int64_t a = 0, b = 0;
	char *sp;

	*known = true;
	if (str_starts(word, "pick "))
		return put_pick(f, at, word + 5);
	if (str_starts(word, "hex ") || str_starts(word, "alnum ")) {
		if (!str_to_int(strchr(word, ' ') + 1, 1, 4096, &a))
			return complain(f, at, "not a length:", word);
		put_drawn(f, word[0] == 'h' ? hex : alnum, a);
		return true;
	}
	*known = str_starts(word, "number ");
	if (!*known)
		return true;
	sp = strchr(word + 7, ' ');
	if (sp != NULL)
		*sp = '\0';
	if (sp == NULL || !str_to_int(word + 7, 0, INT32_MAX, &a) || !str_to_int(sp + 1, a, INT32_MAX, &b))
		return complain(f, at, "not two numbers:", word);
	a += (int64_t)draw(f, (uint64_t)(b - a) + 1);
	buf_printf(&f->out->text, "%lld", (long long)a);
	return true;
}

static bool
put_placeholder(struct fill *f, const char *at, const char *word, size_t len)
{
	char *copy = mem_strndup(word, len);
	bool known, ok = put_generator(f, at, copy, &known);

	if (ok && !known)
		ok = put_field(f, at, copy);
	free(copy);
	return ok;
}

static bool
fill(struct fill *f, const char *text, int line)
{
	const char *at = text;

	f->begin = text;
	f->line = line;
	while (*at != '\0') {
		const char *end;

		if (strncmp(at, "{{?}}", 5) == 0) {
			at += 5;
			if (draw(f, 2) == 0)
				at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
			continue;
		}
		end = strncmp(at, "{{", 2) == 0 && isalpha((unsigned char)at[2]) ? strstr(at, "}}") : NULL;
		if (end == NULL) {
			buf_putc(&f->out->text, *at++);
			continue;
		}
		if (!put_placeholder(f, at, at + 2, (size_t)(end - at - 2)))
			return false;
		at = end + 2;
	}
	return !f->out->text.failed ||
	    error_set(f->err, ERROR_FULL, "%s: the bait is larger than %d bytes", f->bait->source, BAIT_TEXT_MAX);
}

/* The context's fields, and those the bait makes of them. */
static bool
begin(struct fill *f, const struct bait *b, const struct bait_context *ctx, struct error *err)
{
	bool ok = true;

	*f = (struct fill){ .bait = b, .draw = ctx->seed, .lets = STRLIST_INIT, .err = err };
	if (ctx->fields > FIELDS_MAX || b->let_name.len > LETS_MAX)
		return error_set(err, ERROR_FULL, "%s: more than %d fields of its own", b->source, LETS_MAX);
	memcpy(f->field, ctx->field, ctx->fields * sizeof(*ctx->field));
	f->fields = ctx->fields;
	for (size_t i = 0; ok && i < b->let_name.len; i++) {
		struct bait_text t = BAIT_TEXT_INIT;

		f->out = &t;
		ok = fill(f, b->let_text.item[i], 0);
		strlist_add(&f->lets, buf_str(&t.text));
		f->field[f->fields++] = (struct bait_field){ .name = b->let_name.item[i], .value = f->lets.item[i] };
		bait_text_clear(&t);
	}
	return ok;
}

bool
bait_render(const struct bait *b, const char *section, const struct bait_context *ctx,
    struct bait_text *out, struct error *err)
{
	const struct bait_section *s = bait_section(b, section);
	struct fill f;
	bool ok;

	if (s == NULL)
		return error_set(err, ERROR_INPUT, "%s: there is no section \"%s\"", b->source, section);
	ok = begin(&f, b, ctx, err);
	f.out = out;
	ok = ok && fill(&f, s->text, s->line);
	strlist_clear(&f.lets);
	return ok;
}

bool
bait_expand(const struct bait *b, const char *value, const struct bait_context *ctx, char **out,
    struct error *err)
{
	struct bait_text t = BAIT_TEXT_INIT;
	struct fill f;
	bool ok = begin(&f, b, ctx, err);

	f.out = &t;
	ok = ok && fill(&f, value, 0);
	*out = ok ? mem_strdup(buf_str(&t.text)) : NULL;
	strlist_clear(&f.lets);
	bait_text_clear(&t);
	return ok;
}

void
bait_text_clear(struct bait_text *t)
{
	for (size_t i = 0; i < t->spans; i++) {
		free(t->span[i].name);
		free(t->span[i].filter);
	}
	free(t->span);
	buf_free_secret(&t->text);
	t->span = NULL;
	t->spans = t->cap = 0;
}

/* --- spans as text ----------------------------------------------------------- */

char *
bait_spans_text(const struct bait_text *t)
{
	struct buf out = BUF_INIT(BUF_LINE);

	for (size_t i = 0; i < t->spans; i++)
		buf_printf(&out, "%s%s|%s@%zu+%zu", i == 0 ? "" : " ", t->span[i].name, t->span[i].filter,
		    t->span[i].at, t->span[i].len);
	return buf_take(&out);
}

static bool
parse_span(struct bait_text *t, char *word)
{
	char *bar = strchr(word, '|'), *at = strchr(word, '@'), *plus = strchr(word, '+');
	int64_t begin, len;

	if (bar == NULL || at == NULL || plus == NULL || bar > at || at > plus)
		return false;
	*bar = *at = *plus = '\0';
	if (!str_to_int(at + 1, 0, BAIT_TEXT_MAX, &begin) || !str_to_int(plus + 1, 0, BAIT_TEXT_MAX, &len))
		return false;
	MEM_GROW(t->span, t->spans, t->cap);
	t->span[t->spans++] = (struct bait_span){ .name = mem_strdup(word), .filter = mem_strdup(bar + 1),
		.at = (size_t)begin, .len = (size_t)len };
	return true;
}

bool
bait_spans_parse(struct bait_text *t, const char *text)
{
	struct strlist words = STRLIST_INIT;
	bool ok = true;

	strlist_split(&words, str_or(text, ""), " ");
	for (size_t i = 0; ok && i < words.len; i++)
		ok = parse_span(t, words.item[i]);
	strlist_clear(&words);
	return ok;
}
