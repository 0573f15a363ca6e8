/* core/settings/settings_int.h: what the files that read and write settings share. */
#ifndef CORE_SETTINGS_SETTINGS_INT_H
#define CORE_SETTINGS_SETTINGS_INT_H

#include "core/settings/channels.h"

/* Initial values of the rows, into zeroed memory. False: a row of the table is wrong. */
bool settings_initial(const struct setting *rows, void *base, struct error *err);
/* True when the row's value is another than the initial one. */
bool settings_differs(const struct setting *row, const void *base);
/* "name = value;" and a newline behind `indent`; a secret in a file as "name_file". */
void settings_write_row(struct buf *out, const char *indent, const char *name, const struct setting *row,
    const void *base);
/* "name = value;" or "name = [ … ];" of the options with this name; they stand together. Nothing when there are none. */
void settings_write_option(struct buf *out, const char *indent, const struct channel_settings *c, const char *name);

#endif
