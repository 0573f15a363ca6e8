/* work/watch_int.h: what watch.c, account.c, region.c, safetynet.c and tamper.c share. */
#ifndef WORK_WATCH_INT_H
#define WORK_WATCH_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/intent/derived.h"
#include "core/intent/rules.h"
#include "core/model/canary.h"
#include "core/model/coverage.h"
#include "core/watch/plan.h"
#include "store/coverage.h"
#include "store/own.h"
#include "work/ingest.h"
#include "work/own.h"
#include "work/tamper.h"
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
	struct reading hot, warm, behind;
	struct plan_choice choice;
	size_t lookups;			/* names to ask for, without derived keys */
	int64_t counted_ms;		/* of this loading of the registry */
	struct tamper_list tampers;	/* of the page that is being taken */
	double own_per_hour;
	double past_per_hour;		/* what parts of long windows held lately; < 0: none read yet */
	bool leased;			/* ours to read */
	bool busy;			/* a request or a timer is under way */
	bool failed;			/* since the last good reading */
	bool suspect;			/* failed as a region that is not opted in does */
	bool complete;			/* a hot reading ended since watch_complete() */
	bool overloaded;		/* said that neither plan fits */
	int64_t retry_ms;		/* not before; 0: any time */
	int64_t rated_ms;		/* cover.calls_per_hour is of this time; WHEN_NONE */
	int failures;
};

/* An account getting ready, in a thread; the watch looks at nothing but `done` until it is. */
struct arrival {
	pthread_t thread;
	bool started;
	atomic_bool done;
	struct aws_client *client;
	const char *partition;
	bool discover;			/* regions are to be found */
	bool ok;
	struct error err;
	char *number;
	char *arn;
	struct strlist regions;
	bool guessed;			/* regions are those the program knows */
};

enum { NET_QUESTIONS_MOST = 8 };	/* at once */

struct net_question {
	struct watch_account *account;	/* NULL: free */
	size_t key;			/* of the round */
};

/* One question to IAM about every key; see safetynet.c. */
struct net_round {
	bool active;
	struct strlist keys;
	struct net_question question[NET_QUESTIONS_MOST];
	size_t next;
	size_t under_way;
	bool waiting;			/* for a timer */
	bool turned;			/* keys are those of this round */
	int report_tries;
	int throttled;
	struct bucket bucket;
	struct error err;		/* kind NONE: fine so far */
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
	struct arrival arrival;
	bool ready;			/* requests may begin */
	bool wanted;			/* to get ready, as soon as nothing is under way */
	bool recheck;			/* of that: regions too */
	int64_t retry_ms;		/* the next try to get ready, not before */
	size_t in_flight;		/* requests */
	bool any_good;			/* a region answered in this process */
	/* safety net */
	bool net_leased;		/* ours to ask */
	struct coverage net;
	struct gap net_gap;
	struct net_round round;
	int64_t report_ms;		/* when IAM made the credential report we saw last; WHEN_NONE */
	/* drift */
	struct turn *turn;		/* under way; NULL: none */
	bool comparing;			/* a look is under way */
	int64_t compared_ms;		/* when the last one began; WHEN_NONE: the state knows */
};

struct watch {
	struct lease_book *leases;	/* NULL: alone on this state */
	struct store *store;
	const struct settings *settings;
	struct rules *rules;
	struct http *http;
	struct watch_account *account;
	size_t accounts;
	struct canary_set canaries;
	struct derived_set derived;
	struct own_list own;		/* keys that minting and retiring signed with */
	struct strlist own_arns;	/* whom watches signed as */
	int64_t loaded_ms;
	struct watch_counts counts;
	bool draining;			/* watch_poll: nothing new after everything due is read */
	bool broken;			/* the state failed */
	struct error err;
	struct error trouble;		/* why the run before could not write it; kind NONE: it could */
};

/* Compares some canaries with AWS when that is due; see watch_drift.c. */
void drift_go(struct watch_account *a);
/* Forgets what was not done when the watch's http was closed. */
void drift_end(struct watch_account *a);

/* Starts what is due; harmless when busy. */
void region_go(struct region *r);
/* True when nothing is under way and nothing is due. */
bool region_idle(const struct region *r);
void region_failed(struct region *r, const struct error *err);
struct region *region_new(struct watch_account *a, const char *name);
void region_free(struct region *r);


/* Finds credentials, identity and regions when they are due. */
void account_go(struct watch_account *a);
bool account_may_ask(struct watch_account *a);
bool account_idle(const struct watch_account *a);
void account_close(struct watch_account *a);
/* Asks IAM about each key when it is due. */
void safetynet_go(struct watch_account *a);
void safetynet_end(struct watch_account *a);

/*
 * Several monitors on one state share the regions: each takes its fair part,
 * for half a minute at a time. Alone on a state, everything is ours.
 */
void lease_open(struct watch *w);
void lease_close(struct watch *w);
/* Takes, renews and gives back, when it is time. */
void lease_go(struct watch *w);
/* At the next lease_go(): something is new. */
void lease_soon(struct watch *w);

#endif
