/*
 * core/report/text.h: an incident for people at a terminal.
 *
 * The verdict first, then what it rests on. Everything an intruder wrote is
 * made visible (base/escape.h); colours only when asked for.
 */
#ifndef CORE_REPORT_TEXT_H
#define CORE_REPORT_TEXT_H

#include "base/buf.h"
#include "core/intent/rules.h"
#include "core/report/dossier.h"

struct text_style {
	bool color;
	bool local;		/* times in the dossier's zone; otherwise UTC */
	size_t events_max;	/* lines of events; runs of the same call are one line; 0: all */
};

void text_incident(struct buf *out, const struct dossier *d, const struct rules *rules,
    const struct text_style *style);

#endif
