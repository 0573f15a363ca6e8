/* The batch half of work/mint.h: plan, run, finish, take back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/persona/persona.h"
#include "os/clock.h"
#include "os/embedded.h"
#include "os/random.h"
#include "store/canaries.h"
#include "store/incidents.h"
#include "work/mint_int.h"

#define PERSONA_DIR "canary/persona/"

/* --- names ------------------------------------------------------------------------ */

static char *
style_name(const char *path)
{
	const char *name = path + strlen(PERSONA_DIR);

	return mem_strndup(name, strlen(name) - (str_ends(name, ".conf") ? strlen(".conf") : 0));
}

static struct persona *
read_style(const char *name, struct error *err)
{
	char *path = mem_printf(PERSONA_DIR "%s.conf", name);
	struct buf text = BUF_INIT(BUF_RECORD);
	struct persona *p = NULL;

	if (strchr(name, '/') == NULL && embedded_read(path, &text, err))
		p = persona_parse(buf_str(&text), path, err);
	buf_free(&text);
	free(path);
	return p;
}

bool
mint_styles(struct strlist *out, struct error *err)
{
	struct strlist paths = STRLIST_INIT;
	bool ok = true;

	embedded_list(PERSONA_DIR, &paths);
	for (size_t i = 0; ok && i < paths.len; i++) {
		char *name = style_name(paths.item[i]);
		struct persona *p = read_style(name, err);

		ok = p != NULL;
		if (ok)
			strlist_take(out, mem_printf("%s\t%s", name, persona_about(p)));
		persona_free(p);
		free(name);
	}
	strlist_clear(&paths);
	return ok;
}

static bool
no_style(const char *name, struct error *err)
{
	struct strlist paths = STRLIST_INIT, names = STRLIST_INIT;
	char *all;

	embedded_list(PERSONA_DIR, &paths);
	for (size_t i = 0; i < paths.len; i++)
		strlist_take(&names, style_name(paths.item[i]));
	all = strlist_join(&names, ", ");
	error_set(err, ERROR_USAGE, "there is no style \"%.40s\"; there are %s", name, all);
	free(all);
	strlist_clear(&paths);
	strlist_clear(&names);
	return false;
}

struct persona *
mint_style(const struct settings *settings, const struct mint_order *o, struct error *err)
{
	const char *name = str_or(o->style, str_or(settings->mint_style, "service"));
	struct error why = ERROR_INIT;
	struct persona *p = read_style(name, &why);

	if (p == NULL) {
		if (why.kind == ERROR_NOT_FOUND || why.kind == ERROR_NONE)
			(void)no_style(name, err);
		else if (err != NULL)
			*err = why;
		return NULL;
	}
	if ((o->pattern == NULL || persona_set_pattern(p, o->pattern, err)) &&
	    (o->path == NULL || persona_set_path(p, o->path, err)) &&
	    (o->apps == NULL || persona_set_apps(p, o->apps, err)))
		return p;
	if (err != NULL && err->kind == ERROR_INPUT)
		err->kind = ERROR_USAGE;
	persona_free(p);
	return NULL;
}

static void
take_name(struct map *taken, const char *name)
{
	static char there;
	char *key = name != NULL ? persona_key(name) : NULL;

	if (key != NULL)
		(void)map_put(taken, key, &there);
	free(key);
}

bool
mint_names_known(struct store *s, struct map *taken, struct error *err)
{
	struct canary_set all = CANARY_SET_INIT;
	struct minting_list rows = { .item = NULL };
	bool ok = canary_list(s, NULL, &all, err) && minting_list(s, &rows, err);

	for (size_t i = 0; ok && i < all.len; i++)
		take_name(taken, all.item[i].user_name);
	for (size_t i = 0; ok && i < rows.len; i++)
		take_name(taken, rows.item[i].user_name);
	canary_set_clear(&all);
	minting_list_clear(&rows);
	return ok;
}

/* Names in AWS. Without the right to list them a clash is found by CreateUser itself. */
static bool
names_there(struct minter *m, struct map *taken, struct error *err)
{
	struct iam_user_list users = { .item = NULL };
	struct error why = ERROR_INIT;
	bool ok = iam_list_users(&m->iam, NULL, &users, &why);

	for (size_t i = 0; i < users.len; i++)
		take_name(taken, users.item[i].name);
	iam_user_list_clear(&users);
	if (!ok && why.kind == ERROR_DENIED) {
		minter_note(m, "names in use cannot be looked at: %s", why.text);
		return true;
	}
	if (!ok && err != NULL)
		*err = why;
	return ok;
}

void
mint_result_clear(struct mint_result *r)
{
	strlist_clear(&r->keys);
	strlist_clear(&r->planned);
	strlist_clear(&r->calls);
}

/* --- one row -------------------------------------------------------------------------- */

static void
made_one(struct minter *m, const struct canary *c, bool earlier, struct mint_result *out)
{
	out->made++;
	out->finished += earlier;
	strlist_add(&out->keys, c->key_id);
	if (m->tell != NULL && m->tell->made != NULL)
		m->tell->made(m->tell->arg, c);
}

/* The error stays with the row, for whoever looks at the journal. */
static void
keep_error(struct minter *m, struct minting *row, const struct error *err)
{
	free(row->error);
	row->error = mem_strdup(err->text);
	(void)minting_save(m->store, row, NULL);
}

/* What the network broke may be finished later; what AWS refused is taken back now. */
static bool
may_go_on(const struct error *err)
{
	return err->kind == ERROR_NETWORK || err->kind == ERROR_THROTTLED || err->kind == ERROR_STORE ||
	    err->kind == ERROR_SYSTEM || err->kind == ERROR_CREDENTIALS;
}

static bool
give_up(struct minter *m, struct minting *row, struct error *err)
{
	struct error why = ERROR_INIT;

	error_in(err, "user %s", row->user_name);
	if (may_go_on(err) || !mint_undo(m, row, &why)) {
		keep_error(m, row, err);
		return false;
	}
	minter_note(m, "user %s: taken back", row->user_name);
	return false;
}

static bool
run_row(struct minter *m, struct minting *row, bool earlier, struct mint_result *out, struct error *err)
{
	bool begun = !str_eq(row->step, "planned");
	struct canary c;
	bool ok;

	canary_init(&c);
	ok = mint_steps(m, row, earlier && begun, &c, err);
	if (ok)
		made_one(m, &c, earlier, out);
	else
		(void)give_up(m, row, err);
	canary_clear(&c);
	return ok;
}

/* --- what an earlier run left -------------------------------------------------------------- */

enum earlier { FINISH_BEGUN, FINISH_ALL, UNDO_ALL };

static bool
settle_row(struct minter *m, struct minting *row, enum earlier how, struct mint_result *out, struct error *err)
{
	bool planned = str_eq(row->step, "planned");

	if (how == UNDO_ALL || (planned && how == FINISH_BEGUN)) {
		if (!mint_undo(m, row, err))
			return error_in(err, "user %s", row->user_name);
		out->undone += !planned;
		return true;
	}
	return run_row(m, row, true, out, err);
}

static bool
settle_account(struct store *s, const struct settings *settings, const struct minting_list *rows, size_t first,
    const char *profile, enum earlier how, const char *who, const struct mint_tell *tell,
    struct mint_result *out, struct error *err)
{
	const char *account = rows->item[first].account;
	struct minter m;
	bool ok = minter_open(&m, s, settings, rows->item[first].account_name, profile, who, tell, err);

	if (ok && !str_eq(m.account, account))
		ok = error_set(err, ERROR_CONFLICT, "minting was begun in account %s, these credentials are of %s",
		    account, m.account);
	for (size_t i = first; ok && i < rows->len; i++)
		if (str_eq(rows->item[i].account, account))
			ok = settle_row(&m, &rows->item[i], how, out, err);
	minter_close(&m);
	return ok;
}

static bool
settle(struct store *s, const struct settings *settings, const char *profile, enum earlier how, const char *who,
    const struct mint_tell *tell, struct mint_result *out, struct error *err)
{
	struct minting_list rows = { .item = NULL };
	struct map done = MAP_INIT;
	bool ok = minting_list(s, &rows, err);

	for (size_t i = 0; ok && i < rows.len; i++)
		if (map_put(&done, rows.item[i].account, &done) == NULL)
			ok = settle_account(s, settings, &rows, i, profile, how, who, tell, out, err);
	map_clear(&done, NULL);
	minting_list_clear(&rows);
	return ok;
}

/* --- a new batch ---------------------------------------------------------------------------- */

char *
mint_batch_name(void)
{
	char at[WHEN_TEXT_MAX];

	return mem_printf("%.8s-%06llx", when_basic(clock_now_ms(), at), (unsigned long long)random_below(1 << 24));
}

static enum canary_level
level_of(const struct settings *settings, const struct mint_order *o)
{
	enum canary_level level = CANARY_SILENT;

	if (o->level >= 0)
		return (enum canary_level)o->level;
	(void)canary_level_parse(str_or(settings->mint_level, "silent"), &level);
	return level;
}

static bool
room_for(struct minter *m, int64_t count, struct error *err)
{
	int64_t users, max;
	struct error why = ERROR_INIT;

	if (!iam_quota(&m->iam, &users, &max, &why)) {
		if (why.kind != ERROR_DENIED) {
			if (err != NULL)
				*err = why;
			return false;
		}
		minter_note(m, "the account's limits cannot be looked at: %s", why.text);
		return true;
	}
	if (users + count > max)
		return error_set(err, ERROR_FULL, "account %s has %lld of the %lld IAM users AWS allows; %lld more do not "
		    "fit. Retire some, or mint in another account (--account)", m->account, (long long)users,
		    (long long)max, (long long)count);
	users += count;
	if (users > max - max / 10)
		minter_note(m, "account %s will have %lld of the %lld IAM users AWS allows", m->account, (long long)users,
		    (long long)max);
	return true;
}

/* What a run would do, a line each; nothing is done. */
static bool
tell_calls(struct minter *m, const struct mint_order *o, struct mint_result *out, struct error *err)
{
	const char *boundary = str_or(o->boundary, m->settings->mint_boundary), *name = NULL;
	char *document = NULL;
	bool ok = level_policy(level_of(m->settings, o), &name, &document, err);

	strlist_take(&out->calls, mem_printf("iam:CreateUser%s%s", boundary != NULL ? ", with the boundary " : "",
	    str_or(boundary, "")));
	if (ok && document != NULL)
		strlist_take(&out->calls, mem_printf("iam:PutUserPolicy, an inline policy \"%s\"", name));
	strlist_add(&out->calls, "iam:CreateAccessKey");
	free(document);
	return ok;
}

static bool
on_paper(struct minter *m, const struct persona *p, const struct mint_order *o, struct mint_result *out,
    struct error *err)
{
	struct map taken = MAP_INIT;
	uint64_t dice = o->seed;
	bool ok = room_for(m, o->count, err) && mint_names_known(m->store, &taken, err) &&
	    names_there(m, &taken, err) && tell_calls(m, o, out, err);

	for (int64_t i = 0; ok && i < o->count; i++) {
		char *name = NULL, *path = NULL;

		ok = persona_make(p, &dice, &taken, &name, &path, err);
		if (ok)
			strlist_take(&out->planned, mem_printf("%s%s", path, name));
		free(name);
		free(path);
	}
	map_clear(&taken, NULL);
	return ok;
}

static void
fill_row(struct minting *row, const struct minter *m, const struct mint_order *o, const char *batch)
{
	row->account = mem_strdup(m->account);
	row->account_name = m->chosen != NULL ? mem_strdup(m->chosen->name) : NULL;
	row->batch = mem_strdup(batch);
	row->boundary = mem_strdup(str_or(o->boundary, m->settings->mint_boundary));
	row->step = mem_strdup("planned");
	row->owner = mem_strdup(o->owner);
	row->note = mem_strdup(o->note);
	row->origin = mem_strdup(str_or(o->origin, "mint"));
	if (o->tags != NULL)
		strlist_copy(&row->tags, o->tags);
	row->level = level_of(m->settings, o);
	row->drill = o->drill;
	row->started_ms = clock_now_ms();
}

/* All rows of the batch at once, before the first call. */
static bool
plan(struct minter *m, const struct persona *p, const struct mint_order *o, struct minting_list *rows,
    struct error *err)
{
	struct map taken = MAP_INIT;
	uint64_t dice = o->seed;
	char *batch = o->batch != NULL ? mem_strdup(o->batch) : mint_batch_name();
	bool ok = mint_names_known(m->store, &taken, err) && names_there(m, &taken, err);

	ok = ok && store_begin(m->store, err);
	for (int64_t i = 0; ok && i < o->count; i++) {
		struct minting row = { .account = NULL };

		ok = persona_make(p, &dice, &taken, &row.user_name, &row.path, err);
		if (ok) {
			fill_row(&row, m, o, batch);
			ok = minting_save(m->store, &row, err);
			MEM_GROW(rows->item, rows->len, rows->cap);
			rows->item[rows->len++] = row;
		}
	}
	ok = ok && store_commit(m->store, err);
	if (!ok)
		store_rollback(m->store);
	map_clear(&taken, NULL);
	free(batch);
	return ok;
}

static bool
run_batch(struct minter *m, const struct persona *p, const struct mint_order *o, struct mint_result *out,
    struct error *err)
{
	struct minting_list rows = { .item = NULL };
	bool ok = room_for(m, o->count, err) && plan(m, p, o, &rows, err);

	for (size_t i = 0; ok && i < rows.len; i++)
		ok = (m->turn == NULL || turn_renew(m->turn, err)) && run_row(m, &rows.item[i], false, out, err);
	minting_list_clear(&rows);
	return ok;
}

/* Rows of the journal, and what to do about them. */
static bool
count_left(struct store *s, struct mint_result *out, bool ok, struct error *err)
{
	struct minting_list rows = { .item = NULL };

	if (minting_list(s, &rows, NULL))
		out->left = rows.len;
	minting_list_clear(&rows);
	if (!ok && out->left > 0 && err != NULL && err->kind != ERROR_USAGE && err->kind != ERROR_BUSY) {
		char *text = mem_strdup(err->text);

		error_set(err, err->kind, "%s\n%zu are not finished: \"keycanary mint --resume\" goes on, "
		    "\"keycanary mint --undo\" takes them back", text, out->left);
		free(text);
	}
	return ok;
}

static bool
open_for(struct minter *m, struct store *s, const struct settings *settings, const struct mint_order *o,
    const char *who, const struct mint_tell *tell, struct error *err)
{
	return o->number != NULL ? minter_open_number(m, s, settings, o->number, o->profile, who, tell, err) :
	    minter_open(m, s, settings, o->account, o->profile, who, tell, err);
}

bool
mint(struct store *s, const struct settings *settings, const struct mint_order *order, const char *who,
    const struct mint_tell *tell, struct mint_result *out, struct error *err)
{
	struct persona *p = mint_style(settings, order, err);
	struct turn turn = TURN_INIT;
	struct minter m;
	bool ok, open = false;

	*out = (struct mint_result){ .keys = STRLIST_INIT };
	ok = p != NULL && (order->dry_run || minter_lock(s, &turn, err));
	ok = ok && (order->dry_run || settle(s, settings, order->profile, FINISH_BEGUN, who, tell, out, err));
	ok = ok && (open = open_for(&m, s, settings, order, who, tell, err));
	if (open)
		m.turn = &turn;
	ok = ok && (order->dry_run ? on_paper : run_batch)(&m, p, order, out, err);
	ok = count_left(s, out, ok, err);
	if (open)
		minter_close(&m);
	turn_end(&turn);
	persona_free(p);
	return ok;
}

bool
mint_resume(struct store *s, const struct settings *settings, const char *profile, bool undo,
    const char *who, const struct mint_tell *tell, struct mint_result *out, struct error *err)
{
	struct turn turn = TURN_INIT;
	bool ok = minter_lock(s, &turn, err);

	*out = (struct mint_result){ .keys = STRLIST_INIT };
	ok = ok && settle(s, settings, profile, undo ? UNDO_ALL : FINISH_ALL, who, tell, out, err);
	ok = count_left(s, out, ok, err);
	turn_end(&turn);
	return ok;
}
