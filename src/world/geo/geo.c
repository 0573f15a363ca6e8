#include "world/geo/geo.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/file.h"

struct geo {
	MMDB_s country;
	MMDB_s network;
	bool has_country;
	bool has_network;
	struct map tor;		/* normal form of an address → anything */
};

enum { LIST_MAX = 16 * 1024 * 1024 };

/* One spelling for one address; false when it is none. */
static bool
normal_form(const char *ip, char out[static INET6_ADDRSTRLEN])
{
	unsigned char bytes[16];
	int family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;

	return inet_pton(family, ip, bytes) == 1 && inet_ntop(family, bytes, out, INET6_ADDRSTRLEN) != NULL;
}

static bool
open_database(const char *setting, MMDB_s *db, bool *there, struct error *err)
{
	char *path;
	int rc;

	if (setting == NULL)
		return true;
	path = file_expand(setting);
	rc = MMDB_open(path, MMDB_MODE_MMAP, db);
	*there = rc == MMDB_SUCCESS;
	if (!*there)
		error_set(err, rc == MMDB_FILE_OPEN_ERROR ? ERROR_NOT_FOUND : ERROR_INPUT, "%s: %s", path, MMDB_strerror(rc));
	free(path);
	return *there;
}

static bool
read_exits(const char *setting, struct map *exits, struct error *err)
{
	struct buf text = BUF_INIT(LIST_MAX);
	struct strlist lines = STRLIST_INIT;
	char *path = file_expand(setting), ip[INET6_ADDRSTRLEN];
	bool ok = file_read(path, &text, err);

	if (ok)
		strlist_split(&lines, buf_str(&text), "\n");
	for (size_t i = 0; i < lines.len; i++) {
		char *word = lines.item[i];

		if (str_starts(word, "ExitAddress "))
			word += strlen("ExitAddress ");
		word[strcspn(word, " \t,#")] = '\0';
		if (normal_form(word, ip))
			(void)map_put(exits, ip, exits);
	}
	strlist_clear(&lines);
	buf_free(&text);
	free(path);
	return ok;
}

bool
geo_open(struct geo **out, const char *country, const char *network, const char *tor, struct error *err)
{
	struct geo *g = mem_zalloc(1, sizeof(*g));

	g->tor = (struct map)MAP_INIT;
	*out = g;
	if (open_database(country, &g->country, &g->has_country, err) &&
	    open_database(network, &g->network, &g->has_network, err) &&
	    (tor == NULL || read_exits(tor, &g->tor, err)))
		return true;
	geo_close(g);
	*out = NULL;
	return false;
}

void
geo_close(struct geo *g)
{
	if (g == NULL)
		return;
	if (g->has_country)
		MMDB_close(&g->country);
	if (g->has_network)
		MMDB_close(&g->network);
	map_clear(&g->tor, NULL);
	free(g);
}

/* A text at a path of an entry; "" when it is not there. */
static void
text_at(MMDB_entry_s *entry, const char *const *path, char *out, size_t size)
{
	MMDB_entry_data_s data;

	out[0] = '\0';
	if (MMDB_aget_value(entry, &data, path) == MMDB_SUCCESS && data.has_data &&
	    data.type == MMDB_DATA_TYPE_UTF8_STRING)
		(void)snprintf(out, size, "%.*s", (int)(data.data_size < size ? data.data_size : size - 1), data.utf8_string);
}

static bool
find(const MMDB_s *db, bool there, const char *ip, MMDB_entry_s *entry)
{
	MMDB_lookup_result_s found;
	int name_error = 0, error = 0;

	if (!there)
		return false;
	found = MMDB_lookup_string(db, ip, &name_error, &error);
	*entry = found.entry;
	return name_error == 0 && error == MMDB_SUCCESS && found.found_entry;
}

static void
look_country(const struct geo *g, const char *ip, struct geo_note *out)
{
	static const char *const there[] = { "country", "iso_code", NULL };
	static const char *const registered[] = { "registered_country", "iso_code", NULL };
	MMDB_entry_s entry;

	if (!find(&g->country, g->has_country, ip, &entry))
		return;
	text_at(&entry, there, out->country, sizeof(out->country));
	if (out->country[0] == '\0')
		text_at(&entry, registered, out->country, sizeof(out->country));
}

static void
look_network(const struct geo *g, const char *ip, struct geo_note *out)
{
	static const char *const number[] = { "autonomous_system_number", NULL };
	static const char *const name[] = { "autonomous_system_organization", NULL };
	MMDB_entry_data_s data;
	MMDB_entry_s entry;
	char organization[96];

	if (!find(&g->network, g->has_network, ip, &entry))
		return;
	text_at(&entry, name, organization, sizeof(organization));
	if (MMDB_aget_value(&entry, &data, number) == MMDB_SUCCESS && data.has_data && data.type == MMDB_DATA_TYPE_UINT32)
		(void)snprintf(out->network, sizeof(out->network), "AS%u%s%s", data.uint32, organization[0] != '\0' ? " " : "",
		    organization);
	else
		(void)snprintf(out->network, sizeof(out->network), "%s", organization);
}

bool
geo_look(const struct geo *g, const char *ip, struct geo_note *out)
{
	char normal[INET6_ADDRSTRLEN];

	*out = (struct geo_note){ .tor = false };
	if (!normal_form(ip, normal))
		return false;
	look_country(g, normal, out);
	look_network(g, normal, out);
	out->tor = map_has(&g->tor, normal);
	return out->tor || out->country[0] != '\0' || out->network[0] != '\0';
}
