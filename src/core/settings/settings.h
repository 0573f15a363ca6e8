/*
 * core/settings/settings.h: what the operator decides, read from one file.
 *
 * The syntax is libconfig's; what may stand in the file is the table of rows
 * in rows.c. An unknown name or a bad value is refused with file, line and
 * the nearest right name; what is not given has the row's initial value, so a
 * missing file is a valid one. Everything is owned by the struct.
 *
 * A secret never stands in the file. `password_file = "/path"` or
 * `password = "env:NAME"` refer to it; the struct holds the reference
 * ("file:/path" or "env:NAME"), and os/secret.h fetches it where it is used.
 *
 *	settings_parse(&s, text, "keycanary.conf", &err)  use  settings_free(&s)
 */
#ifndef CORE_SETTINGS_SETTINGS_H
#define CORE_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "core/intent/noise.h"

/* One watched AWS account. */
struct jsonw;

struct account_settings {
	char *name;		/* what people call it; unique */
	char *profile;		/* of the shared AWS configuration; NULL: the default chain */
	char *role_arn;		/* assumed with those credentials; NULL: none */
	char *external_id;	/* for role_arn; NULL: none */
	char *home;		/* region of the first call; NULL: us-east-1 */
	char *plan;		/* "auto", "sweep" or "per-canary" */
	struct strlist regions;	/* empty: discovered */
	int64_t line;
};

/* One option of a channel, checked by the channel's own type. A list gives one entry a value. */
struct channel_option {
	char *name;
	char *value;		/* text; numbers and booleans as they are written */
	int64_t line;
};

struct channel_settings {
	char *name;		/* unique */
	char *type;		/* "smtp", "slack" …: core/report and world/channel know them */
	struct channel_option *option;
	size_t options;
	int64_t line;
};

/* Which messages go where; conditions that are not given fit everything. */
struct route_settings {
	struct strlist channels;
	char *severity;		/* at least this */
	char *intent;		/* pattern */
	char *tag;		/* pattern over the canary's tags */
	char *account;		/* pattern */
	int64_t line;
};

/* The owner's rule for what is expected; core/intent/noise.h applies it. */
struct noise_settings {
	char *reason;
	char *address;
	char *user_agent;
	char *event;
	char *canary;
	int64_t from_ms;	/* WHEN_NONE: always */
	int64_t until_ms;
	int64_t hour_from;	/* -1: all day */
	int64_t hour_to;
	int64_t line;
};

struct settings {
	char *file;			/* where it was read; NULL: nothing but initial values */
	/* state */
	char *state;			/* directory, or postgresql:// address; NULL: the XDG directory */
	char *state_password;		/* secret reference; NULL */
	char *state_key;		/* secret reference: seals what verify and drill keep; NULL: a file beside the state */
	/* log */
	char *log_level;
	char *log_format;		/* "text" or "json" */
	/* watch */
	int64_t hot_every_s, hot_window_s;
	int64_t warm_every_s, warm_window_s;
	int64_t deep_every_s, deep_window_s;
	int64_t first_window_s;
	int64_t late_s;			/* how late an event may come before a use counts as unlogged */
	int64_t requests_per_minute;	/* our share of LookupEvents, per account and region */
	int64_t regions_every_s;	/* how often regions are asked for again */
	char *partition;		/* "aws", "aws-cn", "aws-us-gov" */
	struct strlist regions;		/* of accounts that list none; empty: discovered */
	int64_t timeout_s;		/* for one request, all of it */
	/* safety_net */
	bool safety_net;
	int64_t safety_every_s;
	int64_t safety_alert_s;		/* an unexplained use becomes a sighting after this */
	/* incident */
	int64_t incident_window_s;	/* quiet for this long: the next use is a new incident */
	/* alert */
	char *alert_name;		/* how this monitor calls itself in messages; NULL: the host name */
	char *alert_link;		/* put in front of an incident's id; NULL: none */
	int64_t blind_after_s;
	int64_t digest_every_s;
	int64_t cooldown_s;
	int64_t keep_s;
	char *geo_country;		/* MaxMind databases and Tor exit list; NULL: none */
	char *geo_network;
	char *geo_tor;
	/* heartbeat */
	char *heartbeat_url;		/* secret reference; NULL: none */
	int64_t heartbeat_every_s;
	/* drill */
	int64_t drill_every_s;		/* 0: only when asked */
	int64_t drill_limit_s;
	/* mint */
	char *mint_account;		/* name of the account decoys are minted in; NULL: the only one */
	char *mint_profile;		/* AWS profile that may mint there; NULL: as the account says */
	char *mint_style;
	char *mint_level;
	char *mint_boundary;		/* policy ARN; NULL: none */
	int64_t retired_watch_s;

	struct account_settings *account;
	size_t accounts;
	struct channel_settings *channel;
	size_t channels;
	struct route_settings *route;
	size_t routes;
	struct noise_settings *noise;
	size_t noises;
	struct noise_rule *noise_rule;	/* the same, as noise_label() takes them; borrow from `noise` */
};

enum setting_kind {
	SETTING_TEXT,		/* char * */
	SETTING_BOOL,		/* bool */
	SETTING_INT,		/* int64_t */
	SETTING_DURATION,	/* int64_t seconds; "90 s", "5m", "2 h" or a number of seconds */
	SETTING_PATH,		/* char *; "~/" is left as it is, os/file.h expands it */
	SETTING_SECRET,		/* char *; a reference, see above */
	SETTING_LIST,		/* struct strlist; one text or a list of them */
	SETTING_TIME,		/* int64_t milliseconds; "2027-01-31T00:00:00Z" or "2027-01-31" */
};

struct setting {
	const char *path;	/* "watch.hot_every"; NULL ends a table */
	enum setting_kind kind;
	size_t at;		/* offset in the struct */
	int64_t min, max;	/* INT, DURATION; both 0: any */
	const char *choices;	/* TEXT: "text,json"; NULL: anything */
	const char *initial;	/* as it would be written; NULL: not set */
	const char *sample;	/* shown in the example file where there is no initial value */
	bool required;
	const char *about;
};

/* A list of groups: accounts = ( { name = "prod"; … }, … ); */
struct setting_group {
	const char *path;	/* "accounts"; NULL ends the table */
	const struct setting *rows;
	size_t at;		/* offset of the array's pointer in struct settings */
	size_t count_at;	/* offset of its length */
	size_t size;		/* of one element */
	size_t line_at;		/* offset of `line` in an element */
	const char *about;
};

extern const struct setting setting_rows[];
extern const struct setting_group setting_groups[];

/* `text` NULL: initial values alone. `name` is put into messages. `out` needs no freeing after a failure. */
bool settings_parse(struct settings *out, const char *text, const char *name, struct error *err);
void settings_free(struct settings *s);
/* All effective values, in the file's syntax. References are shown, secrets are not there. */
void settings_write(const struct settings *s, struct buf *out);
/* The same as a JSON object; what is not set is not in it. */
bool settings_write_json(const struct settings *s, struct jsonw *w, const char *name, struct error *err);
/* config/keycanary.conf.example: every row with what it means. */
void settings_example(struct buf *out);

/* NULL when there is none of that name. */
const struct account_settings *settings_account(const struct settings *s, const char *name);
const struct channel_settings *settings_channel(const struct settings *s, const char *name);
/* The last value of an option; NULL: not given. */
const char *channel_option(const struct channel_settings *c, const char *name);

/* A secret reference as the file gives it: true when `value` is "env:NAME" with a proper NAME. */
bool secret_reference_valid(const char *value);

#endif
