#include "work/deadman.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/report/compose.h"
#include "core/watch/blindness.h"
#include "store/blind.h"
#include "store/coverage.h"
#include "store/store.h"
#include "work/announce.h"
#include "work/outbox.h"

struct look {
	struct store *store;
	const struct settings *settings;
	int64_t now_ms;
	struct coverage_list coverage;
	struct gap_list gaps;
	struct trouble_list troubles;
	struct blind_list told;
};

/* --- telling ------------------------------------------------------------------------- */

static void
places(struct section *s, const struct trouble *t)
{
	for (size_t i = 0; i < t->regions.len && i < 10; i++)
		section_line(s, "%s", t->regions.item[i]);
	if (t->regions.len > 10)
		section_line(s, "and %zu more", t->regions.len - 10);
}

static bool
tell_blind(struct look *l, const struct trouble *t, struct error *err)
{
	bool net = str_eq(t->cause, BLIND_SAFETY_NET);
	char *title = net ? mem_printf("the safety net of account \"%s\" cannot ask IAM", t->account) :
	    mem_printf("blind: account \"%s\" cannot be watched (%s)", t->account, t->cause);
	char *key = mem_printf("blind-%s-%s-%lld", t->account, t->cause, (long long)l->now_ms);
	struct blind_row row = { .account = (char *)t->account, .cause = (char *)t->cause, .since_ms = t->since_ms,
		.told_ms = l->now_ms };
	char at[WHEN_TEXT_MAX], span[WHEN_TEXT_MAX];
	struct message m;
	bool ok;

	compose_notice(&m, MESSAGE_BLIND, SEVERITY_HIGH, title, str_or(t->detail, ""), l->now_ms);
	m.topic = mem_printf("blind-%s%s", t->account, net ? "-net" : "");
	section_line(message_section(&m, "Since"), "%s (%s)", when_utc(t->since_ms, at),
	    span_text((l->now_ms - t->since_ms) / 1000, span));
	if (!net)
		places(message_section(&m, "Regions"), t);
	section_line(message_section(&m, "What to do now"), "%s", trouble_advice(t->cause));
	section_line(message_section(&m, "What this means"), "%s", net ?
	    "Uses that CloudTrail does not log would not be noticed." :
	    "A canary that fires there is not noticed until we can read again; then everything missed is read.");
	ok = announce(l->store, l->settings, &m, 0, key, NULL, l->now_ms, l->now_ms, err) &&
	    blind_save(l->store, &row, err);
	message_clear(&m);
	free(title);
	free(key);
	return ok;
}

static bool
tell_sighted(struct look *l, const char *account, bool net, int64_t since_ms, struct error *err)
{
	char *title = mem_printf("sight is back: account \"%s\"", account);
	char *key = mem_printf("sighted-%s-%lld", account, (long long)l->now_ms);
	char at[WHEN_TEXT_MAX], span[WHEN_TEXT_MAX];
	char *words = mem_printf("It could not be watched from %s on, for %s.", when_utc(since_ms, at),
	    span_text((l->now_ms - since_ms) / 1000, span));
	size_t holes = 0;
	struct message m;
	bool ok;

	for (size_t i = 0; i < l->gaps.len; i++)
		holes += str_eq(l->gaps.item[i].account, account);
	compose_notice(&m, MESSAGE_SIGHTED, SEVERITY_LOW, title, words, l->now_ms);
	m.topic = mem_printf("blind-%s%s", account, net ? "-net" : "");
	section_line(message_section(&m, "What was missed"), "%s", holes > 0 ?
	    "is being read now; \"keycanary status\" shows what is left" : "has been read; what it held was told like any sighting");
	ok = announce(l->store, l->settings, &m, 0, key, NULL, l->now_ms, l->now_ms, err);
	message_clear(&m);
	free(title);
	free(key);
	free(words);
	return ok;
}

/* --- once each ---------------------------------------------------------------------------- */

static bool
was_told(const struct look *l, const struct trouble *t)
{
	for (size_t i = 0; i < l->told.len; i++)
		if (str_eq(l->told.item[i].account, t->account) && str_eq(l->told.item[i].cause, t->cause))
			return true;
	return false;
}

/* Still blind? With `cause` NULL: for any cause but the safety net's. */
static bool
still(const struct look *l, const char *account, const char *cause)
{
	for (size_t i = 0; i < l->troubles.len; i++) {
		const struct trouble *t = &l->troubles.item[i];

		if (str_eq(t->account, account) &&
		    (cause != NULL ? str_eq(t->cause, cause) : !str_eq(t->cause, BLIND_SAFETY_NET)))
			return true;
	}
	return false;
}

static bool
look_for_new(struct look *l, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < l->troubles.len; i++)
		if (l->troubles.item[i].worth_telling && !was_told(l, &l->troubles.item[i]))
			ok = tell_blind(l, &l->troubles.item[i], err);
	return ok;
}

/* An account is sighted again when no cause is left; one that gave way to another is not told. */
static bool
look_for_ended(struct look *l, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < l->told.len; i++) {
		const struct blind_row *r = &l->told.item[i];
		bool net = str_eq(r->cause, BLIND_SAFETY_NET);
		bool last = i + 1 == l->told.len || !str_eq(l->told.item[i + 1].account, r->account) ||
		    net || str_eq(l->told.item[i + 1].cause, BLIND_SAFETY_NET);

		if (still(l, r->account, r->cause))
			continue;
		ok = blind_remove(l->store, r->account, r->cause, err) &&
		    (!last || (!net && still(l, r->account, NULL)) || tell_sighted(l, r->account, net, r->since_ms, err));
	}
	return ok;
}

/* --- nobody watched ---------------------------------------------------------------------------- */

static int64_t
number(struct store *s, const char *name)
{
	char *text = NULL;
	int64_t n = 0;

	if (!meta_get(s, name, &text, NULL) || text == NULL || !str_to_int(text, 0, INT64_MAX, &n))
		n = 0;
	free(text);
	return n;
}

static bool
set_number(struct store *s, const char *name, int64_t n, struct error *err)
{
	char *text = mem_printf("%lld", (long long)n);
	bool ok = meta_set(s, name, text, err);

	free(text);
	return ok;
}

static bool
tell_absence(struct look *l, int64_t from_ms, struct error *err)
{
	char a[WHEN_TEXT_MAX], span[WHEN_TEXT_MAX];
	char *title = mem_printf("nobody watched for %s", span_text((l->now_ms - from_ms) / 1000, span));
	char *words = mem_printf("The watch did not run from %s on. It runs again, and reads what it missed.",
	    when_utc(from_ms, a));
	char *key = mem_printf("absent-%lld", (long long)l->now_ms);
	struct message m;
	bool ok;

	compose_notice(&m, MESSAGE_SIGHTED, SEVERITY_HIGH, title, words, l->now_ms);
	section_line(message_section(&m, "What to do now"), "%s", trouble_advice("stopped"));
	ok = announce(l->store, l->settings, &m, 0, key, NULL, l->now_ms, l->now_ms, err);
	message_clear(&m);
	free(title);
	free(words);
	free(key);
	return ok;
}

/*
 * Longer than blind_after, and much longer than the pause before: an hourly
 * timer is no absence, whatever blind_after says.
 */
static bool
look_for_absence(struct look *l, struct error *err)
{
	int64_t last = number(l->store, "look_ms"), usual = number(l->store, "look_pause_ms");
	int64_t pause = l->now_ms - last;

	if (last > 0 && usual > 0 && pause > l->settings->blind_after_s * 1000 && pause > 3 * usual &&
	    !tell_absence(l, last, err))
		return false;
	return (last == 0 || pause <= 0 || set_number(l->store, "look_pause_ms", pause, err)) &&
	    set_number(l->store, "look_ms", l->now_ms, err);
}

bool
deadman_look(struct store *s, const struct settings *settings, int64_t now_ms, struct error *err)
{
	struct look l = { .store = s, .settings = settings, .now_ms = now_ms };
	bool ok = store_begin(s, err) && coverage_list(s, &l.coverage, err) && gap_list(s, true, 0, &l.gaps, err) &&
	    blind_list(s, &l.told, err);

	if (ok) {
		troubles(l.gaps.item, l.gaps.len, l.coverage.item, l.coverage.len, settings->blind_after_s, now_ms,
		    &l.troubles);
		ok = look_for_ended(&l, err) && look_for_new(&l, err) && look_for_absence(&l, err) && store_commit(s, err);
	}
	if (!ok)
		store_rollback(s);
	trouble_list_clear(&l.troubles);
	blind_list_clear(&l.told);
	coverage_list_clear(&l.coverage);
	gap_list_clear(&l.gaps);
	return ok;
}

bool
deadman_well(struct store *s, const struct settings *settings, bool complete, size_t blind, int64_t now_ms)
{
	bool mute = true;

	return complete && blind == 0 && outbox_channel_states(s, settings, now_ms, NULL, NULL, &mute, NULL) && !mute;
}
