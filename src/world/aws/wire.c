#include "world/aws/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

void
form_add(struct buf *form, const char *name, const char *value)
{
	buf_printf(form, "%s%s=", form->len > 0 ? "&" : "", name);
	escape_percent(form, value, strlen(value), "");
}

/* One reference at *s, as a byte; moves *s. Those beyond ASCII stay as they are. */
static char
take_entity(const char **s)
{
	static const struct {
		const char *name;
		char c;
	} entity[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }, { "&amp;", '&' } };
	char *end = NULL;
	long n;

	for (size_t i = 0; i < ARRAY_LEN(entity); i++)
		if (str_starts(*s, entity[i].name)) {
			*s += strlen(entity[i].name);
			return entity[i].c;
		}
	if ((*s)[0] == '&' && (*s)[1] == '#') {
		n = (*s)[2] == 'x' ? strtol(*s + 3, &end, 16) : strtol(*s + 2, &end, 10);
		if (*end == ';' && n > 0 && n < 128) {
			*s = end + 1;
			return (char)n;
		}
	}
	return *(*s)++;
}

static void
unescape_xml(char *s)
{
	const char *from = s;

	while (*from != '\0')
		*s++ = take_entity(&from);
	*s = '\0';
}

char *
xml_part(const char *xml, const char *tag, size_t *from)
{
	char *open = mem_printf("<%s>", tag), *close = mem_printf("</%s>", tag), *value = NULL;
	const char *at = strstr(xml + *from, open), *end = at != NULL ? strstr(at, close) : NULL;

	if (end != NULL) {
		at += strlen(open);
		value = mem_strndup(at, (size_t)(end - at));
		*from = (size_t)(end - xml) + strlen(close);
	}
	free(open);
	free(close);
	return value;
}

char *
xml_value(const char *xml, const char *tag, size_t *from)
{
	char *value = xml_part(xml, tag, from);

	if (value != NULL)
		unescape_xml(value);
	return value;
}

/* "com.amazonaws.x#Code:http://…" and "Code" both say Code. */
static void
put_code(char *to, size_t room, const char *code)
{
	size_t len = strcspn(code, ":"), from = len;

	while (from > 0 && code[from - 1] != '#')
		from--;
	(void)snprintf(to, room, "%.*s", (int)(len - from), code + from);
}

void
aws_error_read(struct aws_error *out, const char *body, size_t len, const char *header)
{
	size_t at = 0;

	*out = (struct aws_error){ .code = "" };
	if (body[strspn(body, " \r\n\t")] == '{') {
		cJSON *doc = json_parse(body, len, "error", NULL);

		put_code(out->code, sizeof(out->code), str_or(header, str_or(json_string(doc, "__type"),
		    str_or(json_string(doc, "code"), str_or(json_string(doc, "Code"), "")))));
		out->message = mem_strdup(str_or(json_string(doc, "message"), str_or(json_string(doc, "Message"), "")));
		cJSON_Delete(doc);
	} else {
		char *code = xml_value(body, "Code", &at);

		put_code(out->code, sizeof(out->code), str_or(code, str_or(header, "")));
		at = 0;
		out->message = xml_value(body, "Message", &at);
		free(code);
	}
	if (out->message == NULL)
		out->message = mem_strdup("");
}

void
aws_error_clear(struct aws_error *e)
{
	free(e->message);
	e->message = NULL;
}
