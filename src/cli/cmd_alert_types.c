/* keycanary alert types: every kind of channel, its options, and how it is written down. */
#include <stdlib.h>

#include "base/json.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "core/report/json_report.h"
#include "core/settings/channels.h"

static bool
no_kind(const char *name, struct error *err)
{
	const char *names[32], *near;
	size_t n = 0;

	for (; channel_kinds[n].name != NULL; n++)
		names[n] = channel_kinds[n].name;
	near = str_suggest(name, names, n);
	return error_set(err, ERROR_NOT_FOUND, "there is no type of channel \"%.40s\"%s%s%s", name,
	    near != NULL ? "; did you mean " : "; \"keycanary alert types\" lists them", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

static const struct opt types_opts[] = {
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static void
write_kind(struct jsonw *w, const struct channel_kind *k)
{
	jsonw_open(w, NULL, '{');
	jsonw_str(w, "type", k->name);
	jsonw_str(w, "about", k->about);
	jsonw_str(w, "note", k->note);
	jsonw_open(w, "options", '[');
	for (const struct channel_row *r = k->rows; r->name != NULL; r++) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "name", r->name);
		jsonw_str(w, "about", r->about);
		jsonw_bool(w, "required", (r->flags & CHANNEL_REQUIRED) != 0);
		jsonw_bool(w, "secret", (r->flags & CHANNEL_SECRET) != 0);
		jsonw_str(w, "choices", r->choices);
		jsonw_close(w);
	}
	jsonw_close(w);
	jsonw_close(w);
}

/* All kinds, or the one of that name. */
static void
write_kinds(struct buf *out, const char *name)
{
	struct jsonw w = JSONW_INIT(out, 2);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "types", '[');
	for (const struct channel_kind *k = channel_kinds; k->name != NULL; k++)
		if (name == NULL || str_eq(name, k->name))
			write_kind(&w, k);
	jsonw_close(&w);
	jsonw_close(&w);
}

static int
types_run(struct cmd_ctx *ctx, struct error *err)
{
	const char *name = ctx->argc > 0 ? ctx->argv[0] : NULL;
	struct buf out = BUF_INIT(BUF_REPORT);
	bool ok;

	if (name != NULL && channel_kind(name) == NULL)
		return no_kind(name, err) ? EXIT_FINE : -1;
	if (show_json(ctx))
		write_kinds(&out, name);
	for (const struct channel_kind *k = channel_kinds; k->name != NULL && !show_json(ctx); k++) {
		if (name != NULL && !str_eq(name, k->name))
			continue;
		channel_explain(k, &out);
		buf_putc(&out, '\n');
	}
	ok = show_buffer(&out, err);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_alert_types = {
	.name = "alert types",
	.group = "alerts",
	.args = "[TYPE]",
	.about = "list every type of channel with its options and an example",
	.help = "Channels are groups of the list \"channels\" in the configuration. Which alerts go to which\n"
	    "channel is said by \"routes\": by severity, intent, tag and account; without routes all go to all.\n"
	    "Secrets never stand in the file: NAME_file = \"/path\" (readable by nobody else) or\n"
	    "NAME = \"env:VARIABLE\".\n\n"
	    "What a webhook, a program (exec) and a file with format = \"json\" get is one JSON object:\n"
	    "  schema       1; grows when a member changes its meaning\n"
	    "  kind         first, escalation, digest, closed, blind, sighted, channel, drill or test\n"
	    "  key          the same for every attempt of one message: drop what you have seen\n"
	    "  incident     its id; null in messages about the watch itself, which have a topic instead\n"
	    "  topic        what belongs together there: \"blind-prod\" is opened by blind, ended by sighted\n"
	    "  key_id, account, tags   of the canary\n"
	    "  intent, intents, severity, confidence   the verdict; urgent: the severity rose\n"
	    "  drill        true: a drill, nobody broke in\n"
	    "  title, summary, sections   the text; a section has a heading and lines\n"
	    "  source_ip, tool, event_time   of the newest use told of\n"
	    "  revision, sightings     of the incident, as this message tells them\n"
	    "  made, link              of the message; to the full report",
	.examples = "keycanary alert types smtp   # how mail is set up\n"
	    "keycanary alert test         # try every channel of the configuration",
	.opts = types_opts,
	.needs = NEEDS_PAGER,
	.max_args = 1,
	.run = types_run,
};
