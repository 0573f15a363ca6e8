#include "core/model/canary_csv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/model/keyid.h"

enum { COLUMNS_MAX = 32, USER_NAME_MAX = 64 };

static const char *const columns[] = { "key_id", "user_name", "account", "owner", "tags", "note" };

/* Other spellings people and AWS use. */
static const struct {
	const char *name, *column;
} spellings[] = {
	{ "access_key_id", "key_id" }, { "accesskeyid", "key_id" }, { "access key id", "key_id" },
	{ "key", "key_id" }, { "keyid", "key_id" }, { "username", "user_name" }, { "user name", "user_name" },
	{ "user", "user_name" }, { "account_id", "account" }, { "tag", "tags" },
	{ "secret access key", "" }, { "secret_access_key", "" }, { "secretaccesskey", "" },
};

static bool
check_user_name(const char *s, struct error *err)
{
	if (strlen(s) > USER_NAME_MAX)
		return error_set(err, ERROR_INPUT, "the user name is longer than %d characters", USER_NAME_MAX);
	for (const char *c = s; *c != '\0'; c++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-", *c) == NULL)
			return error_set(err, ERROR_INPUT, "'%c' cannot be in an IAM user name", *c);
	return true;
}

/* Checks and completes; the account the key id tells must not be contradicted. */
static bool
add(struct canary_set *out, struct canary *c, struct error *err)
{
	char account[ACCOUNT_LEN + 1];

	if (!keyid_check_canary(c->key_id, err))
		return false;
	if (c->user_name != NULL && !check_user_name(c->user_name, err))
		return false;
	if (c->account != NULL && !account_valid(c->account))
		return error_set(err, ERROR_INPUT, "\"%.20s\" is not an account id: 12 digits", c->account);
	if (keyid_account(c->key_id, account)) {
		if (c->account != NULL && !str_eq(c->account, account))
			return error_set(err, ERROR_INPUT, "%s belongs to account %s, not %s", c->key_id, account,
			    c->account);
		if (c->account == NULL)
			c->account = mem_strdup(account);
	}
	for (size_t i = 0; i < out->len; i++)
		if (str_eq(out->item[i].key_id, c->key_id))
			return error_set(err, ERROR_INPUT, "%s stands here twice", c->key_id);
	c->origin = mem_strdup("import");
	canary_set_add(out, c);
	return true;
}

/* One field, RFC 4180: quotes around, doubled inside. Moves *at behind the separator. */
static bool
field(const char **at, const char *end, struct buf *out, struct error *err)
{
	buf_reset(out);
	if (*at < end && **at == '"') {
		for ((*at)++; *at < end; (*at)++) {
			if (**at == '"' && (*at + 1 == end || (*at)[1] != '"'))
				break;
			*at += **at == '"';
			buf_putc(out, **at);
		}
		if (*at == end)
			return error_set(err, ERROR_INPUT, "a quote is not closed");
		(*at)++;
		if (*at < end && **at != ',')
			return error_set(err, ERROR_INPUT, "text behind a closing quote");
	} else {
		while (*at < end && **at != ',')
			buf_putc(out, *(*at)++);
	}
	return true;
}

static bool
split_line(const char *line, size_t len, struct strlist *out, struct error *err)
{
	const char *at = line, *end = line + len;
	struct buf text = BUF_INIT(BUF_LINE);
	bool ok = true;

	for (;;) {
		char *copy;

		ok = field(&at, end, &text, err);
		if (!ok)
			break;
		copy = mem_strdup(buf_str(&text));
		strlist_add(out, str_trim(copy));
		free(copy);
		if (at == end)
			break;
		at++;
	}
	buf_free(&text);
	return ok;
}

static int
column_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
		if (strcasecmp(spellings[i].name, name) == 0)
			name = spellings[i].column;
	if (*name == '\0')
		return COLUMNS_MAX;
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (strcasecmp(columns[i], name) == 0)
			return (int)i;
	return -1;
}

static bool
is_header(const struct strlist *fields)
{
	for (size_t i = 0; i < fields->len; i++)
		if (column_of(fields->item[i]) == 0)
			return true;
	return false;
}

static bool
read_header(const struct strlist *fields, int place[static COLUMNS_MAX], struct error *err)
{
	for (size_t i = 0; i < fields->len && i < COLUMNS_MAX; i++) {
		place[i] = column_of(fields->item[i]);
		if (place[i] < 0)
			return error_set(err, ERROR_INPUT, "unknown column \"%.40s\"; known are key_id, user_name, "
			    "account, owner, tags, note", fields->item[i]);
	}
	return true;
}

static bool
read_row(const struct strlist *fields, const int place[static COLUMNS_MAX], struct canary_set *out,
    struct error *err)
{
	struct canary c;
	bool ok;

	canary_init(&c);
	for (size_t i = 0; i < fields->len && i < COLUMNS_MAX; i++) {
		char **members[] = { &c.key_id, &c.user_name, &c.account, &c.owner, NULL, &c.note };
		const char *text = fields->item[i];

		if (*text == '\0' || place[i] >= (int)ARRAY_LEN(members))
			continue;
		if (place[i] == 4)
			strlist_split(&c.tags, text, " ;");
		else if (*members[place[i]] == NULL)
			*members[place[i]] = mem_strdup(text);
	}
	ok = add(out, &c, err);
	canary_clear(&c);
	return ok;
}

static bool
read_csv(const char *text, size_t len, const char *name, struct canary_set *out, struct error *err)
{
	int place[COLUMNS_MAX];
	size_t number = 0, at = 0;
	bool ok = true, first = true;

	for (int i = 0; i < COLUMNS_MAX; i++)
		place[i] = i < (int)ARRAY_LEN(columns) ? i : COLUMNS_MAX;
	while (ok && at < len) {
		const char *line = text + at, *newline = memchr(line, '\n', len - at);
		size_t n = newline != NULL ? (size_t)(newline - line) : len - at;
		struct strlist fields = STRLIST_INIT;

		at += n + 1;
		number++;
		while (n > 0 && (line[n - 1] == '\r' || line[n - 1] == ' '))
			n--;
		if (n == 0 || line[0] == '#')
			continue;
		ok = memchr(line, '\0', n) == NULL || error_set(err, ERROR_INPUT, "a NUL byte");
		ok = ok && split_line(line, n, &fields, err);
		if (ok && first && is_header(&fields))
			ok = read_header(&fields, place, err);
		else if (ok)
			ok = read_row(&fields, place, out, err);
		first = false;
		strlist_clear(&fields);
	}
	return ok || error_in(err, "%s, line %zu", name, number);
}

static bool
read_access_key(const cJSON *o, struct canary_set *out, struct error *err)
{
	const cJSON *key = json_get(o, "AccessKey") != NULL ? json_get(o, "AccessKey") : o;
	struct canary c;
	int64_t at;
	bool ok;

	if (json_string(key, "AccessKeyId") == NULL)
		return error_set(err, ERROR_INPUT, "no AccessKeyId in it; give the answer of "
		    "\"aws iam create-access-key\"");
	canary_init(&c);
	c.key_id = mem_strdup(json_string(key, "AccessKeyId"));
	c.user_name = mem_strdup(json_string(key, "UserName"));
	if (when_parse(json_string(key, "CreateDate"), &at))
		c.created_ms = at;
	ok = add(out, &c, err);
	canary_clear(&c);
	return ok;
}

static bool
read_json(const char *text, size_t len, const char *name, struct canary_set *out, struct error *err)
{
	size_t at = 0;
	bool ok = true;

	/* Several answers may stand one after the other. */
	while (ok && at < len) {
		const char *end = NULL;
		cJSON *doc = cJSON_ParseWithLengthOpts(text + at, len - at, &end, false);
		const cJSON *list = json_get(doc, "AccessKeyMetadata") != NULL ? json_get(doc, "AccessKeyMetadata") :
		    doc, *item;

		if (doc == NULL)
			return error_set(err, ERROR_INPUT, "%s: not valid JSON near byte %zu", name, at);
		if (cJSON_IsArray(list)) {
			cJSON_ArrayForEach(item, list)
				ok = ok && read_access_key(item, out, err);
		} else {
			ok = read_access_key(doc, out, err);
		}
		cJSON_Delete(doc);
		at = (size_t)(end - text);
		while (at < len && strchr(" \t\r\n", text[at]) != NULL)
			at++;
	}
	return ok || error_in(err, "%s", name);
}

static bool
read_any(const char *text, size_t len, const char *name, struct canary_set *out, struct error *err)
{
	size_t begin = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0, at = begin;

	while (at < len && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
		at++;
	if (at == len)
		return error_set(err, ERROR_INPUT, "%s: nothing in it", name);
	if (text[at] == '{' || text[at] == '[')
		return read_json(text + at, len - at, name, out, err);
	return read_csv(text + begin, len - begin, name, out, err);
}

bool
canary_read_list(const char *text, size_t len, const char *name, struct canary_set *out,
    struct error *err)
{
	size_t before = out->len;
	bool ok = read_any(text, len, name, out, err);

	while (!ok && out->len > before)
		canary_clear(&out->item[--out->len]);
	return ok;
}
