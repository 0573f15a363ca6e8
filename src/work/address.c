#include "work/address.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/log.h"
#include "world/geo/geo.h"

enum { ADDRESSES_MAX = 32 };

static char *
known(const char *s)
{
	return s[0] != '\0' ? mem_strdup(s) : NULL;
}

/* One database that is broken does not hide what the others know. */
static void
look_up(const char *country, const char *network, const char *tor, const struct tally *tally,
    struct geo_note note[static ADDRESSES_MAX])
{
	struct error err = ERROR_INIT;
	struct geo *g;

	if (!geo_open(&g, country, network, tor, &err)) {
		log_line(LOG_LEVEL_WARNING, "addresses are not looked up", "error", err.text, NULL);
		return;
	}
	for (size_t i = 0; i < tally->addresses.len && i < ADDRESSES_MAX; i++) {
		struct geo_note found;

		if (!geo_look(g, tally->addresses.item[i].text, &found))
			continue;
		if (country != NULL)
			memcpy(note[i].country, found.country, sizeof(found.country));
		if (network != NULL)
			memcpy(note[i].network, found.network, sizeof(found.network));
		note[i].tor |= found.tor;
	}
	geo_close(g);
}

void
address_notes(const struct settings *settings, const struct tally *tally, struct address_notes *out)
{
	struct geo_note note[ADDRESSES_MAX] = { { .tor = false } };

	*out = (struct address_notes){ .len = 0 };
	if (settings == NULL)
		return;
	if (settings->geo_country != NULL)
		look_up(settings->geo_country, NULL, NULL, tally, note);
	if (settings->geo_network != NULL)
		look_up(NULL, settings->geo_network, NULL, tally, note);
	if (settings->geo_tor != NULL)
		look_up(NULL, NULL, settings->geo_tor, tally, note);
	out->item = mem_zalloc(ADDRESSES_MAX, sizeof(*out->item));
	for (size_t i = 0; i < tally->addresses.len && i < ADDRESSES_MAX; i++)
		if (note[i].tor || note[i].country[0] != '\0' || note[i].network[0] != '\0')
			out->item[out->len++] = (struct address_note){ .ip = mem_strdup(tally->addresses.item[i].text),
				.country = known(note[i].country), .network = known(note[i].network), .tor = note[i].tor };
}

void
address_notes_clear(struct address_notes *n)
{
	for (size_t i = 0; i < n->len; i++) {
		free((void *)(uintptr_t)n->item[i].ip);
		free((void *)(uintptr_t)n->item[i].country);
		free((void *)(uintptr_t)n->item[i].network);
	}
	free(n->item);
	*n = (struct address_notes){ .len = 0 };
}

bool
address_check(const struct settings *settings, struct error *err)
{
	struct geo *g;

	if (!geo_open(&g, settings->geo_country, settings->geo_network, settings->geo_tor, err))
		return error_in(err, "alert");
	geo_close(g);
	return true;
}
