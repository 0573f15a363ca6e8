#include "base/when.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "SunMonTueWedThuFriSat";

/* A date and time of day as read, before it is checked. */
struct parts {
	int year, month, day, hour, minute, second;
	int ms;
	int zone_s;
};

/* Days since the epoch of a proleptic Gregorian date (H. Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms", days_from_civil). */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool
parts_to_ms(const struct parts *p, int64_t *out_ms)
{
	if (p->year < 1970 || p->year > 9999 || p->month < 1 || p->month > 12 || p->day < 1 ||
	    p->day > 31 || p->hour > 23 || p->minute > 59 || p->second > 60)
		return false;
	*out_ms = ((days_from_civil(p->year, p->month, p->day) * 24 + p->hour) * 3600 +
	    p->minute * 60 + p->second - p->zone_s) * 1000 + p->ms;
	return true;
}

/* Exactly n digits; moves *s past them. */
static bool
digits(const char **s, int n, int *out)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)(*s)[i]))
			return false;
		value = value * 10 + ((*s)[i] - '0');
	}
	*s += n;
	*out = value;
	return true;
}

static bool
skip(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* ".1234567" to milliseconds, cut off, never rounded up into the next second. */
static bool
fraction(const char **s, int *ms)
{
	int scale = 100, n = 0;

	*ms = 0;
	if (!skip(s, '.') && !skip(s, ','))
		return true;
	for (; isdigit((unsigned char)**s); (*s)++, n++) {
		*ms += (**s - '0') * scale;
		scale /= 10;
	}
	return n > 0 && n <= 9;
}

static bool
zone(const char **s, int *zone_s)
{
	int sign, hour, minute = 0;

	*zone_s = 0;
	if (**s == '\0' || skip(s, 'Z') || skip(s, 'z'))
		return **s == '\0';
	sign = **s == '+' ? 1 : **s == '-' ? -1 : 0;
	if (sign == 0)
		return false;
	(*s)++;
	if (!digits(s, 2, &hour) || hour > 23)
		return false;
	skip(s, ':');
	if (**s != '\0' && (!digits(s, 2, &minute) || minute > 59))
		return false;
	*zone_s = sign * (hour * 3600 + minute * 60);
	return **s == '\0';
}

static bool
parse_calendar(const char *s, int64_t *out_ms)
{
	struct parts p = { 0 };
	bool basic;

	if (!digits(&s, 4, &p.year))
		return false;
	basic = !skip(&s, '-');
	if (!digits(&s, 2, &p.month) || (!basic && !skip(&s, '-')) || !digits(&s, 2, &p.day))
		return false;
	if (*s == '\0')
		return !basic && parts_to_ms(&p, out_ms);
	if (!skip(&s, 'T') && !skip(&s, 't') && !skip(&s, ' '))
		return false;
	if (!digits(&s, 2, &p.hour) || (!basic && !skip(&s, ':')) || !digits(&s, 2, &p.minute))
		return false;
	if (!basic ? !skip(&s, ':') : !isdigit((unsigned char)*s))
		return false;
	if (!digits(&s, 2, &p.second) || !fraction(&s, &p.ms))
		return false;
	if (*s == ' ')
		s++;
	if (str_eq(s, "UTC"))
		s += 3;
	return zone(&s, &p.zone_s) && parts_to_ms(&p, out_ms);
}

/* Seconds since the epoch; a number of 13 digits is milliseconds. */
static bool
parse_number(const char *s, int64_t *out_ms)
{
	int64_t n = 0;
	int ms = 0, count = 0;

	for (; isdigit((unsigned char)*s) && count < 14; s++, count++)
		n = n * 10 + (*s - '0');
	if (count == 0 || !fraction(&s, &ms) || *s != '\0')
		return false;
	if (count == 13)
		*out_ms = n;
	else if (count <= 11)
		*out_ms = n * 1000 + ms;
	else
		return false;
	return true;
}

bool
when_parse(const char *s, int64_t *out_ms)
{
	int64_t at = 0;

	if (str_empty(s) || strlen(s) > 64)
		return false;
	if (!parse_calendar(s, &at) && !parse_number(s, &at))
		return false;
	*out_ms = at;
	return true;
}

static struct tm
broken_down(int64_t at_ms)
{
	int64_t floor_s = at_ms / 1000 - (at_ms % 1000 < 0);
	time_t t = (time_t)floor_s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	return tm;
}

static int
ms_of(int64_t at_ms)
{
	return (int)((at_ms % 1000 + 1000) % 1000);
}

const char *
when_utc(int64_t at_ms, char out[static WHEN_TEXT_MAX])
{
	size_t len;
	struct tm tm;

	out[0] = '\0';
	if (at_ms == WHEN_NONE)
		return out;
	tm = broken_down(at_ms);
	len = strftime(out, WHEN_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	if (ms_of(at_ms) != 0)
		(void)snprintf(out + len, WHEN_TEXT_MAX - len, ".%03dZ", ms_of(at_ms));
	else
		(void)snprintf(out + len, WHEN_TEXT_MAX - len, "Z");
	return out;
}

const char *
when_local(int64_t at_ms, int64_t offset_s, char out[static WHEN_TEXT_MAX])
{
	struct tm tm;

	out[0] = '\0';
	if (at_ms == WHEN_NONE)
		return out;
	tm = broken_down(at_ms + offset_s * 1000);
	(void)strftime(out, WHEN_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	return out;
}

const char *
when_basic(int64_t at_ms, char out[static WHEN_TEXT_MAX])
{
	struct tm tm = broken_down(at_ms);

	(void)strftime(out, WHEN_TEXT_MAX, "%Y%m%dT%H%M%SZ", &tm);
	return out;
}

/* Names are spelled here because strftime's follow the locale. */
const char *
when_rfc5322(int64_t at_ms, char out[static WHEN_TEXT_MAX])
{
	struct tm tm = broken_down(at_ms);

	(void)snprintf(out, WHEN_TEXT_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000",
	    day_names + tm.tm_wday % 7 * 3, tm.tm_mday, month_names + tm.tm_mon % 12 * 3,
	    (tm.tm_year + 1900) % 10000, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return out;
}

bool
when_parse_http(const char *s, int64_t *out_ms)
{
	struct parts p = { 0 };
	const char *comma, *name;
	char month[4];

	if (s == NULL || (comma = strchr(s, ',')) == NULL)
		return false;
	s = comma + 1;
	while (*s == ' ')
		s++;
	if (!digits(&s, 2, &p.day) || !skip(&s, ' ') || strlen(s) < 4)
		return false;
	memcpy(month, s, 3);
	month[3] = '\0';
	name = strstr(month_names, month);
	if (name == NULL || (name - month_names) % 3 != 0)
		return false;
	p.month = (int)(name - month_names) / 3 + 1;
	s += 3;
	if (!skip(&s, ' ') || !digits(&s, 4, &p.year) || !skip(&s, ' ') ||
	    !digits(&s, 2, &p.hour) || !skip(&s, ':') || !digits(&s, 2, &p.minute) ||
	    !skip(&s, ':') || !digits(&s, 2, &p.second))
		return false;
	return parts_to_ms(&p, out_ms);
}

static const struct {
	const char *name;
	int64_t s;
} units[] = {
	{ "s", 1 }, { "sec", 1 }, { "second", 1 }, { "seconds", 1 },
	{ "m", 60 }, { "min", 60 }, { "minute", 60 }, { "minutes", 60 },
	{ "h", 3600 }, { "hour", 3600 }, { "hours", 3600 },
	{ "d", 86400 }, { "day", 86400 }, { "days", 86400 },
	{ "w", 604800 }, { "week", 604800 }, { "weeks", 604800 },
};

static int64_t
unit_s(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strlen(units[i].name) == len && strncmp(units[i].name, name, len) == 0)
			return units[i].s;
	return 0;
}

bool
span_parse(const char *s, int64_t *out_s, struct error *err)
{
	const char *at = s;
	int64_t total = 0;

	if (str_empty(s))
		return error_set(err, ERROR_INPUT, "no duration given; write for example \"90 s\" or \"2 h\"");
	while (*at != '\0') {
		int64_t n = 0, unit;
		size_t len = 0;
		const char *from = at;

		for (; isdigit((unsigned char)*at) && n < 100000000; at++)
			n = n * 10 + (*at - '0');
		if (at == from)
			goto bad;
		while (*at == ' ')
			at++;
		while (isalpha((unsigned char)at[len]))
			len++;
		unit = len == 0 && *at == '\0' && from == s ? 1 : unit_s(at, len);
		if (unit == 0)
			goto bad;
		total += n * unit;
		at += len;
		while (*at == ' ')
			at++;
	}
	*out_s = total;
	return true;
bad:
	return error_set(err, ERROR_INPUT,
	    "\"%.40s\" is not a duration; write for example \"90 s\", \"5 min\", \"2 h\" or \"90 days\"", s);
}

const char *
span_text(int64_t span_s, char out[static WHEN_TEXT_MAX])
{
	const char *sign = span_s < 0 ? "-" : "";
	int64_t s = span_s < 0 ? -span_s : span_s;

	if (s < 60)
		(void)snprintf(out, WHEN_TEXT_MAX, "%s%lld s", sign, (long long)s);
	else if (s < 3600)
		(void)snprintf(out, WHEN_TEXT_MAX, s % 60 ? "%s%lld min %lld s" : "%s%lld min", sign,
		    (long long)(s / 60), (long long)(s % 60));
	else if (s < 86400)
		(void)snprintf(out, WHEN_TEXT_MAX, s / 60 % 60 ? "%s%lld h %lld min" : "%s%lld h", sign,
		    (long long)(s / 3600), (long long)(s / 60 % 60));
	else
		(void)snprintf(out, WHEN_TEXT_MAX, s / 3600 % 24 ? "%s%lld d %lld h" : "%s%lld d", sign,
		    (long long)(s / 86400), (long long)(s / 3600 % 24));
	return out;
}
