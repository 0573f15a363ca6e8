/*
 * world/aws/credentials.h: where the monitor's own credentials come from, in
 * the order the AWS CLI looks: environment, a profile of the shared files
 * (static keys, credential_process, a role with a source), web identity,
 * container, instance metadata.
 *
 * This file finds and reads; what needs a signed call (assuming a role) is
 * done by world/aws/client.h, which keeps the result fresh.
 */
#ifndef WORLD_AWS_CREDENTIALS_H
#define WORLD_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct aws_credentials {
	char *key_id;
	char *secret;
	char *token;		/* NULL: long-term */
	int64_t expires_ms;	/* WHEN_NONE: never */
	char *origin;		/* for people: "environment", "profile keycanary in ~/.aws/credentials" */
};

/* What a profile asks for beyond its own keys. */
struct aws_role {
	char *arn;		/* NULL: no role */
	char *external_id;
	char *session_name;
	int64_t duration_s;	/* 0: the service's default */
};

void aws_credentials_clear(struct aws_credentials *c);
void aws_role_clear(struct aws_role *r);

/*
 * Finds base credentials and the roles to assume with them, the innermost
 * first (at most AWS_ROLES_MAX). `profile` NULL: AWS_PROFILE, else the chain.
 */
enum { AWS_ROLES_MAX = 4 };
bool aws_credentials_find(const char *profile, struct aws_credentials *out,
    struct aws_role roles[static AWS_ROLES_MAX], int *n_roles, struct error *err);

/* A setting of a profile of the shared files ("region", "endpoint_url"); NULL: none. The caller frees. */
char *aws_profile_value(const char *profile, const char *name);

#endif
