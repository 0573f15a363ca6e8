#include "work/scan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/intent/classify.h"
#include "core/intent/fold.h"
#include "core/intent/judge.h"
#include "core/intent/match.h"
#include "os/clock.h"
#include "store/own.h"
#include "world/trail/trail.h"

enum { THREADS_MAX = 64, PASSES_MAX = 8 };

/* One pass over all files, shared by its threads. */
struct pass {
	const struct scan_options *options;
	const struct canary_set *canaries;
	const struct rules *rules;
	const struct derived_set *known;	/* read-only during the pass */
	const struct own_list *own;		/* likewise */
	const struct strlist *files;
	struct trail_reader reader;
	pthread_mutex_t lock;
	size_t next;				/* file */
	struct derived_set learned;
	struct scan_result *out;
	int64_t told_ms;
};

struct worker {
	struct pass *pass;
	struct sighting_list found;
	struct trail_buffers buffers;
};

/* Minting and retiring leave events that look like somebody tampering. */
static void
label_own(const struct pass *p, const struct event *e, struct sighting *s)
{
	if (s->kind != SIGHTING_TARGET || s->label != NULL || !own_signed(p->own, e->access_key_id, e->time_ms))
		return;
	s->label = mem_strdup("own");
	s->label_reason = mem_strdup("keycanary's own call");
}

static bool
record(void *arg, const char *bytes, size_t len)
{
	struct worker *w = arg;
	struct pass *p = w->pass;
	struct event event;
	struct sighting s;

	if (!event_parse(&event, bytes, len, NULL))
		return false;
	if (match_event(p->canaries, p->known, &event, &s)) {
		classify(p->rules, &event, &s);
		label_own(p, &event, &s);
		if (p->options->keep_raw)
			s.raw = mem_strndup(event.raw, event.raw_len);
		(void)pthread_mutex_lock(&p->lock);
		(void)match_learn(&p->learned, &event, &s);
		if (p->options->learn_users)
			(void)match_learn_user(&p->learned, &event, &s);
		(void)pthread_mutex_unlock(&p->lock);
		sighting_list_take(&w->found, &s);
	}
	event_clear(&event);
	return true;
}

static void
skip_file(struct scan_result *out, const char *file, const char *reason, bool trouble)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): scan_result_clear() empties it, which the analyzer loses */
	out->skip = mem_resize(out->skip, out->skips + 1, sizeof(*out->skip));
	out->skip[out->skips++] = (struct scan_skip){ mem_strdup(file), mem_strdup(reason), trouble };
}

/* Adds one file's numbers to the result; the lock is held. */
static void
account(struct pass *p, const char *file, const struct trail_counts *c, const char *failure)
{
	struct scan_result *out = p->out;
	int64_t now = clock_steady_ms();

	out->files++;
	out->records += c->records;
	out->bytes += c->bytes;
	out->damaged += c->damaged;
	out->insights += c->insights;
	if (failure != NULL) {
		out->damaged++;
		skip_file(out, file, failure, true);
	} else if (c->damaged > 0) {
		skip_file(out, file, c->reason, true);
	} else if (c->digest) {
		out->digests++;
		skip_file(out, file, "a digest, not a log", false);
	}
	if (p->options->progress == NULL || now - p->told_ms < 200)
		return;
	p->told_ms = now;
	p->options->progress(p->options->progress_arg, out->files, (int64_t)p->files->len, out->bytes);
}

static void
read_one(struct worker *w, const char *file)
{
	struct trail_reader r = w->pass->reader;
	struct trail_counts counts = { .records = 0 };
	struct error err = ERROR_INIT;
	bool ok;

	r.arg = w;
	ok = trail_read_file(&r, &w->buffers, file, &counts, &err);
	(void)pthread_mutex_lock(&w->pass->lock);
	account(w->pass, file, &counts, ok ? NULL : err.text);
	(void)pthread_mutex_unlock(&w->pass->lock);
}

static void *
work(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		size_t n;

		(void)pthread_mutex_lock(&w->pass->lock);
		n = w->pass->next++;
		(void)pthread_mutex_unlock(&w->pass->lock);
		if (n >= w->pass->files->len)
			return NULL;
		read_one(w, w->pass->files->item[n]);
	}
}

static int
thread_count(const struct scan_options *o, size_t files)
{
	long n = o->threads > 0 ? o->threads : sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		n = 1;
	if (n > THREADS_MAX)
		n = THREADS_MAX;
	return (size_t)n > files ? (int)(files > 0 ? files : 1) : (int)n;
}

/* Reads all files with n threads; each thread's finds go to the result. */
static void
run_pass(struct pass *p)
{
	struct worker worker[THREADS_MAX] = { { .pass = NULL } };
	pthread_t thread[THREADS_MAX];
	int n = thread_count(p->options, p->files->len), started = 0;

	for (int i = 0; i < n; i++)
		worker[i].pass = p;
	for (int i = 1; i < n; i++, started++)
		if (pthread_create(&thread[i], NULL, work, &worker[i]) != 0)
			break;
	(void)work(&worker[0]);
	for (int i = 1; i <= started; i++)
		(void)pthread_join(thread[i], NULL);
	for (int i = 0; i < n; i++) {
		for (size_t k = 0; k < worker[i].found.len; k++)
			sighting_list_take(&p->out->sightings, &worker[i].found.item[k]);
		free(worker[i].found.item);
		trail_buffers_free(&worker[i].buffers);
	}
}

static void
add_needles(struct needles *n, const struct canary_set *canaries, const struct derived_set *derived)
{
	enum identity_kind kind;
	const char *id;

	for (size_t i = 0; i < canaries->len; i++) {
		needles_add_id(n, canaries->item[i].key_id);
		needles_add_id(n, canaries->item[i].user_id);
		needles_add_name(n, canaries->item[i].user_name);
	}
	for (size_t i = 0; i < derived->len; i++)
		needles_add_id(n, derived->item[i]->derived_key);
	for (size_t at = 0; derived_next_identity(derived, &at, &kind, &id);) {
		if (kind == IDENTITY_USER_ID)
			needles_add_id(n, id);
		else if (kind == IDENTITY_USER)
			needles_add_name(n, strchr(id, '/') + 1);
	}
}

static bool
same_event(const struct sighting *a, const struct sighting *b)
{
	return a->event_id != NULL && str_eq(a->event_id, b->event_id) && str_eq(a->key_id, b->key_id);
}

static int
by_event(const void *a, const void *b)
{
	const struct sighting *s = a, *t = b;
	int order = strcmp(str_or(s->event_id, ""), str_or(t->event_id, ""));

	if (order == 0)
		order = strcmp(s->key_id, t->key_id);
	if (order == 0 && s->time_ms != t->time_ms)
		order = s->time_ms < t->time_ms ? -1 : 1;
	return order != 0 ? order : (int)s->kind - (int)t->kind;
}

/* CloudTrail may deliver an event more than once, with the same eventID. */
static void
drop_duplicates(struct scan_result *out)
{
	struct sighting_list *l = &out->sightings;
	size_t kept = 0;

	if (l->len > 1)
		qsort(l->item, l->len, sizeof(*l->item), by_event);
	for (size_t i = 0; i < l->len; i++) {
		if (kept > 0 && same_event(&l->item[kept - 1], &l->item[i])) {
			sighting_clear(&l->item[i]);
			out->duplicates++;
		} else {
			l->item[kept++] = l->item[i];
		}
	}
	l->len = kept;
	sighting_list_sort(l);
}

static void
forget_pass(struct scan_result *out)
{
	struct derived_set derived = out->derived;

	out->derived = (struct derived_set)DERIVED_SET_INIT;
	scan_result_clear(out);
	out->derived = derived;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct scan_skip *)a)->file, ((const struct scan_skip *)b)->file);
}

static void
list_files(const struct scan_options *o, struct strlist *files, struct strlist *left_out,
    struct scan_result *out)
{
	for (size_t i = 0; i < o->paths->len; i++) {
		struct error err = ERROR_INIT;

		if (!trail_list(o->paths->item[i], files, left_out, &err)) {
			out->damaged++;
			skip_file(out, o->paths->item[i], err.text, true);
		}
	}
	for (size_t i = 0; i < left_out->len; i++) {
		bool insight = strstr(left_out->item[i], "CloudTrail-Insight") != NULL;

		out->insights += insight;
		out->digests += !insight;
		skip_file(out, left_out->item[i],
		    insight ? "Insight events, not a log of calls" : "a digest, not a log", false);
	}
}

/* A pipe can be read once only, files are read again when a key is learned: keep its bytes. */
static bool
spool_input(const struct strlist *paths, struct error *err)
{
	char chunk[65536];
	size_t n;
	FILE *spool;
	bool ok;

	if (!strlist_has(paths, "-") || lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0)
		return true;
	spool = tmpfile();
	if (spool == NULL)
		return error_errno(err, ERROR_SYSTEM, "standard input cannot be kept in a temporary file");
	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		if (fwrite(chunk, 1, n, spool) != n)
			break;
	ok = !ferror(stdin) && fflush(spool) == 0 && !ferror(spool) && dup2(fileno(spool), STDIN_FILENO) >= 0;
	if (!ok)
		error_errno(err, ERROR_SYSTEM, "standard input cannot be kept in a temporary file");
	(void)fclose(spool);
	return ok;
}

static bool
one_pass(const struct scan_options *o, const struct canary_set *canaries, const struct rules *rules,
    const struct own_list *own, struct scan_result *out)
{
	struct strlist files = STRLIST_INIT, left_out = STRLIST_INIT;
	struct needles needles;
	struct pass p = { .options = o, .canaries = canaries, .rules = rules, .known = &out->derived,
		.own = own, .files = &files, .out = out, .lock = PTHREAD_MUTEX_INITIALIZER };
	bool again;

	needles_init(&needles);
	add_needles(&needles, canaries, &out->derived);
	p.reader = (struct trail_reader){ .needles = &needles, .max_inflate = o->max_inflate,
		.record = record, .plain = o->plain };
	list_files(o, &files, &left_out, out);
	run_pass(&p);
	again = derived_merge(&out->derived, &p.learned);
	derived_set_clear(&p.learned);
	needles_clear(&needles);
	strlist_clear(&files);
	strlist_clear(&left_out);
	return again;
}

bool
scan(const struct scan_options *o, const struct canary_set *canaries, const struct rules *rules,
    struct scan_result *out, struct error *err)
{
	struct own_list own = { .item = NULL };

	*out = (struct scan_result){ .files = 0 };
	if (!spool_input(o->paths, err) || (o->store != NULL && !own_list(o->store, &own, err)))
		return false;
	for (int i = 0; i < PASSES_MAX; i++) {
		if (i > 0)
			forget_pass(out);
		if (!one_pass(o, canaries, rules, &own, out))
			break;
	}
	own_list_clear(&own);
	drop_duplicates(out);
	if (out->skips > 1)
		qsort(out->skip, out->skips, sizeof(*out->skip), by_name);
	return true;
}

void
scan_result_clear(struct scan_result *r)
{
	sighting_list_clear(&r->sightings);
	derived_set_clear(&r->derived);
	for (size_t i = 0; i < r->skips; i++) {
		free(r->skip[i].file);
		free(r->skip[i].reason);
	}
	free(r->skip);
	*r = (struct scan_result){ .files = 0 };
}

static int
worst_first(const void *a, const void *b)
{
	const struct incident *i = a, *k = b;

	if (i->verdict.severity != k->verdict.severity)
		return i->verdict.severity > k->verdict.severity ? -1 : 1;
	if (i->tally.first_ms != k->tally.first_ms)
		return i->tally.first_ms < k->tally.first_ms ? -1 : 1;
	return strcmp(i->id, k->id);
}

void
scan_incidents(const struct rules *rules, const struct canary_set *canaries, int64_t window_s,
    struct sighting_list *sightings, struct incident_list *out)
{
	sighting_list_sort(sightings);
	for (size_t n = 0; n < sightings->len; n++) {
		struct sighting *s = &sightings->item[n];
		size_t at = incident_find(out->item, out->len, s, window_s);

		if (at == SIZE_MAX) {
			struct incident fresh;

			incident_open(&fresh, canary_by_key(canaries, s->key_id), s);
			incident_list_take(out, &fresh);
			at = out->len - 1;
		}
		fold(&out->item[at], s);
	}
	for (size_t i = 0; i < out->len; i++) {
		verdict_clear(&out->item[i].verdict);
		judge(rules, &out->item[i], &out->item[i].verdict);
	}
	if (out->len > 1)
		qsort(out->item, out->len, sizeof(*out->item), worst_first);
	for (size_t n = 0; n < sightings->len; n++)
		sightings->item[n].incident =
		    (int64_t)incident_find(out->item, out->len, &sightings->item[n], window_s) + 1;
}
