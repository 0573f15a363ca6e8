#include "os/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t
shift_ms(void)
{
	const char *text = getenv("KEYCANARY_CLOCK");
	char line[32] = "";
	FILE *f;

	if (text == NULL)
		return 0;
	if (text[0] == '@') {
		f = fopen(text + 1, "re");
		if (f == NULL)
			return 0;
		if (fgets(line, sizeof(line), f) == NULL)
			line[0] = '\0';
		(void)fclose(f);
		text = line;
	}
	return strtoll(text, NULL, 10) * 1000;
}

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
	return read_clock(CLOCK_REALTIME) + shift_ms();
}

int64_t
clock_steady_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_zone_s(int64_t at_ms)
{
	time_t t = (time_t)(at_ms / 1000);
	struct tm tm;

	return localtime_r(&t, &tm) == NULL ? 0 : (int64_t)tm.tm_gmtoff;
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (ms > 0)
		(void)nanosleep(&ts, NULL);
}
