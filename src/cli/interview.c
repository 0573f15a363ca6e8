#include "cli/interview.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cli/term.h"
#include "core/settings/channels.h"

char *
interview_ask(const struct question *q, struct error *err)
{
	if (q->why != NULL)
		(void)fprintf(stderr, "\n%s\n", q->why);
	for (;;) {
		struct error wrong = ERROR_INIT;
		struct buf line = BUF_INIT(BUF_LINE);
		char *answer = term_answer(q->ask, q->initial, q->hidden);

		if (answer == NULL) {
			error_set(err, ERROR_STOPPED, "stopped");
			return NULL;
		}
		if (q->fine == NULL || q->fine(q->arg, answer, &wrong))
			return answer;
		mem_free_secret(answer);
		escape_terminal(&line, wrong.text);
		(void)fprintf(stderr, "  %s\n", buf_str(&line));
		buf_free(&line);
	}
}

static bool
yes_or_no(void *arg, const char *answer, struct error *err)
{
	(void)arg;
	return str_eq_nocase(answer, "y") || str_eq_nocase(answer, "n") || str_eq_nocase(answer, "yes") ||
	    str_eq_nocase(answer, "no") || error_set(err, ERROR_INPUT, "answer yes or no");
}

bool
interview_yes(const char *ask, const char *why, bool initial, bool *yes, struct error *err)
{
	const struct question q = { .ask = ask, .why = why, .initial = initial ? "yes" : "no", .fine = yes_or_no };
	char *answer = interview_ask(&q, err);

	*yes = str_starts_nocase(answer, "y");
	free(answer);
	return answer != NULL;
}

/* --- channels ------------------------------------------------------------------------ */

static void
list_kinds(void)
{
	for (const struct channel_kind *k = channel_kinds; k->name != NULL; k++)
		(void)fprintf(stderr, "  %-12s %s\n", k->name, k->about);
}

static bool
kind_fine(void *arg, const char *answer, struct error *err)
{
	const char *names[32], *near;
	size_t n = 0;

	if (str_eq(answer, arg) || channel_kind(answer) != NULL)
		return true;
	for (; n < ARRAY_LEN(names) && channel_kinds[n].name != NULL; n++)
		names[n] = channel_kinds[n].name;
	near = str_suggest(answer, names, n);
	if (near != NULL)
		return error_set(err, ERROR_INPUT, "there is no kind \"%.40s\"; did you mean \"%s\"?", answer, near);
	return error_set(err, ERROR_INPUT, "there is no kind \"%.40s\"; the list above has all", answer);
}

/* One option of a channel that is being asked for. */
struct option_place {
	const struct channel_kind *kind;
	const struct channel_row *row;
	bool required;
};

/* An empty list has no member that could be wrong. */
static bool
each_fine(const struct option_place *at, const char *answer, struct error *err)
{
	struct strlist all = STRLIST_INIT;
	bool ok = true;

	strlist_split(&all, answer, ",");
	for (size_t i = 0; ok && i < all.len; i++)
		ok = channel_value_fine(at->kind, at->row, all.item[i], err);
	if (ok && all.len == 0)
		ok = error_set(err, ERROR_INPUT, "it is needed");
	strlist_clear(&all);
	return ok;
}

static bool
option_fine(void *arg, const char *answer, struct error *err)
{
	const struct option_place *at = arg;

	if (answer[0] == '\0')
		return !at->required || error_set(err, ERROR_INPUT, "it is needed");
	if ((at->row->flags & CHANNEL_SECRET) != 0)
		return true;
	if ((at->row->flags & CHANNEL_MANY) != 0)
		return each_fine(at, answer, err);
	return channel_value_fine(at->kind, at->row, answer, err);
}

static char *
option_words(const struct option_place *at, bool hidden)
{
	const struct channel_row *r = at->row;
	const char *more = at->required ? "" : "; may be empty";

	if (hidden)
		return mem_printf("  %s (not shown%s):", r->name, more);
	if (r->choices != NULL)
		return mem_printf("  %s (%s%s):", r->name, r->choices, more);
	return mem_printf("  %s (such as %s%s):", r->name, r->sample, more);
}

static void
take_option(struct init_draft *d, struct channel_settings *c, const struct channel_row *r, const char *answer, bool hidden)
{
	struct strlist all = STRLIST_INIT;

	if (hidden)
		init_keep(d, c, r->name, answer);
	else if ((r->flags & CHANNEL_MANY) == 0)
		channel_add(c, r->name, answer);
	else
		strlist_split(&all, answer, ",");
	for (size_t i = 0; i < all.len; i++)
		channel_add(c, r->name, all.item[i]);
	strlist_clear(&all);
}

static bool
ask_option(struct init_draft *d, struct channel_settings *c, const struct channel_row *r, struct error *err)
{
	bool hidden = (r->flags & (CHANNEL_SECRET | CHANNEL_BEARER)) != 0;
	struct option_place at = { .kind = channel_kind(c->type), .row = r,
		.required = (r->flags & CHANNEL_REQUIRED) != 0 || r->with != NULL };
	char *words = option_words(&at, hidden), *answer;

	(void)fprintf(stderr, "  %s%s\n", r->about, hidden ? " It goes into a file of its own (0600)." : "");
	answer = interview_ask(&(struct question){ .ask = words, .hidden = hidden, .fine = option_fine, .arg = &at }, err);
	if (answer != NULL && answer[0] != '\0')
		take_option(d, c, r, answer, hidden);
	free(words);
	mem_free_secret(answer);
	return answer != NULL;
}

static bool
asks_for(const struct channel_settings *c, const struct channel_row *r)
{
	return (r->flags & (CHANNEL_REQUIRED | CHANNEL_ASKED)) != 0 && (r->with == NULL || channel_option(c, r->with) != NULL);
}

/* What only the options together show to be wrong begins the channel again. */
static bool
ask_channel(struct init_draft *d, const char *type, struct error *err)
{
	for (;;) {
		struct channel_settings *c = settings_add_channel(&d->settings, type);
		size_t kept = d->secrets;
		struct error wrong = ERROR_INIT;
		struct buf line = BUF_INIT(BUF_LINE);

		for (const struct channel_row *r = channel_kind(type)->rows; r->name != NULL; r++)
			if (asks_for(c, r) && !ask_option(d, c, r, err))
				return false;
		if (channel_check(c, NULL, &wrong))
			return true;
		escape_terminal(&line, wrong.text);
		(void)fprintf(stderr, "  %s\n  Once more:\n", buf_str(&line));
		buf_free(&line);
		settings_drop_channel(&d->settings);
		init_forget(d, kept);
	}
}

bool
interview_channels(struct init_draft *d, struct error *err)
{
	static char none[] = "none", no[] = "no";
	static const struct question first = { .ask = "Where shall alerts go?", .initial = "smtp", .fine = kind_fine, .arg = none };
	static const struct question next = { .ask = "Another channel?", .initial = "no", .fine = kind_fine, .arg = no };
	char *type;
	bool ok, more;

	do {
		const struct question *q = d->settings.channels == 0 ? &first : &next;

		if (q == &first) {
			(void)fputs("\nAn alert nobody receives is none; two ways are better than one, a mail server may be down.\n", stderr);
			list_kinds();
			(void)fprintf(stderr, "  %-12s %s\n", none, "only \"keycanary incidents\" shows what happened");
		}
		type = interview_ask(q, err);
		more = type != NULL && channel_kind(type) != NULL;
		ok = type != NULL && (!more || ask_channel(d, type, err));
		free(type);
	} while (ok && more);
	return ok;
}
