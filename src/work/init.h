/*
 * work/init.h: a configuration while it is being asked for.
 *
 * Nothing touches the disk before init_write(): the file and the secrets it
 * refers to then appear whole or not at all. Secrets get files of their own
 * beside the configuration and are wiped from memory with the draft.
 *
 *	init_begin(&d, path)  settings by hand, init_keep() …  init_write()  init_clear()
 */
#ifndef WORK_INIT_H
#define WORK_INIT_H

#include "core/settings/compose.h"
#include "os/user.h"

struct init_secret {
	char *path;
	char *text;
};

struct init_draft {
	char *path;		/* of the configuration, absolute */
	const struct user *owner;	/* of what is written; NULL: us */
	struct settings settings;
	struct init_secret *secret;	/* not written yet */
	size_t secrets, cap;
};

/* `given`: --config. NULL: KEYCANARY_CONFIG, else keycanary.conf in the user's configuration directory. */
bool init_begin(struct init_draft *d, const char *given, struct error *err);
void init_clear(struct init_draft *d);
/* Against the working directory; "~/" is the home directory. The caller frees. */
char *init_absolute(const char *path);

/* A profile of that name is in the shared AWS files. */
bool init_profile_fine(const char *profile, struct error *err);
/* "eu-west-1,us-east-1"; "all" gives none: they are discovered. Known ones of one partition, each once. */
bool init_regions(const char *text, struct strlist *out, struct error *err);
/* The partition of the account's regions, or of its profile's region. */
void init_partition(struct init_draft *d);
/* state.place: made absolute; an address that holds a password is refused. */
bool init_place(struct init_draft *d, const char *place, struct error *err);
/* Keeps a secret in a file beside the configuration, referred to by the channel's option NAME_file. */
void init_keep(struct init_draft *d, struct channel_settings *c, const char *option, const char *text);
/* Forgets the secrets behind the first `n`. */
void init_forget(struct init_draft *d, size_t n);

/*
 * Writes secrets and configuration, 0600, in a directory made 0700, all of
 * them the owner's. A file
 * that is there is kept as PATH.bak (*backup, the caller frees; NULL: there was
 * none). Signals wait until it is done; after a failure nothing is left.
 */
bool init_write(struct init_draft *d, char **backup, struct error *err);

/*
 * Every document of "keycanary policy" into a directory: NAME.tf as
 * NAME/main.tf, because Terraform reads a directory whole. A file that is there
 * with another text is not touched: ERROR_CONFLICT.
 */
bool init_policies(const char *dir, struct error *err);
/* Whose credentials a profile has (sts:GetCallerIdentity); a session's role cannot be named: NULL. The caller frees. */
char *init_principal(const struct settings *s, const char *profile);
/* A canary for drills is in the state already. */
bool init_drill_there(const char *config, bool *there, struct error *err);

#endif
