#include "work/rules.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "os/embedded.h"

bool
rules_builtin(struct rules **out, struct error *err)
{
	struct strlist paths = STRLIST_INIT;
	struct rules_file *file;
	struct buf *text;
	bool ok = true;

	embedded_list("config/intent/", &paths);
	file = mem_zalloc(paths.len, sizeof(*file));
	text = mem_zalloc(paths.len, sizeof(*text));
	for (size_t i = 0; ok && i < paths.len; i++) {
		buf_init(&text[i], BUF_RECORD);
		ok = embedded_read(paths.item[i], &text[i], err);
		file[i] = (struct rules_file){ paths.item[i], buf_str(&text[i]) };
	}
	ok = ok && rules_load(out, file, paths.len, err);
	for (size_t i = 0; i < paths.len; i++)
		buf_free(&text[i]);
	free(text);
	free(file);
	strlist_clear(&paths);
	return ok;
}

static struct rules *shared;

static void
build_shared(void)
{
	(void)rules_builtin(&shared, NULL);
}

const struct rules *
rules_shared(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, build_shared);
	return shared;
}
