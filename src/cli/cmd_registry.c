/* keycanary import, list, show: the registry of canaries. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "cli/table.h"
#include "core/model/canary_csv.h"
#include "core/report/json_report.h"
#include "os/file.h"
#include "work/plant.h"
#include "work/state.h"

static const char inert_note[] = "inert: never minted in AWS, it cannot fire";

/* --- import ------------------------------------------------------------------ */

static const struct opt import_opts[] = {
	{ .name = "owner", .kind = OPT_TEXT, .arg = "NAME", .about = "who is told, for lines without an owner" },
	{ .name = "tag", .kind = OPT_LIST, .arg = "TAG", .about = "add this tag; may be repeated" },
	{ .name = "inert", .kind = OPT_FLAG, .about = "the keys do not exist in AWS: for training" },
	{ .name = "dry-run", .letter = 'n', .kind = OPT_FLAG, .about = "check, but change nothing" },
	{ .name = NULL },
};

static void
complete(struct cmd_ctx *ctx, struct canary *c)
{
	const struct strlist *tags = opt_list(ctx, "tag");

	if (c->owner == NULL)
		c->owner = mem_strdup(opt_text(ctx, "owner"));
	for (size_t i = 0; i < tags->len; i++)
		(void)strlist_add_new(&c->tags, tags->item[i]);
	if (c->created_ms == WHEN_NONE)
		c->created_ms = ctx->now_ms;
	c->state = opt_flag(ctx, "inert") ? CANARY_INERT : CANARY_LIVE;
}

/* A canary that was tripped or retired stays so, however often its list is imported. */
static bool
keep_state(struct cmd_ctx *ctx, struct canary *c, struct error *err)
{
	struct canary old;
	bool found = false, ok = state_canary(ctx->store, c->key_id, &old, &found, err);

	if (ok && found) {
		c->state = old.state;
		c->level = old.level;
		c->drill = old.drill;
	}
	canary_clear(&old);
	return ok;
}

static bool
read_files(struct cmd_ctx *ctx, struct canary_set *set, struct error *err)
{
	bool ok = true;

	for (int i = 0; ok && i < ctx->argc; i++) {
		struct buf text = BUF_INIT(64 << 20);

		ok = file_read(ctx->argv[i], &text, err) &&
		    canary_read_list(buf_str(&text), text.len, ctx->argv[i], set, err);
		buf_free_secret(&text);
	}
	for (size_t i = 0; ok && i < set->len; i++) {
		complete(ctx, &set->item[i]);
		ok = keep_state(ctx, &set->item[i], err);
	}
	return ok;
}

static int
import_run(struct cmd_ctx *ctx, struct error *err)
{
	struct canary_set set = CANARY_SET_INIT;
	bool dry = opt_flag(ctx, "dry-run");
	bool ok = read_files(ctx, &set, err) && (dry || state_import(ctx->store, &set, err));

	if (ok && !ctx->quiet)
		(void)printf("%zu canar%s %s\n", set.len, set.len == 1 ? "y" : "ies",
		    dry ? "would be imported" : "imported");
	canary_set_clear(&set);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_import = {
	.name = "import",
	.group = "decoys",
	.args = "FILE…",
	.about = "take existing keys into the registry",
	.help =
	    "Reads CSV (key_id, user_name, account, owner, tags, note; a header line may\n"
	    "order them differently) and the JSON answer of \"aws iam create-access-key\";\n"
	    "\"-\" is standard input. The secret in such an answer is not kept. A wrong\n"
	    "line is named with its number and nothing is imported. Importing again\n"
	    "updates what is new.",
	.examples = "  keycanary import keys.csv --owner platform-team\n"
	    "  aws iam create-access-key --user-name ci-deploy | keycanary import -",
	.opts = import_opts,
	.needs = NEEDS_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = import_run,
};

/* --- list -------------------------------------------------------------------- */

static const struct opt list_opts[] = {
	{ .name = "status", .kind = OPT_TEXT, .arg = "STATUS", .choices = "live,tripped,retired,inert",
	  .about = "only those" },
	{ .name = "account", .kind = OPT_TEXT, .arg = "ID", .about = "only this account's" },
	{ .name = "tag", .kind = OPT_TEXT, .arg = "TAG", .about = "only those with this tag" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static void
write_canary(struct jsonw *w, const struct canary *c)
{
	jsonw_open(w, NULL, '{');
	jsonw_str(w, "key_id", c->key_id);
	jsonw_str(w, "account", c->account);
	jsonw_str(w, "user_name", c->user_name);
	jsonw_str(w, "user_id", c->user_id);
	jsonw_str(w, "arn", c->arn);
	jsonw_str(w, "state", canary_state_name(c->state));
	jsonw_bool(w, "can_fire", c->state != CANARY_INERT);
	jsonw_str(w, "level", canary_level_name(c->level));
	jsonw_str(w, "owner", c->owner);
	jsonw_strlist(w, "tags", &c->tags);
	jsonw_str(w, "note", c->note);
	jsonw_str(w, "origin", c->origin);
	jsonw_bool(w, "drill", c->drill);
	jsonw_bool(w, "secret_kept", c->sealed_secret != NULL);
	jsonw_when(w, "created", c->created_ms);
	jsonw_when(w, "tripped", c->tripped_ms);
	jsonw_when(w, "retired", c->retired_ms);
}

static bool
list_json(const struct canary_set *set, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "canaries", '[');
	for (size_t i = 0; i < set->len; i++) {
		write_canary(&w, &set->item[i]);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_close(&w);
	return show_buffer(&out, err);
}

static void
list_table(const struct cmd_ctx *ctx, const struct canary_set *set)
{
	static const char *const headings[] = { "KEY", "STATE", "ACCOUNT", "USER", "OWNER", "TAGS", NULL };
	struct table t;

	table_begin(&t, headings);
	for (size_t i = 0; i < set->len; i++) {
		const struct canary *c = &set->item[i];
		char *tags = strlist_join(&c->tags, " ");

		table_cell(&t, c->key_id);
		table_cell_color(&t, c->state == CANARY_TRIPPED ? COLOR_RED :
		    c->state == CANARY_LIVE ? COLOR_GREEN : COLOR_DIM,
		    c->state == CANARY_INERT ? "inert (cannot fire)" : canary_state_name(c->state));
		table_cell(&t, c->account);
		table_cell(&t, c->user_name);
		table_cell(&t, c->owner);
		table_cell(&t, tags);
		free(tags);
	}
	table_end(&t, stdout, ctx->color, ctx->width);
}

static int
list_run(struct cmd_ctx *ctx, struct error *err)
{
	struct canary_set set = CANARY_SET_INIT;
	bool ok = state_canaries(ctx->store, opt_text(ctx, "status"), opt_text(ctx, "account"),
	    opt_text(ctx, "tag"), &set, err);

	if (ok && show_json(ctx))
		ok = list_json(&set, err);
	else if (ok && set.len > 0)
		list_table(ctx, &set);
	else if (ok)
		(void)fputs("no canaries; \"keycanary mint\" makes some, \"keycanary import\" takes existing keys\n", stderr);
	canary_set_clear(&set);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_list = {
	.name = "list",
	.group = "decoys",
	.about = "list the canaries",
	.opts = list_opts,
	.needs = NEEDS_STORE | NEEDS_PAGER,
	.run = list_run,
};

/* --- show -------------------------------------------------------------------- */

static const struct opt show_opts[] = {
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

/* What the state keeps of the secret, so that nobody has to guess. */
static const char *
kept(const struct canary *c)
{
	if (c->sealed_secret == NULL)
		return "not kept";
	return c->drill ? "kept sealed, for drills" : "kept sealed until it is planted";
}

static void
show_lines(const struct cmd_ctx *ctx, const struct canary *c)
{
	char at[WHEN_TEXT_MAX];
	char *tags = strlist_join(&c->tags, " ");
	const struct {
		const char *name, *value;
	} row[] = {
		{ "Key", c->key_id },
		{ "State", c->state == CANARY_INERT ? inert_note : canary_state_name(c->state) },
		{ "Account", c->account }, { "User", c->user_name }, { "User id", c->user_id }, { "ARN", c->arn },
		{ "Level", canary_level_name(c->level) }, { "Owner", c->owner }, { "Tags", tags },
		{ "Note", c->note }, { "Origin", c->origin }, { "Batch", c->batch }, { "Secret", kept(c) },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct buf b = BUF_INIT(BUF_LINE);

		if (str_empty(row[i].value))
			continue;
		term_paint(&b, false, COLOR_NONE, row[i].value);
		(void)printf("%-9s %s\n", row[i].name, buf_str(&b));
		buf_free(&b);
	}
	if (c->created_ms != WHEN_NONE)
		(void)printf("%-9s %s\n", "Created", show_time(ctx, c->created_ms, at));
	if (c->tripped_ms != WHEN_NONE)
		(void)printf("%-9s %s\n", "Tripped", show_time(ctx, c->tripped_ms, at));
	if (c->retired_ms != WHEN_NONE)
		(void)printf("%-9s %s\n", "Retired", show_time(ctx, c->retired_ms, at));
	free(tags);
}

static void
show_incidents_of(const struct incident_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		struct buf b = BUF_INIT(BUF_LINE);

		term_paint(&b, false, COLOR_NONE, list->item[i].verdict.summary);
		(void)printf("%-9s %s  %s\n", i == 0 ? "Incidents" : "", list->item[i].id, buf_str(&b));
		buf_free(&b);
	}
}

static void
show_places(const struct placement_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct placement *p = &list->item[i];
		struct buf b = BUF_INIT(BUF_LINE);

		term_paint(&b, false, COLOR_NONE, str_or(p->remote, p->repo));
		buf_puts(&b, " ");
		term_paint(&b, false, COLOR_NONE, p->path);
		(void)printf("%-9s %s:%lld-%lld (%s, %s)\n", i == 0 ? "Planted" : "", buf_str(&b), (long long)p->line_from,
		    (long long)p->line_to, str_or(p->bait, "?"), placement_state_name(p->state));
		buf_free(&b);
	}
}

static bool
show_as_json(const struct canary *c, const struct incident_list *list, const struct placement_list *places,
    struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);

	write_canary(&w, c);
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "incidents", '[');
	for (size_t i = 0; i < list->len; i++)
		jsonw_str(&w, NULL, list->item[i].id);
	jsonw_close(&w);
	jsonw_open(&w, "placements", '[');
	for (size_t i = 0; i < places->len; i++) {
		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "repo", str_or(places->item[i].remote, places->item[i].repo));
		jsonw_str(&w, "path", places->item[i].path);
		jsonw_int(&w, "line_from", places->item[i].line_from);
		jsonw_int(&w, "line_to", places->item[i].line_to);
		jsonw_str(&w, "bait", places->item[i].bait);
		jsonw_str(&w, "state", placement_state_name(places->item[i].state));
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_close(&w);
	return show_buffer(&out, err);
}

static int
show_run(struct cmd_ctx *ctx, struct error *err)
{
	struct incident_list incidents = INCIDENT_LIST_INIT;
	struct placement_list places = PLACEMENT_LIST_INIT;
	struct canary c;
	bool found = false;
	bool ok = state_canary(ctx->store, ctx->argv[0], &c, &found, err);

	if (ok && !found)
		ok = error_set(err, ERROR_NOT_FOUND, "%.40s is not in the registry; \"keycanary list\" shows what is",
		    ctx->argv[0]);
	ok = ok && state_incidents(ctx->store, c.key_id, NULL, WHEN_NONE, &incidents, err) &&
	    plant_list(ctx->store, c.key_id, NULL, &places, err);
	if (ok && show_json(ctx)) {
		ok = show_as_json(&c, &incidents, &places, err);
	} else if (ok) {
		show_lines(ctx, &c);
		show_places(&places);
		show_incidents_of(&incidents);
	}
	placement_list_clear(&places);
	incident_list_clear(&incidents);
	canary_clear(&c);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_show = {
	.name = "show",
	.group = "decoys",
	.args = "AKIA…",
	.about = "tell all about one canary",
	.opts = show_opts,
	.needs = NEEDS_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = show_run,
};
