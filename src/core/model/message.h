/*
 * core/model/message.h: what is told to people, before it is rendered for a
 * channel.
 *
 * A message is composed once (core/report/compose.h) from a dossier, stored in
 * the outbox as JSON, and rendered by each channel for its medium. All text in
 * it is verbatim, intruder's words included: renderers escape. Owned strings;
 * message_clear() frees.
 */
#ifndef CORE_MODEL_MESSAGE_H
#define CORE_MODEL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "core/model/verdict.h"

/* Why it is sent. Stored names never change. */
#define MESSAGE_KINDS(X) \
	X(MESSAGE_FIRST, "first")		/* the first sighting of an incident */ \
	X(MESSAGE_ESCALATION, "escalation")	/* something new worth waking up for */ \
	X(MESSAGE_DIGEST, "digest")		/* the rest, summed up */ \
	X(MESSAGE_CLOSED, "closed")		/* the incident was closed */ \
	X(MESSAGE_BLIND, "blind")		/* we cannot see */ \
	X(MESSAGE_SIGHTED, "sighted")		/* we can see again */ \
	X(MESSAGE_CHANNEL, "channel")		/* another channel does not deliver */ \
	X(MESSAGE_DRILL, "drill")		/* a drill was not seen in time */ \
	X(MESSAGE_TEST, "test")			/* asked for by a person */

enum message_kind {
#define X(id, name) id,
	MESSAGE_KINDS(X)
#undef X
};

/* A heading with lines below it: "Stages", "What to do now" … */
struct section {
	char *heading;
	struct strlist lines;
};

enum { MESSAGE_SECTIONS_MAX = 24, MESSAGE_TEXT_MAX = 2000, MESSAGE_SCHEMA = 1 };

struct message {
	enum message_kind kind;
	char *key;		/* idempotency key: the same for every attempt and duplicate */
	char *incident;		/* its id; NULL for messages about ourselves */
	char *topic;		/* what a message about ourselves belongs to ("blind-prod"), so that good news finds
				 * the bad; NULL: it stands alone */
	char *key_id;		/* of the canary; NULL likewise */
	char *account;		/* NULL unknown */
	char *intent;		/* primary; NULL likewise */
	struct strlist intents;
	struct strlist tags;	/* of the canary, for routing */
	enum severity severity;
	enum confidence confidence;
	bool urgent;		/* worse than before: no cooldown holds it back */
	bool drill;		/* everything it says begins with DRILL */
	char *title;		/* one line: intent and confidence first */
	char *summary;		/* one sentence */
	struct section section[MESSAGE_SECTIONS_MAX];
	size_t sections;
	char *first_ip;		/* the facts machines sort by; NULL unknown */
	char *tool;
	int64_t revision;	/* of the incident */
	int64_t sightings;	/* of the incident, as it tells them: the next digest counts from here */
	int64_t event_ms;	/* the newest event told of; WHEN_NONE */
	int64_t made_ms;
	char *link;		/* to the full report, the operator's own address; NULL */
};

void message_init(struct message *m);
void message_clear(struct message *m);
/* A new section; lines are added to the result. Sections beyond the limit share the last one. */
struct section *message_section(struct message *m, const char *heading);
__attribute__((format(printf, 2, 3)))
void section_line(struct section *s, const char *fmt, ...);

/* What belongs together in one thread, alert or deduplication key: incident, topic, else its own key. */
const char *message_thread(const struct message *m);

/* What was wrong is over: closed, seen again, delivered again. A pager resolves what the thread opened. */
bool message_is_good_news(const struct message *m);

/* As the outbox keeps it and the webhook gets it ("schema": MESSAGE_SCHEMA), and back. */
void message_write(const struct message *m, struct buf *out);
bool message_read(struct message *m, const char *json, struct error *err);

const char *message_kind_name(enum message_kind kind);
bool message_kind_parse(const char *name, enum message_kind *out);

#endif
