/*
 * work/settings.h: finding and reading the configuration file.
 *
 * The first of these that is there: the path given (--config), the one in
 * KEYCANARY_CONFIG, keycanary.conf in the user's configuration directory
 * (os/file.h), /etc/keycanary/keycanary.conf. A path that was given must be
 * there. The state's place may be overridden by --state or KEYCANARY_STATE.
 */
#ifndef WORK_SETTINGS_H
#define WORK_SETTINGS_H

#include "core/settings/settings.h"

struct store;

/* Where the file would be read from; NULL when there is none. The caller frees. */
char *settings_path(const char *given);
/*
 * Reads the file, or makes initial values when there is none (ERROR_NOT_FOUND
 * when `must`). `given` and `state` may be NULL. The caller frees *out.
 */
bool settings_load(struct settings *out, const char *given, const char *state, bool must,
    struct error *err);
/* Every secret reference there is can be fetched; the secrets are thrown away. */
bool settings_check_secrets(const struct settings *s, struct error *err);
/*
 * Opens the state the settings name: with its password, its sealing key, and
 * made when missing. The caller closes (store/store.h).
 */
bool settings_open_store(const struct settings *s, struct store **out, struct error *err);
/* The directory for locks and the SQLite file, also when the state is in PostgreSQL. The caller frees. */
char *settings_state_dir(const struct settings *s);

#endif
