#include "work/watch.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/canaries.h"
#include "store/coverage.h"
#include "store/incidents.h"
#include "store/store.h"
#include "work/own.h"
#include "work/rules.h"
#include "work/trouble.h"
#include "work/watch_int.h"

enum { RELOAD_MS = 10000, STEP_MS = 50 };

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
	a->regions_ms = a->report_ms = a->compared_ms = WHEN_NONE;
	a->client = aws_client_new(w->http, &o);
	coverage_init(&a->net);
	a->net.account = mem_strdup(a->name);
	a->net.region = mem_strdup("global");
	a->net.source = mem_strdup("last-used");
	a->net_leased = !store_shared(w->store);
	gap_init(&a->net_gap);
}

/* What the state remembers of the safety net: it is not due again because the program began anew. */
static bool
recall_nets(struct watch *w, struct error *err)
{
	struct coverage_list covers = { .item = NULL };
	struct gap_list gaps = { .item = NULL };
	bool ok = coverage_list(w->store, &covers, err) && gap_list(w->store, true, 0, &gaps, err);

	for (size_t i = 0; ok && i < w->accounts; i++)
		coverage_recall(&w->account[i].net, &w->account[i].net_gap, &covers, &gaps);
	coverage_list_clear(&covers);
	gap_list_clear(&gaps);
	return ok;
}

/* The registry and the derived keys, as they are now. */
static bool
load_canaries(struct watch *w, struct error *err)
{
	static const struct canary_filter all = { .state = NULL };
	struct canary_set fresh = CANARY_SET_INIT;
	struct own_list own = { .item = NULL };

	if (!canary_list(w->store, &all, &fresh, err) || !derived_load(w->store, &w->derived, err) ||
	    !own_list(w->store, &own, err) || !own_load(w->store, &w->own_arns, err)) {
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
	int64_t at_ms;

	w->store = s;
	w->settings = settings;
	trouble_prepare(s);
	(void)trouble_recall(s, &w->trouble, &at_ms);
	w->accounts = settings->accounts > 0 ? settings->accounts : 1;
	w->account = mem_zalloc(w->accounts, sizeof(*w->account));
	if (!rules_builtin(&w->rules, err) || !http_open(&w->http, err) || !load_canaries(w, err)) {
		w->accounts = 0;
		watch_close(w);
		return false;
	}
	for (size_t i = 0; i < w->accounts; i++)
		account_init(w, &w->account[i], settings->accounts > 0 ? &settings->account[i] : NULL);
	lease_open(w);
	if (!recall_nets(w, err)) {
		watch_close(w);
		return false;
	}
	*out = w;
	return true;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->accounts; i++)
		account_close(&w->account[i]);
	lease_close(w);
	http_close(w->http);
	for (size_t i = 0; i < w->accounts; i++) {
		struct watch_account *a = &w->account[i];

		safetynet_end(a);
		drift_end(a);
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
	strlist_clear(&w->own_arns);
	rules_free(w->rules);
	free(w);
}

/* --- running ----------------------------------------------------------------------------- */

static void
go(struct watch *w)
{
	for (size_t i = 0; i < w->accounts; i++)
		account_go(&w->account[i]);
	lease_go(w);
	for (size_t i = 0; i < w->accounts; i++) {
		struct watch_account *a = &w->account[i];

		for (size_t k = 0; k < a->regions; k++)
			region_go(a->region[k]);
		safetynet_go(a);
		drift_go(a);
	}
}

static bool
all_idle(const struct watch *w)
{
	for (size_t i = 0; i < w->accounts; i++) {
		const struct watch_account *a = &w->account[i];

		if (!account_idle(a) || a->round.active || a->comparing)
			return false;
		for (size_t k = 0; k < a->regions; k++)
			if (!region_idle(a->region[k]))
				return false;
	}
	return true;
}

/* Works a little, and never spins: an account that is getting ready wakes nobody. */
static void
step(struct watch *w)
{
	int64_t begun = clock_steady_ms();

	go(w);
	if (!http_step(w->http, STEP_MS) && !all_idle(w) && clock_steady_ms() == begun)
		clock_sleep_ms(1);
}

/* What could not be written has become the gaps of its regions. */
static void
forget_trouble(struct watch *w)
{
	if (w->trouble.kind == ERROR_NONE)
		return;
	w->trouble.kind = ERROR_NONE;
	trouble_forget(w->store);
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
	trouble_note(w->store, &w->err, clock_now_ms());
	if (w->err.kind == ERROR_FULL)
		w->trouble = w->err;
	if (err != NULL)
		*err = w->err;
	return false;
}

static size_t
busy_regions(const struct watch *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->accounts; i++)
		for (size_t k = 0; k < w->account[i].regions; k++)
			n += !region_idle(w->account[i].region[k]);
	return n;
}

bool
watch_poll(struct watch *w, watch_tell *tell, void *arg, struct watch_counts *out, struct error *err)
{
	w->draining = true;
	(void)watch_complete(w);
	do {
		step(w);
		watch_counts(w, out);
		if (tell != NULL)
			tell(arg, out, busy_regions(w));
	} while (!w->broken && !all_idle(w));
	close_regions(w);
	w->draining = false;
	if (!w->broken)
		forget_trouble(w);
	watch_counts(w, out);
	return still_fine(w, err);
}

static bool
arriving(const struct watch *w)
{
	for (size_t i = 0; i < w->accounts; i++)
		if (w->account[i].arrival.started)
			return true;
	return false;
}

bool
watch_step(struct watch *w, int64_t ms, struct error *err)
{
	int64_t end = clock_steady_ms() + ms, now;

	/* Threads that are getting ready look into the registry. */
	if (clock_steady_ms() - w->loaded_ms > RELOAD_MS && !arriving(w) && !load_canaries(w, err))
		return false;
	do {
		step(w);
		now = clock_steady_ms();
		if (all_idle(w) && now < end)
			clock_sleep_ms(end - now < STEP_MS ? end - now : STEP_MS);
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

			all = all && (r->complete || r->cover.closed || !r->leased);
		}
	}
	for (size_t i = 0; all && i < w->accounts; i++)
		for (size_t k = 0; k < w->account[i].regions; k++)
			w->account[i].region[k]->complete = false;
	if (all)
		forget_trouble(w);
	return all;
}
