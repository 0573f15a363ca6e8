/* Mail: text and HTML side by side, one thread an incident. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/report/render.h"
#include "os/clock.h"
#include "world/channel/channel_int.h"

/* RFC 2047 section 4.1, in pieces of at most 75 characters; plain ASCII stays readable. */
static void
encoded_subject(struct buf *out, const char *s)
{
	size_t len = strlen(s), at = 0;
	bool ascii = true;

	for (const char *c = s; *c != '\0'; c++)
		ascii &= (unsigned char)*c < 0x80 && (unsigned char)*c >= 0x20;
	if (ascii) {
		buf_puts(out, s);
		return;
	}
	while (at < len) {
		size_t n = len - at < 42 ? len - at : 42;

		while (n > 1 && at + n < len && ((unsigned char)s[at + n] & 0xC0) == 0x80)
			n--;
		buf_puts(out, at > 0 ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		encode_base64(out, (const uint8_t *)s + at, n);
		buf_puts(out, "?=");
		at += n;
	}
}

static struct curl_slist *
add_line(struct curl_slist *l, const char *name, const char *value)
{
	char *line = mem_printf("%s: %s", name, value);

	l = curl_slist_append(l, line);
	free(line);
	return l;
}

/* Only letters, digits, dots and dashes may stand in a message id made from our own keys. */
static char *
message_id(const char *text)
{
	char *id = mem_printf("<%s@keycanary>", text);

	for (char *c = id + 1; *c != '\0' && *c != '@'; c++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", *c) == NULL)
			*c = '-';
	return id;
}

static struct curl_slist *
headers_of(const struct channel_settings *c, const struct message *m)
{
	struct buf subject = BUF_INIT(BUF_LINE), encoded = BUF_INIT(BUF_LINE);
	struct strlist to = STRLIST_INIT;
	struct curl_slist *l = NULL;
	char at[WHEN_TEXT_MAX];
	char *id = message_id(m->key), *joined;

	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, "to"))
			strlist_add(&to, c->option[i].value);
	joined = strlist_join(&to, ", ");
	render_subject(m, &subject);
	encoded_subject(&encoded, buf_str(&subject));
	l = add_line(l, "Date", when_rfc5322(clock_now_ms(), at));
	l = add_line(l, "From", channel_option(c, "from"));
	l = add_line(l, "To", joined);
	l = add_line(l, "Subject", buf_str(&encoded));
	l = add_line(l, "Message-ID", id);
	l = add_line(l, "Auto-Submitted", "auto-generated");
	l = add_line(l, "X-Keycanary-Key", id);
	if (m->incident != NULL) {
		char *thread = message_id(m->incident);

		l = add_line(l, "In-Reply-To", thread);
		l = add_line(l, "References", thread);
		free(thread);
	}
	free(id);
	free(joined);
	strlist_clear(&to);
	buf_free(&subject);
	buf_free(&encoded);
	return l;
}

static void
add_part(curl_mime *mime, const char *type, const struct buf *text)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	(void)curl_mime_data(part, buf_str(text), text->len);
	(void)curl_mime_type(part, type);
	(void)curl_mime_encoder(part, "quoted-printable");
}

static curl_mime *
body_of(CURL *curl, const struct message *m)
{
	struct buf text = BUF_INIT(BUF_RECORD), html = BUF_INIT(BUF_RECORD);
	curl_mime *whole = curl_mime_init(curl), *both = curl_mime_init(curl);
	curl_mimepart *part;

	render_text(m, &text, 0);
	render_html_mail(m, &html);
	add_part(both, "text/plain; charset=utf-8", &text);
	add_part(both, "text/html; charset=utf-8", &html);
	part = curl_mime_addpart(whole);
	(void)curl_mime_subparts(part, both);
	(void)curl_mime_type(part, "multipart/alternative");
	buf_free(&text);
	buf_free(&html);
	return whole;
}

/* "Name <a@b>" is sent as a@b. */
static char *
bare_address(const char *s)
{
	const char *open = strrchr(s, '<'), *close = open != NULL ? strchr(open, '>') : NULL;

	return close != NULL ? mem_strndup(open + 1, (size_t)(close - open - 1)) : mem_strdup(s);
}

static struct curl_slist *
recipients_of(const struct channel_settings *c)
{
	struct curl_slist *l = NULL;

	for (size_t i = 0; i < c->options; i++) {
		char *address;

		if (!str_eq(c->option[i].name, "to"))
			continue;
		address = bare_address(c->option[i].value);
		l = curl_slist_append(l, address);
		free(address);
	}
	return l;
}

static void
set_server(CURL *curl, const struct channel_settings *c)
{
	const char *tls = str_or(channel_option(c, "tls"), "starttls");
	bool whole = str_eq(tls, "tls");
	const char *port = str_or(channel_option(c, "port"), whole ? "465" : str_eq(tls, "none") ? "25" : "587");
	char *url = mem_printf("%s://%s:%s", whole ? "smtps" : "smtp", channel_option(c, "host"), port);

	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	/* Without "none", mail never leaves in the clear: no STARTTLS, no mail. */
	if (!str_eq(tls, "none"))
		(void)curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	free(url);
}

static bool
set_login(CURL *curl, const struct channel_settings *c, struct delivery_result *out)
{
	struct buf password = BUF_INIT(BUF_LINE);
	const char *user = channel_option(c, "user");
	bool ok;

	if (user == NULL)
		return true;
	ok = option_secret(c, "password", false, &password, out);
	if (ok) {
		(void)curl_easy_setopt(curl, CURLOPT_USERNAME, user);
		(void)curl_easy_setopt(curl, CURLOPT_PASSWORD, buf_str(&password));
	}
	buf_free_secret(&password);
	return ok;
}

/* 5xx answers of SMTP are for good (RFC 5321 section 4.2.1), but a login may be mended. */
static void
judge_answer(CURL *curl, CURLcode rc, const char *failure, struct delivery_result *out)
{
	long code = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	if (rc == CURLE_OK)
		result_set(out, DELIVERY_DONE, "SMTP %ld", code);
	else
		result_set(out, code >= 500 && rc != CURLE_LOGIN_DENIED ? DELIVERY_REFUSED : DELIVERY_LATER, "SMTP %ld: %s", code,
		    failure[0] != '\0' ? failure : curl_easy_strerror(rc));
}

void
send_smtp(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	char failure[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_for(c);
	struct curl_slist *to = recipients_of(c), *headers = headers_of(c, m);
	curl_mime *body = body_of(curl, m);
	char *from = bare_address(channel_option(c, "from"));

	set_server(curl, c);
	if (set_login(curl, c, out)) {
		(void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
		(void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
		(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		(void)curl_easy_setopt(curl, CURLOPT_MIMEPOST, body);
		(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, failure);
		judge_answer(curl, curl_easy_perform(curl), failure, out);
	}
	curl_easy_cleanup(curl);
	curl_mime_free(body);
	curl_slist_free_all(to);
	curl_slist_free_all(headers);
	free(from);
}
