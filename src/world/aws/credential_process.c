#include "world/aws/credential_process.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/process.h"

enum { LIMIT_MS = 60000 };

/* One character of a word; moves *at. */
static void
take_char(struct buf *word, const char **at, char quote)
{
	/* POSIX shell, "Quoting": between double quotes a backslash only protects these. */
	if (**at == '\\' && (*at)[1] != '\0' && quote != '\'' &&
	    (quote == '\0' || (*at)[1] == '"' || (*at)[1] == '\\'))
		(*at)++;
	buf_putc(word, *(*at)++);
}

bool
command_words(struct strlist *out, const char *command)
{
	struct buf word = BUF_INIT(BUF_LINE);
	const char *at = command;
	bool open = false;
	char quote = '\0';

	while (*at != '\0') {
		if (quote == '\0' && strchr(" \t\r\n", *at) != NULL) {
			if (open)
				strlist_add(out, buf_str(&word));
			buf_reset(&word);
			open = false;
			at++;
		} else if (*at == quote || (quote == '\0' && (*at == '"' || *at == '\''))) {
			quote = quote != '\0' ? '\0' : *at;
			open = true;
			at++;
		} else {
			take_char(&word, &at, quote);
			open = true;
		}
	}
	if (open)
		strlist_add(out, buf_str(&word));
	buf_free(&word);
	return quote == '\0';
}

bool
credential_process_run(const char *command, const char *what, struct buf *out, struct error *err)
{
	struct strlist words = STRLIST_INIT;
	const char **argv = NULL;
	int status = 0;
	bool ok = command_words(&words, command) && words.len > 0;

	if (!ok)
		error_set(err, ERROR_CREDENTIALS, "%s: the command is empty or a quote in it stays open", what);
	argv = mem_zalloc(words.len + 1, sizeof(*argv));
	for (size_t i = 0; i < words.len; i++)
		argv[i] = words.item[i];
	if (ok && !(ok = process_run(&(struct process){ .argv = argv, .limit_ms = LIMIT_MS, .out = out }, &status,
	    err))) {
		error_in(err, "%s", what);
		if (err != NULL)
			err->kind = ERROR_CREDENTIALS;
	}
	if (ok && status != 0)
		ok = error_set(err, ERROR_CREDENTIALS, "%s ended with status %d; run it by hand to see why", what,
		    status);
	free(argv);
	strlist_clear(&words);
	return ok;
}
