/*
 * work/scan.h: look through log files for every use of a canary.
 *
 * Files are read by several threads; sessions minted from a canary are
 * followed across files in any order: when a pass learns a new key, the files
 * are read again until nothing new is learned. The result does not depend on
 * the threads.
 */
#ifndef WORK_SCAN_H
#define WORK_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "core/intent/derived.h"
#include "core/intent/rules.h"
#include "core/model/canary.h"
#include "core/model/incident.h"
#include "core/model/sighting.h"

struct store;

struct scan_options {
	const struct strlist *paths;	/* files, directories, "-" */
	int threads;			/* 0: as many as there are processors */
	int64_t max_inflate;		/* bytes one file may inflate to */
	bool learn_users;		/* a canary's own events tell its user; find that user's other keys */
	bool keep_raw;			/* keep the records, for the store */
	bool plain;			/* parse every record: slow, for comparison */
	struct store *store;		/* where our own acts on canaries are noted; NULL: nowhere */
	/* Told while it works, from one thread at a time; NULL: nobody. */
	void (*progress)(void *arg, int64_t files, int64_t all_files, int64_t bytes);
	void *progress_arg;
};

/* A file that was not read, or not whole. */
struct scan_skip {
	char *file;
	char *reason;
	bool trouble;		/* something was lost; false: left out on purpose */
};

struct scan_result {
	struct sighting_list sightings;	/* by time; each event once per canary; classified */
	struct derived_set derived;
	struct scan_skip *skip;
	size_t skips;
	int64_t files;
	int64_t records;
	int64_t bytes;
	int64_t damaged;		/* pieces that could not be read */
	int64_t digests;		/* files left out */
	int64_t insights;		/* files and records left out */
	int64_t duplicates;		/* events seen more than once */
};

/* False only when nothing could be done at all; losses are in the result. */
bool scan(const struct scan_options *o, const struct canary_set *canaries, const struct rules *rules,
    struct scan_result *out, struct error *err);
void scan_result_clear(struct scan_result *r);
/* Sightings into judged incidents, most severe first; `window_s` is the longest silence in one. Each sighting's `incident` becomes the
 * 1-based place of its incident in the list. */
void scan_incidents(const struct rules *rules, const struct canary_set *canaries, int64_t window_s,
    struct sighting_list *sightings, struct incident_list *out);

#endif
