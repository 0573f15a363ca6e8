/*
 * core/intent/noise.h: the owner's rules for what is expected.
 *
 * A sighting that fits a rule gets the label "expected" and the rule's
 * reason. It is stored, counted and told in the digest; it pages nobody. A
 * rule fits when every condition it has fits; one without conditions fits
 * nothing. Hours of the day, or a beginning beside the end, are conditions too. Rules end: `until_ms` is required, so that a forgotten rule does
 * not hide an intruder for ever.
 */
#ifndef CORE_INTENT_NOISE_H
#define CORE_INTENT_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/sighting.h"

struct noise_rule {
	const char *reason;	/* told to people; required */
	const char *address;	/* "192.0.2.7", "192.0.2.0/24", "2001:db8::/32"; NULL any */
	const char *user_agent;	/* pattern, case ignored; NULL any */
	const char *event;	/* pattern over "ses:GetAccount"; NULL any */
	const char *canary;	/* pattern over the key id; NULL any */
	int64_t from_ms;	/* WHEN_NONE: always until the end */
	int64_t until_ms;	/* the rule's expiry */
	int hour_from;		/* UTC hours of the day, [from, to); both -1: all day */
	int hour_to;
};

/* True when `address` is a well-formed address or network. */
bool noise_address_valid(const char *address);
bool noise_has_condition(const struct noise_rule *r);
/* Labels the sighting when a rule fits; already labelled ones stay as they are. */
void noise_label(const struct noise_rule *rules, size_t n, struct sighting *s);

#endif
