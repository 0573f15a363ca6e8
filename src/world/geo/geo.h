/*
 * world/geo/geo.h: what databases on this machine say about an address.
 *
 * Countries and networks come from MaxMind databases (GeoLite2 or anything of
 * that format and layout), Tor exits from a list of addresses, one a line, or
 * the Tor Project's "ExitAddress" lines. Nothing is asked of the network.
 *
 *	geo_open(&g, country, network, tor, &err)  geo_look(g, ip, &note)  geo_close(g)
 */
#ifndef WORLD_GEO_GEO_H
#define WORLD_GEO_GEO_H

#include <stdbool.h>

#include "base/error.h"

struct geo;

struct geo_note {
	char country[8];	/* ISO 3166-1 alpha-2; "" unknown */
	char network[128];	/* "AS64500 Example Hosting"; "" unknown */
	bool tor;		/* an exit of the Tor network */
};

/* Each path may be NULL: not known then. ERROR_INPUT or ERROR_NOT_FOUND names the file that cannot be read. */
bool geo_open(struct geo **out, const char *country, const char *network, const char *tor, struct error *err);
void geo_close(struct geo *g);
/* True when anything is known. What is no address ("AWS Internal") is not. */
bool geo_look(const struct geo *g, const char *ip, struct geo_note *out);

#endif
