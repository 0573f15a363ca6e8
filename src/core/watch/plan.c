#include "core/watch/plan.h"

#include <math.h>

#include "base/when.h"

#define HOUR_MS INT64_C(3600000)

const char *
plan_name(enum plan_kind plan)
{
	return plan == PLAN_SWEEP ? "sweep" : "per-canary";
}

const char *
tier_name(enum tier tier)
{
	static const char *const names[] = {
		[TIER_HOT] = "hot", [TIER_CATCH_UP] = "catch-up", [TIER_WARM] = "warm",
		[TIER_FIRST] = "first", [TIER_DEEP] = "deep",
	};

	return names[tier];
}

/* --- choosing --------------------------------------------------------------- */

/*
 * An unfiltered reading sees our own earlier readings. With w seconds of them
 * visible and one reading each p seconds, w / p of them fill pages of 50: at
 * w = 50 p each reading would cause more than one further page, without end.
 * So the window is cut to what leaves our own calls four fifths of one page.
 */
static int64_t
bounded_window(const struct plan_facts *f)
{
	int64_t window_s = f->settings->hot_window_s;
	double fits_s;

	if (f->own_per_hour <= 0)
		return window_s;
	fits_s = 0.8 * PLAN_PAGE * 3600.0 / f->own_per_hour;
	if (fits_s < PLAN_HOT_LEAST_S)
		fits_s = PLAN_HOT_LEAST_S;
	return fits_s < (double)window_s ? (int64_t)fits_s : window_s;
}

static double
pages(double events_per_hour, int64_t window_s)
{
	double n = ceil(events_per_hour * (double)window_s / 3600.0 / PLAN_PAGE);

	return n < 1 ? 1 : n;
}

void
plan_choose(const struct plan_facts *f, struct plan_choice *out)
{
	double share = (double)f->settings->requests_per_minute / 60.0 * (double)f->settings->hot_every_s;
	double now, other;

	out->plan = f->current;
	out->hot_window_s = bounded_window(f);
	out->sweep_calls = pages(f->events_per_hour, out->hot_window_s);
	out->canary_calls = f->lookups > 0 ? (double)f->lookups : 0;
	if (str_eq(f->wished, "sweep")) {
		out->plan = PLAN_SWEEP;
	} else if (str_eq(f->wished, "per-canary")) {
		out->plan = PLAN_PER_CANARY;
	} else {
		now = f->current == PLAN_SWEEP ? out->sweep_calls : out->canary_calls;
		other = f->current == PLAN_SWEEP ? out->canary_calls : out->sweep_calls;
		if (other < now * 2.0 / 3.0)
			out->plan = f->current == PLAN_SWEEP ? PLAN_PER_CANARY : PLAN_SWEEP;
	}
	/* Named lookups never see our own calls: the whole window costs nothing. */
	if (out->plan == PLAN_PER_CANARY)
		out->hot_window_s = f->settings->hot_window_s;
	out->too_much = (out->plan == PLAN_SWEEP ? out->sweep_calls : out->canary_calls) > share;
}

/* --- windows ---------------------------------------------------------------- */

/* How long a part of a long window may be. */
static int64_t
chunk_ms(const struct plan_choice *choice, double events_per_hour)
{
	double ms;

	if (choice->plan == PLAN_PER_CANARY || events_per_hour < 1)
		return 90 * 24 * HOUR_MS;
	ms = (double)PLAN_CHUNK_PAGES * PLAN_PAGE / events_per_hour * (double)HOUR_MS;
	return ms < 600000 ? 600000 : ms > 90.0 * 24 * HOUR_MS ? 90 * 24 * HOUR_MS : (int64_t)ms;
}

/*
 * Of catch-up the oldest part, so that the mark moves with each. The last part
 * goes up to now: one that ended where the hot window begins would never meet
 * the next hot window, which begins a little later.
 */
static bool
catch_up(const struct settings *s, const struct coverage *c, int64_t hot_from_ms, int64_t now_ms,
    int64_t chunk, struct window *out)
{
	if (c->until_ms == WHEN_NONE || c->until_ms >= hot_from_ms)
		return false;
	out->tier = TIER_CATCH_UP;
	out->last = false;
	out->from_ms = c->until_ms - s->late_s * 1000;
	out->to_ms = c->until_ms + chunk < now_ms ? c->until_ms + chunk : now_ms;
	return true;
}

/* Of the time before we came the newest part. */
static bool
first(const struct settings *s, const struct coverage *c, int64_t now_ms, int64_t chunk,
    struct window *out)
{
	int64_t begin_ms = c->deep_ms != WHEN_NONE ? WHEN_NONE : now_ms - s->first_window_s * 1000;

	if (begin_ms == WHEN_NONE || c->since_ms == WHEN_NONE || c->since_ms <= begin_ms)
		return false;
	out->tier = TIER_FIRST;
	out->from_ms = c->since_ms - chunk > begin_ms ? c->since_ms - chunk : begin_ms;
	out->to_ms = c->since_ms;
	out->last = out->from_ms == begin_ms;
	return true;
}

static bool
due(int64_t last_ms, int64_t every_s, int64_t now_ms)
{
	return last_ms == WHEN_NONE || now_ms - last_ms >= every_s * 1000 || last_ms > now_ms;
}

size_t
plan_windows(const struct settings *s, const struct coverage *c,
    const struct plan_choice *choice, double events_per_hour, int64_t now_ms,
    struct window out[static PLAN_WINDOWS_MAX])
{
	int64_t chunk = chunk_ms(choice, events_per_hour);
	int64_t hot_from_ms = now_ms - choice->hot_window_s * 1000;
	size_t n = 0;

	if (due(c->good_ms, s->hot_every_s, now_ms))
		out[n++] = (struct window){ .tier = TIER_HOT, .from_ms = hot_from_ms, .to_ms = now_ms };
	if (catch_up(s, c, hot_from_ms, now_ms, chunk, &out[n]))
		n++;
	if (due(c->warm_ms, s->warm_every_s, now_ms))
		out[n++] = (struct window){ .tier = TIER_WARM, .from_ms = now_ms - s->warm_window_s * 1000,
			.to_ms = now_ms };
	if (first(s, c, now_ms, chunk, &out[n]))
		n++;
	else if (c->since_ms != WHEN_NONE && due(c->deep_ms, s->deep_every_s, now_ms))
		out[n++] = (struct window){ .tier = TIER_DEEP, .from_ms = now_ms - s->deep_window_s * 1000,
			.to_ms = now_ms };
	return n;
}

int64_t
plan_wait_ms(const struct settings *s, const struct coverage *c, int64_t now_ms)
{
	int64_t wait;

	if (due(c->good_ms, s->hot_every_s, now_ms))
		return 0;
	wait = c->good_ms + s->hot_every_s * 1000 - now_ms;
	return wait > 0 ? wait : 0;
}

void
plan_done(struct coverage *c, const struct window *w, int64_t now_ms)
{
	bool reaches_back = c->until_ms == WHEN_NONE || w->from_ms <= c->until_ms;

	if (reaches_back && (c->until_ms == WHEN_NONE || w->to_ms > c->until_ms))
		c->until_ms = w->to_ms;
	if (c->since_ms == WHEN_NONE || (w->from_ms < c->since_ms && w->to_ms >= c->since_ms))
		c->since_ms = w->from_ms;
	if (w->tier == TIER_HOT)
		c->good_ms = now_ms;
	if (w->tier == TIER_WARM)
		c->warm_ms = w->to_ms;
	if (w->tier == TIER_DEEP)
		c->deep_ms = w->to_ms;
	if (w->tier == TIER_FIRST && w->last)
		c->deep_ms = now_ms;	/* reached further back than a deep reading */
}

/* --- our share ---------------------------------------------------------------- */

void
bucket_init(struct bucket *b, int64_t per_minute, int64_t now_ms)
{
	b->per_ms = (double)per_minute / 60000.0;
	b->most = per_minute >= 60 ? 2 : 1;
	b->tokens = b->most;
	b->at_ms = now_ms;
}

static double
tokens_at(const struct bucket *b, int64_t now_ms)
{
	double tokens = b->tokens;

	if (now_ms > b->at_ms)
		tokens += (double)(now_ms - b->at_ms) * b->per_ms;
	return tokens > b->most ? b->most : tokens;
}

bool
bucket_take(struct bucket *b, int64_t now_ms)
{
	double tokens = tokens_at(b, now_ms);

	if (tokens < 1)
		return false;
	b->tokens = tokens - 1;
	if (now_ms > b->at_ms)
		b->at_ms = now_ms;
	return true;
}

int64_t
bucket_wait_ms(const struct bucket *b, int64_t now_ms)
{
	double missing = 1 - tokens_at(b, now_ms);
	int64_t ahead = b->at_ms > now_ms ? b->at_ms - now_ms : 0;

	return missing <= 0 ? 0 : ahead + (int64_t)ceil(missing / b->per_ms);
}

void
bucket_drain(struct bucket *b, int64_t now_ms, int64_t pause_ms)
{
	b->tokens = 0;
	b->at_ms = now_ms + pause_ms;
}
