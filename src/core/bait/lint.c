#include "core/bait/lint.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/model/keyid.h"

static void
found(struct lint_findings *out, const struct lint_rule *r, const char *key_id, char *what)
{
	MEM_GROW(out->item, out->len, out->cap);
	out->item[out->len++] = (struct lint_finding){ .rule = r, .key_id = mem_strdup(key_id), .what = what };
}

static bool
matches(const struct lint_rule *r, const char *text)
{
	if (str_empty(text))
		return false;
	for (size_t i = 0; i < r->values.len; i++)
		if (str_eq(r->values.item[i], text))
			return true;
	for (size_t i = 0; i < r->patterns.len; i++) {
		regex_t re;
		bool hit;

		if (regcomp(&re, r->patterns.item[i], REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
			continue;
		hit = regexec(&re, text, 0, NULL, 0) == 0;
		regfree(&re);
		if (hit)
			return true;
	}
	return false;
}

/* Shannon, bits per character: the measure gitleaks and TruffleHog use. */
static double
entropy(const char *s)
{
	int count[256] = { 0 };
	double bits = 0, n = (double)strlen(s);

	for (const char *c = s; *c != '\0'; c++)
		count[(unsigned char)*c]++;
	for (size_t i = 0; i < ARRAY_LEN(count); i++)
		if (count[i] > 0)
			bits -= count[i] / n * log2(count[i] / n);
	return bits;
}

static const char *
looked_at(const char *on, const struct lint_subject *s, const char *account)
{
	const struct {
		const char *on, *text;
	} row[] = {
		{ "account", account }, { "key_id", s->key_id }, { "user_name", s->user_name },
		{ "user_path", s->user_path }, { "arn", s->arn }, { "path", s->path }, { "level", s->level },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (str_eq(row[i].on, on))
			return row[i].text;
	return NULL;
}

static void
look(const struct lint_rule *r, const struct lint_subject *s, const char *account, struct lint_findings *out)
{
	const char *text = looked_at(r->on, s, account);

	if (str_eq(r->on, "entropy")) {
		double bits = s->key_id != NULL ? entropy(s->key_id) : 99;

		if (bits < r->below)
			found(out, r, s->key_id, mem_printf("entropy %.2f bits a character", bits));
	} else if (str_eq(r->on, "tag")) {
		for (size_t i = 0; s->tags != NULL && i < s->tags->len; i++)
			if (matches(r, s->tags->item[i]))
				found(out, r, s->key_id, mem_printf("tag \"%s\"", s->tags->item[i]));
	} else if (matches(r, text)) {
		found(out, r, s->key_id, mem_printf("%s \"%s\"", r->on, text));
	}
}

void
lint_one(const struct lint_rules *r, const struct lint_subject *s, struct lint_findings *out)
{
	char account[ACCOUNT_LEN + 1] = "";
	size_t before = out->len;

	if (s->key_id != NULL && !keyid_account(s->key_id, account))
		account[0] = '\0';
	for (size_t i = 0; i < r->len; i++)
		look(&r->item[i], s, account, out);
	for (; before < out->len; before++)
		out->item[before].inert = s->inert;
}

/* --- what a batch has in common ---------------------------------------------------- */

/* A name without its numbers: "svc-backup-07" and "svc-backup-12" are of one mould. */
static char *
name_stem(const char *name)
{
	char *stem = mem_strdup(name), *to = stem;

	if (stem == NULL)
		return NULL;
	for (const char *c = stem; *c != '\0'; c++)
		if (!isdigit((unsigned char)*c))
			*to++ = *c;
	*to = '\0';
	return stem;
}

static char *
trait_of(const struct lint_subject *s, const char *trait)
{
	char account[ACCOUNT_LEN + 1];

	if (str_eq(trait, "account"))
		return s->key_id != NULL && keyid_account(s->key_id, account) ? mem_strdup(account) : NULL;
	if (str_eq(trait, "name_stem"))
		return name_stem(s->user_name);
	if (str_eq(trait, "region"))
		return mem_strdup(s->region);
	if (str_eq(trait, "profile"))
		return mem_strdup(s->profile);
	return mem_strdup(s->shape);
}

/* Keeps a canary's trait, unless it has none. What one repository uses everywhere counts once there. */
static void
collect(const struct lint_subject *s, size_t n, const char *trait, struct strlist *values)
{
	bool estate = str_eq(trait, "region") || str_eq(trait, "profile");
	struct strlist seen = STRLIST_INIT;

	for (size_t i = 0; i < n; i++) {
		char *value = trait_of(&s[i], trait);
		char *where = value != NULL ? mem_printf("%s %s", str_or(s[i].repo, s[i].key_id), value) : NULL;

		if (!str_empty(value) && (!estate || strlist_add_new(&seen, where)))
			strlist_add(values, value);
		free(where);
		free(value);
	}
	strlist_clear(&seen);
}

static void
look_at_batch(const struct lint_rule *r, const struct lint_subject *s, size_t n, struct lint_findings *out)
{
	struct strlist values = STRLIST_INIT;
	size_t run = 0;

	collect(s, n, r->trait, &values);
	strlist_sort(&values);
	for (size_t i = 0; i < values.len; i++) {
		run = i > 0 && str_eq(values.item[i], values.item[i - 1]) ? run + 1 : 1;
		if (i + 1 < values.len && str_eq(values.item[i], values.item[i + 1]))
			continue;
		if (run >= (size_t)r->least && (double)run >= r->share * (double)values.len)
			found(out, r, NULL, mem_printf("%s \"%s\" in %zu of %zu", r->trait, values.item[i], run,
			    values.len));
	}
	strlist_clear(&values);
}

void
lint_batch(const struct lint_rules *r, const struct lint_subject *s, size_t n, struct lint_findings *out)
{
	for (size_t i = 0; i < r->len; i++)
		if (str_eq(r->item[i].on, "batch"))
			look_at_batch(&r->item[i], s, n, out);
}

const struct lint_finding *
lint_worst(const struct lint_findings *f)
{
	const struct lint_finding *worst = NULL;

	for (size_t i = 0; i < f->len; i++)
		if (worst == NULL || f->item[i].rule->certainty > worst->rule->certainty)
			worst = &f->item[i];
	return worst;
}

void
lint_findings_clear(struct lint_findings *f)
{
	for (size_t i = 0; i < f->len; i++) {
		free(f->item[i].key_id);
		free(f->item[i].what);
	}
	free(f->item);
	*f = (struct lint_findings){ .item = NULL };
}
