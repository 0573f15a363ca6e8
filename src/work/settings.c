#include "work/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "core/settings/channels.h"
#include "os/file.h"
#include "os/secret.h"
#include "store/store.h"

char *
settings_path(const char *given)
{
	const char *env = getenv("KEYCANARY_CONFIG");
	char *dir, *path;

	if (!str_empty(given))
		return mem_strdup(given);
	if (!str_empty(env))
		return mem_strdup(env);
	dir = file_config_dir();
	path = mem_printf("%s/keycanary.conf", dir);
	free(dir);
	if (file_exists(path))
		return path;
	free(path);
	path = mem_strdup("/etc/keycanary/keycanary.conf");
	if (file_exists(path))
		return path;
	free(path);
	return NULL;
}

static void
override_state(struct settings *s, const char *state)
{
	const char *env = getenv("KEYCANARY_STATE");

	if (str_empty(state))
		state = env;
	if (str_empty(state))
		return;
	free(s->state);
	s->state = mem_strdup(state);
}

bool
settings_load(struct settings *out, const char *given, const char *state, bool must,
    struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	char *path = settings_path(given);
	bool ok = false;

	*out = (struct settings){ .file = NULL };
	if (path == NULL && must) {
		char *dir = file_config_dir();

		error_set(err, ERROR_NOT_FOUND, "no configuration: neither %s/keycanary.conf nor "
		    "/etc/keycanary/keycanary.conf is there; \"keycanary init\" writes one", dir);
		free(dir);
		goto out;
	}
	if (path != NULL && !file_read(path, &text, err)) {
		error_in(err, "configuration");
		goto out;
	}
	if (memchr(buf_str(&text), '\0', text.len) != NULL) {
		error_set(err, ERROR_INPUT, "%s: not a text file: it has a zero byte", path);
		goto out;
	}
	ok = settings_parse(out, path != NULL ? buf_str(&text) : NULL, path, err);
	if (ok)
		override_state(out, state);
out:
	buf_free(&text);
	free(path);
	return ok;
}

static bool
check_secret(const char *name, const char *reference, struct error *err)
{
	struct buf secret = BUF_INIT(BUF_LINE);
	bool ok = reference == NULL || secret_read(reference, &secret, err);

	buf_free_secret(&secret);
	return ok || error_in(err, "%s", name);
}

/* What an option of a channel refers to is there and may be read. */
static bool
check_channel(const struct channel_settings *c, struct error *err)
{
	for (size_t i = 0; i < c->options; i++) {
		const struct channel_option *o = &c->option[i];
		struct buf text = BUF_INIT(BUF_RECORD);
		bool by_file, ok = true;
		const struct channel_row *r = channel_row(channel_kind(c->type), o->name, &by_file);

		if (by_file && str_eq(r->name, "template"))
			ok = file_read(o->value, &text, err);
		else if (by_file)
			ok = file_read_secret(o->value, &text, err);
		else if ((r->flags & (CHANNEL_SECRET | CHANNEL_PLACE)) != 0 && str_starts(o->value, "env:"))
			ok = secret_read(o->value, &text, err);
		buf_free_secret(&text);
		if (!ok)
			return error_in(err, "channel \"%s\": %s", c->name, o->name);
	}
	return true;
}

bool
settings_check_secrets(const struct settings *s, struct error *err)
{
	for (const struct setting *r = setting_rows; r->path != NULL; r++) {
		const char *const *reference = (const void *)((const char *)s + r->at);

		if (r->kind == SETTING_SECRET && !check_secret(r->path, *reference, err))
			return false;
	}
	for (size_t i = 0; i < s->channels; i++)
		if (!check_channel(&s->channel[i], err))
			return false;
	return true;
}

char *
settings_state_dir(const struct settings *s)
{
	if (s->state == NULL || strstr(s->state, "://") != NULL)
		return file_state_dir();
	return file_expand(s->state);
}

/* The address with its password put in, percent-encoded (libpq, "Connection URIs"); wipe it after use. */
static bool
with_password(const char *place, const char *reference, char **out, struct error *err)
{
	const char *user = strstr(place, "://") + 3, *at = strchr(user, '@');
	struct buf secret = BUF_INIT(BUF_LINE), encoded = BUF_INIT(BUF_LINE);

	*out = NULL;
	if (at == NULL)
		return error_set(err, ERROR_USAGE, "state.password is set, but the address names no user: write "
		    "postgresql://USER@host/database");
	if (!secret_read(reference, &secret, err))
		return error_in(err, "state.password");
	escape_percent(&encoded, buf_str(&secret), secret.len, NULL);
	*out = mem_printf("%.*s:%s%s", (int)(at - place), place, buf_str(&encoded), at);
	buf_free_secret(&secret);
	buf_free_secret(&encoded);
	return true;
}

static bool
use_key(const struct settings *s, struct store *store, struct error *err)
{
	struct buf secret = BUF_INIT(BUF_LINE);
	bool ok = s->state_key == NULL || secret_read(s->state_key, &secret, err);

	if (ok && s->state_key != NULL)
		store_use_key(store, buf_str(&secret));
	buf_free_secret(&secret);
	return ok || error_in(err, "state.key");
}

bool
settings_open_store(const struct settings *s, struct store **out, struct error *err)
{
	bool address = s->state != NULL && strstr(s->state, "://") != NULL;
	char *place = NULL;
	bool ok = true;

	if (!address)
		place = settings_state_dir(s);
	else if (s->state_password == NULL)
		place = mem_strdup(s->state);
	else
		ok = with_password(s->state, s->state_password, &place, err);
	*out = NULL;
	ok = ok && store_open(out, place, err);
	mem_free_secret(place);
	if (ok && !use_key(s, *out, err)) {
		store_close(*out);
		*out = NULL;
		ok = false;
	}
	return ok;
}
