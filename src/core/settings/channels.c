#include "core/settings/channels.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/model/keyid.h"

#define TLS_ROWS \
	{ .name = "ca_file", .sample = "/etc/ssl/own-ca.pem", \
	  .about = "Authorities to trust instead of the system's." }, \
	{ .name = "certificate", .sample = "/etc/keycanary/client.pem", \
	  .about = "Our own certificate, for peers that ask for one." }, \
	{ .name = "certificate_key", .sample = "/etc/keycanary/client.key", \
	  .about = "The key of that certificate." }
#define END_ROW { .name = NULL }
#define URL_ROW(more, text, what) \
	{ .name = "url", .flags = CHANNEL_REQUIRED | CHANNEL_PLACE | (more), .sample = (text), .about = (what) }

static const struct channel_row smtp_rows[] = {
	{ .name = "host", .flags = CHANNEL_REQUIRED, .sample = "mail.example.org", .about = "The mail server." },
	{ .name = "port", .flags = CHANNEL_COUNT | CHANNEL_ASKED, .sample = "587",
	  .about = "Its port; without it 587, 465 with tls = \"tls\", 25 with tls = \"none\"." },
	{ .name = "tls", .flags = CHANNEL_ASKED, .choices = "starttls,tls,none", .sample = "starttls",
	  .about = "starttls: required, no mail without it. tls: from the first byte. none: only to this machine." },
	{ .name = "from", .flags = CHANNEL_REQUIRED | CHANNEL_MAIL, .sample = "keycanary <keycanary@example.org>",
	  .about = "The sender." },
	{ .name = "to", .flags = CHANNEL_REQUIRED | CHANNEL_MAIL | CHANNEL_MANY, .sample = "security@example.org",
	  .about = "Recipients." },
	{ .name = "user", .flags = CHANNEL_ASKED, .sample = "keycanary", .about = "Log in as." },
	{ .name = "password", .flags = CHANNEL_SECRET | CHANNEL_ASKED, .sample = "/etc/keycanary/mail-password",
	  .about = "Password for that.", .with = "user" },
	{ .name = "auth", .choices = "plain,login", .sample = "plain",
	  .about = "How to log in; without it the best the server offers." },
	TLS_ROWS, END_ROW,
};

static const struct channel_row webhook_rows[] = {
	URL_ROW(0, "https://hooks.example.org/keycanary", "Where to POST."),
	{ .name = "secret", .flags = CHANNEL_SECRET | CHANNEL_ASKED, .sample = "/etc/keycanary/hook-secret",
	  .about = "Signs every request: X-Keycanary-Signature: t=SECONDS,v1=HEX of HMAC-SHA256 over SECONDS.BODY." },
	{ .name = "header", .flags = CHANNEL_MANY | CHANNEL_FILE, .sample = "X-Team: security",
	  .about = "Further headers; header_file names a file (0600) with one a line, for those that are secret." },
	{ .name = "template", .flags = CHANNEL_FILE, .sample = "{\\\"text\\\": \\\"{{title}}\\\"}",
	  .about = "Body of your own, with {{title}} and the like in it; template_file names a file." },
	{ .name = "content_type", .choices = "application/json,text/plain,application/xml,application/x-www-form-urlencoded",
	  .sample = "application/json", .about = "What the template is; values are escaped for it." },
	TLS_ROWS, END_ROW,
};

static const struct channel_row slack_rows[] = {
	URL_ROW(CHANNEL_BEARER, "https://hooks.slack.com/services/T0/B0/x", "The incoming webhook."), TLS_ROWS, END_ROW,
};
static const struct channel_row mattermost_rows[] = {
	URL_ROW(CHANNEL_BEARER, "https://chat.example.org/hooks/x", "The incoming webhook."), TLS_ROWS, END_ROW,
};
static const struct channel_row discord_rows[] = {
	URL_ROW(CHANNEL_BEARER, "https://discord.com/api/webhooks/1/x", "The channel's webhook."), TLS_ROWS, END_ROW,
};
static const struct channel_row teams_rows[] = {
	URL_ROW(CHANNEL_BEARER, "https://prod-00.westeurope.logic.azure.com/workflows/x", "The workflow's webhook."), TLS_ROWS, END_ROW,
};
static const struct channel_row google_rows[] = {
	URL_ROW(CHANNEL_BEARER, "https://chat.googleapis.com/v1/spaces/x/messages?key=x&token=x", "The space's webhook."), TLS_ROWS, END_ROW,
};

static const struct channel_row pagerduty_rows[] = {
	{ .name = "routing_key", .flags = CHANNEL_REQUIRED | CHANNEL_SECRET, .sample = "/etc/keycanary/pagerduty-key",
	  .about = "Integration key of the service." },
	{ .name = "url", .flags = CHANNEL_PLACE, .sample = "https://events.eu.pagerduty.com/v2/enqueue",
	  .about = "Where; without it https://events.pagerduty.com/v2/enqueue." },
	TLS_ROWS, END_ROW,
};

static const struct channel_row opsgenie_rows[] = {
	{ .name = "api_key", .flags = CHANNEL_REQUIRED | CHANNEL_SECRET, .sample = "/etc/keycanary/opsgenie-key",
	  .about = "Key of an API integration." },
	{ .name = "url", .flags = CHANNEL_PLACE, .sample = "https://api.eu.opsgenie.com/v2/alerts",
	  .about = "Where; without it https://api.opsgenie.com/v2/alerts." },
	TLS_ROWS, END_ROW,
};

static const struct channel_row sns_rows[] = {
	{ .name = "topic_arn", .flags = CHANNEL_REQUIRED, .sample = "arn:aws:sns:eu-west-1:111122223333:security",
	  .about = "The topic; its region and partition are read from it." },
	{ .name = "profile", .sample = "keycanary", .about = "Profile of the AWS configuration; default: as the AWS CLI would." },
	{ .name = "role_arn", .sample = "arn:aws:iam::111122223333:role/publisher", .about = "Role to assume." },
	{ .name = "external_id", .sample = "b7f1", .about = "External id for that role." },
	END_ROW,
};

static const struct channel_row syslog_rows[] = {
	{ .name = "transport", .flags = CHANNEL_ASKED, .choices = "local,udp,tcp,tls", .sample = "tls", .about = "How; without it local." },
	{ .name = "address", .flags = CHANNEL_ASKED, .sample = "logs.example.org:6514",
	  .about = "HOST or HOST:PORT (514, with TLS 6514); for local the socket, without it /dev/log." },
	TLS_ROWS, END_ROW,
};

static const struct channel_row file_rows[] = {
	{ .name = "path", .flags = CHANNEL_REQUIRED, .sample = "/var/log/keycanary/findings.ndjson",
	  .about = "Appended to, one line a message; made 0600 when it is not there." },
	{ .name = "format", .choices = "ocsf,json", .sample = "ocsf",
	  .about = "ocsf: Detection Finding 1.3. json: the webhook's document." },
	END_ROW,
};

static const struct channel_row exec_rows[] = {
	{ .name = "program", .flags = CHANNEL_REQUIRED, .sample = "/usr/local/bin/on-alert",
	  .about = "Run without a shell, the webhook's document on its standard input." },
	{ .name = "argument", .flags = CHANNEL_MANY, .sample = "--urgent", .about = "Arguments, as they are." },
	{ .name = "limit_s", .flags = CHANNEL_COUNT, .sample = "30", .about = "Killed after this many seconds; without it 30." },
	END_ROW,
};

const struct channel_kind channel_kinds[] = {
	{ .name = "smtp", .about = "mail, text and HTML, by STARTTLS or TLS", .rows = smtp_rows,
	  .note = "One thread an incident. The recipients of one channel share its fate: when the server takes some and "
		"refuses others, the refused are told on the other channels and not tried again. Give each its own channel "
		"where that matters." },
	{ .name = "webhook", .about = "JSON to an address of yours, signed with HMAC-SHA256", .rows = webhook_rows,
	  .plain_http = true,
	  .note = "Idempotency-Key is the same for every attempt. A template may use {{json}} (the whole document), "
		"{{text}}, {{title}}, {{summary}}, {{kind}}, {{severity}}, {{confidence}}, {{intent}}, {{incident}}, {{key_id}}, "
		"{{account}}, {{source_ip}}, {{tool}}, {{key}}, {{event_time}}, {{made}} and {{drill}}." },
	{ .name = "slack", .about = "Slack, incoming webhook", .rows = slack_rows },
	{ .name = "mattermost", .about = "Mattermost, incoming webhook", .rows = mattermost_rows },
	{ .name = "discord", .about = "Discord, webhook", .rows = discord_rows },
	{ .name = "teams", .about = "Microsoft Teams, workflow webhook", .rows = teams_rows },
	{ .name = "google-chat", .about = "Google Chat, webhook; one thread an incident", .rows = google_rows },
	{ .name = "pagerduty", .about = "PagerDuty, Events API v2", .rows = pagerduty_rows,
	  .note = "The incident is the deduplication key; closing it resolves. Digests do not page: they are not sent here." },
	{ .name = "opsgenie", .about = "Opsgenie, Alert API", .rows = opsgenie_rows,
	  .note = "The incident is the alias; closing it closes the alert; a digest becomes a note on the alert." },
	{ .name = "sns", .about = "Amazon SNS, one topic", .rows = sns_rows,
	  .note = "Needs sns:Publish on the topic. Subscribers by mail get text, by SMS the title, all others JSON. "
		"Use an account that no canary lives in: who breaks into that one can silence the topic." },
	{ .name = "syslog", .about = "RFC 5424 by local socket, UDP, TCP or TLS", .rows = syslog_rows,
	  .note = "TCP and TLS frames are counted (RFC 5425, RFC 6587). UDP and local lines end at 2048 bytes, others at 8192." },
	{ .name = "file", .about = "OCSF findings, one JSON line each, for a SIEM", .rows = file_rows,
	  .note = "Opened for each message, so the file may be rotated at any time." },
	{ .name = "exec", .about = "a program of yours, JSON on its standard input", .rows = exec_rows,
	  .note = "It sees PATH, HOME, LANG and KEYCANARY_KEY only. Status 0: taken. 64 to 74, 76 to 78, 126, 127: never. "
		"Anything else, the time limit too: tried again." },
	{ .name = NULL },
};

const struct channel_kind *
channel_kind(const char *name)
{
	for (const struct channel_kind *k = channel_kinds; k->name != NULL; k++)
		if (str_eq(k->name, name))
			return k;
	return NULL;
}

bool
channel_host_is_here(const char *host)
{
	return str_eq_nocase(host, "localhost") || str_starts(host, "127.") || str_eq(host, "::1") ||
	    str_eq(host, "[::1]");
}

bool
channel_url_fine(const char *kind, const char *url, struct error *err)
{
	const struct channel_kind *k = channel_kind(kind);
	const char *host;
	char *name;
	bool ok;

	for (const char *c = url; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7F)
			return error_set(err, ERROR_INPUT, "the address holds a space or a control character");
	if (str_starts_nocase(url, "https://"))
		return true;
	if (!str_starts_nocase(url, "http://"))
		return error_set(err, ERROR_INPUT, "the address must begin with https://");
	if (k != NULL && k->plain_http)
		return true;
	host = url + strlen("http://");
	name = mem_strndup(host, *host == '[' ? strcspn(host, "/?") : strcspn(host, ":/?"));
	if (*name == '[')
		name[strcspn(name, "]") + (strchr(name, ']') != NULL)] = '\0';
	ok = channel_host_is_here(name);
	free(name);
	return ok || error_set(err, ERROR_INPUT, "the address must begin with https://; http:// would send a secret in the clear");
}

void
channel_warning(const struct channel_settings *c, const struct strlist *watched, struct buf *out)
{
	const char *host = channel_option(c, "host"), *user = channel_option(c, "user");
	char account[ACCOUNT_LEN + 1];
	bool told, ours;

	if (!str_eq(c->type, "smtp") || !str_starts_nocase(host, "email-smtp.") ||
	    !str_contains_nocase(host, ".amazonaws.com"))
		return;
	told = keyid_valid(user) && keyid_account(user, account);
	ours = told && watched != NULL && strlist_has(watched, account);
	if (told && !ours && watched != NULL && watched->len > 0)
		return;
	buf_printf(out, "channel \"%s\" sends mail through Amazon SES", c->name);
	if (told)
		buf_printf(out, " of account %s%s", account, ours ? ", where canaries live" : "");
	buf_puts(out, ": an intruder who abuses or stops SES in a watched account can silence it; "
	    "use a server outside the watched accounts, or a second channel");
}
