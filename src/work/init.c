#include "work/init.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/model/canary.h"
#include "os/file.h"
#include "store/store.h"
#include "work/mint.h"
#include "work/policies.h"
#include "work/settings.h"
#include "world/aws/iam.h"
#include "world/aws/identity.h"
#include "world/aws/partition.h"
#include "world/aws/shared.h"

enum { NAMES_MAX = 1000 };

/* --- the draft ----------------------------------------------------------------------- */

char *
init_absolute(const char *path)
{
	char *expanded = file_expand(path), *dir, *out;

	if (*expanded == '/')
		return expanded;
	dir = getcwd(NULL, 0);
	out = mem_printf("%s/%s", str_or(dir, "."), expanded);
	free(dir);
	free(expanded);
	return out;
}

bool
init_begin(struct init_draft *d, const char *given, struct error *err)
{
	const char *path = str_or(given, getenv("KEYCANARY_CONFIG"));

	*d = (struct init_draft){ .path = NULL };
	if (!str_empty(path)) {
		d->path = init_absolute(path);
	} else {
		char *dir = file_config_dir();

		d->path = mem_printf("%s/keycanary.conf", dir);
		free(dir);
	}
	if (file_is_dir(d->path))
		return error_set(err, ERROR_USAGE, "%s is a directory; name the file", d->path);
	return settings_parse(&d->settings, NULL, NULL, err);
}

void
init_forget(struct init_draft *d, size_t n)
{
	while (d->secrets > n) {
		struct init_secret *s = &d->secret[--d->secrets];

		free(s->path);
		mem_free_secret(s->text);
	}
}

void
init_clear(struct init_draft *d)
{
	init_forget(d, 0);
	free(d->secret);
	settings_free(&d->settings);
	free(d->path);
	*d = (struct init_draft){ .path = NULL };
}

/* --- answers ------------------------------------------------------------------------- */

bool
init_profile_fine(const char *profile, struct error *err)
{
	struct shared files;
	bool there;

	shared_read(&files);
	there = shared_has(&files, profile);
	shared_free(&files);
	return there || error_set(err, ERROR_USAGE, "there is no profile \"%.60s\" in the AWS configuration "
	    "(~/.aws/config, ~/.aws/credentials); \"aws configure --profile NAME\" makes one", profile);
}

static bool
region_fine(const char *region, const char *first, struct error *err)
{
	const struct partition *p = partition_of(region);
	struct strlist known = STRLIST_INIT;
	const char *near;
	bool ok;

	strlist_split(&known, p->regions, " ");
	ok = strlist_has(&known, region);
	near = str_suggest(region, (const char *const *)known.item, known.len);
	if (!ok && near != NULL)
		error_set(err, ERROR_USAGE, "there is no region \"%.40s\"; did you mean \"%s\"?", region, near);
	else if (!ok)
		error_set(err, ERROR_USAGE, "there is no region \"%.40s\", or it is newer than this program: then choose "
		    "all, or add it to the file", region);
	else if (partition_of(first) != p)
		ok = error_set(err, ERROR_USAGE, "%s and %s are of different partitions: an account lives in one", first, region);
	strlist_clear(&known);
	return ok;
}

bool
init_regions(const char *text, struct strlist *out, struct error *err)
{
	struct strlist given = STRLIST_INIT;
	bool ok = true;

	strlist_split(&given, text, ", ");
	if (given.len == 1 && str_eq(given.item[0], "all")) {
		strlist_clear(&given);
		return true;
	}
	for (size_t i = 0; ok && i < given.len; i++) {
		ok = region_fine(given.item[i], out->len > 0 ? out->item[0] : given.item[i], err);
		if (ok)
			(void)strlist_add_new(out, given.item[i]);
	}
	if (ok && given.len == 0)
		ok = error_set(err, ERROR_USAGE, "name at least one region, or \"all\"");
	strlist_clear(&given);
	if (!ok)
		strlist_clear(out);
	return ok;
}

void
init_partition(struct init_draft *d)
{
	const struct account_settings *a = &d->settings.account[0];
	struct shared files;
	char *region;

	shared_read(&files);
	region = a->regions.len > 0 ? mem_strdup(a->regions.item[0]) :
	    shared_setting(&files, shared_profile(a->profile), "AWS_REGION", "region");
	shared_free(&files);
	if (!str_empty(region)) {
		free(d->settings.partition);
		d->settings.partition = mem_strdup(partition_of(region)->id);
	}
	free(region);
}

bool
init_place(struct init_draft *d, const char *place, struct error *err)
{
	const char *address = strstr(place, "://"), *at;

	if (address != NULL) {
		address += strlen("://");
		at = memchr(address, '@', strcspn(address, "/?"));
		if ((at != NULL && memchr(address, ':', (size_t)(at - address)) != NULL) || strstr(address, "password=") != NULL)
			return error_set(err, ERROR_USAGE, "a password does not stand in the configuration: leave it out of the "
			    "address, and set state.password afterwards");
	}
	free(d->settings.state);
	d->settings.state = address != NULL ? mem_strdup(place) : init_absolute(place);
	return true;
}

static bool
taken(const struct init_draft *d, const char *path)
{
	for (size_t i = 0; i < d->secrets; i++)
		if (str_eq(d->secret[i].path, path))
			return true;
	return file_exists(path);
}

void
init_keep(struct init_draft *d, struct channel_settings *c, const char *option, const char *text)
{
	char *copy = mem_strdup(d->path), *dir = dirname(copy);
	char *path = mem_printf("%s/%s-%s", dir, c->name, option), *name = mem_printf("%s_file", option);

	for (int n = 2; taken(d, path) && n < NAMES_MAX; n++) {
		free(path);
		path = mem_printf("%s/%s-%s-%d", dir, c->name, option, n);
	}
	MEM_GROW(d->secret, d->secrets, d->cap);
	d->secret[d->secrets++] = (struct init_secret){ .path = path, .text = mem_printf("%s\n", text) };
	channel_add(c, name, path);
	free(name);
	free(copy);
}

/* --- writing ------------------------------------------------------------------------- */

/* What was there, under a name nothing has yet. */
static bool
back_up(const char *path, char **backup, struct error *err)
{
	struct buf old = BUF_INIT(BUF_RECORD);
	struct error why = ERROR_INIT;
	bool ok = file_read(path, &old, err);

	for (int n = 1; ok && *backup == NULL; n++) {
		char *name = n == 1 ? mem_printf("%s.bak", path) : mem_printf("%s.bak%d", path, n);

		error_clear(&why);
		if (file_create(name, buf_str(&old), old.len, 0600, &why)) {
			*backup = name;
			continue;
		}
		free(name);
		if (why.kind != ERROR_CONFLICT || n == NAMES_MAX)
			ok = error_set(err, why.kind, "%s", why.text);
	}
	buf_free(&old);
	return ok;
}

static bool
give(const struct init_draft *d, const char *path, struct error *err)
{
	return d->owner == NULL || chown(path, d->owner->uid, d->owner->gid) == 0 ||
	    error_errno(err, ERROR_SYSTEM, "%s: cannot be given to user %s", path, d->owner->name);
}

static bool
write_secrets(const struct init_draft *d, size_t *made, struct error *err)
{
	for (size_t i = 0; i < d->secrets; i++) {
		const struct init_secret *s = &d->secret[i];

		if (!file_create(s->path, s->text, strlen(s->text), 0600, err))
			return false;
		++*made;
		if (!give(d, s->path, err))
			return false;
	}
	return true;
}

/* Replaces what a link points to, not the link. */
static bool
write_configuration(const struct init_draft *d, const struct buf *text, bool there, struct error *err)
{
	char *real = there ? realpath(d->path, NULL) : NULL;
	const char *path = real != NULL ? real : d->path;
	bool ok = (there ? file_write : file_create)(path, buf_str(text), text->len, 0600, err) && give(d, path, err);

	free(real);
	return ok;
}

static bool
write_all(struct init_draft *d, const struct buf *text, char **backup, struct error *err)
{
	bool there = file_exists(d->path);
	size_t made = 0;
	bool ok = (!there || back_up(d->path, backup, err)) && (*backup == NULL || give(d, *backup, err)) &&
	    write_secrets(d, &made, err) && write_configuration(d, text, there, err);

	while (!ok && made > 0)
		(void)unlink(d->secret[--made].path);
	if (!ok && *backup != NULL) {
		(void)unlink(*backup);
		free(*backup);
		*backup = NULL;
	}
	return ok;
}

static bool
make_directory(const struct init_draft *d, struct error *err)
{
	char *copy = mem_strdup(d->path), *dir = dirname(copy);
	bool ok = file_is_dir(dir) || (file_mkdirs(dir, 0700, err) && give(d, dir, err));

	free(copy);
	return ok;
}

/* The same reading as at every later start. */
static bool
reads_back(const struct buf *text, const char *path, struct error *err)
{
	struct settings back;

	if (!settings_parse(&back, buf_str(text), path, err))
		return false;
	settings_free(&back);
	return true;
}

bool
init_write(struct init_draft *d, char **backup, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	sigset_t all, before;
	bool ok;

	*backup = NULL;
	settings_compose(&d->settings, &text);
	ok = reads_back(&text, d->path, err) && make_directory(d, err);
	if (ok) {
		(void)sigfillset(&all);
		(void)sigprocmask(SIG_BLOCK, &all, &before);
		ok = write_all(d, &text, backup, err);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	}
	if (ok)
		init_forget(d, 0);
	buf_free(&text);
	return ok;
}

/* --- AWS ----------------------------------------------------------------------------- */

static bool
write_policy(const char *dir, const char *name, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD), old = BUF_INIT(BUF_RECORD);
	struct error why = ERROR_INIT;
	bool terraform = str_ends(name, ".tf");
	int len = (int)strlen(name) - (terraform ? 3 : 0);
	char *path = mem_printf(terraform ? "%s/%.*s/main.tf" : "%s/%.*s", dir, len, name);
	char *copy = mem_strdup(path);
	bool ok = policies_read(name, &text, err) && file_mkdirs(dirname(copy), 0755, err);

	if (ok && !file_create(path, buf_str(&text), text.len, 0644, &why))
		ok = (why.kind == ERROR_CONFLICT && file_read(path, &old, NULL) && str_eq(buf_str(&old), buf_str(&text))) ||
		    error_set(err, why.kind, "%s", why.text);
	free(copy);
	free(path);
	buf_free(&text);
	buf_free(&old);
	return ok;
}

bool
init_policies(const char *dir, struct error *err)
{
	struct strlist all = STRLIST_INIT;
	char *place = init_absolute(dir);
	bool ok = policies_list(&all, err);

	for (size_t i = 0; ok && i < all.len; i++) {
		all.item[i][strcspn(all.item[i], "\t")] = '\0';
		ok = write_policy(place, all.item[i], err);
	}
	strlist_clear(&all);
	free(place);
	return ok;
}

char *
init_principal(const struct settings *s, const char *profile)
{
	const struct aws_client_options o = { .profile = profile, .partition = s->partition,
		.timeout_ms = s->timeout_s * 1000 };
	char *account = NULL, *arn = NULL;
	struct iam iam;

	if (!iam_open(&iam, &o, NULL) || !aws_identity(iam.client, &account, &arn, NULL) ||
	    str_match("*:assumed-role/*", arn)) {
		free(arn);
		arn = NULL;
	}
	iam_close(&iam);
	free(account);
	return arn;
}

bool
init_drill_there(const char *config, bool *there, struct error *err)
{
	struct settings s;
	struct store *store = NULL;
	struct minted m = { .secret = NULL };
	bool ok;

	*there = false;
	if (!settings_load(&s, config, NULL, true, err))
		return false;
	ok = settings_open_store(&s, &store, err);
	ok = ok && mint_drill(store, NULL, &m, there, err);
	if (ok)
		minted_clear(&m);
	store_close(store);
	settings_free(&s);
	return ok;
}
