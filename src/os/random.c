#include "os/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

void
random_bytes(void *out, size_t len)
{
	unsigned char *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		at += n;
		len -= (size_t)n;
	}
}

uint64_t
random_below(uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n, r;

	do
		random_bytes(&r, sizeof(r));
	while (r >= limit);
	return r % n;
}

double
random_unit(void)
{
	return (double)random_below(UINT64_C(1) << 53) / (double)(UINT64_C(1) << 53);
}
