/*
 * core/settings/channels.h: the kinds of channels, and what each may be told.
 *
 * Pure data and its check; world/channel/channel.c has a sender for each
 * kind. The configuration's check, the example file and "keycanary alert
 * types" read the same rows, so what is documented is what is accepted.
 *
 * A secret is given as NAME_file = "/path" (0600) or NAME = "env:VARIABLE".
 */
#ifndef CORE_SETTINGS_CHANNELS_H
#define CORE_SETTINGS_CHANNELS_H

#include "core/settings/settings.h"

enum {
	CHANNEL_REQUIRED = 1 << 0,
	CHANNEL_MANY = 1 << 1,		/* a list, too */
	CHANNEL_SECRET = 1 << 2,	/* never written into the file */
	CHANNEL_PLACE = 1 << 3,		/* an address that may be secret: written, or as a secret is */
	CHANNEL_FILE = 1 << 4,		/* NAME_file = "/path" is taken as well */
	CHANNEL_MAIL = 1 << 5,		/* mail addresses */
	CHANNEL_COUNT = 1 << 6,		/* a whole number from 1 */
	CHANNEL_BEARER = 1 << 7,	/* an address that is a secret: whoever has it may post */
	CHANNEL_ASKED = 1 << 8,		/* "keycanary init" asks for it though it is not required */
};

struct channel_row {
	const char *name;	/* NULL ends the rows */
	unsigned flags;
	const char *choices;	/* "tls,none"; NULL: anything */
	const char *sample;	/* as it is written in the example */
	const char *about;
	const char *with;	/* needed with this option, and only with it; NULL */
};

struct channel_kind {
	const char *name;	/* NULL ends the table */
	const char *about;
	const struct channel_row *rows;
	const char *note;	/* what the reader should know, sentences; NULL */
	bool plain_http;	/* http:// is taken for hosts other than this one */
};

extern const struct channel_kind channel_kinds[];

const struct channel_kind *channel_kind(const char *name);	/* NULL: there is none */
/* The row an option of the file belongs to ("password_file": password); NULL: none. */
const struct channel_row *channel_row(const struct channel_kind *k, const char *given, bool *by_file);
/* Kind and options; `file` NULL: it is in none yet. ERROR_INPUT says file, line, what is wrong and the nearest right name. */
bool channel_check(const struct channel_settings *c, const char *file, struct error *err);
/* One value given in clear; the text tells why not, without naming the place. */
bool channel_value_fine(const struct channel_kind *k, const struct channel_row *r, const char *value, struct error *err);
/* An address to post to: https, or http to this machine (anywhere for kinds that say so). Says why not. */
bool channel_url_fine(const char *kind, const char *url, struct error *err);
/* "localhost", 127.0.0.0/8, ::1. */
bool channel_host_is_here(const char *host);
/* One group of the configuration's "channels" list, each line behind `indent`. */
void channel_example(const struct channel_kind *k, const char *indent, struct buf *out);
/* A channel as it is set, each option explained, the others as comments. */
void channel_compose(const struct channel_settings *c, const char *indent, struct buf *out);
/* Name, options and example, for people to read. */
void channel_explain(const struct channel_kind *k, struct buf *out);
/*
 * Appends a warning when the channel would work only while a watched account
 * does: mail through Amazon SES. `watched` holds the numbers of the accounts
 * that canaries live in (NULL: not known); a login whose key id tells another
 * account is no risk. Nothing otherwise.
 */
void channel_warning(const struct channel_settings *c, const struct strlist *watched, struct buf *out);

#endif
