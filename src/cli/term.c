#include "cli/term.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"

static const char *const codes[] = {
	[COLOR_NONE] = "", [COLOR_BOLD] = "\033[1m", [COLOR_DIM] = "\033[2m",
	[COLOR_RED] = "\033[1;31m", [COLOR_GREEN] = "\033[32m", [COLOR_YELLOW] = "\033[33m",
	[COLOR_BLUE] = "\033[34m",
};

/* The pager's process; 0: none. Standard output belongs to the whole program. */
static pid_t pager;

bool
term_color(const char *choice, FILE *stream)
{
	if (str_eq(choice, "always"))
		return true;
	if (str_eq(choice, "never") || !str_empty(getenv("NO_COLOR")))
		return false;
	return isatty(fileno(stream)) != 0 && !str_eq(getenv("TERM"), "dumb");
}

int
term_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	int64_t wanted;

	if (isatty(STDOUT_FILENO) == 0)
		return 0;
	if (columns != NULL && str_to_int(columns, 1, 10000, &wanted))
		return (int)wanted;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

void
term_paint(struct buf *out, bool on, enum color color, const char *text)
{
	on = on && color != COLOR_NONE;
	if (on)
		buf_puts(out, codes[color]);
	escape_terminal(out, text);
	if (on)
		buf_puts(out, "\033[0m");
}

static bool
can_ask(void)
{
	return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

char *
term_ask(const char *question, const char *initial)
{
	char *line = NULL;
	size_t cap = 0;
	char *answer;

	if (initial != NULL)
		fprintf(stderr, "%s [%s] ", question, initial);
	else
		fprintf(stderr, "%s ", question);
	if (getline(&line, &cap, stdin) < 0) {
		free(line);
		return NULL;
	}
	answer = str_trim(line);
	answer = mem_strdup(*answer != '\0' ? answer : str_or(initial, ""));
	free(line);
	return answer;
}

bool
term_confirm(const char *question, bool *yes, struct error *err)
{
	char *answer;

	*yes = false;
	if (!can_ask())
		return error_set(err, ERROR_USAGE, "%s There is no terminal to ask on; pass --yes to go ahead",
		    question);
	answer = term_ask(question, "y/N");
	*yes = str_starts_nocase(answer, "y") && !str_eq(answer, "y/N");
	free(answer);
	return true;
}

static const char *
pager_command(void)
{
	static const char *const from[] = { "KEYCANARY_PAGER", "PAGER" };

	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		if (getenv(from[i]) != NULL)
			return getenv(from[i]);
	return "less";
}

void
term_page(void)
{
	const char *command = pager_command();
	int fd[2];

	if (isatty(STDOUT_FILENO) == 0 || str_empty(command) || str_eq(command, "cat"))
		return;
	if (pipe(fd) != 0)
		return;
	pager = fork();
	if (pager == 0) {
		(void)dup2(fd[0], STDIN_FILENO);
		(void)close(fd[0]);
		(void)close(fd[1]);
		(void)setenv("LESS", "FRX", 0);
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	(void)close(fd[0]);
	if (pager > 0) {
		(void)signal(SIGPIPE, SIG_IGN);
		(void)dup2(fd[1], STDOUT_FILENO);
	}
	(void)close(fd[1]);
}

void
term_page_end(void)
{
	if (pager <= 0)
		return;
	(void)fflush(stdout);
	(void)close(STDOUT_FILENO);
	(void)waitpid(pager, NULL, 0);
	pager = 0;
}
