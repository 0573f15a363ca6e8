/* os/random.h: randomness from the kernel. Never fails: without it the program ends. */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t len);
uint64_t random_below(uint64_t n);	/* uniform in [0, n); n > 0 */
double random_unit(void);		/* uniform in [0, 1) */

#endif
