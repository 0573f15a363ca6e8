/*
 * core/report/compose.h: from an incident to the message people get.
 *
 * Pure. The first line carries intent and confidence; then the canary, where
 * it was planted and whose that is, the stages with the calls behind them,
 * addresses and tools, what comes next, what to do now.
 */
#ifndef CORE_REPORT_COMPOSE_H
#define CORE_REPORT_COMPOSE_H

#include "core/intent/escalate.h"
#include "core/model/message.h"
#include "core/report/dossier.h"

/* `why` may be NULL. The message's key is left to the caller. */
void compose_incident(struct message *m, const struct dossier *d, const struct escalation *why,
    enum message_kind kind);
/* A message about ourselves: a test, blindness, a channel that fails. */
void compose_notice(struct message *m, enum message_kind kind, enum severity severity, const char *title,
    const char *summary, int64_t now_ms);

#endif
