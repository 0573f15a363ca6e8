/* Channels on this machine: a file, a program. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/report/render.h"
#include "os/file.h"
#include "os/process.h"
#include "world/channel/channel_int.h"

/* --- file -------------------------------------------------------------------------- */

/*
 * All or nothing: the lock keeps lines of several writers apart, and what was
 * written in part (a full disk) is taken back, so no line is ever half there.
 */
static bool
append(int fd, const struct buf *line)
{
	struct stat before;
	ssize_t n = -1;
	int cause;

	if (flock(fd, LOCK_EX) != 0 || fstat(fd, &before) != 0)
		return false;
	n = write(fd, buf_str(line), line->len);
	if (n == (ssize_t)line->len && (fsync(fd) == 0 || errno == EINVAL))	/* EINVAL: a pipe, nothing to sync */
		return true;
	cause = n >= 0 && n < (ssize_t)line->len ? ENOSPC : errno;
	if (n > 0 && S_ISREG(before.st_mode))
		(void)!ftruncate(fd, before.st_size);
	errno = cause;
	return false;
}

void
send_file(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	char *path = file_expand(channel_option(c, "path"));
	struct buf line = BUF_INIT(BUF_RECORD);
	/* Opened anew each time, so the file may be moved away at any moment; a pipe nobody reads does not hold us. */
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);

	if (str_eq(channel_option(c, "format"), "json")) {
		render_webhook(m, &line);
		buf_putc(&line, '\n');
	} else {
		render_ocsf(m, &line);
	}
	if (line.failed)
		result_set(out, DELIVERY_REFUSED, "the message is too long");
	else if (fd >= 0 && append(fd, &line))
		result_set(out, DELIVERY_DONE, "%zu bytes written to %s", line.len, path);
	else
		result_set(out, DELIVERY_LATER, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	free(path);
	buf_free(&line);
}

/* --- exec -------------------------------------------------------------------------- */

/* Whether a status may pass: what sysexits.h calls a permanent failure, and programs that are not there, may not. */
static enum delivery
by_exit(int status)
{
	enum { EX_FIRST = 64, EX_TEMPFAIL_STATUS = 75, EX_LAST = 78, CANNOT_RUN = 126, NOT_THERE = 127 };

	if (status == 0)
		return DELIVERY_DONE;
	if (status == CANNOT_RUN || status == NOT_THERE ||
	    (status >= EX_FIRST && status <= EX_LAST && status != EX_TEMPFAIL_STATUS))
		return DELIVERY_REFUSED;
	return DELIVERY_LATER;
}

static void
run(const struct process *p, struct delivery_result *out)
{
	struct error err = ERROR_INIT;
	int status = 0;
	char *said;

	if (!process_run(p, &status, &err)) {
		result_set(out, err.kind == ERROR_NOT_FOUND ? DELIVERY_REFUSED : DELIVERY_LATER, "%s", err.text);
		return;
	}
	said = mem_strndup(buf_str(p->out), p->out->len < 200 ? p->out->len : 200);
	result_set(out, by_exit(status), "%s ended with status %d%s%s", p->argv[0], status, *str_trim(said) != '\0' ? ": " : "",
	    str_trim(said));
	free(said);
}

void
send_exec(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf body = BUF_INIT(BUF_RECORD), said = BUF_INIT(16384);
	const char **argv = mem_zalloc(c->options + 2, sizeof(*argv));
	char *path = mem_printf("PATH=%s", str_or(getenv("PATH"), "/usr/local/bin:/usr/bin:/bin"));
	char *home = mem_printf("HOME=%s", str_or(getenv("HOME"), "/")), *key = mem_printf("KEYCANARY_KEY=%s", m->key);
	const char *environment[] = { path, home, "LANG=C.UTF-8", key, NULL };
	int64_t limit_s = SEND_LIMIT_S;
	size_t n = 1;

	argv[0] = channel_option(c, "program");
	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, "argument"))
			argv[n++] = c->option[i].value;
	(void)str_to_int(channel_option(c, "limit_s"), 1, 65535, &limit_s);
	render_webhook(m, &body);
	run(&(struct process){ .argv = argv, .environment = environment, .input = buf_str(&body), .input_len = body.len,
		.limit_ms = limit_s * 1000, .out = &said, .err = &said }, out);
	free(argv);
	free(path);
	free(home);
	free(key);
	buf_free(&body);
	buf_free(&said);
}
