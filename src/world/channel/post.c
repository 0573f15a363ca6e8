/* Channels that are a POST over HTTPS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/report/render.h"
#include "core/settings/channels.h"
#include "os/clock.h"
#include "os/digest.h"
#include "os/file.h"
#include "world/channel/channel_int.h"

enum { ANSWER_MAX = 16384, ANSWER_SHOWN = 200 };

static size_t
take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;
	size_t len = size * n, room = b->max - b->len - 1;

	buf_add(b, bytes, len < room ? len : room);
	return len;	/* what is too much is thrown away, the answer's status still counts */
}

/* 2xx is taken; 408, 425, 429 and 5xx may pass; every other refusal is for good (RFC 9110 section 15). */
static enum delivery
by_status(long status)
{
	if (status >= 200 && status < 300)
		return DELIVERY_DONE;
	return status == 408 || status == 425 || status == 429 || status >= 500 ? DELIVERY_LATER : DELIVERY_REFUSED;
}

/* An address that cannot be right stays wrong; everything else on the way, certificates too, may be mended. */
static enum delivery
by_failure(CURLcode rc)
{
	return rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ? DELIVERY_REFUSED : DELIVERY_LATER;
}

/*
 * Some providers say 200 and mean no. What to look for in the body: a JSON
 * member that says how it went, or words. The first row that fits decides.
 */
static const struct {
	const char *kind;
	const char *member;	/* path in a JSON body; NULL: words in a text */
	const char *fits;	/* pattern over its value or the text */
	enum delivery what;
} body_rules[] = {
	{ "slack", "error", "*ratelimited*", DELIVERY_LATER },
	{ "slack", "error", "*", DELIVERY_REFUSED },
	{ "slack", NULL, "invalid_*", DELIVERY_REFUSED },
	{ "slack", NULL, "no_*", DELIVERY_REFUSED },
	{ "slack", NULL, "channel_*", DELIVERY_REFUSED },
	{ "slack", NULL, "rollup_error*", DELIVERY_LATER },
	/* The former connectors hand on the status of what is behind them. */
	{ "teams", NULL, "*HTTP error 429*", DELIVERY_LATER },
	{ "teams", NULL, "*HTTP error 5??*", DELIVERY_LATER },
	{ "teams", NULL, "*delivery failed*", DELIVERY_REFUSED },
	{ "google-chat", "error.status", "RESOURCE_EXHAUSTED", DELIVERY_LATER },
	{ "google-chat", "error.status", "UNAVAILABLE", DELIVERY_LATER },
	{ "google-chat", "error.status", "*", DELIVERY_REFUSED },
	{ "discord", "retry_after", "*", DELIVERY_LATER },
	{ "mattermost", "detailed_error", "*", DELIVERY_REFUSED },
	{ "pagerduty", "status", "success", DELIVERY_DONE },
	{ "pagerduty", "status", "throttle*", DELIVERY_LATER },
	{ "pagerduty", "status", "*", DELIVERY_REFUSED },
	{ "opsgenie", "message", "*", DELIVERY_REFUSED },
};

static enum delivery
by_body(const char *kind, const struct buf *body)
{
	cJSON *o = cJSON_ParseWithLength(buf_str(body), body->len);
	enum delivery what = DELIVERY_DONE;

	for (size_t i = 0; i < ARRAY_LEN(body_rules); i++) {
		const char *value = body_rules[i].member == NULL ? buf_str(body) : json_string(o, body_rules[i].member);

		if (!str_eq(body_rules[i].kind, kind) || value == NULL || !str_match(body_rules[i].fits, value))
			continue;
		what = body_rules[i].what;
		break;
	}
	cJSON_Delete(o);
	return what;
}

/* Retry-After, or what Discord says in the body: seconds with a fraction. */
static int64_t
retry_after(CURL *curl, const struct buf *body)
{
	curl_off_t header = 0;
	cJSON *o, *member;
	double s = -1;

	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &header) == CURLE_OK && header > 0)
		return header;
	o = cJSON_ParseWithLength(buf_str(body), body->len);
	member = json_get(o, "retry_after");
	if (cJSON_IsNumber(member) && member->valuedouble > 0 && member->valuedouble < 86400)
		s = member->valuedouble;
	cJSON_Delete(o);
	return s < 0 ? -1 : (int64_t)s + 1;
}

static void
judge_answer(CURL *curl, CURLcode rc, const char *kind, const struct buf *body, const char *failure,
    struct delivery_result *out)
{
	char *shown, *to = NULL;
	long status = 0;
	enum delivery what;

	if (rc != CURLE_OK) {
		result_set(out, by_failure(rc), "%s", failure[0] != '\0' ? failure : curl_easy_strerror(rc));
		return;
	}
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	what = by_status(status);
	if (what == DELIVERY_DONE)
		what = by_body(kind, body);
	if (what == DELIVERY_LATER)
		out->retry_after_s = retry_after(curl, body);
	shown = mem_strndup(buf_str(body), body->len < ANSWER_SHOWN ? body->len : ANSWER_SHOWN);
	if (curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to) == CURLE_OK && to != NULL)
		result_set(out, what, "HTTP %ld, sent on to another address, which is not followed: %.150s", status, to);
	else
		result_set(out, what, "HTTP %ld %s", status, str_trim(shown));
	free(shown);
}

static bool
has_header(const struct curl_slist *l, const char *name)
{
	for (; l != NULL; l = l->next)
		if (str_starts_nocase(l->data, name))
			return true;
	return false;
}

static void
post(const struct channel_settings *c, const char *url, struct curl_slist *headers, const char *type,
    const struct buf *body, struct delivery_result *out)
{
	struct buf answer = BUF_INIT(ANSWER_MAX);
	char failure[CURL_ERROR_SIZE] = "";
	char *kind = mem_printf("Content-Type: %s", type);
	CURL *curl = curl_for(c);
	struct error err = ERROR_INIT;
	CURLcode rc;

	if (!has_header(headers, "Content-Type:"))	/* one of the operator's own goes before */
		headers = curl_slist_append(headers, kind);
	headers = curl_slist_append(headers, "Expect:");
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buf_str(body));
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, failure);
	if (!channel_url_fine(c->type, url, &err)) {
		result_set(out, DELIVERY_REFUSED, "%s", err.text);
	} else {
		rc = curl_easy_perform(curl);
		judge_answer(curl, rc, c->type, &answer, failure, out);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	buf_free(&answer);
	free(kind);
}

static void
post_json(const struct channel_settings *c, const char *url, struct curl_slist *headers,
    const struct buf *body, struct delivery_result *out)
{
	post(c, url, headers, "application/json", body, out);
}

static struct curl_slist *
add_header(struct curl_slist *l, const char *name, const char *value)
{
	char *line = mem_printf("%s: %s", name, value);

	/* A line break in a value would be a second header. */
	for (char *at = line; *at != '\0'; at++)
		if (*at == '\r' || *at == '\n')
			*at = ' ';
	l = curl_slist_append(l, line);
	mem_free_secret(line);
	return l;
}

/* "t=SECONDS,v1=HEX": HMAC-SHA256 of "SECONDS.BODY", so that an old request cannot be sent again. */
static struct curl_slist *
add_signature(struct curl_slist *l, const struct buf *secret, const struct buf *body)
{
	struct buf text = BUF_INIT(BUF_RECORD), value = BUF_INIT(BUF_LINE);
	uint8_t mac[SHA256_LEN];
	long long now = (long long)(clock_now_ms() / 1000);

	buf_printf(&text, "%lld.", now);
	buf_add(&text, buf_str(body), body->len);
	digest_hmac_sha256(buf_str(secret), secret->len, buf_str(&text), text.len, mac);
	buf_printf(&value, "t=%lld,v1=", now);
	encode_hex(&value, mac, sizeof(mac));
	l = add_header(l, "X-Keycanary-Signature", buf_str(&value));
	buf_free(&text);
	buf_free(&value);
	return l;
}

/* --- webhook ----------------------------------------------------------------------- */

/* "Name: value"; anything else would be a broken request. */
static bool
header_fine(const char *line)
{
	size_t name = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

	return name > 0 && line[name] == ':' && strpbrk(line, "\r\n") == NULL;
}

/* Those in the settings and those in header_file, one a line. False: one is no header. */
static bool
own_headers(const struct channel_settings *c, struct curl_slist **l, struct delivery_result *out)
{
	const char *path = channel_option(c, "header_file");
	struct strlist lines = STRLIST_INIT;
	struct buf text = BUF_INIT(BUF_LINE);
	struct error err = ERROR_INIT;
	bool ok = true;

	if (path != NULL && !file_read_secret(path, &text, &err)) {
		result_set(out, DELIVERY_LATER, "%s", err.text);
		ok = false;
	}
	strlist_split(&lines, buf_str(&text), "\n");
	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, "header"))
			strlist_add(&lines, c->option[i].value);
	for (size_t i = 0; ok && i < lines.len; i++) {
		ok = header_fine(lines.item[i]);
		if (ok)
			*l = curl_slist_append(*l, lines.item[i]);
		else
			result_set(out, DELIVERY_REFUSED, "header %zu is not written \"Name: value\"", i + 1);
	}
	for (size_t i = 0; i < lines.len; i++)
		mem_wipe(lines.item[i], strlen(lines.item[i]));
	strlist_clear(&lines);
	buf_free_secret(&text);
	return ok;
}

/* The body: our document, or the operator's template filled in. */
static bool
webhook_body(const struct channel_settings *c, const struct message *m, const char *type, struct buf *body,
    struct delivery_result *out)
{
	const char *path = channel_option(c, "template_file"), *text = channel_option(c, "template");
	struct buf file = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	cJSON *o;
	bool ok = true;

	if (path == NULL && text == NULL)
		render_webhook(m, body);
	else
		ok = (path == NULL || file_read(path, &file, &err)) &&
		    render_template(m, path != NULL ? buf_str(&file) : text, type, body, &err);
	buf_free(&file);
	if (!ok) {
		result_set(out, DELIVERY_REFUSED, "%s", err.text);
		return false;
	}
	if (!str_eq(type, "application/json"))
		return true;
	o = cJSON_ParseWithLength(buf_str(body), body->len);
	if (o == NULL)
		result_set(out, DELIVERY_REFUSED, "the template does not make valid JSON");
	cJSON_Delete(o);
	return o != NULL;
}

void
send_webhook(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf url = BUF_INIT(BUF_LINE), secret = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD);
	bool sign = channel_option(c, "secret") != NULL || channel_option(c, "secret_file") != NULL;
	const char *type = str_or(channel_option(c, "content_type"), "application/json");
	struct curl_slist *headers = NULL;

	if (option_secret(c, "url", &url, out) && (!sign || option_secret(c, "secret", &secret, out)) &&
	    webhook_body(c, m, type, &body, out)) {
		headers = add_header(headers, "Idempotency-Key", m->key);
		if (sign)
			headers = add_signature(headers, &secret, &body);
		if (own_headers(c, &headers, out)) {
			post(c, buf_str(&url), headers, type, &body, out);
			headers = NULL;
		}
	}
	curl_slist_free_all(headers);
	buf_free_secret(&url);
	buf_free_secret(&secret);
	buf_free(&body);
}

/* --- chats ------------------------------------------------------------------------- */

static const struct {
	const char *type;
	void (*render)(const struct message *, struct buf *);
	const char *query;	/* added to the address; NULL: nothing */
} chats[] = {
	{ "slack", render_slack, NULL },
	{ "mattermost", render_mattermost, NULL },
	{ "discord", render_discord, NULL },
	{ "teams", render_teams, NULL },
	{ "google-chat", render_google_chat, "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD" },
};

void
send_chat(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf url = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD);
	bool ok = option_secret(c, "url", &url, out);

	for (size_t i = 0; i < ARRAY_LEN(chats); i++) {
		if (!str_eq(chats[i].type, c->type))
			continue;
		chats[i].render(m, &body);
		if (chats[i].query != NULL && strstr(buf_str(&url), "messageReplyOption=") == NULL)
			buf_printf(&url, "%c%s", strchr(buf_str(&url), '?') != NULL ? '&' : '?', chats[i].query);
	}
	if (ok)
		post_json(c, buf_str(&url), add_header(NULL, "Idempotency-Key", m->key), &body, out);
	buf_free_secret(&url);
	buf_free(&body);
}

/* --- pagers ------------------------------------------------------------------------ */

/* The option "url", or the provider's own. */
static bool
address_of(const struct channel_settings *c, const char *usual, struct buf *url, struct delivery_result *out)
{
	if (channel_option(c, "url") != NULL || channel_option(c, "url_file") != NULL)
		return option_secret(c, "url", url, out);
	buf_puts(url, usual);
	return true;
}

void
send_pagerduty(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf key = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD), url = BUF_INIT(BUF_LINE);

	if (m->kind == MESSAGE_DIGEST) {
		result_set(out, DELIVERY_DONE, "a digest does not page, nothing was sent");
	} else if (option_secret(c, "routing_key", &key, out) &&
	    address_of(c, "https://events.pagerduty.com/v2/enqueue", &url, out)) {
		render_pagerduty(m, buf_str(&key), &body);
		post_json(c, buf_str(&url), NULL, &body, out);
	}
	buf_free_secret(&key);
	buf_free_secret(&body);
	buf_free_secret(&url);
}

/* Create; or, on the alert of that alias, add a note or close. */
static void
opsgenie_action(const struct message *m, struct buf *url, struct buf *body)
{
	bool good = message_is_good_news(m);
	const char *thread = message_thread(m);

	if (!good && m->kind != MESSAGE_DIGEST) {
		render_opsgenie(m, body);
		return;
	}
	render_opsgenie_note(m, body);
	buf_putc(url, '/');
	escape_percent(url, thread, strlen(thread), NULL);
	buf_printf(url, "/%s?identifierType=alias", good ? "close" : "notes");
}

void
send_opsgenie(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf key = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD), value = BUF_INIT(BUF_LINE);
	struct buf url = BUF_INIT(BUF_LINE);

	if (option_secret(c, "api_key", &key, out) &&
	    address_of(c, "https://api.opsgenie.com/v2/alerts", &url, out)) {
		buf_printf(&value, "GenieKey %s", buf_str(&key));
		opsgenie_action(m, &url, &body);
		post_json(c, buf_str(&url), add_header(NULL, "Authorization", buf_str(&value)), &body, out);
	}
	buf_free_secret(&key);
	buf_free_secret(&value);
	buf_free(&body);
	buf_free_secret(&url);
}
