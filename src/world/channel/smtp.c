/* Mail: text and HTML side by side, one thread an incident (RFC 5321, RFC 5322, RFC 2047). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/report/render.h"
#include "os/clock.h"
#include "world/channel/channel_int.h"

/* --- headers ----------------------------------------------------------------------- */

/* RFC 2047 section 4.1, in pieces of at most 75 characters; plain ASCII stays readable. */
static void
encoded_words(struct buf *out, const char *s)
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

/* A value of one word for a filter: what could be more is left out. */
static struct curl_slist *
add_word(struct curl_slist *l, const char *name, const char *value)
{
	char *word;

	if (str_empty(value))
		return l;
	word = mem_strdup(value);
	for (char *c = word; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("-_.", *c) == NULL)
			*c = '-';
	l = add_line(l, name, word);
	free(word);
	return l;
}

/* "Name <a@b>" is sent as a@b. */
static char *
bare_address(const char *s)
{
	const char *open = strrchr(s, '<'), *close = open != NULL ? strchr(open, '>') : NULL;

	return close != NULL ? mem_strndup(open + 1, (size_t)(close - open - 1)) : mem_strdup(s);
}

/* The address as a header shows it, its name encoded where it must be. */
static void
shown_address(struct buf *out, const char *s)
{
	const char *open = strrchr(s, '<');
	char *name, *address;

	if (open == NULL) {
		buf_puts(out, s);
		return;
	}
	name = mem_strndup(s, (size_t)(open - s));
	address = bare_address(s);
	encoded_words(out, str_trim(name));
	buf_printf(out, " <%s>", address);
	free(name);
	free(address);
}

/* "<text@domain>": only letters, digits, dots and dashes may stand in an id made from our own keys. */
static char *
message_id(const char *text, const char *from)
{
	char *address = bare_address(from);
	const char *at = strrchr(address, '@');
	char *id = mem_printf("<%s@%s>", text, at != NULL ? at + 1 : "keycanary.invalid");

	for (char *c = id + 1; *c != '\0' && *c != '@'; c++)
		if (!isalnum((unsigned char)*c) && strchr(".-", *c) == NULL)
			*c = '-';
	free(address);
	return id;
}

static struct curl_slist *
add_recipients(struct curl_slist *l, const struct channel_settings *c)
{
	struct buf to = BUF_INIT(BUF_RECORD);

	for (size_t i = 0; i < c->options; i++) {
		if (!str_eq(c->option[i].name, "to"))
			continue;
		buf_puts(&to, to.len > 0 ? ",\r\n " : "");	/* folded: a line holds one */
		shown_address(&to, c->option[i].value);
	}
	l = add_line(l, "To", buf_str(&to));
	buf_free(&to);
	return l;
}

static struct curl_slist *
add_thread(struct curl_slist *l, const struct message *m, const char *from)
{
	char *thread;

	if (m->incident == NULL && m->topic == NULL)
		return l;
	thread = message_id(message_thread(m), from);
	l = add_line(l, "In-Reply-To", thread);
	l = add_line(l, "References", thread);
	free(thread);
	return l;
}

static struct curl_slist *
headers_of(const struct channel_settings *c, const struct message *m)
{
	struct buf subject = BUF_INIT(BUF_LINE), encoded = BUF_INIT(BUF_LINE), sender = BUF_INIT(BUF_LINE);
	const char *from = channel_option(c, "from");
	char *id = message_id(m->key, from), *list = mem_printf("keycanary alerts <alerts.%s", strrchr(id, '@') + 1);
	struct curl_slist *l = NULL;
	char at[WHEN_TEXT_MAX];

	render_subject(m, &subject);
	encoded_words(&encoded, buf_str(&subject));
	shown_address(&sender, from);
	l = add_line(l, "Date", when_rfc5322(clock_now_ms(), at));
	l = add_line(l, "From", buf_str(&sender));
	l = add_recipients(l, c);
	l = add_line(l, "Subject", buf_str(&encoded));
	l = add_line(l, "Message-ID", id);
	l = add_thread(l, m, from);
	l = add_line(l, "Auto-Submitted", "auto-generated");
	l = add_line(l, "List-Id", list);
	if (m->severity >= SEVERITY_HIGH)
		l = add_line(l, "Importance", "high");
	l = add_word(l, "X-Keycanary-Key", m->key);
	l = add_word(l, "X-Keycanary-Kind", message_kind_name(m->kind));
	l = add_word(l, "X-Keycanary-Severity", severity_name(m->severity));
	l = add_word(l, "X-Keycanary-Intent", m->intent);
	l = add_word(l, "X-Keycanary-Incident", m->incident);
	free(id);
	free(list);
	buf_free(&subject);
	buf_free(&encoded);
	buf_free(&sender);
	return l;
}

/* --- body -------------------------------------------------------------------------- */

/* Quoted-printable keeps lines short and ASCII whatever is in the text; curl stuffs the dots. */
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

/* --- the talk ---------------------------------------------------------------------- */

/* What the server said about each recipient, and last of all. */
struct talk {
	char recipient[256];	/* asked for, not answered yet */
	char last[200];
	size_t taken;
	size_t later;		/* refused by 4xx */
	struct strlist refused;	/* "address: answer" */
};

static void
hear_line(struct talk *t, const char *line, size_t len)
{
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	if (len < 4 || line[3] != ' ')
		return;		/* "250-…" has more behind it */
	(void)snprintf(t->last, sizeof(t->last), "%.*s", (int)(len < 190 ? len : 190), line);
	if (t->recipient[0] == '\0')
		return;
	if (line[0] == '2')
		t->taken++;
	else
		strlist_take(&t->refused, mem_printf("%s: %s", t->recipient, t->last));
	t->later += line[0] == '4';
	t->recipient[0] = '\0';
}

/* curl shows each command and each line of an answer. Nothing but recipients is kept of the commands. */
static int
hear(CURL *curl, curl_infotype kind, char *bytes, size_t size, void *arg)
{
	static const char rcpt[] = "RCPT TO:<";
	struct talk *t = arg;

	(void)curl;
	if (kind == CURLINFO_HEADER_OUT && size > sizeof(rcpt) && strncmp(bytes, rcpt, sizeof(rcpt) - 1) == 0) {
		size_t len = 0, from = sizeof(rcpt) - 1;

		while (from + len < size && bytes[from + len] != '>' && len < sizeof(t->recipient) - 1)
			len++;
		(void)snprintf(t->recipient, sizeof(t->recipient), "%.*s", (int)len, bytes + from);
	} else if (kind == CURLINFO_HEADER_IN) {
		hear_line(t, bytes, size);
	}
	return 0;
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
	const char *tls = str_or(channel_option(c, "tls"), "starttls"), *host = channel_option(c, "host");
	bool whole = str_eq(tls, "tls"), six = strchr(host, ':') != NULL && host[0] != '[';
	const char *port = str_or(channel_option(c, "port"), whole ? "465" : str_eq(tls, "none") ? "25" : "587");
	char *url = mem_printf("%s://%s%s%s:%s", whole ? "smtps" : "smtp", six ? "[" : "", host, six ? "]" : "", port);

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
	const char *user = channel_option(c, "user"), *auth = channel_option(c, "auth");
	bool ok;

	if (user == NULL)
		return true;
	ok = option_secret(c, "password", &password, out);
	if (ok) {
		(void)curl_easy_setopt(curl, CURLOPT_USERNAME, user);
		(void)curl_easy_setopt(curl, CURLOPT_PASSWORD, buf_str(&password));
		if (auth != NULL)
			(void)curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, str_eq(auth, "login") ? "AUTH=LOGIN" : "AUTH=PLAIN");
	}
	buf_free_secret(&password);
	return ok;
}

/*
 * 5xx answers of SMTP are for good (RFC 5321 section 4.2.1), but a login may
 * be mended. Once one recipient is served the message is not sent again: the
 * others would be told by a second copy to everybody.
 */
static void
judge_answer(CURL *curl, CURLcode rc, const char *failure, const struct talk *t, struct delivery_result *out)
{
	char *refused = strlist_join(&t->refused, "; ");
	long code = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	out->partly = rc == CURLE_OK && t->refused.len > 0;
	if (rc == CURLE_OK && t->refused.len > 0)
		result_set(out, DELIVERY_DONE, "SMTP %.60s; but not for %s", t->last, refused);
	else if (rc == CURLE_OK)
		result_set(out, DELIVERY_DONE, "SMTP %s", t->last);
	else if (t->refused.len > 0 && t->taken == 0)
		result_set(out, t->later == 0 ? DELIVERY_REFUSED : DELIVERY_LATER, "SMTP refused every recipient: %s", refused);
	else
		result_set(out, code >= 500 && rc != CURLE_LOGIN_DENIED ? DELIVERY_REFUSED : DELIVERY_LATER, "%s (the server last said: %s)",
		    failure[0] != '\0' ? failure : curl_easy_strerror(rc), str_or(t->last, "nothing"));
	free(refused);
}

void
send_smtp(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	char failure[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_for(c);
	struct curl_slist *to = recipients_of(c), *headers = headers_of(c, m);
	curl_mime *body = body_of(curl, m);
	char *from = bare_address(channel_option(c, "from"));
	struct talk talk = { .refused = STRLIST_INIT };

	set_server(curl, c);
	if (set_login(curl, c, out)) {
		(void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
		(void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
		(void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
		(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		(void)curl_easy_setopt(curl, CURLOPT_MIMEPOST, body);
		(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, failure);
		(void)curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, hear);
		(void)curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &talk);
		(void)curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
		judge_answer(curl, curl_easy_perform(curl), failure, &talk, out);
	}
	curl_easy_cleanup(curl);
	curl_mime_free(body);
	curl_slist_free_all(to);
	curl_slist_free_all(headers);
	strlist_clear(&talk.refused);
	free(from);
}
