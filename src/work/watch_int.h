/* work/watch_int.h: what watch.c, region.c and safetynet.c share. */
#ifndef WORK_WATCH_INT_H
#define WORK_WATCH_INT_H

#include "core/intent/derived.h"
#include "core/intent/rules.h"
#include "core/model/canary.h"
#include "core/model/coverage.h"
#include "core/watch/plan.h"
#include "store/own.h"
#include "work/ingest.h"
#include "work/watch.h"
#include "world/aws/client.h"
#include "world/aws/cloudtrail.h"

/* One attribute and value to ask for; both NULL: everything. */
struct query {
	char *attribute;
	char *value;
};

/* A window on its way: its queries one after the other, each page after page. */
struct reading {
	bool active;
	struct window window;
	enum plan_kind plan;
	struct query *query;
	size_t queries;
	size_t at;		/* the query that is read now */
	char *token;		/* of its next page; NULL: the first */
	int restarts;
	bool learned;		/* a new derived key: the window is read once more */
	int64_t pages, events, own;
};

struct region {
	struct watch_account *account;
	char *name;
	struct coverage cover;
	struct gap gap;			/* the open one; cause NULL: none */
	struct bucket bucket;
	struct reading hot, behind;
	struct plan_choice choice;
	double own_per_hour;
	bool busy;			/* a request or a timer is under way */
	bool failed;			/* since the last good reading */
	bool suspect;			/* failed as a region that is not opted in does */
	bool complete;			/* a hot reading ended since watch_complete() */
	int64_t retry_ms;		/* not before; 0: any time */
	int failures;
};

struct watch_account {
	struct watch *watch;
	const struct account_settings *settings;	/* NULL: the default credentials */
	const char *name;
	char *number;			/* 12 digits; NULL: not known yet */
	struct aws_client *client;
	struct region **region;
	size_t regions, cap;
	int64_t regions_ms;		/* asked for; WHEN_NONE: never */
	int64_t ready_ms;		/* next try to become ready */
	bool any_good;			/* a region answered in this process */
	/* safety net */
	struct coverage net;
	struct gap net_gap;
};

struct watch {
	struct store *store;
	const struct settings *settings;
	struct rules *rules;
	struct http *http;
	struct watch_account *account;
	size_t accounts;
	struct canary_set canaries;
	struct derived_set derived;
	struct own_list own;		/* keys that minting and retiring signed with */
	int64_t loaded_ms;
	struct watch_counts counts;
	bool draining;			/* watch_poll: nothing new after everything due is read */
	bool broken;			/* the state failed */
	struct error err;
};

/* Starts what is due; harmless when busy. */
void region_go(struct region *r);
/* True when nothing is under way and nothing is due. */
bool region_idle(const struct region *r);
void region_failed(struct region *r, const struct error *err);
struct region *region_new(struct watch_account *a, const char *name);
void region_free(struct region *r);

/* A gap that begins or goes on; saved with the coverage. */
void gap_open(struct gap *g, const struct coverage *c, const struct error *err, int64_t now_ms);
/* The mark moved: the gap ends, and is filled once the mark is past its end. */
void gap_follow(struct gap *g, const struct coverage *c, int64_t now_ms);

/* Asks IAM about each key when it is due. */
void safetynet_go(struct watch_account *a);

#endif
