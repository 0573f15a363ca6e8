/* What the doctor looks at on this machine. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/settings/channels.h"
#include "os/clock.h"
#include "work/doctor_int.h"
#include "work/settings.h"
#include "work/state.h"

void
check_configuration(struct doctor *d, struct patient *p)
{
	const struct settings *s = d->o->settings;
	struct error err = ERROR_INIT;

	(void)p;
	if (!settings_check_secrets(s, &err))
		doctor_say(d, DIAGNOSIS_FAIL, NULL, "put the secret where the configuration says it is", "%s", err.text);
	else if (s->file == NULL)
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "no file, initial values are in effect; \"keycanary config example\" "
		    "prints one");
	else
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "%s: %zu account%s, %zu channel%s", s->file, s->accounts,
		    s->accounts == 1 ? "" : "s", s->channels, s->channels == 1 ? "" : "s");
	doctor_fact(d, "file", s->file);
}

void
check_state(struct doctor *d, struct patient *p)
{
	size_t n[4] = { 0 };

	(void)p;
	if (d->o->store == NULL) {
		doctor_say(d, DIAGNOSIS_FAIL, NULL, "make the place writable for this user, or name another one (state, "
		    "--state)", "%s", d->o->store_error->text);
		return;
	}
	for (size_t i = 0; i < d->canaries.len; i++)
		n[d->canaries.item[i].state]++;
	if (n[CANARY_LIVE] + n[CANARY_TRIPPED] + n[CANARY_RETIRED] == 0)
		doctor_say(d, DIAGNOSIS_WARN, NULL, "\"keycanary mint\" makes canaries, \"keycanary import\" takes over those "
		    "there are", "%s: no canary that can fire", d->o->place);
	else
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "%s: %zu live, %zu tripped, %zu retired, %zu inert", d->o->place,
		    n[CANARY_LIVE], n[CANARY_TRIPPED], n[CANARY_RETIRED], n[CANARY_INERT]);
	doctor_fact(d, "place", d->o->place);
}

static bool
routed(const struct settings *s, const char *channel)
{
	for (size_t i = 0; i < s->routes; i++)
		if (strlist_has(&s->route[i].channels, channel))
			return true;
	return s->routes == 0;
}

void
check_channels(struct doctor *d, struct patient *p)
{
	const struct settings *s = d->o->settings;
	struct strlist watched = STRLIST_INIT;

	(void)p;
	if (s->channels == 0) {
		doctor_say(d, DIAGNOSIS_FAIL, NULL, "configure a channel; \"keycanary alert test\" tries it", "no channel is "
		    "configured: sightings are kept, nobody is told");
		return;
	}
	for (size_t i = 0; i < d->canaries.len; i++)
		if (d->canaries.item[i].account != NULL && d->canaries.item[i].state != CANARY_INERT)
			(void)strlist_add_new(&watched, d->canaries.item[i].account);
	for (size_t i = 0; i < s->channels; i++) {
		const struct channel_settings *c = &s->channel[i];
		struct buf risk = BUF_INIT(BUF_LINE);

		channel_warning(c, &watched, &risk);
		if (risk.len > 0)
			doctor_say(d, DIAGNOSIS_WARN, c->name, "use a mail server outside the watched accounts, or a second channel", "%s",
			    buf_str(&risk));
		buf_free(&risk);
		if (routed(s, c->name))
			doctor_say(d, DIAGNOSIS_OK, c->name, NULL, "%s; \"keycanary alert test\" sends a test message", c->type);
		else
			doctor_say(d, DIAGNOSIS_WARN, c->name, "name it in a route, or take it out", "%s, but no route leads to it",
			    c->type);
	}
	strlist_clear(&watched);
}

static void
say_coverage(struct doctor *d, const struct coverage *c)
{
	char *where = mem_printf("%s %s %s", c->account, c->region, c->source), age[WHEN_TEXT_MAX];
	int64_t now = clock_now_ms(), most_s = d->o->settings->blind_after_s;

	if (c->error_kind != NULL)
		doctor_say(d, DIAGNOSIS_FAIL, where, NULL, "last attempt: %s", str_or(c->error_text, c->error_kind));
	else if (c->until_ms != WHEN_NONE && (now - c->until_ms) / 1000 > most_s)
		doctor_say(d, DIAGNOSIS_WARN, where, "run \"keycanary watch\", or \"keycanary poll\" from a timer",
		    "complete until %s ago", span_text((now - c->until_ms) / 1000, age));
	free(where);
}

void
check_coverage(struct doctor *d, struct patient *p)
{
	struct sight s;
	struct error err = ERROR_INIT;
	size_t before = d->report->len;

	(void)p;
	if (d->o->store == NULL) {
		doctor_say(d, DIAGNOSIS_SKIP, NULL, NULL, "not looked at: there is no state");
		return;
	}
	if (!state_sight(d->o->store, &s, &err)) {
		doctor_say(d, DIAGNOSIS_FAIL, NULL, NULL, "%s", err.text);
		return;
	}
	for (size_t i = 0; i < s.coverages; i++)
		if (!s.coverage[i].closed)
			say_coverage(d, &s.coverage[i]);
	if (s.coverages == 0)
		doctor_say(d, DIAGNOSIS_WARN, NULL, "run \"keycanary poll\" once", "nothing was read yet");
	else if (d->report->len == before)
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "%zu of %zu sources are read up to now, %zu gap%s", s.coverages,
		    s.coverages, s.gaps, s.gaps == 1 ? "" : "s");
	sight_clear(&s);
}
