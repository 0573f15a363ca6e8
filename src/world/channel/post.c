/* Channels that are a POST of JSON over HTTPS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/escape.h"
#include "base/mem.h"
#include "core/report/render.h"
#include "os/clock.h"
#include "os/digest.h"
#include "world/channel/channel_int.h"

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

/* A certificate that is wrong stays wrong until somebody acts; everything else on the way may pass. */
static enum delivery
by_failure(CURLcode rc)
{
	return rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ? DELIVERY_REFUSED : DELIVERY_LATER;
}

static void
judge_answer(CURL *curl, CURLcode rc, const struct buf *body, const char *failure,
    struct delivery_result *out)
{
	struct buf shown = BUF_INIT(BUF_LINE);
	curl_off_t retry = 0;
	long status = 0;

	if (rc != CURLE_OK) {
		result_set(out, by_failure(rc), "%s", failure[0] != '\0' ? failure : curl_easy_strerror(rc));
		return;
	}
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry) == CURLE_OK && retry > 0)
		out->retry_after_s = retry;
	escape_terminal_cut(&shown, buf_str(body), 200);
	result_set(out, by_status(status), "HTTP %ld %s", status, buf_str(&shown));
	buf_free(&shown);
}

static void
post(const struct channel_settings *c, const char *url, struct curl_slist *headers, const struct buf *body,
    struct delivery_result *out)
{
	struct buf answer = BUF_INIT(16384);
	char failure[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_for(c);
	CURLcode rc;

	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buf_str(body));
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, failure);
	rc = curl_easy_perform(curl);
	judge_answer(curl, rc, &answer, failure, out);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	buf_free(&answer);
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

static struct curl_slist *
own_headers(const struct channel_settings *c, struct curl_slist *l)
{
	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, "header"))
			l = curl_slist_append(l, c->option[i].value);
	return l;
}

void
send_webhook(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf url = BUF_INIT(BUF_LINE), secret = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD);
	bool sign = channel_option(c, "secret") != NULL || channel_option(c, "secret_file") != NULL;
	struct curl_slist *headers = NULL;

	render_webhook(m, &body);
	if (option_secret(c, "url", true, &url, out) && (!sign || option_secret(c, "secret", false, &secret, out))) {
		headers = add_header(headers, "Idempotency-Key", m->key);
		if (sign)
			headers = add_signature(headers, &secret, &body);
		post(c, buf_str(&url), own_headers(c, headers), &body, out);
	}
	buf_free_secret(&url);
	buf_free_secret(&secret);
	buf_free(&body);
}

static const struct {
	const char *type;
	void (*render)(const struct message *, struct buf *);
} chats[] = {
	{ "slack", render_slack }, { "mattermost", render_mattermost }, { "discord", render_discord },
	{ "teams", render_teams }, { "google-chat", render_google_chat },
};

void
send_chat(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf url = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD);

	for (size_t i = 0; i < ARRAY_LEN(chats); i++)
		if (str_eq(chats[i].type, c->type))
			chats[i].render(m, &body);
	if (option_secret(c, "url", true, &url, out))
		post(c, buf_str(&url), add_header(NULL, "Idempotency-Key", m->key), &body, out);
	buf_free_secret(&url);
	buf_free(&body);
}

void
send_pagerduty(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf key = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD);

	if (option_secret(c, "routing_key", false, &key, out)) {
		render_pagerduty(m, buf_str(&key), &body);
		post(c, str_or(channel_option(c, "url"), "https://events.pagerduty.com/v2/enqueue"), NULL, &body, out);
	}
	buf_free_secret(&key);
	buf_free_secret(&body);
}

void
send_opsgenie(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf key = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD), value = BUF_INIT(BUF_LINE);
	const char *base = str_or(channel_option(c, "url"), "https://api.opsgenie.com/v2/alerts");
	bool closed = m->kind == MESSAGE_CLOSED && m->incident != NULL;
	char *url = closed ? mem_printf("%s/%s/close?identifierType=alias", base, m->incident) : mem_strdup(base);

	if (option_secret(c, "api_key", false, &key, out)) {
		buf_printf(&value, "GenieKey %s", buf_str(&key));
		render_opsgenie(m, &body);
		post(c, url, add_header(NULL, "Authorization", buf_str(&value)), &body, out);
	}
	free(url);
	buf_free_secret(&key);
	buf_free_secret(&value);
	buf_free(&body);
}
