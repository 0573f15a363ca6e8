#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cli/options.h"
#include "cli/term.h"

const struct help_group help_groups[] = {
	{ "look", "look", "Look for uses of a canary" },
	{ "decoys", "decoys", "Make and plant decoys" },
	{ "watch", "watch", "Watch AWS" },
	{ "alerts", "alerts", "Tell people" },
	{ "set up", "setup", "Set up and learn" },
	{ NULL, NULL, NULL },
};

const char help_statuses[] = "Exit status: 0 done, 1 failed, 2 wrong words on the command line.";

bool
help_wants_statuses(const struct cmd *cmd)
{
	return cmd->help == NULL || strstr(cmd->help, "Exit status") == NULL;
}

const struct cmd *
help_find(int argc, char **argv, int *words)
{
	const struct cmd *found = NULL;

	for (size_t i = 0; commands[i] != NULL; i++) {
		const char *name = commands[i]->name, *space = strchr(name, ' ');

		if (space == NULL && str_eq(name, argv[0]) && found == NULL) {
			found = commands[i];
			*words = 1;
		}
		if (space != NULL && argc > 1 && str_eq(space + 1, argv[1]) &&
		    strlen(argv[0]) == (size_t)(space - name) && str_starts(name, argv[0])) {
			found = commands[i];
			*words = 2;
		}
	}
	return found;
}

/* The verb of "noun verb"; NULL when the name is of another noun, or has no verb. */
static const char *
verb_of(const char *name, const char *noun)
{
	size_t len = strlen(noun);

	return str_starts(name, noun) && name[len] == ' ' ? name + len + 1 : NULL;
}

static bool
is_noun(const char *word)
{
	for (size_t i = 0; commands[i] != NULL; i++)
		if (verb_of(commands[i]->name, word) != NULL)
			return true;
	return false;
}

const char *
help_verb(const char *noun, const char *word)
{
	const char *names[64] = { NULL }, *verbs[64] = { NULL }, *near;
	size_t n = 0;

	for (size_t i = 0; commands[i] != NULL && n < ARRAY_LEN(verbs); i++) {
		verbs[n] = verb_of(commands[i]->name, noun);
		if (verbs[n] != NULL)
			names[n++] = commands[i]->name;
	}
	near = str_suggest(word, verbs, n);
	for (size_t i = 0; near != NULL && i < n; i++)
		if (near == verbs[i])
			return names[i];
	return NULL;
}

/* "send, test, types" */
static void
verb_list(struct buf *out, const char *noun)
{
	for (size_t i = 0; commands[i] != NULL; i++) {
		const char *verb = verb_of(commands[i]->name, noun);

		if (verb != NULL)
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "", verb);
	}
}

/* The nearest name to the first word, or to the first two. */
static const char *
nearest(int argc, char **argv)
{
	const char *names[128], *near;
	size_t n = 0;
	char *two;

	for (; n < ARRAY_LEN(names) && commands[n] != NULL; n++)
		names[n] = commands[n]->name;
	if (argc < 2 || argv[1][0] == '-')
		return str_suggest(argv[0], names, n);
	if (is_noun(argv[0]))
		return help_verb(argv[0], argv[1]);
	two = mem_printf("%s %s", argv[0], argv[1]);
	near = str_suggest(two, names, n);
	free(two);
	return near != NULL && strchr(near, ' ') != NULL ? near : str_suggest(argv[0], names, n);
}

bool
help_no_such(int argc, char **argv, struct error *err)
{
	struct buf verbs = BUF_INIT(BUF_LINE);
	const char *near = nearest(argc, argv);
	bool noun = is_noun(argv[0]), verb = argc > 1 && argv[1][0] != '-';

	verb_list(&verbs, argv[0]);
	if (argv[0][0] == '-')
		error_set(err, ERROR_USAGE, "options stand behind the command: keycanary COMMAND %.40s", argv[0]);
	else if (noun && !verb)
		error_set(err, ERROR_USAGE, "\"%s\" wants one more word: %s", argv[0], buf_str(&verbs));
	else if (near != NULL)
		error_set(err, ERROR_USAGE, "there is no command \"%.40s%s%.40s\"; did you mean \"%s\"?", argv[0],
		    noun ? " " : "", noun ? argv[1] : "", near);
	else if (noun)
		error_set(err, ERROR_USAGE, "there is no command \"%s %.40s\"; behind \"%s\" come: %s", argv[0], argv[1],
		    argv[0], buf_str(&verbs));
	else
		error_set(err, ERROR_USAGE, "there is no command \"%.40s\"; \"keycanary help\" lists them", argv[0]);
	buf_free(&verbs);
	return false;
}

static void
heading(FILE *out, bool color, const char *text)
{
	(void)fprintf(out, color ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

void
help_overview(FILE *out, bool color)
{
	(void)fputs("keycanary: decoy AWS keys that tell you who took them and why.\n\n"
	    "usage: keycanary COMMAND [OPTION…] [ARGUMENT…]\n\n", out);
	for (const struct help_group *g = help_groups; g->name != NULL; g++) {
		bool first = true;

		for (size_t i = 0; commands[i] != NULL; i++) {
			if (!str_eq(commands[i]->group, g->name))
				continue;
			if (first)
				heading(out, color, g->title);
			first = false;
			(void)fprintf(out, "  %-18s %s\n", commands[i]->name, commands[i]->about);
		}
		if (!first)
			(void)fputc('\n', out);
	}
	(void)fputs("\"keycanary COMMAND --help\" tells more; \"man keycanary\" tells all.\n", out);
}

void
help_begin(FILE *out)
{
	(void)fputs(
	    "keycanary: decoy AWS keys that tell you who took them and why.\n\n"
	    "Where to begin:\n"
	    "  keycanary scan --key AKIA… logs/   one leaked key, CloudTrail logs at hand\n"
	    "  keycanary init                     set up decoys and the watch, step by step\n"
	    "  keycanary help                     everything else\n", out);
}

enum { OPTION_COLUMNS = 28 };

static void
option_line(FILE *out, const struct opt *o)
{
	char left[64];
	size_t bytes = 0, columns = 0, used;

	(void)snprintf(left, sizeof(left), "%s%c%s --%s%s%s", o->letter ? "-" : " ", o->letter ? o->letter : ' ',
	    o->letter ? "," : " ", o->name, o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
	for (; left[bytes] != '\0'; bytes += used, columns++)
		(void)utf8_next(left + bytes, strlen(left + bytes), &used);
	(void)fprintf(out, "  %s%*s %s", left, columns < OPTION_COLUMNS ? (int)(OPTION_COLUMNS - columns) : 0, "", o->about);
	if (o->initial != NULL)
		(void)fprintf(out, " (default: %s)", o->initial);
	(void)fputc('\n', out);
}

static void
option_lines(FILE *out, const struct opt *o)
{
	for (; o != NULL && o->name != NULL; o++)
		option_line(out, o);
}

void
help_command(FILE *out, const struct cmd *cmd, bool color)
{
	(void)fprintf(out, "usage: keycanary %s%s%s%s\n\n%s\n", cmd->name,
	    cmd->opts != NULL ? " [OPTION…]" : "", str_empty(cmd->args) ? "" : " ",
	    str_or(cmd->args, ""), cmd->about);
	if (cmd->help != NULL)
		(void)fprintf(out, "\n%s\n", cmd->help);
	if (help_wants_statuses(cmd))
		(void)fprintf(out, "\n%s\n", help_statuses);
	if (cmd->opts != NULL) {
		(void)fputc('\n', out);
		heading(out, color, "Options");
		option_lines(out, cmd->opts);
	}
	(void)fputc('\n', out);
	heading(out, color, "Options of every command");
	option_lines(out, options_common);
	if (cmd->examples != NULL) {
		(void)fputc('\n', out);
		heading(out, color, "Examples");
		(void)fprintf(out, "%s\n", cmd->examples);
	}
}

static int
help_run(struct cmd_ctx *ctx, struct error *err)
{
	const struct cmd *cmd;
	int words;

	if (ctx->argc == 0) {
		help_overview(stdout, ctx->color);
		return EXIT_FINE;
	}
	cmd = help_find(ctx->argc, ctx->argv, &words);
	if (cmd == NULL)
		return help_no_such(ctx->argc, ctx->argv, err) ? EXIT_FINE : -1;
	help_command(stdout, cmd, ctx->color);
	return EXIT_FINE;
}

const struct cmd cmd_help = {
	.name = "help",
	.group = "set up",
	.args = "[COMMAND]",
	.about = "list the commands, or explain one",
	.max_args = 2,
	.run = help_run,
};

static int
version_run(struct cmd_ctx *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	(void)puts("keycanary " KEYCANARY_VERSION);
	return EXIT_FINE;
}

const struct cmd cmd_version = {
	.name = "version",
	.group = "set up",
	.about = "say which version this is",
	.run = version_run,
};
