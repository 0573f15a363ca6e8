/*
 * core/report/compose.h: from an incident to the message people get.
 *
 * Pure. Written for somebody woken at three: the first line carries intent and
 * confidence, the second what happened; then what is new, which copy leaked
 * and whose it is, what to do now. Everything after that can wait: the stages
 * with the calls behind them, addresses and tools, times, what such intruders
 * do next, why we think so, the full report.
 */
#ifndef CORE_REPORT_COMPOSE_H
#define CORE_REPORT_COMPOSE_H

#include "core/intent/escalate.h"
#include "core/model/message.h"
#include "core/report/dossier.h"

/* `why` may be NULL. The message's key is left to the caller. */
void compose_incident(struct message *m, const struct dossier *d, const struct escalation *why,
    enum message_kind kind);
/* Two escalations become one: `newer` also carries what was new in `older`. */
void compose_merge(struct message *newer, const struct message *older);
/* What a digest tells that the message before it did not. */
struct digest_news {
	int64_t since_ms;	/* when the message before was made; WHEN_NONE: there was none */
	int64_t calls, denied;
	struct strlist lines;	/* calls, addresses, tools, labels, with their numbers */
};
/* Puts the news in front of a digest. */
void compose_news(struct message *m, const struct digest_news *news);
/* Puts who closed the incident, as what and why into a MESSAGE_CLOSED. */
void compose_closed(struct message *m, const struct incident *i, const char *who);
/* A message about ourselves: a test, blindness, a channel that fails. */
void compose_notice(struct message *m, enum message_kind kind, enum severity severity, const char *title,
    const char *summary, int64_t now_ms);

#endif
