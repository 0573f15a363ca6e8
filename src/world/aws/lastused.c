#include "world/aws/lastused.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "world/aws/client.h"

static void
begin(struct buf *form, const char *action)
{
	form_add(form, "Action", action);
	form_add(form, "Version", "2010-05-08");
}

void
key_use_write(const char *key_id, struct buf *form)
{
	begin(form, "GetAccessKeyLastUsed");
	form_add(form, "AccessKeyId", key_id);
}

void
key_use_read(const char *xml, struct key_use *out)
{
	size_t a = 0, b = 0, c = 0, d = 0;
	char *when = xml_value(xml, "LastUsedDate", &d);

	*out = (struct key_use){ .used_ms = WHEN_NONE };
	out->user_name = xml_value(xml, "UserName", &a);
	out->service = xml_value(xml, "ServiceName", &b);
	out->region = xml_value(xml, "Region", &c);
	if (when == NULL || !when_parse(when, &out->used_ms))
		out->used_ms = WHEN_NONE;
	free(when);
}

void
key_use_clear(struct key_use *u)
{
	free(u->user_name);
	free(u->service);
	free(u->region);
	*u = (struct key_use){ .used_ms = WHEN_NONE };
}

/* --- the report --------------------------------------------------------------------- */

void
report_make_write(struct buf *form)
{
	begin(form, "GenerateCredentialReport");
}

bool
report_make_read(const char *xml)
{
	size_t at = 0;
	char *state = xml_value(xml, "State", &at);
	bool complete = str_eq(state, "COMPLETE");

	free(state);
	return complete;
}

void
report_write(struct buf *form)
{
	begin(form, "GetCredentialReport");
}

/* The next field of a line of CSV, NUL-terminated in place; *line is moved behind it, NULL at the end. */
static char *
field(char **line)
{
	char *from = *line, *to, *out;

	if (from == NULL)
		return NULL;
	if (*from != '"') {
		to = from + strcspn(from, ",");
		*line = *to == ',' ? to + 1 : NULL;
		*to = '\0';
		return from;
	}
	out = to = ++from;
	while (*from != '\0' && (*from != '"' || from[1] == '"')) {
		from += *from == '"';
		*to++ = *from++;
	}
	*line = *from == '"' && from[1] == ',' ? from + 2 : NULL;
	*to = '\0';
	return out;
}

enum { COLUMNS_MAX = 64, USES_MAX = 4 };

/* Which columns matter; found by name, for columns are added now and then. */
struct columns {
	int user;
	int use[USES_MAX];
	int uses;
};

static bool
read_head(char *line, struct columns *c)
{
	*c = (struct columns){ .user = -1 };
	for (int i = 0; line != NULL && i < COLUMNS_MAX; i++) {
		const char *name = field(&line);

		if (str_eq(name, "user"))
			c->user = i;
		else if (str_starts(name, "access_key_") && str_ends(name, "_last_used_date") && c->uses < USES_MAX)
			c->use[c->uses++] = i;
	}
	return c->user >= 0 && c->uses > 0;
}

static void
read_row(char *line, const struct columns *c, void (*each)(void *, const char *, int64_t), void *arg)
{
	const char *user = NULL;
	int64_t newest = WHEN_NONE, at;

	for (int i = 0; line != NULL && i < COLUMNS_MAX; i++) {
		const char *text = field(&line);

		if (i == c->user)
			user = text;
		for (int k = 0; k < c->uses; k++)
			if (i == c->use[k] && when_parse(text, &at) && (newest == WHEN_NONE || at > newest))
				newest = at;
	}
	if (user != NULL)
		each(arg, user, newest);
}

static bool
read_csv(char *text, void (*each)(void *, const char *, int64_t), void *arg, struct error *err)
{
	struct columns c;
	char *save = NULL, *line = strtok_r(text, "\r\n", &save);

	if (line == NULL || !read_head(line, &c))
		return error_set(err, ERROR_REMOTE, "the credential report has no columns for users and last uses");
	while ((line = strtok_r(NULL, "\r\n", &save)) != NULL)
		read_row(line, &c, each, arg);
	return true;
}

bool
report_read(const char *xml, int64_t *made_ms, void (*each)(void *arg, const char *user, int64_t used_ms),
    void *arg, struct error *err)
{
	size_t a = 0, b = 0;
	char *content = xml_value(xml, "Content", &a), *made = xml_value(xml, "GeneratedTime", &b);
	struct buf text = BUF_INIT(BUF_ANSWER);
	bool ok = content != NULL && made != NULL && when_parse(made, made_ms) && decode_base64(&text, content, strlen(content));

	ok = ok ? read_csv(text.ptr, each, arg, err) :
	    error_set(err, ERROR_REMOTE, "the credential report cannot be read");
	buf_free(&text);
	free(content);
	free(made);
	return ok;
}
