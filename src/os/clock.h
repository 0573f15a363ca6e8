/*
 * os/clock.h: the only clock of the program.
 *
 * Work passes the time on as an argument; nothing below it asks. For drills
 * and tests KEYCANARY_CLOCK shifts the wall clock: "+3600" or "-90" seconds,
 * or a file ("@path") that holds such a number and is read again each time.
 */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);		/* wall clock, milliseconds since the epoch */
int64_t clock_steady_ms(void);		/* never jumps; for measuring spans */
int64_t clock_zone_s(int64_t at_ms);	/* local zone at that time, seconds east of UTC */
void clock_sleep_ms(int64_t ms);	/* returns early on a signal */

#endif
