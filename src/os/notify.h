/*
 * os/notify.h: telling the service manager how we are (sd_notify(3)'s
 * protocol: datagrams to the socket named by NOTIFY_SOCKET).
 *
 * Without a service manager everything here does nothing.
 */
#ifndef OS_NOTIFY_H
#define OS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* "READY=1", "STATUS=…", "WATCHDOG=1", "STOPPING=1", lines joined by '\n'. True when it was sent. */
bool notify_manager(const char *state);
/* How often the manager wants "WATCHDOG=1", in milliseconds; half of its limit. 0: never. */
int64_t notify_watchdog_ms(void);

#endif
