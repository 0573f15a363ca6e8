/*
 * world/trail/trail.h: CloudTrail log files, read for the records that can
 * matter.
 *
 * A file is inflated, searched for needles, and each record with a hit is
 * handed to the caller, verbatim. Whatever is wrong with a file costs only
 * what is damaged: the rest is still read, and the loss is counted and named.
 */
#ifndef WORLD_TRAIL_TRAIL_H
#define WORLD_TRAIL_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "world/trail/needles.h"

struct trail_counts {
	int64_t records;	/* CloudTrail records seen */
	int64_t bytes;		/* inflated */
	int64_t damaged;	/* pieces that could not be read */
	int64_t insights;	/* Insight records, left out */
	bool digest;		/* the file is a digest, left out */
	char reason[160];	/* of the first damage; "" if none */
};

/* What a caller does with a record that has a hit; called from reading threads. */
struct trail_reader {
	const struct needles *needles;
	int64_t max_inflate;	/* bytes one file may inflate to */
	/* A record with a hit; false when it is no JSON object. */
	bool (*record)(void *arg, const char *bytes, size_t len);
	void *arg;
	bool plain;		/* hand over every record, for tests and small inputs */
};

/* Buffers of one reading thread, kept from file to file. */
struct trail_buffers {
	char *packed;
	size_t packed_cap;
	char *text;
	size_t text_cap;
	void *inflater;
};

enum {
	TRAIL_WHOLE_PACKED = 4 << 20,	/* larger files are read as a stream */
	TRAIL_WHOLE_TEXT = 12 << 20,
	TRAIL_RECORD_MAX = 4 << 20,	/* a longer "record" is damage; AWS promises 256 KB */
};

/* False when the file could not be read at all; `counts` tells of partial losses. */
bool trail_read_file(const struct trail_reader *r, struct trail_buffers *b, const char *path,
    struct trail_counts *counts, struct error *err);
/* One text in memory, already inflated. */
void trail_read_text(const struct trail_reader *r, const char *bytes, size_t len,
    struct trail_counts *counts);
void trail_buffers_free(struct trail_buffers *b);

/* Files below a path (or the path itself), sorted; digest and Insight files by
 * their folder or name go to `left_out`. "-" is standard input. Below a path, symbolic links
 * are not followed and pipes and devices not opened. */
bool trail_list(const char *path, struct strlist *files, struct strlist *left_out, struct error *err);

#endif
