/*
 * os/log.h: what the program does, one line an event, on standard error.
 *
 * Lines are text for people or JSON for machines (log_setup). Fields are
 * name/value pairs ended by NULL; values are escaped, so text an intruder
 * wrote stays on its line. Secrets never get here.
 *
 *	log_line(LOG_WARNING, "region not opted in", "account", name, "region", region, NULL);
 */
#ifndef OS_LOG_H
#define OS_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines less important than `least` are left out. */
void log_setup(enum log_level least, bool json);
/* "error", "warning", "info", "debug". */
bool log_level_parse(const char *name, enum log_level *out);
__attribute__((sentinel))
void log_line(enum log_level level, const char *message, ...);

#endif
