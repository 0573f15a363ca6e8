/*
 * work/address.h: what is known of an incident's addresses, for its dossier.
 *
 * The databases are those of the settings (alert.geo_country, geo_network,
 * geo_tor), opened anew each time, so that a weekly update is simply seen. A
 * database that cannot be read is logged and left out: an alert does not wait
 * for it.
 */
#ifndef WORK_ADDRESS_H
#define WORK_ADDRESS_H

#include "core/model/incident.h"
#include "core/report/dossier.h"
#include "core/settings/settings.h"

struct address_notes {
	struct address_note *item;	/* owned, strings too; for struct dossier */
	size_t len;
};

/* The first addresses of the tally of which something is known. */
void address_notes(const struct settings *settings, const struct tally *tally, struct address_notes *out);
void address_notes_clear(struct address_notes *n);
/* Every database that is configured can be read. */
bool address_check(const struct settings *settings, struct error *err);

#endif
