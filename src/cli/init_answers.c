/* keycanary init: what is asked, and what is taken from the words. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/init_int.h"
#include "cli/interview.h"
#include "core/settings/channels.h"

/* --- answers ------------------------------------------------------------------------- */

static void
set_text(char **to, const char *text)
{
	free(*to);
	*to = text[0] != '\0' ? mem_strdup(text) : NULL;
}

static bool
take_profile(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;

	if (answer[0] != '\0' && !init_profile_fine(answer, err))
		return false;
	set_text(&run->draft.settings.account[0].profile, answer);
	return true;
}

static bool
take_mint_profile(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;

	if (answer[0] != '\0' && !init_profile_fine(answer, err))
		return false;
	set_text(&run->mint_profile, answer);
	return true;
}

static bool
take_account(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;

	for (const char *c = answer; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return error_set(err, ERROR_USAGE, "the name holds a control character");
	if (answer[0] == '\0')
		return error_set(err, ERROR_USAGE, "the name is empty");
	set_text(&run->draft.settings.account[0].name, answer);
	return true;
}

static bool
take_regions(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;
	struct strlist *to = &run->draft.settings.account[0].regions;

	strlist_clear(to);
	return init_regions(answer, to, err);
}

static const struct {
	const char *name;	/* of the option */
	const char *ask, *why;
	const char *initial;
	bool (*take)(void *arg, const char *answer, struct error *err);
} answers[] = {
	{ "profile", "AWS profile of the monitor (empty: as the AWS CLI would choose):",
	  "The monitor reads CloudTrail day and night. It changes nothing, so it needs to read only.", NULL, take_profile },
	{ "mint-profile", "AWS profile that may mint (empty: the same):",
	  "Whoever mints may make users. Keep that apart from the monitor: it is used by hand, and not written down.", NULL,
	  take_mint_profile },
	{ "account", "What do you call the account the decoys live in?",
	  "Its name stands in alerts. Best is an account of its own with nothing in it.", "decoys", take_account },
	{ "regions", "Regions to watch, with commas between them, or all:",
	  "An intruder goes where he likes: a region that is not watched is one he is not seen in.", "all", take_regions },
};

static bool
answer(struct init_run *run, size_t i, struct error *err)
{
	const struct strlist *list = str_eq(answers[i].name, "regions") ? opt_list(run->ctx, "regions") : NULL;
	char *given = list == NULL ? mem_strdup(opt_text(run->ctx, answers[i].name)) :
	    list->len > 0 ? strlist_join(list, ",") : NULL;
	bool ok;

	if (given != NULL) {
		ok = answers[i].take(run, given, err) || error_in(err, "--%s", answers[i].name);
	} else if (run->asks) {
		given = interview_ask(&(struct question){ .ask = answers[i].ask, .why = answers[i].why,
			.initial = answers[i].initial, .fine = answers[i].take, .arg = run }, err);
		ok = given != NULL;
	} else {
		ok = answers[i].take(run, str_or(answers[i].initial, ""), err);
	}
	free(given);
	return ok;
}

/* --- channels ------------------------------------------------------------------------ */

static bool
add_mail(struct init_run *run, struct error *err)
{
	const struct strlist *to = opt_list(run->ctx, "mail-to");
	const char *from = opt_text(run->ctx, "mail-from"), *url = opt_text(run->ctx, "smtp-url"),
	    *file = opt_text(run->ctx, "smtp-password-file");
	struct channel_settings *c;
	char *sender;

	if (to->len == 0)
		return (from == NULL && url == NULL && file == NULL) || error_set(err, ERROR_USAGE, "mail to whom? --mail-to ADDRESS");
	if (url == NULL)
		return error_set(err, ERROR_USAGE, "mail by which server? --smtp-url smtp://[USER@]HOST[:PORT]");
	c = settings_add_channel(&run->draft.settings, "smtp");
	if (!channel_add_smtp(c, url, err))
		return error_in(err, "--smtp-url");
	sender = mem_printf("keycanary%s", str_or(strrchr(to->item[0], '@'), ""));
	sender[strcspn(sender, ">")] = '\0';
	channel_add(c, "from", str_or(from, sender));
	free(sender);
	for (size_t i = 0; i < to->len; i++)
		channel_add(c, "to", to->item[i]);
	if (file != NULL)
		channel_add(c, "password_file", file);
	return true;
}

/* A relative path would mean another file wherever the watch is started. */
static void
make_absolute(struct channel_settings *c)
{
	for (size_t i = 0; i < c->options; i++) {
		struct channel_option *o = &c->option[i];
		bool by_file;
		char *path;

		if (channel_row(channel_kind(c->type), o->name, &by_file) == NULL || !by_file)
			continue;
		path = init_absolute(o->value);
		free(o->value);
		o->value = path;
	}
}

static bool
given_channels(struct init_run *run, struct error *err)
{
	const struct strlist *hooks = opt_list(run->ctx, "webhook"), *words = opt_list(run->ctx, "channel");
	struct settings *s = &run->draft.settings;

	if (!add_mail(run, err))
		return false;
	for (size_t i = 0; i < hooks->len; i++)
		channel_add(settings_add_channel(s, "webhook"), "url", hooks->item[i]);
	for (size_t i = 0; i < words->len; i++)
		if (!str_eq(words->item[i], "none") && !channel_add_words(s, words->item[i], err))
			return error_in(err, "--channel");
	for (size_t i = 0; i < s->channels; i++) {
		if (!channel_check(&s->channel[i], NULL, err)) {
			err->kind = ERROR_USAGE;
			return false;
		}
		make_absolute(&s->channel[i]);
	}
	return true;
}

static bool
choose_channels(struct init_run *run, struct error *err)
{
	if (!given_channels(run, err))
		return false;
	if (run->draft.settings.channels > 0 || opt_list(run->ctx, "channel")->len > 0)
		return true;
	if (run->asks)
		return interview_channels(&run->draft, err);
	return error_set(err, ERROR_USAGE, "where shall alerts go? --mail-to and --smtp-url, --webhook, --channel, "
	    "or --channel none");
}

/* --- all of it ----------------------------------------------------------------------- */

bool
init_answer(struct init_run *run, struct error *err)
{
	const char *place = str_or(opt_text(run->ctx, "state"), run->user.home);

	(void)settings_add_account(&run->draft.settings, "decoys");
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (!answer(run, i, err))
			return false;
	init_partition(&run->draft);
	return (place == NULL || init_place(&run->draft, place, err) || error_in(err, "--state")) && choose_channels(run, err);
}
