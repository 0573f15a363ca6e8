/*
 * core/settings/compose.h: settings put together from answers, and written as
 * a configuration file for people.
 *
 *	settings_parse(&s, NULL, …)     initial values
 *	settings_add_account(&s, …)     and fields set by hand
 *	settings_compose(&s, &out)      the file
 *	settings_parse(&t, out, …)      the checks of any configuration
 *
 * The file is the example (settings_example) with what was chosen open and
 * everything else as a comment. Reading it back gives the same settings.
 */
#ifndef CORE_SETTINGS_COMPOSE_H
#define CORE_SETTINGS_COMPOSE_H

#include "core/settings/settings.h"

void settings_compose(const struct settings *s, struct buf *out);

/* Borrowed until the next one is added; the name is copied. */
struct account_settings *settings_add_account(struct settings *s, const char *name);
/* Called like its type, or "slack-2" when that is taken. Borrowed until the next one is added. */
struct channel_settings *settings_add_channel(struct settings *s, const char *type);
/* Takes the last one back. */
void settings_drop_channel(struct settings *s);
/* Appends an option, beside those of the same name. */
void channel_add(struct channel_settings *c, const char *name, const char *value);
/* "smtp,host=mail.example.org,to=a@b,to=c@d" into a new channel; "\," is a comma. Checked; ERROR_USAGE. */
bool channel_add_words(struct settings *s, const char *words, struct error *err);
/* "smtp://[USER@]HOST[:PORT]" or "smtps://…" into options of an smtp channel. ERROR_USAGE. */
bool channel_add_smtp(struct channel_settings *c, const char *url, struct error *err);

#endif
