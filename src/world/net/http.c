#include "world/net/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"

struct timer {
	int64_t at_ms;
	void (*call)(void *);
	void *arg;
};

struct exchange {
	CURL *curl;
	struct curl_slist *headers;
	char *request_body;
	struct buf body;
	char trouble[CURL_ERROR_SIZE];
	char date[64];
	char error_type[128];
	int64_t retry_after_s, retry_after_ms;
	bool too_large;
	http_done *done;
	void *arg;
};

struct http {
	CURLM *multi;
	struct exchange **exchange;	/* under way */
	size_t exchanges, cap;
	struct timer *timer;
	size_t timers, timer_cap;
};

bool
http_open(struct http **out, struct error *err)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERROR_SYSTEM, "libcurl cannot be set up");
	h = mem_zalloc(1, sizeof(*h));
	h->multi = curl_multi_init();
	(void)curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, 256L);
	*out = h;
	return true;
}

static void
exchange_free(struct exchange *e)
{
	curl_easy_cleanup(e->curl);
	curl_slist_free_all(e->headers);
	free(e->request_body);
	buf_free(&e->body);
	free(e);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->exchanges; i++) {
		(void)curl_multi_remove_handle(h->multi, h->exchange[i]->curl);
		exchange_free(h->exchange[i]);
	}
	(void)curl_multi_cleanup(h->multi);
	free(h->exchange);
	free(h->timer);
	free(h);
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct exchange *e = arg;

	buf_add(&e->body, bytes, size * n);
	e->too_large = e->body.failed;
	return e->too_large ? 0 : size * n;
}

/* The header's value into `to`, when the line is that header. */
static bool
header_value(const char *line, size_t len, const char *name, char *to, size_t room)
{
	size_t skip = strlen(name);

	if (len <= skip || strncasecmp(line, name, skip) != 0 || line[skip] != ':')
		return false;
	line += skip + 1;
	len -= skip + 1;
	while (len > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	if (len >= room)
		len = room - 1;
	memcpy(to, line, len);
	to[len] = '\0';
	return true;
}

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct exchange *e = arg;
	char number[32];

	(void)header_value(line, size * n, "date", e->date, sizeof(e->date));
	(void)header_value(line, size * n, "x-amzn-errortype", e->error_type, sizeof(e->error_type));
	if (header_value(line, size * n, "retry-after", number, sizeof(number)) &&
	    !str_to_int(number, 0, 86400, &e->retry_after_s))
		e->retry_after_s = -1;
	if (header_value(line, size * n, "x-amz-retry-after", number, sizeof(number)) &&
	    !str_to_int(number, 0, 86400000, &e->retry_after_ms))
		e->retry_after_ms = -1;
	return size * n;
}

static void
set_options(struct exchange *e, const struct http_request *r)
{
	const char *ca = str_or(r->ca_file, getenv("AWS_CA_BUNDLE"));

	(void)curl_easy_setopt(e->curl, CURLOPT_URL, r->url);
	(void)curl_easy_setopt(e->curl, CURLOPT_CUSTOMREQUEST, r->method);
	(void)curl_easy_setopt(e->curl, CURLOPT_PATH_AS_IS, 1L);
	(void)curl_easy_setopt(e->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e->curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(e->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e->curl, CURLOPT_TIMEOUT_MS, (long)(r->timeout_ms > 0 ? r->timeout_ms : 30000));
	(void)curl_easy_setopt(e->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(r->timeout_ms > 0 && r->timeout_ms < 10000 ?
	    r->timeout_ms : 10000));
	(void)curl_easy_setopt(e->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	(void)curl_easy_setopt(e->curl, CURLOPT_ACCEPT_ENCODING, "");
	(void)curl_easy_setopt(e->curl, CURLOPT_FRESH_CONNECT, r->fresh ? 1L : 0L);
	(void)curl_easy_setopt(e->curl, CURLOPT_HTTPHEADER, e->headers);
	(void)curl_easy_setopt(e->curl, CURLOPT_ERRORBUFFER, e->trouble);
	(void)curl_easy_setopt(e->curl, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e->curl, CURLOPT_WRITEDATA, e);
	(void)curl_easy_setopt(e->curl, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(e->curl, CURLOPT_HEADERDATA, e);
	(void)curl_easy_setopt(e->curl, CURLOPT_PRIVATE, e);
	/* Wait for a connection that may carry several exchanges rather than open many; plain HTTP has none. */
	(void)curl_easy_setopt(e->curl, CURLOPT_PIPEWAIT, str_starts(r->url, "https:") ? 1L : 0L);
	if (r->direct)
		(void)curl_easy_setopt(e->curl, CURLOPT_NOPROXY, "*");
	if (!str_empty(ca))
		(void)curl_easy_setopt(e->curl, CURLOPT_CAINFO, ca);
	if (r->body != NULL) {
		(void)curl_easy_setopt(e->curl, CURLOPT_POSTFIELDS, e->request_body);
		(void)curl_easy_setopt(e->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
	}
}

void
http_send(struct http *h, const struct http_request *r, http_done *done, void *arg)
{
	struct exchange *e = mem_zalloc(1, sizeof(*e));

	e->curl = curl_easy_init();
	e->done = done;
	e->arg = arg;
	e->retry_after_s = e->retry_after_ms = -1;
	buf_init(&e->body, r->answer_max > 0 ? r->answer_max : BUF_ANSWER);
	for (size_t i = 0; r->headers != NULL && i < r->headers->len; i++)
		e->headers = curl_slist_append(e->headers, r->headers->item[i]);
	e->headers = curl_slist_append(e->headers, "Expect:");
	if (r->body != NULL)
		e->request_body = mem_strndup(r->body, r->body_len);
	set_options(e, r);
	MEM_GROW(h->exchange, h->exchanges, h->cap);
	h->exchange[h->exchanges++] = e;
	(void)curl_multi_add_handle(h->multi, e->curl);
}

void
http_after(struct http *h, int64_t ms, void (*call)(void *), void *arg)
{
	MEM_GROW(h->timer, h->timers, h->timer_cap);
	h->timer[h->timers++] = (struct timer){ clock_steady_ms() + (ms > 0 ? ms : 0), call, arg };
}

static void
explain(const struct exchange *e, CURLcode rc, struct error *err)
{
	char *url = NULL;
	const char *why = e->trouble[0] != '\0' ? e->trouble : curl_easy_strerror(rc);

	(void)curl_easy_getinfo(e->curl, CURLINFO_EFFECTIVE_URL, &url);
	if (e->too_large)
		error_set(err, ERROR_NETWORK, "%.200s: the answer is larger than %zu bytes", url, e->body.max);
	else if (rc == CURLE_PEER_FAILED_VERIFICATION)
		error_set(err, ERROR_NETWORK, "%.200s: the server's certificate is not accepted: %s", url, why);
	else
		error_set(err, ERROR_NETWORK, "%.200s: %s", url, why);
}

/* Failures that another try cannot mend. */
static bool
lasting(const struct exchange *e, CURLcode rc)
{
	static const CURLcode codes[] = { CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
		CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_SSL_ISSUER_ERROR };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i] == rc)
			return true;
	return e->too_large;
}

static void
finish(struct http *h, struct exchange *e, CURLcode rc)
{
	struct http_answer a = { .ok = rc == CURLE_OK, .err = ERROR_INIT, .date_ms = WHEN_NONE };
	char *address = NULL;

	(void)curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, &a.status);
	(void)curl_easy_getinfo(e->curl, CURLINFO_PRIMARY_IP, &address);
	a.address = str_or(address, "");
	if (!a.ok)
		explain(e, rc, &a.err);
	a.timed_out = rc == CURLE_OPERATION_TIMEDOUT;
	a.lasting = !a.ok && lasting(e, rc);
	a.body = buf_str(&e->body);
	a.body_len = e->body.len;
	a.retry_after_s = e->retry_after_s;
	a.retry_after_ms = e->retry_after_ms;
	a.error_type = e->error_type[0] != '\0' ? e->error_type : NULL;
	if (!when_parse_http(e->date, &a.date_ms))
		a.date_ms = WHEN_NONE;
	(void)curl_multi_remove_handle(h->multi, e->curl);
	for (size_t i = 0; i < h->exchanges; i++)
		if (h->exchange[i] == e)
			h->exchange[i] = h->exchange[--h->exchanges];
	e->done(e->arg, &a);
	exchange_free(e);
}

static bool
run_timers(struct http *h)
{
	int64_t now = clock_steady_ms();
	bool ran = false;

	for (size_t i = 0; i < h->timers;) {
		struct timer t = h->timer[i];

		if (t.at_ms > now) {
			i++;
			continue;
		}
		h->timer[i] = h->timer[--h->timers];
		t.call(t.arg);
		ran = true;
	}
	return ran;
}

static int64_t
until_timer(const struct http *h, int64_t wait_ms)
{
	int64_t now = clock_steady_ms();

	for (size_t i = 0; i < h->timers; i++) {
		int64_t ms = h->timer[i].at_ms - now;

		if (ms < wait_ms)
			wait_ms = ms > 0 ? ms : 0;
	}
	return wait_ms;
}

bool
http_step(struct http *h, int64_t wait_ms)
{
	bool ended = run_timers(h);
	int running = 0, left;
	CURLMsg *m;

	(void)curl_multi_perform(h->multi, &running);
	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct exchange *e = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&e);
		finish(h, e, m->data.result);
		ended = true;
	}
	if (!ended && wait_ms > 0 && (h->exchanges > 0 || h->timers > 0))
		(void)curl_multi_poll(h->multi, NULL, 0, (int)until_timer(h, wait_ms), NULL);
	return h->exchanges > 0 || h->timers > 0;
}
