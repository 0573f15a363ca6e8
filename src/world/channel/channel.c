#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "core/settings/channels.h"
#include "os/secret.h"
#include "world/channel/channel_int.h"

static const struct {
	const char *kind;
	void (*send)(const struct channel_settings *, const struct message *, struct delivery_result *);
} senders[] = {
	{ "smtp", send_smtp },
	{ "webhook", send_webhook },
	{ "slack", send_chat },
	{ "mattermost", send_chat },
	{ "discord", send_chat },
	{ "teams", send_chat },
	{ "google-chat", send_chat },
	{ "pagerduty", send_pagerduty },
	{ "opsgenie", send_opsgenie },
	{ "syslog", send_syslog },
	{ "file", send_file },
	{ "exec", send_exec },
};

void
result_set(struct delivery_result *out, enum delivery what, const char *fmt, ...)
{
	struct buf text = BUF_INIT(BUF_LINE), shown = BUF_INIT(BUF_LINE);
	va_list ap;

	out->what = what;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	escape_terminal(&shown, buf_str(&text));
	if (shown.len >= sizeof(out->answer))
		buf_cut(&shown, sizeof(out->answer) - 4);
	(void)snprintf(out->answer, sizeof(out->answer), "%s", buf_str(&shown));
	buf_free(&text);
	buf_free(&shown);
}

bool
option_secret(const struct channel_settings *c, const char *name, struct buf *out, struct delivery_result *failure)
{
	char *by_file = mem_printf("%s_file", name);
	const char *path = channel_option(c, by_file), *value = channel_option(c, name);
	struct error err = ERROR_INIT;
	char *reference;
	bool ok;

	free(by_file);
	if (path == NULL && value == NULL) {
		result_set(failure, DELIVERY_REFUSED, "the option %s is missing", name);
		return false;
	}
	if (path == NULL && !str_starts(value, "env:")) {
		buf_puts(out, value);	/* channel_check() lets only addresses be written out */
		return true;
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
	const char *ca = channel_option(c, "ca_file"), *own = channel_option(c, "certificate");

	if (curl == NULL)
		abort();
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SEND_LIMIT_S);
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "keycanary/" KEYCANARY_VERSION);
	if (ca != NULL)
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	if (own != NULL) {
		(void)curl_easy_setopt(curl, CURLOPT_SSLCERT, own);
		(void)curl_easy_setopt(curl, CURLOPT_SSLKEY, channel_option(c, "certificate_key"));
	}
	return curl;
}

/*
 * A peer that hangs up must not end the program: SIGPIPE of this thread is
 * held back during a delivery and thrown away behind it.
 */
static void
hold_sigpipe(sigset_t *before)
{
	sigset_t pipe_only;

	(void)sigemptyset(&pipe_only);
	(void)sigaddset(&pipe_only, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &pipe_only, before);
}

static void
drop_sigpipe(const sigset_t *before)
{
	const struct timespec now = { .tv_sec = 0 };
	sigset_t pipe_only;

	(void)sigemptyset(&pipe_only);
	(void)sigaddset(&pipe_only, SIGPIPE);
	if (!sigismember(before, SIGPIPE))
		(void)sigtimedwait(&pipe_only, NULL, &now);
	(void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

void
channel_send(const struct channel_settings *c, const struct message *m, const struct channel_guard *guard,
    struct delivery_result *out)
{
	struct error err = ERROR_INIT;
	sigset_t before;

	*out = (struct delivery_result){ .what = DELIVERY_REFUSED, .retry_after_s = -1 };
	if (!channel_check(c, NULL, &err)) {
		result_set(out, DELIVERY_REFUSED, "%.280s", err.text);
		return;
	}
	hold_sigpipe(&before);
	for (size_t i = 0; i < ARRAY_LEN(senders); i++)
		if (str_eq(senders[i].kind, c->type))
			senders[i].send(c, m, out);
	if (str_eq(c->type, "sns"))	/* the only one that signs with a key of AWS */
		send_sns(c, m, guard, out);
	drop_sigpipe(&before);
}
