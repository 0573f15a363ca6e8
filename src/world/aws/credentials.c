#include "world/aws/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "os/file.h"
#include "os/process.h"
#include "world/aws/ini.h"
#include "world/aws/metadata.h"

void
aws_credentials_clear(struct aws_credentials *c)
{
	free(c->key_id);
	mem_free_secret(c->secret);
	mem_free_secret(c->token);
	free(c->origin);
	*c = (struct aws_credentials){ .expires_ms = WHEN_NONE };
}

void
aws_role_clear(struct aws_role *r)
{
	free(r->arn);
	free(r->external_id);
	free(r->session_name);
	*r = (struct aws_role){ .arn = NULL };
}

/* --- the two shared files ---------------------------------------------------- */

struct shared {
	char *config;		/* texts; "" when there is no file */
	char *credentials;
};

static char *
read_shared(const char *variable, const char *usual)
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

static struct shared
shared_read(void)
{
	return (struct shared){
		.config = read_shared("AWS_CONFIG_FILE", "~/.aws/config"),
		.credentials = read_shared("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
	};
}

static void
shared_free(struct shared *s)
{
	free(s->config);
	mem_free_secret(s->credentials);
}

/* In ~/.aws/config a profile is "[profile x]", but for "[default]". */
static char *
config_section(const char *profile)
{
	return str_eq(profile, "default") ? mem_strdup("default") : mem_printf("profile %s", profile);
}

/* The credentials file wins over the config file. */
static char *
value(const struct shared *s, const char *profile, const char *name)
{
	char *v = ini_value(s->credentials, profile, name), *section;

	if (v != NULL)
		return v;
	section = config_section(profile);
	v = ini_value(s->config, section, name);
	free(section);
	return v;
}

static bool
profile_there(const struct shared *s, const char *profile)
{
	char *section = config_section(profile);
	bool there = ini_has(s->credentials, profile) || ini_has(s->config, section);

	free(section);
	return there;
}

char *
aws_profile_value(const char *profile, const char *name)
{
	struct shared s = shared_read();
	char *v = value(&s, str_or(profile, str_or(getenv("AWS_PROFILE"), "default")), name);

	shared_free(&s);
	return v;
}

/* --- sources ----------------------------------------------------------------- */

static bool
from_environment(struct aws_credentials *out)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
	const char *token = getenv("AWS_SESSION_TOKEN"), *expires = getenv("AWS_CREDENTIAL_EXPIRATION");

	if (str_empty(id) || str_empty(secret))
		return false;
	out->key_id = mem_strdup(id);
	out->secret = mem_strdup(secret);
	out->token = str_empty(token) ? NULL : mem_strdup(token);
	if (str_empty(expires) || !when_parse(expires, &out->expires_ms))
		out->expires_ms = WHEN_NONE;
	out->origin = mem_strdup("environment");
	return true;
}

static bool
from_file(const struct shared *s, const char *profile, struct aws_credentials *out)
{
	out->key_id = value(s, profile, "aws_access_key_id");
	out->secret = value(s, profile, "aws_secret_access_key");
	if (str_empty(out->key_id) || str_empty(out->secret)) {
		aws_credentials_clear(out);
		return false;
	}
	out->token = value(s, profile, "aws_session_token");
	out->origin = mem_printf("profile %s", profile);
	return true;
}

static bool
from_answer(const char *text, size_t len, const char *what, struct aws_credentials *out,
    struct error *err)
{
	cJSON *doc = json_parse(text, len, what, err);
	const char *expires = json_string(doc, "Expiration"), *token = json_string(doc, "SessionToken");
	const char *id = json_string(doc, "AccessKeyId"), *secret = json_string(doc, "SecretAccessKey");
	bool ok = doc != NULL;

	if (ok && (id == NULL || secret == NULL))
		ok = error_set(err, ERROR_CREDENTIALS, "%s: the answer names no AccessKeyId", what);
	if (ok) {
		out->key_id = mem_strdup(id);
		out->secret = mem_strdup(secret);
		out->token = mem_strdup(token);
		if (expires == NULL || !when_parse(expires, &out->expires_ms))
			out->expires_ms = WHEN_NONE;
		out->origin = mem_strdup(what);
	}
	cJSON_Delete(doc);
	return ok;
}

static bool
from_process(const char *command, const char *profile, struct aws_credentials *out,
    struct error *err)
{
	struct buf text = BUF_INIT(BUF_LINE);
	struct strlist words = STRLIST_INIT;
	char *what = mem_printf("credential_process of profile %s", profile);
	const char **argv;
	int status = 0;
	bool ok;

	strlist_split(&words, command, " \t");
	argv = mem_zalloc(words.len + 1, sizeof(*argv));
	for (size_t i = 0; i < words.len; i++)
		argv[i] = words.item[i];
	ok = words.len > 0 && process_run(&(struct process){ .argv = argv, .limit_ms = 60000, .out = &text },
	    &status, err);
	if (ok && status != 0)
		ok = error_set(err, ERROR_CREDENTIALS, "%s: ended with status %d", what, status);
	ok = ok && from_answer(buf_str(&text), text.len, what, out, err);
	free(argv);
	free(what);
	strlist_clear(&words);
	buf_free_secret(&text);
	return ok;
}

static bool
from_metadata(struct aws_credentials *out, struct error *err)
{
	struct buf text = BUF_INIT(BUF_LINE);
	const char *what = NULL;
	bool ok = metadata_credentials(&text, &what, err) &&
	    from_answer(buf_str(&text), text.len, what, out, err);

	buf_free_secret(&text);
	return ok;
}

/* --- profiles ------------------------------------------------------------------ */

static bool profile_find(const struct shared *s, const char *profile, struct aws_credentials *out,
    struct aws_role *roles, int *n, int depth, struct error *err);

static bool
source_of_role(const struct shared *s, const char *profile, struct aws_credentials *out,
    struct aws_role *roles, int *n, int depth, struct error *err)
{
	char *source = value(s, profile, "source_profile"), *kind = value(s, profile, "credential_source");
	bool ok;

	if ((source != NULL) == (kind != NULL))
		ok = error_set(err, ERROR_CREDENTIALS, "profile %s: a role_arn needs one of source_profile and "
		    "credential_source", profile);
	else if (source != NULL && str_eq(source, profile))
		ok = from_file(s, profile, out) ||
		    error_set(err, ERROR_CREDENTIALS, "profile %s names itself as source but has no keys", profile);
	else if (source != NULL)
		ok = profile_find(s, source, out, roles, n, depth + 1, err);
	else if (str_eq(kind, "Environment"))
		ok = from_environment(out) ||
		    error_set(err, ERROR_CREDENTIALS, "profile %s: no credentials in the environment", profile);
	else
		ok = from_metadata(out, err);
	free(source);
	free(kind);
	return ok;
}

static bool
profile_find(const struct shared *s, const char *profile, struct aws_credentials *out,
    struct aws_role *roles, int *n, int depth, struct error *err)
{
	char *arn = value(s, profile, "role_arn"), *process = NULL, *mfa = NULL;
	bool ok = false;

	if (depth >= AWS_ROLES_MAX) {
		error_set(err, ERROR_CREDENTIALS, "profile %s: its sources go round in a circle", profile);
	} else if (!profile_there(s, profile)) {
		error_set(err, ERROR_CREDENTIALS, "there is no profile \"%.60s\" in ~/.aws/config or "
		    "~/.aws/credentials", profile);
	} else if (arn != NULL) {
		mfa = value(s, profile, "mfa_serial");
		if (mfa != NULL)
			error_set(err, ERROR_CREDENTIALS, "profile %s asks for MFA; a monitor cannot answer that", profile);
		else if ((ok = source_of_role(s, profile, out, roles, n, depth, err)))
			roles[(*n)++] = (struct aws_role){ .arn = mem_strdup(arn),
				.external_id = value(s, profile, "external_id"),
				.session_name = value(s, profile, "role_session_name") };
	} else if (!(ok = from_file(s, profile, out))) {
		process = value(s, profile, "credential_process");
		ok = process != NULL ? from_process(process, profile, out, err) :
		    error_set(err, ERROR_CREDENTIALS, "profile %s has neither keys nor a role nor a "
		    "credential_process", profile);
	}
	free(arn);
	free(mfa);
	free(process);
	return ok;
}

bool
aws_credentials_find(const char *profile, struct aws_credentials *out,
    struct aws_role roles[static AWS_ROLES_MAX], int *n_roles, struct error *err)
{
	const char *wanted = profile != NULL ? profile :
	    str_or(getenv("AWS_DEFAULT_PROFILE"), str_or(getenv("AWS_PROFILE"), NULL));
	struct shared s = shared_read();
	bool ok;

	*out = (struct aws_credentials){ .expires_ms = WHEN_NONE };
	*n_roles = 0;
	if (!str_empty(wanted))
		ok = profile_find(&s, wanted, out, roles, n_roles, 0, err);
	else if (from_environment(out))
		ok = true;
	else if (profile_there(&s, "default"))
		ok = profile_find(&s, "default", out, roles, n_roles, 0, err);
	else
		ok = from_metadata(out, err);
	shared_free(&s);
	return ok;
}
