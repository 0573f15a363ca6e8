/* What a repository is like: names, people, regions, how commits are written. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "world/repo/git.h"
#include "world/repo/repo.h"

/* Mail hosts that say nothing about whose code it is. */
static const char *const public_mail[] = { "*gmail.com", "*googlemail.com", "*outlook.*", "*hotmail.*",
	"*live.com", "yahoo.*", "*icloud.com", "me.com", "proton*", "pm.me", "gmx.*", "web.de", "mail.ru",
	"yandex.*", "qq.com", "163.com", "126.com", "*noreply*", "*.local", "*.localdomain", "localhost", "*.invalid",
	"example.*", "*.example", "*.test", "fastmail.*" };

static bool
plain(const char *s, const char *more)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && strchr(more, s[i]) == NULL)
			return false;
	return n > 0 && n < 64;
}

/* The most frequent line of a list; ties go to the first. NULL when empty. */
static const char *
most_frequent(const struct strlist *l)
{
	const char *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < l->len; i++) {
		size_t n = 0;

		for (size_t k = 0; k < l->len; k++)
			n += str_eq(l->item[i], l->item[k]);
		if (n > most) {
			most = n;
			best = l->item[i];
		}
	}
	return best;
}

/* git's output as lines; nothing when git fails (a repository without commits). */
static void
lines_of(const char *dir, const char *const *words, const char *ends, struct strlist *out)
{
	struct buf text = BUF_INIT(GIT_OUTPUT_MAX);
	int status = 0;
	struct git_run g = { .dir = dir, .words = words, .out = &text, .status = &status };

	if (git_run(&g, NULL) && status == 0) {
		if (ends != NULL)
			strlist_split(out, buf_str(&text), ends);
		else
			git_parts(&text, out);
	}
	buf_free(&text);
}

/* "git@host:org/shop.git", "https://host/org/shop" */
static void
from_remote(const struct repo *r, struct repo_style *s)
{
	char *url = mem_strdup(r->remote), *slash, *org;

	if (url == NULL)
		return;
	if (str_ends(url, ".git"))
		url[strlen(url) - 4] = '\0';
	slash = strrchr(url, '/');
	if (slash != NULL && plain(slash + 1, "-_.")) {
		s->name = mem_strdup(slash + 1);
		*slash = '\0';
		org = strrchr(url, '/') != NULL ? strrchr(url, '/') : strrchr(url, ':');
		if (org != NULL && plain(org + 1, "-_") && url[0] != '/')
			s->org = mem_strdup(org + 1);
	}
	free(url);
}

static void
from_authors(const struct repo *r, struct repo_style *s)
{
	struct strlist mails = STRLIST_INIT, domains = STRLIST_INIT, people = STRLIST_INIT;

	lines_of(r->root, GIT_WORDS("log", "-200", "--format=%ae"), "\n", &mails);
	for (size_t i = 0; i < mails.len; i++) {
		char *at = strchr(mails.item[i], '@');
		bool public = false;

		if (at == NULL || !plain(at + 1, "-."))
			continue;
		for (size_t k = 0; k < ARRAY_LEN(public_mail); k++)
			public = public || str_match_nocase(public_mail[k], at + 1);
		if (!public && strchr(at + 1, '.') != NULL)
			strlist_add(&domains, at + 1);
		*at = '\0';
		if (plain(mails.item[i], ".-_"))
			strlist_add(&people, mails.item[i]);
	}
	s->domain = mem_strdup(most_frequent(&domains));
	s->person = mem_strdup(most_frequent(&people));
	strlist_clear(&mails);
	strlist_clear(&domains);
	strlist_clear(&people);
}

/* Keeps each once, the most frequent first. */
static void
by_frequency(struct strlist *all, struct strlist *out)
{
	const char *best;

	while (out->len < 8 && (best = most_frequent(all)) != NULL) {
		struct strlist rest = STRLIST_INIT;

		strlist_add(out, best);
		for (size_t i = 0; i < all->len; i++)
			if (!str_eq(all->item[i], best))
				strlist_add(&rest, all->item[i]);
		strlist_clear(all);
		*all = rest;
	}
}

static void
mentions(const struct repo *r, const char *regex, struct strlist *out)
{
	struct strlist found = STRLIST_INIT, words = STRLIST_INIT;

	lines_of(r->root, GIT_WORDS("grep", "-h", "-o", "-I", "-E", "--max-count=20", "-e", regex), "\n", &found);
	for (size_t i = 0; i < found.len && i < 400; i++) {
		char *word = found.item[i] + strcspn(found.item[i], "=");

		word = *word == '=' ? word + 1 + strspn(word + 1, " \"'") : found.item[i];
		word[strcspn(word, "\"'")] = '\0';
		if (plain(word, "-_."))
			strlist_add(&words, word);
	}
	by_frequency(&words, out);
	strlist_clear(&found);
	strlist_clear(&words);
}

bool
repo_style(const struct repo *r, struct repo_style *out, struct error *err)
{
	*out = (struct repo_style){ .name = NULL };
	from_remote(r, out);
	if (out->name == NULL)
		out->name = mem_strdup(strrchr(r->root, '/') + 1);
	from_authors(r, out);
	lines_of(r->root, GIT_WORDS("ls-files", "-z"), NULL, &out->files);
	lines_of(r->root, GIT_WORDS("log", "-30", "--no-merges", "--format=%s"), "\n", &out->subjects);
	mentions(r, "(us|eu|ap|sa|ca|me|af|il|mx)-(north|south|east|west|central|northeast|southeast)-[1-9]",
	    &out->regions);
	mentions(r, "(AWS_PROFILE=[A-Za-z0-9_.-]+|profile *= *\"[A-Za-z0-9_.-]+\")", &out->profiles);
	return !str_empty(out->name) || error_set(err, ERROR_INPUT, "%s has no name", r->root);
}

void
repo_style_clear(struct repo_style *s)
{
	free(s->name);
	free(s->org);
	free(s->domain);
	free(s->person);
	strlist_clear(&s->files);
	strlist_clear(&s->subjects);
	strlist_clear(&s->regions);
	strlist_clear(&s->profiles);
	*s = (struct repo_style){ .name = NULL };
}

char *
repo_last_author(const struct repo *r, const char *path)
{
	char *who = git_line(r->root, path != NULL ?
	    GIT_WORDS("log", "-1", "--format=%an <%ae>", "--", path) : GIT_WORDS("log", "-1", "--format=%an <%ae>"));

	if (who != NULL && who[0] != '\0')
		return who;
	free(who);
	return NULL;
}

char *
repo_user(const struct repo *r)
{
	char *name = git_line(r->root, GIT_WORDS("config", "user.name"));
	char *mail = git_line(r->root, GIT_WORDS("config", "user.email"));
	char *who = name == NULL && mail == NULL ? NULL :
	    mem_printf("%s%s%s%s", str_or(name, ""), name != NULL && mail != NULL ? " <" : "", str_or(mail, ""),
	    name != NULL && mail != NULL ? ">" : "");

	free(name);
	free(mail);
	return who;
}
