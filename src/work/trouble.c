#include "work/trouble.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/file.h"
#include "store/store.h"

/* The file is as long always: a line, and blanks. */
enum { LENGTH = 512 };

static char *
file_of(const struct store *s)
{
	return mem_printf("%s/trouble", store_dir(s));
}

static void
blank(char text[static LENGTH])
{
	memset(text, ' ', LENGTH);
	text[LENGTH - 1] = '\n';
}

/* In its place, so that no block is needed. */
static void
put(const struct store *s, const char text[static LENGTH])
{
	char *path = file_of(s);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0) {
		(void)!pwrite(fd, text, LENGTH, 0);
		(void)fsync(fd);
		(void)close(fd);
	}
	free(path);
}

void
trouble_prepare(const struct store *s)
{
	char *path = file_of(s), text[LENGTH];

	blank(text);
	if (!file_exists(path))
		(void)file_write(path, text, LENGTH, 0600, NULL);
	free(path);
}

bool
trouble_recall(const struct store *s, struct error *why, int64_t *at_ms)
{
	char *path = file_of(s), *line, *space;
	struct buf text = BUF_INIT(BUF_LINE);
	bool some = false;

	if (file_read(path, &text, NULL) && text.ptr != NULL) {
		line = str_trim(text.ptr);
		space = strchr(line, ' ');
		if (space != NULL) {
			*space = '\0';
			some = str_to_int(line, 0, INT64_MAX, at_ms);
			error_set(why, ERROR_FULL, "%s", space + 1);
		}
	}
	buf_free(&text);
	free(path);
	return some;
}

void
trouble_note(const struct store *s, const struct error *why, int64_t now_ms)
{
	struct error known = ERROR_INIT;
	char text[LENGTH];
	int64_t at_ms;
	int len;

	if (why->kind != ERROR_FULL || trouble_recall(s, &known, &at_ms))
		return;
	blank(text);
	len = snprintf(text, LENGTH, "%lld %.400s", (long long)now_ms, why->text);
	if (len > 0 && len < LENGTH)
		text[len] = ' ';
	put(s, text);
}

void
trouble_forget(const struct store *s)
{
	struct error known = ERROR_INIT;
	char text[LENGTH];
	int64_t at_ms;

	if (!trouble_recall(s, &known, &at_ms))
		return;
	blank(text);
	put(s, text);
}
