#include "work/watch.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/canaries.h"
#include "store/coverage.h"
#include "store/incidents.h"
#include "work/rules.h"
#include "work/watch_int.h"
#include "world/aws/identity.h"

enum { RELOAD_MS = 10000, READY_RETRY_MS = 60000 };

/* --- opening ----------------------------------------------------------------------- */

static bool
is_canary(void *arg, const char *key_id)
{
	const struct watch *w = arg;

	return canary_by_key(&w->canaries, key_id) != NULL;
}

static void
account_init(struct watch *w, struct watch_account *a, const struct account_settings *s)
{
	struct aws_client_options o = { .partition = w->settings->partition,
		.timeout_ms = w->settings->timeout_s * 1000, .refuse = is_canary, .refuse_arg = w };

	if (s != NULL) {
		o.profile = s->profile;
		o.role_arn = s->role_arn;
		o.external_id = s->external_id;
		o.home = s->home;
	}
	a->watch = w;
	a->settings = s;
	a->name = s != NULL ? s->name : "default";
	a->regions_ms = WHEN_NONE;
	a->client = aws_client_new(w->http, &o);
	coverage_init(&a->net);
	a->net.account = mem_strdup(a->name);
	a->net.region = mem_strdup("global");
	a->net.source = mem_strdup("last-used");
	gap_init(&a->net_gap);
}

/* The registry and the derived keys, as they are now. */
static bool
load_canaries(struct watch *w, struct error *err)
{
	static const struct canary_filter all = { .state = NULL };
	struct canary_set fresh = CANARY_SET_INIT;
	struct own_list own = { .item = NULL };

	if (!canary_list(w->store, &all, &fresh, err) || !derived_load(w->store, &w->derived, err) ||
	    !own_list(w->store, &own, err)) {
		canary_set_clear(&fresh);
		own_list_clear(&own);
		return false;
	}
	own_list_clear(&w->own);
	w->own = own;
	canary_set_clear(&w->canaries);
	w->canaries = fresh;
	w->loaded_ms = clock_steady_ms();
	return true;
}

bool
watch_open(struct watch **out, struct store *s, const struct settings *settings, struct error *err)
{
	struct watch *w = mem_zalloc(1, sizeof(*w));

	w->store = s;
	w->settings = settings;
	w->accounts = settings->accounts > 0 ? settings->accounts : 1;
	w->account = mem_zalloc(w->accounts, sizeof(*w->account));
	if (!rules_builtin(&w->rules, err) || !http_open(&w->http, err) || !load_canaries(w, err)) {
		w->accounts = 0;
		watch_close(w);
		return false;
	}
	for (size_t i = 0; i < w->accounts; i++)
		account_init(w, &w->account[i], settings->accounts > 0 ? &settings->account[i] : NULL);
	*out = w;
	return true;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	http_close(w->http);
	for (size_t i = 0; i < w->accounts; i++) {
		struct watch_account *a = &w->account[i];

		for (size_t k = 0; k < a->regions; k++)
			region_free(a->region[k]);
		free(a->region);
		free(a->number);
		aws_client_free(a->client);
		coverage_clear(&a->net);
		gap_clear(&a->net_gap);
	}
	free(w->account);
	canary_set_clear(&w->canaries);
	derived_set_clear(&w->derived);
	own_list_clear(&w->own);
	rules_free(w->rules);
	free(w);
}

/* --- accounts and regions -------------------------------------------------------------- */

static struct region *
region_named(const struct watch_account *a, const char *name)
{
	for (size_t i = 0; i < a->regions; i++)
		if (str_eq(a->region[i]->name, name))
			return a->region[i];
	return NULL;
}

/* What the state remembers of a region. */
static bool
recall(struct region *r, const struct coverage_list *covers, const struct gap_list *gaps)
{
	bool known = false;

	for (size_t i = 0; i < covers->len; i++) {
		const struct coverage *c = &covers->item[i];

		if (str_eq(c->account, r->cover.account) && str_eq(c->region, r->name) &&
		    str_eq(c->source, "lookup")) {
			coverage_clear(&r->cover);
			coverage_copy(&r->cover, c);
			known = true;
		}
	}
	for (size_t i = 0; i < gaps->len; i++) {
		const struct gap *g = &gaps->item[i];

		if (str_eq(g->account, r->cover.account) && str_eq(g->region, r->name) &&
		    str_eq(g->source, "lookup")) {
			gap_clear(&r->gap);
			gap_copy(&r->gap, g);
		}
	}
	return known;
}

/* Nobody watched between the mark and now: a hole like any other, until it is caught up with. */
static void
note_absence(struct region *r)
{
	int64_t now = clock_now_ms(), most_ms = r->account->watch->settings->hot_window_s * 1000;
	struct error err = ERROR_INIT;

	if (r->cover.until_ms == WHEN_NONE || now - r->cover.until_ms <= most_ms || r->gap.cause != NULL)
		return;
	error_set(&err, ERROR_STOPPED, "the watch was not running");
	gap_open(&r->gap, &r->cover, &err, now);
}

static bool
add_regions(struct watch_account *a, const struct strlist *names, struct error *err)
{
	struct coverage_list covers = { .item = NULL };
	struct gap_list gaps = { .item = NULL };
	bool ok = coverage_list(a->watch->store, &covers, err) &&
	    gap_list(a->watch->store, true, 0, &gaps, err);

	for (size_t i = 0; ok && i < names->len; i++) {
		struct region *r;

		if (region_named(a, names->item[i]) != NULL)
			continue;
		r = region_new(a, names->item[i]);
		(void)recall(r, &covers, &gaps);
		/* Said so already; asked again only after a day. */
		if (r->cover.closed && r->cover.tried_ms + 86400000 > clock_now_ms())
			r->retry_ms = clock_steady_ms() + r->cover.tried_ms + 86400000 - clock_now_ms();
		else
			note_absence(r);
		MEM_GROW(a->region, a->regions, a->cap);
		a->region[a->regions++] = r;
	}
	coverage_list_clear(&covers);
	gap_list_clear(&gaps);
	return ok;
}

static bool
find_regions(struct watch_account *a, struct error *err)
{
	const struct settings *s = a->watch->settings;
	const struct strlist *listed = a->settings != NULL && a->settings->regions.len > 0 ?
	    &a->settings->regions : &s->regions;
	struct strlist found = STRLIST_INIT;
	bool known = false, ok;

	if (listed->len > 0)
		return add_regions(a, listed, err);
	ok = aws_regions(a->client, s->partition, &found, &known, err) && add_regions(a, &found, err);
	if (known)
		log_line(LOG_LEVEL_WARNING, "regions cannot be listed, all known ones are tried", "account",
		    a->name, NULL);
	strlist_clear(&found);
	return ok;
}

/* Without credentials nothing can be asked: every region of the account is blind. */
static void
account_failed(struct watch_account *a, const struct error *why)
{
	struct strlist once = STRLIST_INIT;
	struct coverage_list covers = { .item = NULL };
	struct error err = ERROR_INIT;

	if (a->regions == 0 && coverage_list(a->watch->store, &covers, &err)) {
		for (size_t i = 0; i < covers.len; i++)
			if (str_eq(covers.item[i].account, a->name) && str_eq(covers.item[i].source, "lookup") &&
			    !covers.item[i].closed)
				strlist_add(&once, covers.item[i].region);
		if (once.len == 0)
			strlist_add(&once, aws_client_home(a->client));
		(void)add_regions(a, &once, &err);
	}
	for (size_t i = 0; i < a->regions; i++)
		if (!a->region[i]->cover.closed)
			region_failed(a->region[i], why);
	coverage_list_clear(&covers);
	strlist_clear(&once);
}

static void
account_ready(struct watch_account *a)
{
	struct error err = ERROR_INIT;
	int64_t now = clock_steady_ms();
	char *arn = NULL;

	if (a->regions_ms != WHEN_NONE && now - a->regions_ms < a->watch->settings->regions_every_s * 1000)
		return;
	if (now < a->ready_ms)
		return;
	a->ready_ms = now + READY_RETRY_MS;
	if (!aws_client_ready(a->client, &err)) {
		account_failed(a, &err);
		return;
	}
	if (a->number == NULL && aws_identity(a->client, &a->number, &arn, &err))
		log_line(LOG_LEVEL_DEBUG, "identity", "account", a->name, "number", a->number, "arn", arn, NULL);
	free(arn);
	if (err.kind == ERROR_CREDENTIALS || err.kind == ERROR_CLOCK || err.kind == ERROR_NETWORK ||
	    !find_regions(a, &err)) {
		account_failed(a, &err);
		return;
	}
	a->regions_ms = now;
}

/* --- running ----------------------------------------------------------------------------- */

static void
go(struct watch *w)
{
	for (size_t i = 0; i < w->accounts; i++) {
		account_ready(&w->account[i]);
		for (size_t k = 0; k < w->account[i].regions; k++)
			region_go(w->account[i].region[k]);
		safetynet_go(&w->account[i]);
	}
}

static bool
all_idle(const struct watch *w)
{
	for (size_t i = 0; i < w->accounts; i++)
		for (size_t k = 0; k < w->account[i].regions; k++)
			if (!region_idle(w->account[i].region[k]))
				return false;
	return true;
}

/* A region that fails as one that is not opted in does, while others answer, is just that. */
static void
close_regions(struct watch *w)
{
	for (size_t i = 0; i < w->accounts; i++)
		for (size_t k = 0; k < w->account[i].regions; k++) {
			struct region *r = w->account[i].region[k];
			struct error err = ERROR_INIT;

			if (!r->failed || !r->suspect || r->cover.closed || !w->account[i].any_good ||
			    r->cover.until_ms != WHEN_NONE)
				continue;
			error_set(&err, ERROR_CREDENTIALS, "%s", str_or(r->cover.error_text, ""));
			r->gap.filled_ms = clock_now_ms();
			if (r->gap.to_ms == WHEN_NONE)
				r->gap.to_ms = r->gap.filled_ms;
			region_failed(r, &err);
			log_line(LOG_LEVEL_INFO, "region is not opted in, asked again in a day", "account",
			    r->cover.account, "region", r->name, NULL);
		}
}

void
watch_counts(const struct watch *w, struct watch_counts *out)
{
	*out = w->counts;
	out->regions = out->blind = 0;
	for (size_t i = 0; i < w->accounts; i++) {
		const struct watch_account *a = &w->account[i];

		out->regions += a->regions;
		out->blind += a->net.error_kind != NULL;
		for (size_t k = 0; k < a->regions; k++)
			out->blind += a->region[k]->failed && !a->region[k]->cover.closed;
	}
}

static bool
still_fine(struct watch *w, struct error *err)
{
	if (!w->broken)
		return true;
	w->broken = false;
	if (err != NULL)
		*err = w->err;
	return false;
}

bool
watch_poll(struct watch *w, struct watch_counts *out, struct error *err)
{
	w->draining = true;
	(void)watch_complete(w);
	go(w);
	while (!w->broken && (http_step(w->http, 1000) || !all_idle(w)))
		;
	close_regions(w);
	w->draining = false;
	watch_counts(w, out);
	return still_fine(w, err);
}

bool
watch_step(struct watch *w, int64_t ms, struct error *err)
{
	int64_t end = clock_steady_ms() + ms, now;

	if (clock_steady_ms() - w->loaded_ms > RELOAD_MS && !load_canaries(w, err))
		return false;
	do {
		go(w);
		(void)http_step(w->http, 50);
		now = clock_steady_ms();
		if (all_idle(w) && now < end)
			clock_sleep_ms(end - now < 50 ? end - now : 50);
	} while (!w->broken && clock_steady_ms() < end);
	close_regions(w);
	return still_fine(w, err);
}

bool
watch_complete(struct watch *w)
{
	bool all = true;

	for (size_t i = 0; i < w->accounts; i++) {
		all = all && w->account[i].regions > 0;
		for (size_t k = 0; k < w->account[i].regions; k++) {
			struct region *r = w->account[i].region[k];

			all = all && (r->complete || r->cover.closed);
		}
	}
	for (size_t i = 0; all && i < w->accounts; i++)
		for (size_t k = 0; k < w->account[i].regions; k++)
			w->account[i].region[k]->complete = false;
	return all;
}
