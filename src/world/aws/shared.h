/*
 * world/aws/shared.h: the two files the AWS tools share, and the settings
 * that come from the environment or from them.
 */
#ifndef WORLD_AWS_SHARED_H
#define WORLD_AWS_SHARED_H

#include <stdbool.h>

/* Texts of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE; "" when there is no such file. */
struct shared {
	char *config;
	char *credentials;
};

void shared_read(struct shared *out);
void shared_free(struct shared *s);

/* `profile` if given, else AWS_DEFAULT_PROFILE, AWS_PROFILE (in the CLI's order), else "default". */
const char *shared_profile(const char *profile);
bool shared_has(const struct shared *s, const char *profile);
/* A setting of a profile; the credentials file wins. NULL: none. The caller frees. */
char *shared_value(const struct shared *s, const char *profile, const char *name);
/* The same from one of the files alone. */
char *shared_config_value(const struct shared *s, const char *profile, const char *name);
char *shared_credentials_value(const struct shared *s, const char *profile, const char *name);
/* What [services x] says of a service ("endpoint_url"), x being the profile's `services`. The caller frees. */
char *shared_service_value(const struct shared *s, const char *profile, const char *service,
    const char *name);
/* The variable if it is set, else the profile's setting; NULL: neither. The caller frees. */
char *shared_setting(const struct shared *s, const char *profile, const char *variable,
    const char *name);
/* The same for "true" and anything else. */
bool shared_true(const struct shared *s, const char *profile, const char *variable, const char *name);

#endif
