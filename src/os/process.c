#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/halt.h"

enum { LOOK_MS = 250 };	/* between two looks at the clock */

/* The parent's ends of the child's three streams; -1: closed. */
struct pipes {
	int in, out, err, failure;
};

static _Noreturn void
become(const struct process *p, int in, int out, int err, int failure)
{
	static const int reset[] = { SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	sigset_t none;
	int cause;

	(void)setpgid(0, 0);
	for (size_t i = 0; i < ARRAY_LEN(reset); i++)
		(void)signal(reset[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0 &&
	    (p->dir == NULL || chdir(p->dir) == 0)) {
		if (p->environment != NULL)
			environ = (char **)(uintptr_t)p->environment;
		for (size_t i = 0; p->env != NULL && p->env[i] != NULL; i++)
			(void)putenv((char *)(uintptr_t)p->env[i]);
		(void)execvp(p->argv[0], (char *const *)(uintptr_t)p->argv);
	}
	cause = errno;
	(void)!write(failure, &cause, sizeof(cause));
	_exit(127);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* The program could not be started at all: the child wrote why. */
static bool
started(const struct process *p, int failure, struct error *err)
{
	int cause = 0;

	if (read(failure, &cause, sizeof(cause)) != sizeof(cause))
		return true;
	errno = cause;
	return error_errno(err, cause == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
	    "%s: cannot be run", p->argv[0]);
}

static void
drain(int *fd, struct buf *to)
{
	char chunk[16384];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	if (n <= 0 && !(n < 0 && (errno == EINTR || errno == EAGAIN)))
		close_fd(fd);
	if (n > 0 && to != NULL)
		buf_add(to, chunk, (size_t)n);
}

static void
feed(int *fd, const struct process *p, size_t *sent)
{
	ssize_t n = write(*fd, p->input + *sent, p->input_len - *sent);

	if (n > 0)
		*sent += (size_t)n;
	if ((n < 0 && errno != EINTR && errno != EAGAIN) || *sent == p->input_len)
		close_fd(fd);
}

/* Moves bytes until the child has closed its ends; false at the time limit, or when all is to end. */
static bool
talk(const struct process *p, struct pipes *io)
{
	int64_t until = p->limit_ms > 0 ? clock_steady_ms() + p->limit_ms : INT64_MAX;
	size_t sent = 0;

	if (p->input == NULL || p->input_len == 0)
		close_fd(&io->in);
	while (io->out >= 0 || io->err >= 0) {
		int64_t left = until - clock_steady_ms();
		struct pollfd at[] = { { .fd = io->in, .events = POLLOUT },
			{ .fd = io->out, .events = POLLIN }, { .fd = io->err, .events = POLLIN } };

		if (left <= 0 || halt_wanted())
			return false;
		if (poll(at, 3, left > LOOK_MS ? LOOK_MS : (int)left) < 0 && errno != EINTR)
			return false;
		if (at[0].revents != 0)
			feed(&io->in, p, &sent);
		if (at[1].revents != 0)
			drain(&io->out, p->out);
		if (at[2].revents != 0)
			drain(&io->err, p->err);
	}
	return true;
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool
process_run(const struct process *p, int *status, struct error *err)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, bad[2] = { -1, -1 }, failure[2] = { -1, -1 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	struct pipes io;
	bool ok = false;
	pid_t pid = -1;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(bad, O_CLOEXEC) != 0 ||
	    pipe2(failure, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		error_errno(err, ERROR_SYSTEM, "%s: cannot be started", p->argv[0]);
		goto out;
	}
	if (pid == 0)
		become(p, in[0], out[1], bad[1], failure[1]);
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&bad[1]);
	close_fd(&failure[1]);
	ok = started(p, failure[0], err);
	(void)fcntl(in[1], F_SETFL, O_NONBLOCK);
	io = (struct pipes){ in[1], out[0], bad[0], -1 };
	in[1] = out[0] = bad[0] = -1;
	(void)sigaction(SIGPIPE, &ignore, &before);
	if (ok && !talk(p, &io)) {
		(void)kill(-pid, SIGKILL);
		ok = halt_wanted() ? error_set(err, ERROR_STOPPED, "%s: was stopped", p->argv[0]) :
		    error_set(err, ERROR_BUSY, "%s: did not finish within %lld s and was stopped", p->argv[0],
			(long long)(p->limit_ms / 1000));
	}
	close_fd(&io.in);
	close_fd(&io.out);
	close_fd(&io.err);
	*status = wait_for(pid);
	(void)sigaction(SIGPIPE, &before, NULL);
out:
	for (int i = 0; i < 2; i++) {
		close_fd(&in[i]);
		close_fd(&out[i]);
		close_fd(&bad[i]);
		close_fd(&failure[i]);
	}
	return ok;
}

bool
process_alive(int64_t pid)
{
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}
