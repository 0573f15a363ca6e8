#include "core/intent/mine.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { WORD_MAX = 512 };

/* One word: without the quotes, brackets and stops that sentences and JSON put around it. */
static char *
word(const char *s)
{
	size_t len;

	while (*s == ' ' || *s == '(' || *s == '\'' || *s == '"' || *s == '[' || *s == '\\')
		s++;
	len = strcspn(s, " \t\r\n\"'()[],;\\{}<>");
	while (len > 0 && (s[len - 1] == '.' || s[len - 1] == ':'))
		len--;
	if (len == 0)
		return NULL;
	return mem_strndup(s, len < WORD_MAX ? len : WORD_MAX);
}

static const char *
after(const char *message, const char *marker)
{
	const char *at = strcasestr(message, marker);

	return at == NULL ? NULL : at + strlen(marker);
}

/* The first of several ways to say it. */
static const char *
after_any(const char *message, const char *const *markers, size_t n)
{
	const char *at = NULL;

	for (size_t i = 0; at == NULL && i < n; i++)
		at = after(message, markers[i]);
	return at;
}

/* "ses:CreateEmailIdentity" into its halves; a word without a colon is no action. */
static void
split_action(char *text, struct refusal *out)
{
	char *colon = text == NULL ? NULL : strchr(text, ':');

	if (colon != NULL && colon > text && colon[1] != '\0' && strncmp(text, "arn:", 4) != 0) {
		out->service = mem_strndup(text, (size_t)(colon - text));
		out->action = mem_strdup(colon + 1);
	}
	free(text);
}

/* "user NAME" and "arn:…"; "*" says nothing. */
static char *
resource_at(const char *s)
{
	static const char *const kinds[] = { "user ", "role ", "group ", "policy ", "access key ", "instance profile " };
	char *w;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_starts_nocase(s, kinds[i]))
			s += strlen(kinds[i]);
	w = word(s);
	if (str_eq(w, "*")) {
		free(w);
		w = NULL;
	}
	return w;
}

/* "an identity-based policy" up to the colon, the ARN behind it, or the end of the sentence. */
static char *
kind_at(const char *s)
{
	const char *end = strstr(s, "policy"), *boundary = strstr(s, "permissions boundary");
	size_t len;

	if (boundary != NULL && (end == NULL || boundary < end))
		len = (size_t)(boundary - s) + strlen("permissions boundary");
	else if (end != NULL)
		len = (size_t)(end - s) + strlen("policy");
	else
		return NULL;
	while (*s == ' ' && len > 0) {
		s++;
		len--;
	}
	return len > 64 ? NULL : mem_strndup(s, len);
}

static void
mine_policy(const char *message, struct refusal *out)
{
	static const char *const denies[] = { "explicit deny in ", "explicitly denied by " };
	const char *deny = after_any(message, denies, ARRAY_LEN(denies));
	const char *quarantine = strstr(message, "AWSCompromisedKeyQuarantine");
	const char *silent = after(message, "because no "), *arn;

	if (deny != NULL) {
		out->explicit_deny = true;
		out->why = kind_at(deny);
		arn = strstr(deny, "arn:");
		if (arn != NULL)
			out->policy = word(arn);
	} else if (silent != NULL) {
		char *kind = kind_at(silent);

		out->why = kind != NULL ? mem_printf("no %s", kind) : NULL;
		free(kind);
	}
	if (out->policy == NULL && quarantine != NULL)
		out->policy = word(quarantine);
}

void
refusal_mine(const char *message, struct refusal *out)
{
	static const char *const performs[] = { "authorized to perform: ", "authorized to perform action ",
		"authorized to perform the action ", "authorized to perform " };
	static const char *const resources[] = { "on resource: ", "on the resource: ", "on resource " };
	const char *at;

	*out = (struct refusal){ .actor = NULL };
	if (message == NULL)
		return;
	at = after(message, "User: ");
	out->actor = at == NULL ? NULL : word(at);
	at = after_any(message, performs, ARRAY_LEN(performs));
	split_action(at == NULL ? NULL : word(at), out);
	at = after_any(message, resources, ARRAY_LEN(resources));
	out->resource = at == NULL ? NULL : resource_at(at);
	/* SES in the sandbox: "… The following identities failed the check in region US-EAST-1: a@b" */
	if (out->resource == NULL && (at = after(message, "failed the check in region ")) != NULL &&
	    (at = strchr(at, ':')) != NULL)
		out->resource = word(at + 1);
	mine_policy(message, out);
}

bool
refusal_by_quarantine(const struct refusal *r)
{
	return r->policy != NULL && (strstr(r->policy, "AWSCompromisedKeyQuarantine") != NULL ||
	    strstr(r->policy, "AWSExposedCredentialPolicy") != NULL);
}

void
refusal_clear(struct refusal *r)
{
	free(r->actor);
	free(r->service);
	free(r->action);
	free(r->resource);
	free(r->policy);
	free(r->why);
	*r = (struct refusal){ .actor = NULL };
}

const char *
arn_short(const char *arn)
{
	static const char *const kinds[] = { ":identity/", ":user/", ":role/", ":group/", ":policy/" };

	if (strncmp(arn, "arn:", 4) != 0)
		return arn;
	if (strstr(arn, ":identity/") != NULL && strstr(arn, ":ses:") != NULL)
		return strstr(arn, ":identity/") + strlen(":identity/");
	for (size_t i = 1; i < ARRAY_LEN(kinds); i++) {
		const char *at = strstr(arn, kinds[i]);

		if (at != NULL && strstr(arn, ":iam:") != NULL)
			return strrchr(at, '/') + 1;
	}
	return arn;
}
