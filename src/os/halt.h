/*
 * os/halt.h: the wish to end soon, for what waits in other threads.
 *
 * While it holds, programs under way are killed (os/process.h) and answers
 * that somebody waits for are given up. Set around closing, by one thread.
 */
#ifndef OS_HALT_H
#define OS_HALT_H

#include <stdbool.h>

void halt_set(bool on);
bool halt_wanted(void);

#endif
