#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/secret.h"
#include "world/channel/channel_int.h"

const struct channel_type channel_types[] = {
	{ "smtp", "mail, by STARTTLS or TLS", "host,from,to", "port,user,password,tls,ca_file", send_smtp },
	{ "webhook", "JSON to your own address, signed with HMAC-SHA256", "url", "secret,header,ca_file", send_webhook },
	{ "slack", "Slack, incoming webhook", "url", "ca_file", send_chat },
	{ "mattermost", "Mattermost, incoming webhook", "url", "ca_file", send_chat },
	{ "discord", "Discord, webhook", "url", "ca_file", send_chat },
	{ "teams", "Microsoft Teams, workflow webhook", "url", "ca_file", send_chat },
	{ "google-chat", "Google Chat, webhook", "url", "ca_file", send_chat },
	{ "pagerduty", "PagerDuty, Events API v2", "routing_key", "url,ca_file", send_pagerduty },
	{ "opsgenie", "Opsgenie, Alert API", "api_key", "url,ca_file", send_opsgenie },
	{ "syslog", "RFC 5424 by local socket, UDP, TCP or TLS", "", "address,transport,ca_file", send_syslog },
	{ "file", "OCSF findings, one JSON line each, for a SIEM", "path", "", send_file },
	{ "exec", "a program of yours, JSON on its standard input", "program", "argument,limit_s", send_exec },
	{ NULL, NULL, NULL, NULL, NULL },
};

void
result_set(struct delivery_result *out, enum delivery what, const char *fmt, ...)
{
	va_list ap;

	out->what = what;
	va_start(ap, fmt);
	(void)vsnprintf(out->answer, sizeof(out->answer), fmt, ap);
	va_end(ap);
}

static const struct channel_type *
type_of(const char *name)
{
	for (const struct channel_type *t = channel_types; t->name != NULL; t++)
		if (str_eq(t->name, name))
			return t;
	return NULL;
}

static bool
no_type(const struct channel_settings *c, struct error *err)
{
	const char *names[32];
	const char *near;
	size_t n = 0;

	for (; channel_types[n].name != NULL; n++)
		names[n] = channel_types[n].name;
	near = str_suggest(c->type, names, n);
	return error_set(err, ERROR_INPUT, "channel \"%s\" (line %lld): there is no type \"%s\"%s%s%s", c->name,
	    (long long)c->line, c->type, near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

/* "password_file" is the option "password". */
static bool
names_option(const char *given, const char *option)
{
	size_t len = strlen(option);

	return str_eq(given, option) || (strncmp(given, option, len) == 0 && strcmp(given + len, "_file") == 0);
}

static bool
has_option(const struct channel_settings *c, const char *option)
{
	for (size_t i = 0; i < c->options; i++)
		if (names_option(c->option[i].name, option))
			return true;
	return false;
}

static bool
check_unknown(const struct channel_settings *c, const struct strlist *known, struct error *err)
{
	for (size_t i = 0; i < c->options; i++) {
		bool ok = false;
		const char *near;

		for (size_t k = 0; k < known->len; k++)
			ok |= names_option(c->option[i].name, known->item[k]);
		if (ok)
			continue;
		near = str_suggest(c->option[i].name, (const char *const *)known->item, known->len);
		return error_set(err, ERROR_INPUT, "channel \"%s\" (line %lld): %s has no option \"%s\"%s%s%s", c->name,
		    (long long)c->option[i].line, c->type, c->option[i].name, near != NULL ? "; did you mean " : "",
		    near != NULL ? near : "", near != NULL ? "?" : "");
	}
	return true;
}

bool
channel_check(const struct channel_settings *c, struct error *err)
{
	const struct channel_type *t = type_of(c->type);
	struct strlist required = STRLIST_INIT, known = STRLIST_INIT;
	bool ok = true;

	if (t == NULL)
		return no_type(c, err);
	strlist_split(&required, t->required, ",");
	strlist_split(&known, t->required, ",");
	strlist_split(&known, t->optional, ",");
	for (size_t i = 0; ok && i < required.len; i++)
		if (!has_option(c, required.item[i]))
			ok = error_set(err, ERROR_INPUT, "channel \"%s\" (line %lld): %s needs \"%s\"", c->name,
			    (long long)c->line, c->type, required.item[i]);
	ok = ok && check_unknown(c, &known, err);
	strlist_clear(&required);
	strlist_clear(&known);
	return ok;
}

bool
option_secret(const struct channel_settings *c, const char *name, bool plain, struct buf *out,
    struct delivery_result *failure)
{
	char *by_file = mem_printf("%s_file", name);
	const char *path = channel_option(c, by_file), *value = channel_option(c, name);
	struct error err = ERROR_INIT;
	char *reference;
	bool ok;

	free(by_file);
	if (path == NULL && value != NULL && plain && !str_starts(value, "env:") && !str_starts(value, "file:")) {
		buf_puts(out, value);
		return true;
	}
	if (path == NULL && value == NULL) {
		result_set(failure, DELIVERY_REFUSED, "the option %s is missing", name);
		return false;
	}
	if (path == NULL && !str_starts(value, "env:") && !str_starts(value, "file:")) {
		result_set(failure, DELIVERY_REFUSED, "%s is a secret: use %s_file = \"/path\" or %s = \"env:NAME\"", name, name, name);
		return false;
	}
	reference = path != NULL ? mem_printf("file:%s", path) : mem_strdup(value);
	ok = secret_read(reference, out, &err);
	free(reference);
	if (!ok)
		result_set(failure, DELIVERY_LATER, "%.280s", err.text);
	return ok;
}

CURL *
curl_for(const struct channel_settings *c)
{
	CURL *curl = curl_easy_init();
	const char *ca = channel_option(c, "ca_file");

	if (curl == NULL)
		abort();
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SEND_LIMIT_S);
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "keycanary/" KEYCANARY_VERSION);
	if (ca != NULL)
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	return curl;
}

void
channel_send(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	const struct channel_type *t = type_of(c->type);
	struct error err = ERROR_INIT;

	*out = (struct delivery_result){ .what = DELIVERY_REFUSED, .retry_after_s = -1 };
	if (t == NULL || !channel_check(c, &err))
		result_set(out, DELIVERY_REFUSED, "%.280s", t == NULL ? "there is no such type of channel" : err.text);
	else
		t->send(c, m, out);
}
