#include "os/halt.h"

#include <stdatomic.h>

static atomic_bool wanted;

void
halt_set(bool on)
{
	atomic_store(&wanted, on);
}

bool
halt_wanted(void)
{
	return atomic_load(&wanted);
}
