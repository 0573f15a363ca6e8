#include "core/settings/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/settings/settings_int.h"

struct account_settings *
settings_add_account(struct settings *s, const char *name)
{
	const struct setting_group *g = setting_groups;
	struct account_settings *a;

	while (!str_eq(g->path, "accounts"))
		g++;
	s->account = mem_resize(s->account, s->accounts + 1, sizeof(*s->account));
	a = &s->account[s->accounts++];
	*a = (struct account_settings){ .name = NULL };
	(void)settings_initial(g->rows, a, NULL);
	a->name = mem_strdup(name);
	return a;
}

struct channel_settings *
settings_add_channel(struct settings *s, const char *type)
{
	char *name = mem_strdup(type);

	for (int n = 2; settings_channel(s, name) != NULL; n++) {
		free(name);
		name = mem_printf("%s-%d", type, n);
	}
	s->channel = mem_resize(s->channel, s->channels + 1, sizeof(*s->channel));
	s->channel[s->channels] = (struct channel_settings){ .name = name, .type = mem_strdup(type) };
	return &s->channel[s->channels++];
}

void
settings_drop_channel(struct settings *s)
{
	struct channel_settings *c = &s->channel[--s->channels];

	for (size_t i = 0; i < c->options; i++) {
		free(c->option[i].name);
		free(c->option[i].value);
	}
	free(c->option);
	free(c->name);
	free(c->type);
}

void
channel_add(struct channel_settings *c, const char *name, const char *value)
{
	size_t at = c->options;

	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, name))
			at = i + 1;
	c->option = mem_resize(c->option, c->options + 1, sizeof(*c->option));
	memmove(&c->option[at + 1], &c->option[at], (c->options - at) * sizeof(*c->option));
	c->option[at] = (struct channel_option){ .name = mem_strdup(name), .value = mem_strdup(value) };
	c->options++;
}

/* The next part of a list in which "\," is a comma; NULL at the end. The caller frees. */
static char *
next_part(const char **at)
{
	struct buf out = BUF_INIT(BUF_LINE);

	if (*at == NULL)
		return NULL;
	while (**at != '\0' && **at != ',') {
		if ((*at)[0] == '\\' && (*at)[1] == ',')
			++*at;
		buf_putc(&out, *(*at)++);
	}
	*at = **at == ',' ? *at + 1 : NULL;
	buf_puts(&out, "");
	return out.ptr != NULL ? buf_take(&out) : mem_strdup("");
}

static bool
add_word(struct channel_settings *c, char *word, struct error *err)
{
	char *sign = strchr(word, '=');
	const struct channel_kind *k = channel_kind(c->type);
	const struct channel_row *r;
	bool by_file;

	if (sign == NULL)
		return error_set(err, ERROR_USAGE, "\"%.60s\" is not KEY=VALUE; a comma inside a value is written \\,", word);
	*sign = '\0';
	r = k != NULL ? channel_row(k, word, &by_file) : NULL;
	if (r != NULL && !by_file && (r->flags & CHANNEL_BEARER) != 0 && !str_starts(sign + 1, "env:"))
		return error_set(err, ERROR_USAGE, "whoever has that address may post, and all on this machine may read a "
		    "command line: use %s_file=FILE (0600) or %s=env:VARIABLE", word, word);
	channel_add(c, word, sign + 1);
	return true;
}

bool
channel_add_words(struct settings *s, const char *words, struct error *err)
{
	char *type = next_part(&words), *word;
	struct channel_settings *c = settings_add_channel(s, type);
	bool ok = true;

	free(type);
	while (ok && (word = next_part(&words)) != NULL) {
		ok = add_word(c, word, err);
		free(word);
	}
	ok = ok && channel_check(c, NULL, err);
	if (!ok) {
		settings_drop_channel(s);
		if (err != NULL)
			err->kind = ERROR_USAGE;
	}
	return ok;
}

/* "[::1]:25", "mail.example.org:587" */
static bool
split_host(const char *text, char **host, char **port)
{
	bool bracket = *text == '[';
	size_t len = bracket ? strcspn(text, "]") + 1 : strcspn(text, ":");
	const char *rest = text + (len <= strlen(text) ? len : strlen(text));
	int64_t n;

	*host = NULL;
	*port = NULL;
	if (len == 0 || len > strlen(text) || (*rest != '\0' && (*rest != ':' || !str_to_int(rest + 1, 1, 65535, &n))))
		return false;
	*host = bracket ? mem_strndup(text + 1, len - 2) : mem_strndup(text, len);
	*port = *rest == ':' ? mem_strdup(rest + 1) : NULL;
	return true;
}

bool
channel_add_smtp(struct channel_settings *c, const char *url, struct error *err)
{
	bool tls = str_starts_nocase(url, "smtps://"), plain = str_starts_nocase(url, "smtp://");
	const char *from = plain || tls ? strstr(url, "://") + 3 : url;
	char *rest = mem_strndup(from, strcspn(from, "/?#")), *at = strrchr(rest, '@');
	char *host = NULL, *port = NULL;
	bool ok = plain || tls;

	if (at != NULL)
		*at = '\0';
	ok = ok && split_host(at != NULL ? at + 1 : rest, &host, &port);
	if (!ok)
		error_set(err, ERROR_USAGE, "\"%.100s\" is not smtp://[USER@]HOST[:PORT] or smtps://…",
		    at == NULL ? url : "the address");
	else if (at != NULL && strchr(rest, ':') != NULL)
		ok = error_set(err, ERROR_USAGE, "a password does not stand in the address: all on this machine may read a "
		    "command line; use --smtp-password-file FILE");
	if (ok) {
		channel_add(c, "host", host);
		if (port != NULL)
			channel_add(c, "port", port);
		channel_add(c, "tls", tls ? "tls" : channel_host_is_here(host) && at == NULL ? "none" : "starttls");
		if (at != NULL)
			channel_add(c, "user", rest);
	}
	free(rest);
	free(host);
	free(port);
	return ok;
}
