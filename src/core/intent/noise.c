#include "core/intent/noise.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

struct network {
	int family;
	uint8_t bytes[16];
	int bits;
};

static bool
parse_network(const char *text, struct network *out)
{
	char address[64];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	int64_t bits;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, address, out->bytes) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, address, out->bytes) == 1)
		out->family = AF_INET6;
	else
		return false;
	out->bits = out->family == AF_INET ? 32 : 128;
	if (slash == NULL)
		return true;
	if (!str_to_int(slash + 1, 0, out->bits, &bits))
		return false;
	out->bits = (int)bits;
	return true;
}

static bool
network_has(const struct network *net, const char *ip)
{
	struct network one;
	int whole = net->bits / 8, rest = net->bits % 8;

	if (ip == NULL || !parse_network(ip, &one) || one.family != net->family)
		return false;
	if (memcmp(net->bytes, one.bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((net->bytes[whole] ^ one.bytes[whole]) >> (8 - rest)) == 0;
}

bool
noise_address_valid(const char *address)
{
	struct network net;

	return address != NULL && parse_network(address, &net);
}

/* "ses:GetAccount" from "ses.amazonaws.com" and "GetAccount". */
static bool
event_fits(const char *pattern, const struct sighting *s)
{
	const char *source = str_or(s->source, "");
	char *full = mem_printf("%.*s:%s", (int)strcspn(source, "."), source, str_or(s->name, ""));
	bool fits = str_match_nocase(pattern, full) || str_match_nocase(pattern, str_or(s->name, ""));

	free(full);
	return fits;
}

static bool
hour_fits(const struct noise_rule *r, int64_t at_ms)
{
	int hour = (int)(at_ms / 3600000 % 24);

	if (r->hour_from < 0 || r->hour_to < 0)
		return true;
	if (r->hour_from <= r->hour_to)
		return hour >= r->hour_from && hour < r->hour_to;
	return hour >= r->hour_from || hour < r->hour_to;	/* over midnight */
}

static bool
time_fits(const struct noise_rule *r, int64_t at_ms)
{
	if (at_ms == WHEN_NONE || r->until_ms == WHEN_NONE || at_ms >= r->until_ms)
		return false;
	if (r->from_ms != WHEN_NONE && at_ms < r->from_ms)
		return false;
	return hour_fits(r, at_ms);
}

bool
noise_has_condition(const struct noise_rule *r)
{
	return r->address != NULL || r->user_agent != NULL || r->event != NULL || r->canary != NULL ||
	    r->hour_from >= 0 || r->from_ms != WHEN_NONE;
}

static bool
fits(const struct noise_rule *r, const struct sighting *s)
{
	struct network net;

	if (!noise_has_condition(r))
		return false;
	if (r->address != NULL && (!parse_network(r->address, &net) || !network_has(&net, s->ip)))
		return false;
	if (r->user_agent != NULL && !str_match_nocase(r->user_agent, str_or(s->user_agent, "")))
		return false;
	if (r->event != NULL && !event_fits(r->event, s))
		return false;
	if (r->canary != NULL && !str_match(r->canary, str_or(s->key_id, "")))
		return false;
	return time_fits(r, s->time_ms);
}

void
noise_label(const struct noise_rule *rules, size_t n, struct sighting *s)
{
	if (s->label != NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (!fits(&rules[i], s))
			continue;
		s->label = mem_strdup("expected");
		free(s->label_reason);
		s->label_reason = mem_strdup(rules[i].reason);
		return;
	}
}
