#include "cli/term.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
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

/* What a shell ends with when there is no such program. */
enum { NOT_RUN = 127 };

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

bool
term_can_ask(void)
{
	return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

static void
prompt(const char *question, const char *initial)
{
	if (initial != NULL)
		fprintf(stderr, "%s [%s] ", question, initial);
	else
		fprintf(stderr, "%s ", question);
}

static char *
read_answer(const char *initial)
{
	char *line = NULL;
	size_t cap = 0;
	char *answer;

	if (getline(&line, &cap, stdin) < 0) {
		free(line);
		return NULL;
	}
	answer = str_trim(line);
	answer = mem_strdup(*answer != '\0' ? answer : str_or(initial, ""));
	mem_free_secret(line);
	return answer;
}

char *
term_ask(const char *question, const char *initial)
{
	prompt(question, initial);
	return read_answer(initial);
}

bool
term_confirm(const char *question, bool *yes, struct error *err)
{
	char *answer;

	*yes = false;
	if (!term_can_ask())
		return error_set(err, ERROR_USAGE, "%s There is no terminal to ask on; pass --yes to go ahead",
		    question);
	answer = term_ask(question, "y/N");
	*yes = str_starts_nocase(answer, "y") && !str_eq(answer, "y/N");
	free(answer);
	return true;
}

static void
on_signal(int number)
{
	(void)number;
}

static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* Signals to end are noted, and come in only while the terminal is waited for. */
struct held {
	struct sigaction action[ARRAY_LEN(ends)];
	sigset_t mask;
};

static void
hold_signals(struct held *before)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t held;

	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		(void)sigaddset(&held, ends[i]);
		(void)sigaction(ends[i], &action, &before->action[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &held, &before->mask);
}

static void
release_signals(const struct held *before)
{
	(void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		(void)sigaction(ends[i], &before->action[i], NULL);
}

static bool
set_echo(bool on)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t) != 0)
		return false;
	t.c_lflag = on ? t.c_lflag | (tcflag_t)ECHO : t.c_lflag & ~(tcflag_t)ECHO;
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &t) == 0;
}

/* The echo is off before the question stands there: an answer that comes at once is not shown either. */
char *
term_answer(const char *question, const char *initial, bool hidden)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct held before;
	char *answer = NULL;

	hold_signals(&before);
	hidden = hidden && set_echo(false);
	prompt(question, initial);
	if (ppoll(&in, 1, NULL, &before.mask) > 0)
		answer = read_answer(initial);
	if (hidden)
		(void)set_echo(true);
	release_signals(&before);
	if (hidden || answer == NULL)
		(void)fputc('\n', stderr);
	return answer;
}

/* $PATH has it. */
static bool
installed(const char *program)
{
	struct strlist dirs = STRLIST_INIT;
	bool found = false;

	strlist_split(&dirs, str_or(getenv("PATH"), "/usr/bin:/bin"), ":");
	for (size_t i = 0; i < dirs.len && !found; i++) {
		char *path = mem_printf("%s/%s", dirs.item[i], program);

		found = access(path, X_OK) == 0;
		free(path);
	}
	strlist_clear(&dirs);
	return found;
}

/* NULL: none; without a wish less, where it is installed. */
static const char *
pager_command(void)
{
	static const char *const from[] = { "KEYCANARY_PAGER", "PAGER" };
	const char *command = NULL;

	for (size_t i = 0; i < ARRAY_LEN(from) && command == NULL; i++)
		command = getenv(from[i]);
	if (command == NULL)
		return installed("less") ? "less" : NULL;
	return str_empty(command) || str_eq(command, "cat") ? NULL : command;
}

/* The pager's process: reads what we write. */
static void
be_pager(const char *command, const int fd[2])
{
	(void)dup2(fd[0], STDIN_FILENO);
	(void)close(fd[0]);
	(void)close(fd[1]);
	(void)setenv("LESS", "FRX", 0);
	(void)setenv("LV", "-c", 0);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(NOT_RUN);
}

/*
 * A person who leaves the pager ends us by the pipe, and an interrupt is for
 * the pager alone: it must not come back to a shell while it has the terminal.
 */
void
term_page(void)
{
	const char *command = isatty(STDOUT_FILENO) != 0 ? pager_command() : NULL;
	int fd[2];

	if (command == NULL || pipe(fd) != 0)
		return;
	pager = fork();
	if (pager == 0)
		be_pager(command, fd);
	(void)close(fd[0]);
	if (pager > 0) {
		(void)signal(SIGPIPE, SIG_IGN);
		(void)signal(SIGINT, SIG_IGN);
		(void)dup2(fd[1], STDOUT_FILENO);
	}
	(void)close(fd[1]);
}

bool
term_page_end(void)
{
	int status = 0;

	if (pager <= 0)
		return true;
	(void)fflush(stdout);
	(void)close(STDOUT_FILENO);
	while (waitpid(pager, &status, 0) < 0 && errno == EINTR)
		continue;
	pager = 0;
	return !WIFEXITED(status) || WEXITSTATUS(status) != NOT_RUN;
}
