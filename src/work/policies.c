#include "work/policies.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/embedded.h"

#define DIR "canary/policy/"

bool
policies_list(struct strlist *out, struct error *err)
{
	struct buf text = BUF_INIT(BUF_LINE);
	const config_setting_t *list;
	config_t config;
	bool ok;

	config_init(&config);
	ok = embedded_read(DIR "about.conf", &text, err) &&
	    (config_read_string(&config, buf_str(&text)) == CONFIG_TRUE || error_set(err, ERROR_INPUT,
	    DIR "about.conf:%d: %s", config_error_line(&config), config_error_text(&config)));
	list = ok ? config_lookup(&config, "policies") : NULL;
	for (int i = 0; list != NULL && i < config_setting_length(list); i++) {
		const config_setting_t *row = config_setting_get_elem(list, (unsigned)i);
		const char *file = "", *about = "";

		(void)config_setting_lookup_string(row, "file", &file);
		(void)config_setting_lookup_string(row, "about", &about);
		strlist_take(out, mem_printf("%s\t%s", file, about));
	}
	config_destroy(&config);
	buf_free(&text);
	return ok;
}

/* As it was written, or without the ending that may be left out. */
static const char *
nearest(const char *name, const char *const *names, size_t n)
{
	char *whole = mem_printf("%s.json", name);
	const char *near = str_suggest(name, names, n);

	if (near == NULL)
		near = str_suggest(whole, names, n);
	free(whole);
	return near;
}

static bool
no_such(const char *name, struct error *err)
{
	struct strlist paths = STRLIST_INIT;
	const char **names, *near;

	embedded_list(DIR, &paths);
	names = mem_zalloc(paths.len + 1, sizeof(*names));
	for (size_t i = 0; i < paths.len; i++)
		names[i] = paths.item[i] + strlen(DIR);
	near = nearest(name, names, paths.len);
	error_set(err, ERROR_USAGE, "there is no policy \"%.60s\"%s%s%s", name, near != NULL ? "; did you mean \"" :
	    "; \"keycanary policy\" lists them", str_or(near, ""), near != NULL ? "\"?" : "");
	free(names);
	strlist_clear(&paths);
	return false;
}

bool
policies_read(const char *name, struct buf *out, struct error *err)
{
	static const char *const endings[] = { "", ".json" };

	for (size_t i = 0; strchr(name, '/') == NULL && i < ARRAY_LEN(endings); i++) {
		char *path = mem_printf(DIR "%s%s", name, endings[i]);
		bool ok = name[0] != '\0' && embedded_read(path, out, NULL);

		free(path);
		if (ok)
			return true;
	}
	return no_such(name, err);
}
