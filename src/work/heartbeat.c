/* The beat that tells somebody outside that we watch. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/secret.h"
#include "store/store.h"
#include "work/deadman.h"
#include "world/net/http.h"

enum { PING_LIMIT_MS = 15000 };

struct heartbeat {
	const struct settings *settings;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t bell;
	bool due, stop;		/* under the lock, as all down to `failure` */
	bool news, taken;	/* what became of the last beat, not kept yet */
	int64_t at_ms;
	char failure[200];
	int64_t last_ms;	/* of the last beat that went out; steady clock */
	bool ever;
};

struct ping {
	bool done, taken;
	long status;
	enum error_kind kind;
};

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct ping *p = arg;

	p->done = true;
	p->status = a->status;
	p->kind = a->err.kind;
	p->taken = a->ok && a->status >= 200 && a->status < 300;
}

static bool
send_ping(const char *url, struct error *err)
{
	struct http_request request = { .method = "GET", .url = url, .timeout_ms = PING_LIMIT_MS };
	struct ping p = { .done = false };
	struct http *http = NULL;

	if (!http_open(&http, err))
		return false;
	http_send(http, &request, on_answer, &p);
	while (!p.done && http_step(http, 1000))
		;
	http_close(http);
	if (p.taken)
		return true;
	if (p.status != 0)
		return error_set(err, ERROR_REMOTE, "the heartbeat was not taken: HTTP %ld", p.status);
	return error_set(err, ERROR_NETWORK, "the heartbeat was not taken: no answer (%s)", error_kind_name(p.kind));
}

bool
heartbeat_ping(const struct settings *settings, struct error *err)
{
	struct buf url = BUF_INIT(BUF_LINE);
	bool ok;

	if (settings->heartbeat_url == NULL)
		return true;
	ok = secret_read(settings->heartbeat_url, &url, err) && send_ping(buf_str(&url), err);
	buf_free_secret(&url);
	return ok;
}

static void *
run(void *arg)
{
	struct heartbeat *h = arg;

	(void)pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		struct error err = ERROR_INIT;
		bool taken;

		if (!h->due) {
			(void)pthread_cond_wait(&h->bell, &h->lock);
			continue;
		}
		h->due = false;
		(void)pthread_mutex_unlock(&h->lock);
		taken = heartbeat_ping(h->settings, &err);
		if (!taken)
			log_line(LOG_LEVEL_WARNING, "heartbeat", "error", err.text, NULL);
		(void)pthread_mutex_lock(&h->lock);
		h->news = true;
		h->taken = taken;
		h->at_ms = clock_now_ms();
		(void)snprintf(h->failure, sizeof(h->failure), "%.190s", taken ? "" : err.text);
	}
	(void)pthread_mutex_unlock(&h->lock);
	return NULL;
}

struct heartbeat *
heartbeat_start(const struct settings *settings)
{
	struct heartbeat *h;

	if (settings->heartbeat_url == NULL)
		return NULL;
	h = mem_zalloc(1, sizeof(*h));
	h->settings = settings;
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_cond_init(&h->bell, NULL);
	if (pthread_create(&h->thread, NULL, run, h) == 0)
		return h;
	log_line(LOG_LEVEL_ERROR, "no thread for the heartbeat", NULL);
	free(h);
	return NULL;
}

bool
heartbeat_beat(struct heartbeat *h)
{
	int64_t now = clock_steady_ms();

	if (h == NULL || (h->ever && now - h->last_ms < h->settings->heartbeat_every_s * 1000))
		return false;
	h->ever = true;
	h->last_ms = now;
	(void)pthread_mutex_lock(&h->lock);
	h->due = true;
	(void)pthread_cond_signal(&h->bell);
	(void)pthread_mutex_unlock(&h->lock);
	return true;
}

void
heartbeat_stop(struct heartbeat *h)
{
	if (h == NULL)
		return;
	(void)pthread_mutex_lock(&h->lock);
	h->stop = true;
	(void)pthread_cond_signal(&h->bell);
	(void)pthread_mutex_unlock(&h->lock);
	(void)pthread_join(h->thread, NULL);
	(void)pthread_cond_destroy(&h->bell);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

/* --- what became of it --------------------------------------------------------------------- */

static const char taken_name[] = "heartbeat_ms", failed_name[] = "heartbeat_failed_ms", failure_name[] = "heartbeat_failure";

static bool
keep_time(struct store *s, const char *name, int64_t at_ms, struct error *err)
{
	char *text = mem_printf("%lld", (long long)at_ms);
	bool ok = meta_set(s, name, text, err);

	free(text);
	return ok;
}

bool
heartbeat_keep(struct store *s, int64_t at_ms, const char *failure, struct error *err)
{
	if (failure == NULL)
		return keep_time(s, taken_name, at_ms, err) && keep_time(s, failed_name, 0, err);
	return keep_time(s, failed_name, at_ms, err) && meta_set(s, failure_name, failure, err);
}

static bool
recall_time(struct store *s, const char *name, int64_t *at_ms, struct error *err)
{
	char *text = NULL;
	bool ok = meta_get(s, name, &text, err);

	if (!str_to_int(text, 1, INT64_MAX, at_ms))
		*at_ms = WHEN_NONE;
	free(text);
	return ok;
}

bool
heartbeat_recall(struct store *s, struct heartbeat_last *out, struct error *err)
{
	*out = (struct heartbeat_last){ .failure = NULL };
	return recall_time(s, taken_name, &out->taken_ms, err) && recall_time(s, failed_name, &out->failed_ms, err) &&
	    (out->failed_ms == WHEN_NONE || meta_get(s, failure_name, &out->failure, err));
}

bool
heartbeat_keep_new(struct heartbeat *h, struct store *s, struct error *err)
{
	char failure[sizeof(h->failure)];
	bool news, taken;
	int64_t at_ms;

	if (h == NULL)
		return true;
	(void)pthread_mutex_lock(&h->lock);
	news = h->news;
	taken = h->taken;
	at_ms = h->at_ms;
	(void)snprintf(failure, sizeof(failure), "%s", h->failure);
	h->news = false;
	(void)pthread_mutex_unlock(&h->lock);
	return !news || heartbeat_keep(s, at_ms, taken ? NULL : failure, err);
}

bool
heartbeat_ping_kept(struct store *s, const struct settings *settings, struct error *err)
{
	struct error why = ERROR_INIT;
	bool taken;

	if (settings->heartbeat_url == NULL)
		return true;
	taken = heartbeat_ping(settings, &why);
	if (!heartbeat_keep(s, clock_now_ms(), taken ? NULL : why.text, err))
		return false;
	if (!taken && err != NULL)
		*err = why;
	return taken;
}
