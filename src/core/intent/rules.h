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

struct stage_rule {
	char *code;
	char *category;		/* of the footprint; NULL: none */
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
	bool internal;		/* the address must be "AWS Internal" */
	char *label;		/* NULL: none */
	struct call_rule *next;	/* the next row of the same source; NULL: last */
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

struct rules {
	struct stage_rule *stage;
	size_t stages;
	struct call_rule *call;
	size_t calls;
	struct call_rule *fallback;	/* by the verb alone */
	size_t fallbacks;
	struct finding_rule *finding;
	size_t findings;
	struct intent_rule *intent;	/* the order is the ranking */
	size_t intents;
	struct flow_rule *flow;
	size_t flows;
	struct tool_rule *tool;
	size_t tools;
	struct known_rule *known;
	size_t knowns;
	struct strlist steps_always;
	struct strlist aws_actors;	/* services that act by themselves, never for a caller */
	char *footprint_intent;
	struct strlist footprint_categories;
	int footprint_at_least;
	int footprint_operations;
	int64_t near_s;
	struct map by_source;		/* eventSource to its first row in `call`; rows of a source follow by `next` */
};

/* All files together make the rules; an unknown list or a wrong row is refused. */
bool rules_load(struct rules **out, const struct rules_file *files, size_t n, struct error *err);
void rules_free(struct rules *rules);

const struct stage_rule *rules_stage(const struct rules *rules, const char *code);
const struct intent_rule *rules_intent(const struct rules *rules, const char *name);
/* Where it stands in the ranking; `intents` when it is not there. */
size_t rules_rank(const struct rules *rules, const char *intent);
/* True when the row's names fit. */
bool call_rule_named(const struct call_rule *row, const char *name);

#endif
