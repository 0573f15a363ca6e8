#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

bool
str_eq(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool
str_eq_nocase(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

bool
str_starts(const char *s, const char *prefix)
{
	return s != NULL && prefix != NULL && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_starts_nocase(const char *s, const char *prefix)
{
	return s != NULL && prefix != NULL && strncasecmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *s, const char *suffix)
{
	size_t n, m;

	if (s == NULL || suffix == NULL)
		return false;
	n = strlen(s);
	m = strlen(suffix);
	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool
str_contains_nocase(const char *s, const char *part)
{
	return s != NULL && part != NULL && strcasestr(s, part) != NULL;
}

bool
str_empty(const char *s)
{
	return s == NULL || s[0] == '\0';
}

const char *
str_or(const char *s, const char *other)
{
	return str_empty(s) ? other : s;
}

static bool
same_byte(char a, char b, bool nocase)
{
	if (!nocase)
		return a == b;
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Greedy with one remembered star: linear in practice, never recursive. */
static bool
match(const char *p, const char *s, bool nocase)
{
	const char *star = NULL, *resume = NULL;

	if (p == NULL || s == NULL)
		return false;
	while (*s != '\0') {
		if (*p == '*') {
			star = p++;
			resume = s;
		} else if (*p == '?' || (*p != '\0' && same_byte(*p, *s, nocase))) {
			p++;
			s++;
		} else if (star != NULL) {
			p = star + 1;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

bool
str_match(const char *pattern, const char *s)
{
	return match(pattern, s, false);
}

bool
str_match_nocase(const char *pattern, const char *s)
{
	return match(pattern, s, true);
}

char *
str_trim(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len > 0 && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return s;
}

bool
str_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long n;

	if (str_empty(s) || isspace((unsigned char)s[0]))
		return false;
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}

bool
str_to_size(const char *s, int64_t *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	int64_t n, factor = 1;
	char *end;

	if (str_empty(s) || !isdigit((unsigned char)s[0]))
		return false;
	errno = 0;
	n = strtoll(s, &end, 10);
	unit = *end == '\0' ? NULL : strchr(units, toupper((unsigned char)*end));
	if (unit != NULL) {
		factor = INT64_C(1) << 10 * (unit - units + 1);
		end++;
	}
	if (*end != '\0' && strcasecmp(end, "B") != 0 && (unit == NULL || strcasecmp(end, "iB") != 0))
		return false;
	if (errno != 0 || n < 1 || n > INT64_MAX / factor)
		return false;
	*out = n * factor;
	return true;
}

/* Damerau-Levenshtein (neighbours swapped count one), words up to 63 bytes. */
static size_t
distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	size_t row[3][MAX], n = strlen(a), m = strlen(b);

	if (n >= MAX || m >= MAX)
		return MAX;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *cur = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		cur[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			cur[j] = best;
		}
	}
	return row[n % 3][m];
}

const char *
str_suggest(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t best_distance, len;

	if (str_empty(word))
		return NULL;
	len = strlen(word);
	best_distance = len / 3 + 2;
	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, names[i]);

		if (len >= 3 && str_starts(names[i], word))
			d = 1;
		if (d < best_distance) {
			best_distance = d;
			best = names[i];
		}
	}
	return best;
}
