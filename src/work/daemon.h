/*
 * work/daemon.h: watching for ever.
 *
 * SIGTERM and SIGINT end it after the transaction that is open; SIGHUP reads
 * the configuration again, and a bad one is refused and the old one kept.
 * systemd is told when it is ready and that it lives (NOTIFY_SOCKET, see
 * sd_notify(3)). Messages leave in a thread of their own.
 */
#ifndef WORK_DAEMON_H
#define WORK_DAEMON_H

#include "core/settings/settings.h"

struct store;

/* `config` and `state` are what the command line gave, for reading again; NULL: nothing. */
bool daemon_run(struct store *s, struct settings *settings, const char *config, const char *state,
    struct error *err);

#endif
