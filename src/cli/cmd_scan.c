/* keycanary scan: find every use of a canary in CloudTrail logs. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/prepare.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "cli/term.h"
#include "core/intent/fold.h"
#include "core/intent/noise.h"
#include "core/model/keyid.h"
#include "core/report/json_report.h"
#include "os/clock.h"
#include "os/file.h"
#include "work/address.h"
#include "work/announce.h"
#include "work/ingest.h"
#include "work/plant.h"
#include "work/rules.h"
#include "work/scan.h"
#include "work/state.h"

static const struct opt scan_opts[] = {
	{ .name = "key", .letter = 'k', .kind = OPT_LIST, .arg = "AKIA…",
	  .about = "look for this key; no state is read or written" },
	{ .name = "keys", .kind = OPT_TEXT, .arg = "FILE",
	  .about = "look for the keys in FILE: one a line, optionally \",user-name\"" },
	{ .name = "format", .kind = OPT_TEXT, .arg = "FORMAT", .choices = "text,json", .initial = "text",
	  .about = "text or json" },
	{ .name = "json", .kind = OPT_FLAG, .about = "the same as --format json" },
	{ .name = "window", .kind = OPT_SPAN, .arg = "TIME",
	  .about = "uses less than TIME apart are one incident (default: as configured, 24h with --key)" },
	{ .name = "threads", .letter = 'j', .kind = OPT_INT, .arg = "N",
	  .about = "read with N threads (default, and 0: one a processor)" },
	{ .name = "max-inflate", .kind = OPT_TEXT, .arg = "BYTES", .initial = "4G",
	  .about = "stop reading a file that inflates to more, as in 512M" },
	{ .name = "plain", .kind = OPT_FLAG, .about = "parse every record: slow, for comparison" },
	{ .name = NULL },
};

static bool
add_key(struct canary_set *set, const char *key, const char *user, struct error *err)
{
	char account[ACCOUNT_LEN + 1];
	struct canary c;

	if (keyid_resembles(key) && !keyid_valid(key))
		(void)fprintf(stderr, "keycanary scan: %s is no key id that AWS gives out (A-Z and 2-7 only); "
		    "looked for all the same\n", key);
	else if (!keyid_check_canary(key, err))
		return false;
	canary_init(&c);
	c.key_id = mem_strdup(key);
	c.user_name = str_empty(user) ? NULL : mem_strdup(user);
	c.account = keyid_account(key, account) ? mem_strdup(account) : NULL;
	canary_set_take(set, &c);
	return true;
}

static bool
add_line(struct canary_set *set, char *line, const char *file, size_t number, struct error *err)
{
	char *user = strchr(line, ',');

	if (user != NULL)
		*user++ = '\0';
	line = str_trim(line);
	if (user != NULL) {
		user[strcspn(user, ",")] = '\0';
		user = str_trim(user);
	}
	if (*line == '\0' || *line == '#' || (number == 1 && str_starts_nocase(line, "key")))
		return true;
	return add_key(set, line, user, err) || error_in(err, "%s:%zu", file, number);
}

static bool
read_keys(struct canary_set *set, const char *file, struct error *err)
{
	struct buf text = BUF_INIT(64 << 20);
	bool ok = file_read(file, &text, err);
	char *rest = text.ptr, *line;

	for (size_t n = 1; ok && (line = strsep(&rest, "\n")) != NULL; n++)
		ok = add_line(set, line, file, n, err);
	buf_free(&text);
	return ok;
}

/* What was wrong with a value is wrong with the command line. Always false. */
static bool
misused(struct error *err, const char *option)
{
	err->kind = ERROR_USAGE;
	return error_in(err, "%s", option);
}

static bool
choose_keys(struct cmd_ctx *ctx, struct canary_set *set, bool *registry, struct error *err)
{
	const struct strlist *keys = opt_list(ctx, "key");
	bool ok = true;

	*registry = keys->len == 0 && opt_text(ctx, "keys") == NULL;
	for (size_t i = 0; ok && i < keys->len; i++)
		ok = add_key(set, keys->item[i], NULL, err) || misused(err, "--key");
	if (ok && opt_text(ctx, "keys") != NULL)
		ok = read_keys(set, opt_text(ctx, "keys"), err);
	if (ok && *registry)
		ok = prepare_store(ctx, err) && state_canaries(ctx->store, NULL, NULL, NULL, set, err);
	if (ok && set->len == 0)
		return error_set(err, ERROR_USAGE,
		    "there is no key to look for: pass --key or --keys, or fill the registry by \"keycanary import\"");
	canary_set_index(set);
	return ok;
}

static void
progress(void *arg, int64_t files, int64_t all, int64_t bytes)
{
	struct progress *p = arg;
	int64_t ms = progress_ms(p);

	if (progress_due(p))
		progress_say(p, "%lld of %lld files, %lld MB, %lld MB/s", (long long)files, (long long)all,
		    (long long)(bytes / 1000000), (long long)(ms > 0 ? bytes / 1000 / ms : 0));
}

static void
write_input(struct jsonw *w, const struct scan_result *r)
{
	jsonw_open(w, "input", '{');
	jsonw_int(w, "files", r->files);
	jsonw_int(w, "records", r->records);
	jsonw_int(w, "bytes", r->bytes);
	jsonw_int(w, "damaged", r->damaged);
	jsonw_int(w, "duplicates", r->duplicates);
	jsonw_int(w, "digests", r->digests);
	jsonw_int(w, "insights", r->insights);
	jsonw_open(w, "skipped", '[');
	for (size_t i = 0; i < r->skips; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "file", r->skip[i].file);
		jsonw_str(w, "reason", r->skip[i].reason);
		jsonw_bool(w, "lost", r->skip[i].trouble);
		jsonw_close(w);
	}
	jsonw_close(w);
	jsonw_close(w);
}

/* The sightings of one incident, moved together. */
static struct dossier
dossier_of(const struct cmd_ctx *ctx, const struct incident *i, const struct canary *c,
    const struct sighting *s, size_t n)
{
	return (struct dossier){ .incident = i, .canary = c, .sighting = s, .sightings = n,
		.now_ms = ctx->now_ms, .zone_s = ctx->zone_s };
}

static int
by_incident(const void *a, const void *b)
{
	const struct sighting *s = a, *t = b;

	if (s->incident != t->incident)
		return s->incident < t->incident ? -1 : 1;
	if (s->time_ms != t->time_ms)
		return s->time_ms < t->time_ms ? -1 : 1;
	return strcmp(str_or(s->event_id, ""), str_or(t->event_id, ""));
}

/* The longest silence inside one incident. */
static int64_t
window_of(const struct cmd_ctx *ctx)
{
	int64_t configured = ctx->settings != NULL ? ctx->settings->incident_window_s : FOLD_WINDOW_S;

	return opt_int(ctx, "window", configured);
}

/* Calls show() with the dossier of each incident in turn. */
static void
each_incident(const struct cmd_ctx *ctx, const struct canary_set *canaries,
    const struct incident_list *incidents, struct sighting_list *all,
    void (*show)(void *arg, const struct dossier *d), void *arg)
{
	struct relation related[RELATIONS_MAX];
	size_t from = 0;

	if (all->len > 1)
		qsort(all->item, all->len, sizeof(*all->item), by_incident);
	for (size_t i = 0; i < incidents->len; i++) {
		struct placement_list where = PLACEMENT_LIST_INIT;
		struct address_notes notes;
		struct dossier d;
		size_t to = from;

		while (to < all->len && all->item[to].incident == (int64_t)i + 1)
			to++;
		d = dossier_of(ctx, &incidents->item[i], canary_by_key(canaries, incidents->item[i].key_id),
		    all->item + from, to - from);
		d.relateds = incidents_related(d.incident, incidents->item, incidents->len, window_of(ctx), related);
		d.related = related;
		address_notes(ctx->settings, &incidents->item[i].tally, &notes);
		d.address = notes.item;
		d.addresses = notes.len;
		/* Without the ledger the incident is told all the same. */
		if (ctx->store != NULL && plant_list(ctx->store, d.incident->key_id, NULL, &where, NULL)) {
			d.placement = where.item;
			d.placements = where.len;
		}
		show(arg, &d);
		placement_list_clear(&where);
		address_notes_clear(&notes);
		from = to;
	}
}

struct output {
	const struct cmd_ctx *ctx;
	const struct rules *rules;
	struct jsonw *json;
};

static void
show_one(void *arg, const struct dossier *d)
{
	const struct output *o = arg;

	if (o->json != NULL)
		json_incident(o->json, d, o->rules);
	else
		show_incident(o->ctx, d, o->rules, 50);
}

static void
print_summary(const struct cmd_ctx *ctx, const struct scan_result *r, const struct incident_list *incidents,
    int64_t took_ms)
{
	char line[256];

	for (size_t i = 0; i < r->skips; i++) {
		struct buf b = BUF_INIT(BUF_LINE);

		term_paint(&b, false, COLOR_NONE, r->skip[i].file);
		buf_puts(&b, ": ");
		term_paint(&b, false, COLOR_NONE, r->skip[i].reason);
		(void)fprintf(stderr, "%s %s\n", r->skip[i].trouble ? "not read whole:" : "left out:", buf_str(&b));
		buf_free(&b);
	}
	if (ctx->quiet)
		return;
	(void)snprintf(line, sizeof(line), "%zu incident%s, %zu sighting%s in %lld records of %lld file%s "
	    "(%lld MB, %lld ms)", incidents->len, incidents->len == 1 ? "" : "s", r->sightings.len,
	    r->sightings.len == 1 ? "" : "s", (long long)r->records, (long long)r->files,
	    r->files == 1 ? "" : "s", (long long)(r->bytes / 1000000), (long long)took_ms);
	(void)puts(line);
}

static bool
print_result(struct cmd_ctx *ctx, const struct canary_set *canaries, const struct rules *rules,
    struct scan_result *r, const struct incident_list *incidents, int64_t took_ms, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);
	struct output o = { .ctx = ctx, .rules = rules, .json = show_json(ctx) ? &w : NULL };

	if (o.json == NULL) {
		each_incident(ctx, canaries, incidents, &r->sightings, show_one, &o);
		print_summary(ctx, r, incidents, took_ms);
		return true;
	}
	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "incidents", '[');
	each_incident(ctx, canaries, incidents, &r->sightings, show_one, &o);
	jsonw_close(&w);
	write_input(&w, r);
	jsonw_close(&w);
	return show_buffer(&out, err);
}

/* With the registry, what was found stays: "keycanary incidents" shows it later. */
static bool
remember(struct cmd_ctx *ctx, const struct canary_set *canaries, const struct rules *rules,
    struct scan_result *r, struct error *err)
{
	struct announce tell = { .settings = ctx->settings, .now_ms = ctx->now_ms };
	struct ingest_extra extra = { .window_s = window_of(ctx),
		.changed = announce_changed, .changed_arg = &tell };
	struct ingest_result in;

	for (size_t i = 0; i < r->sightings.len; i++)
		noise_label(ctx->settings->noise_rule, ctx->settings->noises, &r->sightings.item[i]);
	return ingest_with(ctx->store, rules, canaries, &r->derived, &r->sightings, &extra, ctx->now_ms, &in, err);
}

static int
scan_and_print(struct cmd_ctx *ctx, const struct scan_options *o, const struct canary_set *canaries,
    const struct rules *rules, bool registry, struct error *err)
{
	struct incident_list incidents = INCIDENT_LIST_INIT;
	struct scan_result r;
	int64_t began = clock_steady_ms();
	bool scanned = scan(o, canaries, rules, &r, err);
	int status = -1;

	progress_end(o->progress_arg);
	if (!scanned)
		return -1;
	if (!registry || remember(ctx, canaries, rules, &r, err)) {
		scan_incidents(rules, canaries, window_of(ctx), &r.sightings, &incidents);
		if (print_result(ctx, canaries, rules, &r, &incidents, clock_steady_ms() - began, err))
			status = r.damaged > 0 ? EXIT_TROUBLE : r.sightings.len > 0 ? EXIT_SIGHTINGS : EXIT_FINE;
	}
	incident_list_clear(&incidents);
	scan_result_clear(&r);
	return status;
}

/* The options whose values only scan() can judge, and the names of what to read. */
static bool
check_words(const struct cmd_ctx *ctx, struct scan_options *o, struct error *err)
{
	int64_t threads = opt_int(ctx, "threads", 0);
	const char *most = opt_text(ctx, "max-inflate");

	if (threads < 0 || threads > INT_MAX)
		return error_set(err, ERROR_USAGE, "--threads: \"%lld\" is no number of threads", (long long)threads);
	o->threads = (int)threads;
	if (!str_to_size(most, &o->max_inflate))
		return error_set(err, ERROR_USAGE, "--max-inflate: \"%.60s\" is not a size, as in 4294967296, 512M or 4G", most);
	for (int i = 0; i < ctx->argc; i++)
		if (str_empty(ctx->argv[i]))
			return error_set(err, ERROR_USAGE, "an empty name (\"\") is no file and no directory");
	return true;
}

static int
scan_run(struct cmd_ctx *ctx, struct error *err)
{
	static char input[] = "-";
	char *standard_input[] = { input };
	struct strlist paths = { ctx->argv, (size_t)ctx->argc, 0 };
	struct canary_set canaries = CANARY_SET_INIT;
	struct rules *rules = NULL;
	struct progress meter;
	struct scan_options o = { .paths = &paths, .plain = opt_flag(ctx, "plain"), .progress = progress,
		.progress_arg = &meter };
	bool registry = false;
	int status = -1;

	progress_begin(&meter, ctx);
	if (ctx->argc == 0) {
		if (isatty(STDIN_FILENO) != 0) {
			error_set(err, ERROR_USAGE, "nothing to read: name files or directories, or pipe a log in");
			return -1;
		}
		paths = (struct strlist){ standard_input, 1, 0 };
	}
	if (check_words(ctx, &o, err) && choose_keys(ctx, &canaries, &registry, err) &&
	    rules_builtin(&rules, err)) {
		o.keep_raw = registry;
		o.store = registry ? ctx->store : NULL;
		o.learn_users = opt_list(ctx, "key")->len > 0;
		status = scan_and_print(ctx, &o, &canaries, rules, registry, err);
	}
	rules_free(rules);
	canary_set_clear(&canaries);
	return status;
}

const struct cmd cmd_scan = {
	.name = "scan",
	.group = "look",
	.args = "[FILE|DIRECTORY…]",
	.about = "find every use of a canary in CloudTrail logs",
	.help =
	    "Reads S3-delivered log files (gzip or plain), trees of them, answers of\n"
	    "LookupEvents, JSON arrays, single records and newline-delimited JSON; each\n"
	    "is told by its shape. Without a name, standard input is read. Sessions and\n"
	    "keys minted from a canary are followed across files in any order. Records\n"
	    "are also found inside what EventBridge, CloudWatch Logs, CloudTrail Lake,\n"
	    "Splunk and Elastic put around them when they export JSON.\n"
	    "\n"
	    "With --key the user behind the key is learned from its own events, and\n"
	    "that user's other keys and sessions are found too.\n"
	    "\n"
	    "With --key or --keys nothing is read from or written to the state. Without,\n"
	    "the canaries of the registry are looked for and what is found is kept.\n"
	    "\n"
	    "In a directory, digest and Insight files are left out and counted; symbolic\n"
	    "links are not followed, pipes and devices not opened.\n"
	    "\n"
	    "Exit status: 0 nothing found, 3 sightings found, 1 failed or some input\n"
	    "could not be read, 2 wrong words on the command line. 1 wins over 3: when\n"
	    "something was lost the answer may not be complete, so what was found is\n"
	    "printed and the status says that there may be more.",
	.examples =
	    "  keycanary scan --key AKIA… logs/              one leaked key, a tree of logs\n"
	    "  keycanary scan --keys keys.txt --json logs/   many keys, for a machine\n"
	    "  aws cloudtrail lookup-events | keycanary scan --key AKIA…",
	.opts = scan_opts,
	.max_args = -1,
	.run = scan_run,
};
