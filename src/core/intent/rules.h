/*
 * core/intent/rules.h: the knowledge of config/intent/, parsed from memory.
 *
 * Rules are data (libconfig syntax): a new stage, call, flow or tool is a row
 * in a file. rules_load() checks every file and names file and line of what is
 * wrong. The result is read-only and owned by the caller (rules_free()).
 */
#ifndef CORE_INTENT_RULES_H
#define CORE_INTENT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "core/model/verdict.h"

struct rules_file {
	const char *name;	/* for messages: "config/intent/calls.conf" */
	const char *text;	/* NUL-terminated */
};

/* Whether a call of a stage only asks. */
enum asks {
	ASKS_NEVER,
	ASKS_BY_VERB,		/* when its verb is one of reading: "Get*", "List*" … */
	ASKS_ALWAYS,
};

struct stage_rule {
	char *code;
	char *category;		/* of the footprint; NULL: none */
	enum asks asks;
	struct strlist prepares;	/* calls that only prepare: they count as asking */
	char *near;		/* the code it counts as near an SES call; NULL: as it is */
	char *far;		/* and otherwise */
	struct strlist intents;
	char *attack;		/* NULL: none */
	char *about;
};

struct call_rule {
	char *stage;
	char *also;		/* NULL: one stage only */
	char *source;
	struct strlist names;	/* exact or patterns */
	char *service;		/* NULL: any; "": not known */
	char *policy;		/* NULL: any; "": none named */
	char *agent;		/* NULL: any */
	char *address;		/* NULL: any */
	bool internal;		/* the address must be "AWS Internal" */
	char *label;		/* NULL: none */
	struct call_rule *next;	/* the next row of the same service; NULL: last */
};

struct finding_rule {
	char *name;
	char *title;
	char *attack;
	struct strlist any;
	struct strlist all;	/* groups "a|b" */
	bool footprint;
};

struct intent_rule {
	char *name;
	char *about;
	enum severity severity;
	struct strlist next;
	struct strlist steps;
};

struct flow_rule {
	char *id;
	char *title;
	char *source;
	char *tool;		/* near only when this tool is named; NULL: always */
	struct strlist steps;
	struct strlist next;
};

struct tool_rule {
	char *pattern;
	char *tool;
	bool scanner;
};

struct known_rule {
	char *family;
	struct strlist names;
};

struct service_rule {
	char *service;		/* "ses" */
	struct strlist names;	/* what else it is called: "email" */
};

enum { SERVICE_TEXT_MAX = 64 };

struct rules {
	struct stage_rule *stage;
	size_t stages;
	struct call_rule *call;
	size_t calls;
	struct call_rule *fallback;	/* by the verb alone */
	size_t fallbacks;
	struct finding_rule *finding;
	size_t findings;
	struct intent_rule *intent;
	size_t intents;
	struct strlist ranking;		/* "x", or "x?" for an intent that was only asked for */
	struct flow_rule *flow;
	size_t flows;
	struct tool_rule *tool;
	size_t tools;
	struct known_rule *known;
	size_t knowns;
	struct strlist steps_always;
	struct strlist steps_denied;	/* when nothing that needs rights was answered */
	struct strlist steps_answered;
	struct strlist aws_actors;	/* services that act by themselves, never for a caller */
	char *footprint_intent;
	struct strlist footprint_categories;
	int footprint_at_least;
	int footprint_operations;
	int64_t near_s;
	struct service_rule *service;
	size_t services;
	struct map by_service;		/* "ses" to its first row in `call`; its other rows follow by `next` */
};

/* All files together make the rules; an unknown list or a wrong row is refused. */
bool rules_load(struct rules **out, const struct rules_file *files, size_t n, struct error *err);
void rules_free(struct rules *rules);

const struct stage_rule *rules_stage(const struct rules *rules, const char *code);
const struct intent_rule *rules_intent(const struct rules *rules, const char *name);
/* The service of an eventSource: its first word, other names of the service resolved. */
void rules_service(const struct rules *rules, const char *source, char out[static SERVICE_TEXT_MAX]);
/* True when the row's names fit: by a pattern, or only as they are written. */
bool call_rule_named(const struct call_rule *row, const char *name, bool patterns);
/* True for a name whose verb only reads: "GetAccount". */
bool rules_name_asks(const struct rules *rules, const char *name);

#endif
