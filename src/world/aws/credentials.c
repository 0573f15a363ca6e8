#include "world/aws/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "os/clock.h"
#include "world/aws/credential_process.h"
#include "world/aws/metadata.h"

enum { STALE_MS = 900000 };

/* One search. */
struct search {
	const struct shared *files;
	bool named;			/* our own configuration names the profile: the environment is left out */
	struct strlist seen;		/* profiles on the way, against circles */
	struct aws_credentials *out;
	struct aws_role *roles;
	int n;
};

/* What a source says: it has some, it has none (ask the next), it failed. */
enum found { FOUND, NOT_THERE, FAILED };

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
	free(r->token_file);
	*r = (struct aws_role){ .arn = NULL };
}

static enum found
failed(bool nothing)
{
	(void)nothing;
	return FAILED;
}

/* --- keys ------------------------------------------------------------------------- */

static enum found
from_environment(struct aws_credentials *out, struct error *err)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
	const char *token = str_or(getenv("AWS_SECURITY_TOKEN"), getenv("AWS_SESSION_TOKEN"));
	const char *expires = getenv("AWS_CREDENTIAL_EXPIRATION");

	if (str_empty(id))
		return NOT_THERE;
	if (str_empty(secret))
		return failed(error_set(err, ERROR_CREDENTIALS,
		    "AWS_ACCESS_KEY_ID is set in the environment, AWS_SECRET_ACCESS_KEY is not"));
	out->key_id = mem_strdup(id);
	out->secret = mem_strdup(secret);
	out->token = str_empty(token) ? NULL : mem_strdup(token);
	if (str_empty(expires) || !when_parse(expires, &out->expires_ms))
		out->expires_ms = WHEN_NONE;
	out->origin = mem_strdup("environment");
	return FOUND;
}

/* Static keys of a profile, from one of the two files. */
static enum found
from_keys(struct search *s, const char *profile, bool credentials_file, struct error *err)
{
	char *(*get)(const struct shared *, const char *, const char *) =
	    credentials_file ? shared_credentials_value : shared_config_value;
	const char *file = credentials_file ? "credentials" : "config";
	struct aws_credentials *out = s->out;
	char *id = get(s->files, profile, "aws_access_key_id");

	if (str_empty(id)) {
		free(id);
		return NOT_THERE;
	}
	out->key_id = id;
	out->secret = get(s->files, profile, "aws_secret_access_key");
	if (str_empty(out->secret)) {
		aws_credentials_clear(out);
		return failed(error_set(err, ERROR_CREDENTIALS, "profile %s of the %s file has an aws_access_key_id "
		    "and no aws_secret_access_key", profile, file));
	}
	out->token = get(s->files, profile, "aws_session_token");
	if (str_empty(out->token)) {
		free(out->token);
		out->token = get(s->files, profile, "aws_security_token");
	}
	out->origin = mem_printf("profile %s (%s file)", profile, file);
	return FOUND;
}

bool
aws_credentials_read(const char *text, size_t len, const char *what, struct aws_credentials *out,
    struct error *err)
{
	cJSON *doc = json_parse(text, len, what, err);
	const char *expires = json_string(doc, "Expiration");
	const char *token = str_or(json_string(doc, "SessionToken"), json_string(doc, "Token"));
	const char *id = json_string(doc, "AccessKeyId"), *secret = json_string(doc, "SecretAccessKey");
	bool ok = doc != NULL;

	if (doc == NULL && err != NULL)
		err->kind = ERROR_CREDENTIALS;
	if (ok && (str_empty(id) || str_empty(secret)))
		ok = error_set(err, ERROR_CREDENTIALS, "%s: the answer has no AccessKeyId and SecretAccessKey%s%.80s",
		    what, json_string(doc, "Code") != NULL ? ", but the code " : "", str_or(json_string(doc, "Code"), ""));
	if (ok && expires != NULL && !when_parse(expires, &out->expires_ms))
		ok = error_set(err, ERROR_CREDENTIALS, "%s: the Expiration \"%.60s\" is no time", what, expires);
	if (ok) {
		out->key_id = mem_strdup(id);
		out->secret = mem_strdup(secret);
		out->token = str_empty(token) ? NULL : mem_strdup(token);
		out->origin = mem_strdup(what);
		if (expires == NULL)
			out->expires_ms = WHEN_NONE;
	}
	cJSON_Delete(doc);
	return ok;
}

/* {"Version": 1, …}: another version may mean anything. */
static bool
version_known(const char *text, size_t len, const char *what, struct error *err)
{
	cJSON *doc = json_parse(text, len, what, err);
	bool ok = doc != NULL && json_int(doc, "Version", 0) == 1;

	if (doc != NULL && !ok)
		error_set(err, ERROR_CREDENTIALS, "%s: only \"Version\": 1 is understood", what);
	else if (doc == NULL && err != NULL)
		err->kind = ERROR_CREDENTIALS;
	cJSON_Delete(doc);
	return ok;
}

static enum found
from_process(struct search *s, const char *profile, struct error *err)
{
	char *command = shared_value(s->files, profile, "credential_process"), *what;
	struct buf text = BUF_INIT(BUF_LINE);
	bool ok;

	if (command == NULL)
		return NOT_THERE;
	what = mem_printf("credential_process of profile %s", profile);
	ok = credential_process_run(command, what, &text, err) &&
	    version_known(buf_str(&text), text.len, what, err) &&
	    aws_credentials_read(buf_str(&text), text.len, what, s->out, err);
	buf_free_secret(&text);
	mem_free_secret(command);
	free(what);
	return ok ? FOUND : FAILED;
}

static enum found
from_metadata(struct aws_credentials *out, enum metadata_kind kind, struct error *err)
{
	struct buf text = BUF_INIT(BUF_LINE);
	bool ok;

	if (!metadata_there(kind))
		return NOT_THERE;
	ok = metadata_fetch(kind, &text, err) &&
	    aws_credentials_read(buf_str(&text), text.len, metadata_name(kind), out, err);
	/* The instance's service may be late with new ones; what it still gives out, still works. */
	if (ok && out->expires_ms != WHEN_NONE && out->expires_ms <= clock_now_ms())
		out->expires_ms = clock_now_ms() + STALE_MS;
	buf_free_secret(&text);
	return ok ? FOUND : FAILED;
}

/* --- what needs a person ---------------------------------------------------------- */

static enum found
refuse_sso(struct search *s, const char *profile, struct error *err)
{
	static const char *const names[] = { "sso_session", "sso_start_url", "sso_account_id", "sso_role_name",
		"login_session" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *v = shared_value(s->files, profile, names[i]);
		bool there = v != NULL;

		free(v);
		if (there)
			return failed(error_set(err, ERROR_CREDENTIALS, "profile %s signs in with %s, which needs a "
			    "person; make a second profile that says\n  credential_process = aws configure "
			    "export-credentials --profile %s\nand name that one", profile,
			    i < 4 ? "SSO" : "\"aws login\"", profile));
	}
	return NOT_THERE;
}

/* --- roles ------------------------------------------------------------------------ */

static enum found profile_keys(struct search *s, const char *profile, struct error *err);
static enum found profile_role(struct search *s, const char *profile, struct error *err);

/* Puts a role behind those that are needed for it. */
static enum found
add_role(struct search *s, const char *profile, struct aws_role role, struct error *err)
{
	char *duration = shared_value(s->files, profile, "duration_seconds");
	bool ok = true;

	role.session_name = role.session_name != NULL ? role.session_name :
	    shared_value(s->files, profile, "role_session_name");
	if (duration != NULL && !str_to_int(duration, 900, 43200, &role.duration_s))
		ok = error_set(err, ERROR_CREDENTIALS, "profile %s: duration_seconds = %.20s is no number from 900 to "
		    "43200", profile, duration);
	if (ok && s->n == AWS_ROLES_MAX)
		ok = error_set(err, ERROR_CREDENTIALS, "profile %s: more than %d roles in a row", profile,
		    AWS_ROLES_MAX);
	if (ok)
		s->roles[s->n++] = role;
	else
		aws_role_clear(&role);
	free(duration);
	return ok ? FOUND : FAILED;
}

static bool
has(struct search *s, const char *profile, const char *name)
{
	char *v = shared_value(s->files, profile, name);
	bool there = v != NULL;

	mem_free_secret(v);
	return there;
}

static bool
has_keys(struct search *s, const char *profile)
{
	return has(s, profile, "aws_access_key_id") && has(s, profile, "aws_secret_access_key");
}

static enum found
source_profile(struct search *s, const char *profile, const char *source, struct error *err)
{
	enum found f;

	if (!shared_has(s->files, source))
		return failed(error_set(err, ERROR_CREDENTIALS, "profile %s: its source_profile \"%.60s\" is not there",
		    profile, source));
	if (strlist_has(&s->seen, source) && !(str_eq(source, profile) && has_keys(s, source)))
		return failed(error_set(err, ERROR_CREDENTIALS, "profile %s: its sources go round in a circle (%s again)",
		    profile, source));
	strlist_add(&s->seen, source);
	/* A source with keys of its own is used with them, also when it names a role. */
	if (has_keys(s, source) || !has(s, source, "role_arn") || has(s, source, "web_identity_token_file"))
		f = profile_keys(s, source, err);
	else
		f = profile_role(s, source, err);
	if (f == NOT_THERE)
		return failed(error_set(err, ERROR_CREDENTIALS, "profile %s: its source_profile \"%.60s\" has no "
		    "credentials", profile, source));
	return f;
}

static enum found
source_service(struct search *s, const char *profile, const char *kind, struct error *err)
{
	enum found f;

	if (str_eq(kind, "Environment"))
		f = from_environment(s->out, err);
	else if (str_eq(kind, "EcsContainer"))
		f = from_metadata(s->out, METADATA_CONTAINER, err);
	else if (str_eq(kind, "Ec2InstanceMetadata"))
		f = from_metadata(s->out, METADATA_INSTANCE, err);
	else
		return failed(error_set(err, ERROR_CREDENTIALS, "profile %s: credential_source = %.60s is none of "
		    "Environment, Ec2InstanceMetadata, EcsContainer", profile, kind));
	if (f == NOT_THERE)
		return failed(error_set(err, ERROR_CREDENTIALS, "profile %s: its credential_source %s has no credentials",
		    profile, kind));
	return f;
}

/* role_arn with what it is assumed with. */
static enum found
profile_role(struct search *s, const char *profile, struct error *err)
{
	char *arn = shared_value(s->files, profile, "role_arn");
	char *source = shared_value(s->files, profile, "source_profile");
	char *kind = shared_value(s->files, profile, "credential_source");
	enum found f = FAILED;

	if (arn == NULL || has(s, profile, "web_identity_token_file"))
		f = NOT_THERE;
	else if ((source != NULL) == (kind != NULL))
		error_set(err, ERROR_CREDENTIALS, "profile %s: a role_arn needs one of source_profile and "
		    "credential_source%s", profile, source != NULL ? ", not both" : "");
	else if (has(s, profile, "mfa_serial"))
		error_set(err, ERROR_CREDENTIALS, "profile %s asks for MFA (mfa_serial); a monitor cannot type codes: "
		    "let it use a role or user without", profile);
	else
		f = source != NULL ? source_profile(s, profile, source, err) : source_service(s, profile, kind, err);
	if (f == FOUND)
		f = add_role(s, profile, (struct aws_role){ .arn = mem_strdup(arn),
			.external_id = shared_value(s->files, profile, "external_id") }, err);
	free(arn);
	free(source);
	free(kind);
	return f;
}

/* A token in a file proves who we are (EKS, CI); the environment may name it too. */
static enum found
web_identity(struct search *s, const char *profile, bool environment, struct error *err)
{
	static const char *const variable[] = { "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME" };
	static const char *const setting[] = { "web_identity_token_file", "role_arn", "role_session_name" };
	char *v[3];
	enum found f = NOT_THERE;

	for (size_t i = 0; i < 3; i++)
		v[i] = environment ? shared_setting(s->files, profile, variable[i], setting[i]) :
		    shared_value(s->files, profile, setting[i]);
	if (v[0] != NULL && v[1] == NULL) {
		f = failed(error_set(err, ERROR_CREDENTIALS, "a web identity token is named (%.200s), but no role "
		    "(AWS_ROLE_ARN or role_arn)", v[0]));
	} else if (v[0] != NULL) {
		s->out->origin = mem_printf("web identity token %s", v[0]);
		f = add_role(s, profile, (struct aws_role){ .arn = v[1], .session_name = v[2], .token_file = v[0] }, err);
		v[0] = v[1] = v[2] = NULL;
	}
	for (size_t i = 0; i < 3; i++)
		free(v[i]);
	return f;
}

/* --- the order -------------------------------------------------------------------- */

/* What a profile has beside a role with a source. */
static enum found
profile_keys(struct search *s, const char *profile, struct error *err)
{
	bool environment = !s->named && s->seen.len <= 1;
	enum found f = web_identity(s, profile, environment, err);

	if (f == NOT_THERE)
		f = refuse_sso(s, profile, err);
	if (f == NOT_THERE)
		f = from_keys(s, profile, true, err);
	if (f == NOT_THERE)
		f = from_process(s, profile, err);
	if (f == NOT_THERE)
		f = from_keys(s, profile, false, err);
	return f;
}

static enum found
chain(struct search *s, const char *profile, struct error *err)
{
	enum found f = s->named ? NOT_THERE : from_environment(s->out, err);

	if (f == NOT_THERE)
		f = profile_role(s, profile, err);
	if (f == NOT_THERE)
		f = profile_keys(s, profile, err);
	if (f == NOT_THERE)
		f = from_metadata(s->out, METADATA_CONTAINER, err);
	if (f == NOT_THERE)
		f = from_metadata(s->out, METADATA_INSTANCE, err);
	return f;
}

bool
aws_credentials_find(const struct shared *files, const char *profile, struct aws_credentials *out,
    struct aws_role roles[static AWS_ROLES_MAX], int *n_roles, struct error *err)
{
	const char *wanted = shared_profile(profile);
	struct search s = { .files = files, .named = !str_empty(profile), .out = out, .roles = roles };
	enum found f;

	*out = (struct aws_credentials){ .expires_ms = WHEN_NONE };
	strlist_add(&s.seen, wanted);
	if (!shared_has(files, wanted) && !str_eq(wanted, "default"))
		f = failed(error_set(err, ERROR_CREDENTIALS, "there is no profile \"%.60s\" in ~/.aws/config or "
		    "~/.aws/credentials (AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others)", wanted));
	else
		f = chain(&s, wanted, err);
	if (f == NOT_THERE)
		error_set(err, ERROR_CREDENTIALS, "no AWS credentials: neither in the environment, nor in profile "
		    "\"%.60s\" of ~/.aws, nor from a container or instance; name a profile in the configuration", wanted);
	strlist_clear(&s.seen);
	if (f != FOUND) {
		aws_credentials_clear(out);
		while (s.n > 0)
			aws_role_clear(&roles[--s.n]);
	}
	*n_roles = s.n;
	return f == FOUND;
}
