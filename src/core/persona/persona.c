#include "core/persona/persona.h"

#include <ctype.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { WORD_LISTS_MAX = 16, TRIES_PER_NAME = 400 };

struct words {
	char *name;
	struct strlist item;
};

struct persona {
	char *name;		/* for messages */
	char *about;
	struct strlist patterns, paths;
	struct words words[WORD_LISTS_MAX];
	size_t lists;
};

/* --- names and paths ---------------------------------------------------------- */

/* Parts that people and tools (Pacu iam__detect_honeytokens and its like) look for. */
static const char *const telling[] = { "canary", "honey", "decoy", "@@", "tripwire", "spacecrab", "fake",
	"example" };

static bool
looks_like_uuid(const char *s)
{
	static const int parts[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		for (int k = 0; k < parts[i]; k++, s++)
			if (!isxdigit((unsigned char)*s))
				return false;
		if (i + 1 < ARRAY_LEN(parts) && *s++ != '-')
			return false;
	}
	return true;
}

static bool
tells(const char *text, const char *what, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(telling); i++)
		if (str_contains_nocase(text, telling[i]))
			return !error_set(err, ERROR_REFUSED, "%s \"%.64s\": \"%s\" in it tells an intruder what it is",
			    what, text, telling[i]);
	for (const char *s = text; *s != '\0'; s++)
		if (looks_like_uuid(s))
			return !error_set(err, ERROR_REFUSED, "%s \"%.64s\": attackers' tools take a UUID in it for a decoy",
			    what, text);
	return false;
}

/* IAM API Reference, CreateUser: [\w+=,.@-]+, at most 64. */
bool
persona_check_name(const char *name, struct error *err)
{
	size_t len = strlen(name);

	if (len == 0 || len > PERSONA_NAME_MAX)
		return error_set(err, ERROR_INPUT, "user name \"%.80s\": IAM takes 1 to %d characters", name,
		    PERSONA_NAME_MAX);
	for (const char *s = name; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("_+=,.@-", *s) == NULL)
			return error_set(err, ERROR_INPUT, "user name \"%.64s\": IAM takes letters, digits and _+=,.@- only",
			    name);
	return !tells(name, "user name", err);
}

/* CreateUser: begins and ends with a slash, printable ASCII between. */
bool
persona_check_path(const char *path, struct error *err)
{
	size_t len = strlen(path);

	if (len == 0 || len > PERSONA_PATH_MAX || path[0] != '/' || path[len - 1] != '/')
		return error_set(err, ERROR_INPUT, "path \"%.80s\": IAM paths begin and end with \"/\"", path);
	for (const char *s = path; *s != '\0'; s++)
		if (*s < 0x21 || *s > 0x7e)
			return error_set(err, ERROR_INPUT, "path \"%.80s\": IAM takes printable ASCII only", path);
	return !tells(path, "path", err);
}

/* --- reading a style ------------------------------------------------------------ */

static const struct strlist *
list_of(const struct persona *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->lists; i++)
		if (strlen(p->words[i].name) == len && strncmp(p->words[i].name, name, len) == 0)
			return &p->words[i].item;
	return NULL;
}

/* Every {field} is known. */
static bool
check_fields(const struct persona *p, const char *pattern, struct error *err)
{
	for (const char *s = pattern; (s = strchr(s, '{')) != NULL; s++) {
		size_t len = strcspn(s + 1, "}");

		if (s[1 + len] != '}')
			return error_set(err, ERROR_INPUT, "%s: pattern \"%.80s\": a \"{\" without \"}\"", p->name, pattern);
		if ((len == 1 || len == 2) && strncmp(s + 1, "nn", len) == 0)
			continue;
		if (list_of(p, s + 1, len) == NULL)
			return error_set(err, ERROR_INPUT, "%s: pattern \"%.80s\": no words for {%.*s}; there are {n}, {nn}%s%s%s",
			    p->name, pattern, (int)len, s + 1, p->lists > 0 ? ", {" : "",
			    p->lists > 0 ? p->words[0].name : "", p->lists > 0 ? "} …" : "");
	}
	return true;
}

static void
read_texts(const config_setting_t *list, struct strlist *out)
{
	for (int i = 0; list != NULL && i < config_setting_length(list); i++)
		if (config_setting_get_string_elem(list, i) != NULL)
			strlist_add(out, config_setting_get_string_elem(list, i));
}

static bool
read_words(struct persona *p, const config_setting_t *group, struct error *err)
{
	for (int i = 0; group != NULL && i < config_setting_length(group); i++) {
		const config_setting_t *list = config_setting_get_elem(group, (unsigned)i);

		if (p->lists == WORD_LISTS_MAX)
			return error_set(err, ERROR_INPUT, "%s: more than %d lists of words", p->name, WORD_LISTS_MAX);
		p->words[p->lists].name = mem_strdup(config_setting_name(list));
		read_texts(list, &p->words[p->lists].item);
		if (p->words[p->lists++].item.len == 0)
			return error_set(err, ERROR_INPUT, "%s:%u: an empty list of words", p->name,
			    (unsigned)config_setting_source_line(list));
	}
	return true;
}

static bool
check_style(const struct persona *p, struct error *err)
{
	if (p->patterns.len == 0 || p->paths.len == 0)
		return error_set(err, ERROR_INPUT, "%s: needs \"names\" and \"paths\"", p->name);
	for (size_t i = 0; i < p->patterns.len; i++)
		if (!check_fields(p, p->patterns.item[i], err))
			return false;
	for (size_t i = 0; i < p->paths.len; i++)
		if (!persona_check_path(p->paths.item[i], err))
			return error_in(err, "%s", p->name);
	return true;
}

struct persona *
persona_parse(const char *text, const char *name, struct error *err)
{
	struct persona *p = mem_zalloc(1, sizeof(*p));
	const char *about = NULL;
	config_t config;
	bool ok;

	p->name = mem_strdup(name);
	config_init(&config);
	ok = config_read_string(&config, text) == CONFIG_TRUE ||
	    error_set(err, ERROR_INPUT, "%s:%d: %s", name, config_error_line(&config), config_error_text(&config));
	if (ok) {
		(void)config_lookup_string(&config, "about", &about);
		p->about = mem_strdup(str_or(about, ""));
		read_texts(config_lookup(&config, "names"), &p->patterns);
		read_texts(config_lookup(&config, "paths"), &p->paths);
		ok = read_words(p, config_lookup(&config, "words"), err) && check_style(p, err);
	}
	config_destroy(&config);
	if (ok)
		return p;
	persona_free(p);
	return NULL;
}

void
persona_free(struct persona *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->lists; i++) {
		free(p->words[i].name);
		strlist_clear(&p->words[i].item);
	}
	strlist_clear(&p->patterns);
	strlist_clear(&p->paths);
	free(p->name);
	free(p->about);
	free(p);
}

const char *
persona_about(const struct persona *p)
{
	return p->about;
}

bool
persona_set_pattern(struct persona *p, const char *pattern, struct error *err)
{
	if (!check_fields(p, pattern, err))
		return false;
	strlist_clear(&p->patterns);
	strlist_add(&p->patterns, pattern);
	return true;
}

bool
persona_set_path(struct persona *p, const char *path, struct error *err)
{
	if (!persona_check_path(path, err))
		return false;
	strlist_clear(&p->paths);
	strlist_add(&p->paths, path);
	return true;
}

bool
persona_set_apps(struct persona *p, const struct strlist *apps, struct error *err)
{
	for (size_t i = 0; i < apps->len; i++)
		if (!persona_check_name(apps->item[i], err))
			return false;
	for (size_t i = 0; i < p->lists && apps->len > 0; i++) {
		if (!str_eq(p->words[i].name, "app"))
			continue;
		strlist_clear(&p->words[i].item);
		strlist_copy(&p->words[i].item, apps);
	}
	return true;
}

/* --- making names ------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea and Flood, OOPSLA 2014). */
uint64_t
persona_throw(uint64_t *dice, uint64_t below)
{
	uint64_t z = *dice += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

static const char *
pick(const struct strlist *l, uint64_t *dice)
{
	return l->item[persona_throw(dice, l->len)];
}

/* The pattern with its fields filled; the caller frees. */
static char *
fill(const struct persona *p, const char *pattern, uint64_t *dice)
{
	struct buf out = BUF_INIT(BUF_LINE);

	while (*pattern != '\0') {
		size_t plain = strcspn(pattern, "{"), len;

		buf_add(&out, pattern, plain);
		pattern += plain;
		if (*pattern == '\0')
			break;
		len = strcspn(pattern + 1, "}");
		if (strncmp(pattern + 1, "nn}", 3) == 0)
			buf_printf(&out, "%02u", (unsigned)persona_throw(dice, 40) + 1);
		else if (strncmp(pattern + 1, "n}", 2) == 0)
			buf_printf(&out, "%u", (unsigned)persona_throw(dice, 9) + 1);
		else
			buf_puts(&out, pick(list_of(p, pattern + 1, len), dice));
		pattern += len + 2;
	}
	return buf_take(&out);
}

char *
persona_key(const char *name)
{
	char *key = mem_strdup(name);

	for (char *c = key; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}

/* True when the name is new; it is taken then. */
static bool
claim(struct map *taken, const char *name)
{
	static char there;
	char *key = persona_key(name);
	bool fresh = !map_has(taken, key);

	if (fresh)
		(void)map_put(taken, key, &there);
	free(key);
	return fresh;
}

bool
persona_make(const struct persona *p, uint64_t *dice, struct map *taken, char **name, char **path,
    struct error *err)
{
	for (int i = 0; i < TRIES_PER_NAME; i++) {
		*name = fill(p, pick(&p->patterns, dice), dice);
		if (*name == NULL || !persona_check_name(*name, err)) {
			free(*name);
			return error_in(err, "%s", p->name);
		}
		if (claim(taken, *name)) {
			*path = mem_strdup(pick(&p->paths, dice));
			return true;
		}
		free(*name);
	}
	return error_set(err, ERROR_FULL, "%s has no more names that are not in use; give another --style, a "
	    "--pattern with {nn}, or words of your own with --app", p->name);
}
