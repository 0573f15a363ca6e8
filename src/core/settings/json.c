/* The settings as JSON: what settings_write() says, read by libconfig and said again. */
#include <libconfig.h>

#include "base/json.h"
#include "core/settings/settings.h"

static void
write_node(struct jsonw *w, const config_setting_t *s)
{
	const char *name = config_setting_name(s);

	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
	case CONFIG_TYPE_LIST:
	case CONFIG_TYPE_ARRAY:
		jsonw_open(w, name, config_setting_is_group(s) ? '{' : '[');
		for (int i = 0; i < config_setting_length(s); i++)
			write_node(w, config_setting_get_elem(s, (unsigned)i));
		jsonw_close(w);
		break;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		jsonw_int(w, name, config_setting_get_int64(s));
		break;
	case CONFIG_TYPE_FLOAT:
		jsonw_real(w, name, config_setting_get_float(s));
		break;
	case CONFIG_TYPE_BOOL:
		jsonw_bool(w, name, config_setting_get_bool(s) != 0);
		break;
	default:
		jsonw_str(w, name, config_setting_get_string(s));
		break;
	}
}

bool
settings_write_json(const struct settings *s, struct jsonw *w, const char *name, struct error *err)
{
	struct buf text = BUF_INIT(BUF_REPORT);
	config_t config;
	bool ok;

	config_init(&config);
	settings_write(s, &text);
	ok = config_read_string(&config, buf_str(&text)) == CONFIG_TRUE ||
	    error_set(err, ERROR_INPUT, "the settings cannot be read back: line %d: %s", config_error_line(&config),
	    config_error_text(&config));
	jsonw_open(w, name, '{');
	for (int i = 0; ok && i < config_setting_length(config_root_setting(&config)); i++)
		write_node(w, config_setting_get_elem(config_root_setting(&config), (unsigned)i));
	jsonw_close(w);
	config_destroy(&config);
	buf_free(&text);
	return ok;
}
