#include "world/aws/shared.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/file.h"
#include "world/aws/ini.h"

static char *
read_one(const char *variable, const char *usual)
{
	char *path = file_expand(str_or(getenv(variable), usual));
	struct buf b = BUF_INIT(BUF_RECORD);
	char *text;

	if (!file_read(path, &b, NULL))
		buf_reset(&b);
	text = mem_strdup(buf_str(&b));
	buf_free_secret(&b);
	free(path);
	return text;
}

void
shared_read(struct shared *out)
{
	out->config = read_one("AWS_CONFIG_FILE", "~/.aws/config");
	out->credentials = read_one("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
}

void
shared_free(struct shared *s)
{
	mem_free_secret(s->config);
	mem_free_secret(s->credentials);
}

const char *
shared_profile(const char *profile)
{
	return str_or(profile, str_or(getenv("AWS_DEFAULT_PROFILE"), str_or(getenv("AWS_PROFILE"), "default")));
}

/* In ~/.aws/config a profile is "[profile x]"; "[default]" stands for "[profile default]". */
char *
shared_config_value(const struct shared *s, const char *profile, const char *name)
{
	char *section = mem_printf("profile %s", profile);
	char *v = ini_value(s->config, section, name);

	if (v == NULL && str_eq(profile, "default"))
		v = ini_value(s->config, "default", name);
	free(section);
	return v;
}

char *
shared_credentials_value(const struct shared *s, const char *profile, const char *name)
{
	return ini_value(s->credentials, profile, name);
}

char *
shared_value(const struct shared *s, const char *profile, const char *name)
{
	char *v = shared_credentials_value(s, profile, name);

	return v != NULL ? v : shared_config_value(s, profile, name);
}

bool
shared_has(const struct shared *s, const char *profile)
{
	char *section = mem_printf("profile %s", profile);
	bool there = ini_has(s->credentials, profile) || ini_has(s->config, section) ||
	    (str_eq(profile, "default") && ini_has(s->config, "default"));

	free(section);
	return there;
}

char *
shared_service_value(const struct shared *s, const char *profile, const char *service,
    const char *name)
{
	char *services = shared_value(s, profile, "services"), *section, *whole, *v;

	if (services == NULL)
		return NULL;
	section = mem_printf("services %s", services);
	whole = mem_printf("%s.%s", service, name);
	v = ini_value(s->config, section, whole);
	free(whole);
	free(section);
	free(services);
	return v;
}

char *
shared_setting(const struct shared *s, const char *profile, const char *variable,
    const char *name)
{
	const char *v = getenv(variable);

	return !str_empty(v) ? mem_strdup(v) : shared_value(s, profile, name);
}

bool
shared_true(const struct shared *s, const char *profile, const char *variable, const char *name)
{
	char *v = shared_setting(s, profile, variable, name);
	bool yes = str_eq_nocase(v, "true");

	free(v);
	return yes;
}
