#include "cli/completion.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/options.h"

/* A text in single quotes, as all three shells read them. */
static void
quoted(struct buf *out, const char *s, bool fish)
{
	buf_putc(out, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_puts(out, fish ? "\\'" : "'\\''");
		else if (*s == '\\' && fish)
			buf_puts(out, "\\\\");
		else
			buf_putc(out, *s);
	}
	buf_putc(out, '\'');
}

/* "text,json" as "text json". */
static void
choices(struct buf *out, const char *list)
{
	for (; *list != '\0'; list++)
		buf_putc(out, *list == ',' ? ' ' : *list);
}

/* Calls each(out, command or NULL, option): the common options of all, then each command's own. */
static void
each_option(struct buf *out, void (*each)(struct buf *, const struct cmd *, const struct opt *))
{
	for (const struct opt *o = options_common; o->name != NULL; o++)
		each(out, NULL, o);
	for (size_t i = 0; commands[i] != NULL; i++)
		for (const struct opt *o = commands[i]->opts; o != NULL && o->name != NULL; o++)
			each(out, commands[i], o);
}

/* The first words, each once; or the second words behind `first`. */
static void
words(struct buf *out, const char *first)
{
	struct strlist said = STRLIST_INIT;

	for (size_t i = 0; commands[i] != NULL; i++) {
		const char *name = commands[i]->name, *space = strchr(name, ' ');
		char *word = NULL;

		if (first == NULL)
			word = strndup(name, space != NULL ? (size_t)(space - name) : strlen(name));
		else if (space != NULL && strlen(first) == (size_t)(space - name) && str_starts(name, first))
			word = strdup(space + 1);
		if (word != NULL && strlist_add_new(&said, word))
			buf_printf(out, "%s%s", said.len > 1 ? " " : "", word);
		free(word);
	}
	strlist_clear(&said);
}

/* Calls each(out, word) for each first word that has second ones. */
static void
each_noun(struct buf *out, void (*each)(struct buf *, const char *))
{
	struct strlist said = STRLIST_INIT;

	for (size_t i = 0; commands[i] != NULL; i++) {
		const char *name = commands[i]->name, *space = strchr(name, ' ');
		char *word = space != NULL ? strndup(name, (size_t)(space - name)) : NULL;

		if (word != NULL && strlist_add_new(&said, word))
			each(out, word);
		free(word);
	}
	strlist_clear(&said);
}

/* --- bash, and zsh by the same tables ------------------------------------------------------- */

static void
noun_case(struct buf *out, const char *word)
{
	buf_printf(out, "\t%s) more='", word);
	words(out, word);
	buf_puts(out, "' ;;\n");
}

static void
options_of(struct buf *out, const struct cmd *c)
{
	for (const struct opt *o = c != NULL ? c->opts : options_common; o != NULL && o->name != NULL; o++)
		buf_printf(out, " --%s", o->name);
}

static void
choice_case(struct buf *out, const struct cmd *c, const struct opt *o)
{
	if (o->choices == NULL)
		return;
	buf_printf(out, "\t'%s --%s') more='", c->name, o->name);
	choices(out, o->choices);
	buf_puts(out, "' ;;\n");
}

/* Options whose value is no fixed word, each once: files are offered. */
static void
value_names(struct buf *out)
{
	struct strlist said = STRLIST_INIT;

	for (size_t i = 0; i == 0 || commands[i - 1] != NULL; i++) {
		const struct opt *o = commands[i] != NULL ? commands[i]->opts : options_common;

		for (; o != NULL && o->name != NULL; o++)
			if (o->kind != OPT_FLAG && o->choices == NULL && strlist_add_new(&said, o->name))
				buf_printf(out, "%s--%s", said.len > 1 ? "|" : "", o->name);
	}
	strlist_clear(&said);
}

static void
tables(struct buf *out)
{
	buf_puts(out, "_keycanary_words() {\n\tmore=''\n\tcase \"$1\" in\n\t'') more='");
	words(out, NULL);
	buf_puts(out, "' ;;\n");
	each_noun(out, noun_case);
	buf_puts(out, "\tesac\n}\n_keycanary_options() {\n\tmore=''\n\tcase \"$1\" in\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		buf_printf(out, "\t'%s') more='", commands[i]->name);
		options_of(out, commands[i]);
		buf_puts(out, "' ;;\n");
	}
	buf_puts(out, "\tesac\n\tmore=\"$more");
	options_of(out, NULL);
	buf_puts(out, "\"\n}\n_keycanary_choices() {\n\tmore=''\n\tcase \"$1 $2\" in\n");
	for (size_t i = 0; commands[i] != NULL; i++)
		for (const struct opt *o = commands[i]->opts; o != NULL && o->name != NULL; o++)
			choice_case(out, commands[i], o);
	for (const struct opt *o = options_common; o->name != NULL; o++) {
		if (o->choices == NULL)
			continue;
		buf_printf(out, "\t*' --%s') more='", o->name);
		choices(out, o->choices);
		buf_puts(out, "' ;;\n");
	}
	buf_puts(out, "\tesac\n}\n_keycanary_takes_value() {\n\tcase \"$1\" in\n\t");
	value_names(out);
	buf_puts(out, ") return 0 ;;\n\tesac\n\treturn 1\n}\n");
}

static void
write_bash(struct buf *out)
{
	buf_puts(out, "# Completion of keycanary for bash; made by \"keycanary completion bash\".\n");
	tables(out);
	buf_puts(out,
	    "_keycanary() {\n"
	    "\tlocal cur=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" cmd='' more='' w\n"
	    "\tCOMPREPLY=()\n"
	    "\tif ((COMP_CWORD > 1)); then\n"
	    "\t\tcmd=\"${COMP_WORDS[1]}\"\n"
	    "\t\t_keycanary_words \"$cmd\"\n"
	    "\t\tfor w in $more; do\n"
	    "\t\t\t[[ $COMP_CWORD -gt 2 && ${COMP_WORDS[2]} == \"$w\" ]] && cmd=\"$cmd $w\"\n"
	    "\t\tdone\n"
	    "\tfi\n"
	    "\t_keycanary_choices \"$cmd\" \"$before\"\n"
	    "\tif [[ -z $more ]]; then\n"
	    "\t\tif _keycanary_takes_value \"$before\"; then\n"
	    "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	    "\t\t\treturn\n"
	    "\t\telif [[ $cur == -* ]]; then\n"
	    "\t\t\t_keycanary_options \"$cmd\"\n"
	    "\t\telif [[ $cmd != *' '* && $COMP_CWORD -le 2 ]]; then\n"
	    "\t\t\t_keycanary_words \"$cmd\"\n"
	    "\t\tfi\n"
	    "\tfi\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"$more\" -- \"$cur\")\n"
	    "\t[[ ${#COMPREPLY[@]} -eq 0 && $cur != -* ]] && mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	    "\treturn 0\n"
	    "}\n"
	    "complete -o filenames -F _keycanary keycanary\n");
}

static void
write_zsh(struct buf *out)
{
	buf_puts(out, "#compdef keycanary\n# Completion of keycanary for zsh; made by \"keycanary completion zsh\".\n");
	tables(out);
	buf_puts(out,
	    "_keycanary() {\n"
	    "\tlocal cmd='' more='' before=\"${words[CURRENT-1]}\" w\n"
	    "\tif ((CURRENT > 2)); then\n"
	    "\t\tcmd=\"${words[2]}\"\n"
	    "\t\t_keycanary_words \"$cmd\"\n"
	    "\t\tfor w in ${=more}; do\n"
	    "\t\t\t[[ CURRENT -gt 3 && ${words[3]} == \"$w\" ]] && cmd=\"$cmd $w\"\n"
	    "\t\tdone\n"
	    "\tfi\n"
	    "\t_keycanary_choices \"$cmd\" \"$before\"\n"
	    "\tif [[ -z $more ]]; then\n"
	    "\t\tif _keycanary_takes_value \"$before\"; then\n"
	    "\t\t\t_files\n"
	    "\t\t\treturn\n"
	    "\t\telif [[ ${words[CURRENT]} == -* ]]; then\n"
	    "\t\t\t_keycanary_options \"$cmd\"\n"
	    "\t\telif [[ $cmd != *' '* && CURRENT -le 3 ]]; then\n"
	    "\t\t\t_keycanary_words \"$cmd\"\n"
	    "\t\tfi\n"
	    "\tfi\n"
	    "\tif [[ -n $more ]]; then\n"
	    "\t\tcompadd -- ${=more}\n"
	    "\telse\n"
	    "\t\t_files\n"
	    "\tfi\n"
	    "}\n"
	    "if [[ $funcstack[1] == _keycanary ]]; then _keycanary \"$@\"; else compdef _keycanary keycanary; fi\n");
}

/* --- fish ------------------------------------------------------------------------------------- */

/* True of a command line that has come to this command. */
static void
fish_seen(struct buf *out, const struct cmd *c)
{
	const char *space = strchr(c->name, ' ');

	if (space == NULL)
		buf_printf(out, "__fish_seen_subcommand_from %s", c->name);
	else
		buf_printf(out, "__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s",
		    (int)(space - c->name), c->name, space + 1);
}

static void
fish_option(struct buf *out, const struct cmd *c, const struct opt *o)
{
	buf_puts(out, "complete -c keycanary");
	if (c != NULL) {
		buf_puts(out, " -n '");
		fish_seen(out, c);
		buf_putc(out, '\'');
	}
	buf_printf(out, " -l %s", o->name);
	if (o->letter != 0)
		buf_printf(out, " -s %c", o->letter);
	if (o->choices != NULL) {
		buf_puts(out, " -x -a '");
		choices(out, o->choices);
		buf_putc(out, '\'');
	} else if (o->kind != OPT_FLAG) {
		buf_puts(out, " -r");
	}
	buf_puts(out, " -d ");
	quoted(out, o->about, true);
	buf_putc(out, '\n');
}

static void
fish_command(struct buf *out, const struct cmd *c)
{
	const char *space = strchr(c->name, ' ');

	if (space == NULL)
		buf_printf(out, "complete -c keycanary -n __fish_use_subcommand -f -a %s -d ", c->name);
	else
		buf_printf(out, "complete -c keycanary -n '__fish_seen_subcommand_from %.*s' -f -a %s -d ",
		    (int)(space - c->name), c->name, space + 1);
	quoted(out, c->about, true);
	buf_putc(out, '\n');
}

static bool
stands_alone(const char *noun)
{
	for (size_t i = 0; commands[i] != NULL; i++)
		if (str_eq(commands[i]->name, noun))
			return true;
	return false;
}

/* A noun that is no command by itself is offered as a first word all the same. */
static void
fish_noun(struct buf *out, const char *noun)
{
	if (!stands_alone(noun))
		buf_printf(out, "complete -c keycanary -n __fish_use_subcommand -f -a %s\n", noun);
}

static void
write_fish(struct buf *out)
{
	buf_puts(out, "# Completion of keycanary for fish; made by \"keycanary completion fish\".\n");
	each_noun(out, fish_noun);
	for (size_t i = 0; commands[i] != NULL; i++)
		fish_command(out, commands[i]);
	each_option(out, fish_option);
}

const struct shell shells[] = {
	{ "bash", write_bash },
	{ "fish", write_fish },
	{ "zsh", write_zsh },
	{ NULL, NULL },
};

const struct shell *
shell_find(const char *name)
{
	for (const struct shell *s = shells; s->name != NULL; s++)
		if (str_eq(s->name, name))
			return s;
	return NULL;
}
