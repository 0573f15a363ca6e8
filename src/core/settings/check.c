#include "core/settings/check.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/settings/channels.h"

static bool
accounts_fine(const struct settings *s, const char *file, struct error *err)
{
	for (size_t i = 0; i < s->accounts; i++) {
		const struct account_settings *a = &s->account[i];

		if (a->external_id != NULL && a->role_arn == NULL)
			return error_set(err, ERROR_INPUT, "%s:%lld: accounts: \"%s\" has an external_id but no "
			    "role_arn to assume with it", file, (long long)a->line, a->name);
		for (size_t k = 0; k < i; k++)
			if (str_eq(s->account[k].name, a->name))
				return error_set(err, ERROR_INPUT, "%s:%lld: accounts: there is an account \"%s\" already",
				    file, (long long)a->line, a->name);
	}
	return true;
}

static bool
channels_fine(const struct settings *s, const char *file, struct error *err)
{
	for (size_t i = 0; i < s->channels; i++) {
		for (size_t k = 0; k < i; k++)
			if (str_eq(s->channel[k].name, s->channel[i].name))
				return error_set(err, ERROR_INPUT, "%s:%lld: channels: there is a channel \"%s\" already",
				    file, (long long)s->channel[i].line, s->channel[i].name);
		if (!channel_check(&s->channel[i], file, err))
			return false;
	}
	return true;
}

static bool
no_channel(const struct settings *s, const struct route_settings *r, const char *name,
    const char *file, struct error *err)
{
	const char **names = mem_zalloc(s->channels + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < s->channels; i++)
		names[i] = s->channel[i].name;
	near = str_suggest(name, names, s->channels);
	free(names);
	if (near != NULL)
		return error_set(err, ERROR_INPUT, "%s:%lld: routes: there is no channel \"%s\"; did you mean "
		    "\"%s\"?", file, (long long)r->line, name, near);
	return error_set(err, ERROR_INPUT, "%s:%lld: routes: there is no channel \"%s\"", file,
	    (long long)r->line, name);
}

static bool
routes_fine(const struct settings *s, const char *file, struct error *err)
{
	for (size_t i = 0; i < s->routes; i++)
		for (size_t k = 0; k < s->route[i].channels.len; k++)
			if (settings_channel(s, s->route[i].channels.item[k]) == NULL)
				return no_channel(s, &s->route[i], s->route[i].channels.item[k], file, err);
	return true;
}

static bool
noise_fine(const struct noise_settings *n, const char *file, struct error *err)
{
	if (n->address != NULL && !noise_address_valid(n->address))
		return error_set(err, ERROR_INPUT, "%s:%lld: noise: \"%.60s\" is not an address or network",
		    file, (long long)n->line, n->address);
	if ((n->hour_from < 0) != (n->hour_to < 0))
		return error_set(err, ERROR_INPUT, "%s:%lld: noise: \"from\" and \"to\" belong together", file,
		    (long long)n->line);
	if (n->address == NULL && n->user_agent == NULL && n->event == NULL && n->canary == NULL &&
	    n->hour_from < 0 && n->from_ms == WHEN_NONE)
		return error_set(err, ERROR_INPUT, "%s:%lld: noise: the rule has no condition, it would fit "
		    "nothing; give address, user_agent, event, canary, hours or since", file, (long long)n->line);
	return true;
}

static bool
noises_fine(struct settings *s, const char *file, struct error *err)
{
	s->noise_rule = s->noises > 0 ? mem_zalloc(s->noises, sizeof(*s->noise_rule)) : NULL;
	for (size_t i = 0; i < s->noises; i++) {
		const struct noise_settings *n = &s->noise[i];

		if (!noise_fine(n, file, err))
			return false;
		s->noise_rule[i] = (struct noise_rule){
			.reason = n->reason, .address = n->address, .user_agent = n->user_agent,
			.event = n->event, .canary = n->canary, .from_ms = n->from_ms,
			.until_ms = n->until_ms, .hour_from = (int)n->hour_from, .hour_to = (int)n->hour_to,
		};
	}
	return true;
}

/* Between two readings of a tier nothing may slip: each reaches back over the pause before it. */
static bool
windows_fine(const struct settings *s, const char *file, struct error *err)
{
	const struct {
		const char *tier;
		int64_t every_s, window_s;
	} row[] = {
		{ "hot", s->hot_every_s, s->hot_window_s },
		{ "warm", s->warm_every_s, s->warm_window_s },
		{ "deep", s->deep_every_s, s->deep_window_s },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (row[i].window_s <= row[i].every_s)
			return error_set(err, ERROR_INPUT, "%s: watch.%s_window must be longer than watch.%s_every, "
			    "or events between two readings are missed", file, row[i].tier, row[i].tier);
	return true;
}

bool
settings_check(struct settings *s, const char *file, struct error *err)
{
	return windows_fine(s, file, err) && accounts_fine(s, file, err) &&
	    channels_fine(s, file, err) && routes_fine(s, file, err) && noises_fine(s, file, err);
}
