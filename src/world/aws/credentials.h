/*
 * world/aws/credentials.h: where the monitor's own credentials come from,
 * exactly as the AWS CLI finds them.
 *
 * Without a profile named in our own configuration the environment comes
 * first. Then, for the profile (AWS_DEFAULT_PROFILE, AWS_PROFILE, "default"):
 * a role with its source, web identity, the keys of the credentials file,
 * credential_process, the keys of the config file. Last the container's
 * endpoint and the instance's metadata service. Two kinds are refused with an
 * advice, because they need a person: MFA and SSO.
 *
 * This file finds and reads; what needs a call (becoming a role) is done by
 * world/aws/client.h, which keeps the result fresh.
 */
#ifndef WORLD_AWS_CREDENTIALS_H
#define WORLD_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "world/aws/shared.h"

struct aws_credentials {
	char *key_id;		/* NULL: none, the first role needs none */
	char *secret;
	char *token;		/* NULL: long-term */
	int64_t expires_ms;	/* WHEN_NONE: never */
	char *origin;		/* for people: "environment", "profile keycanary (credentials file)" */
};

struct aws_role {
	char *arn;		/* NULL: no role */
	char *external_id;
	char *session_name;
	char *token_file;	/* web identity: the token is what proves, not a signature. NULL: AssumeRole */
	int64_t duration_s;	/* 0: the service's default */
};

void aws_credentials_clear(struct aws_credentials *c);
void aws_role_clear(struct aws_role *r);

/*
 * Finds base credentials and the roles to assume with them, the innermost
 * first. `profile` NULL: none was named in our configuration.
 */
enum { AWS_ROLES_MAX = 8 };
bool aws_credentials_find(const struct shared *files, const char *profile, struct aws_credentials *out,
    struct aws_role roles[static AWS_ROLES_MAX], int *n_roles, struct error *err);

/* The JSON of credential_process and of the metadata services. `what` names the source; exposed for tests. */
bool aws_credentials_read(const char *text, size_t len, const char *what, struct aws_credentials *out,
    struct error *err);

#endif
