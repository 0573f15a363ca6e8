/* links: all */
#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/settings/channels.h"
#include "core/settings/compose.h"
#include "core/settings/settings.h"
#include "os/embedded.h"

static void
refusals(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		const char *want;	/* a part of the message; NULL: accepted */
	} row[] = {
		{ "empty", "", NULL },
		{ "duration as text", "watch : { hot_every = \"7 s\"; };", NULL },
		{ "duration as number", "watch : { hot_every = 7; };", NULL },
		{ "unknown setting", "\nwatch : { hot_evry = 7; };", "f:2: watch.hot_evry: there is no such "
		    "setting; did you mean \"watch.hot_every\"?" },
		{ "unknown section", "wach : { };", "did you mean \"watch\"?" },
		{ "not near anything", "zzzzzzzzzz : { };", "config show" },
		{ "section as value", "watch = 5;", "is a section" },
		{ "bad duration", "watch : {\n hot_every = \"soon\"; };", "f:2: watch.hot_every: \"soon\"" },
		{ "too small", "watch : { hot_every = 0; };", "between 1 s and 1 h" },
		{ "too large", "watch : { requests_per_minute = 6001; };", "between 1 and 6000" },
		{ "wrong type", "watch : { requests_per_minute = \"many\"; };", "whole number" },
		{ "bool", "safety_net : { enabled = \"yes\"; };", "true or false" },
		{ "choice", "log : { format = \"jsn\"; };", "did you mean \"json\"?" },
		{ "empty text", "log : { format = \"\"; };", "is empty" },
		{ "syntax", "watch : {\n\n hot_every 5 };", "f:3: syntax error" },
		{ "include", "# x\n @include \"/etc/passwd\"\n", "f:2: @include" },
		{ "twice", "log : { level = \"info\"; level = \"info\"; };", "duplicate" },
		{ "list of numbers", "watch : { regions = [ 1, 2 ]; };", "texts only" },
		{ "one region as text", "watch : { regions = \"eu-west-1\"; };", NULL },
		{ "window shorter than pause", "watch : { warm_every = \"2 h\"; };", "warm_window must be longer" },
		{ "plain secret", "state : { password = \"hunter2\"; };", "a secret does not stand here" },
		{ "secret by environment", "state : { password = \"env:PGPASSWORD\"; };", NULL },
		{ "bad variable name", "state : { password = \"env:A B\"; };", "does not stand here" },
		{ "secret by file", "state : { password_file = \"/x\"; };", NULL },
		{ "file of no secret", "log : { level_file = \"/x\"; };", "no such setting" },
		{ "account without name", "accounts = ( { profile = \"p\"; } );", "\"name\" is missing" },
		{ "account typo", "accounts = ( { name = \"a\"; profil = \"p\"; } );", "did you mean \"profile\"?" },
		{ "two of a name", "accounts = ( { name = \"a\"; }, { name = \"a\"; } );", "already" },
		{ "external id alone", "accounts = ( { name = \"a\"; external_id = \"x\"; } );", "no role_arn" },
		{ "accounts as group", "accounts : { };", "list of groups" },
		{ "group of what", "accounts = ( 5 );", "list of groups" },
		{ "route to nowhere", "channels = ( { name = \"mail\"; type = \"syslog\"; } );\n"
		    "routes = ( { channels = [ \"mial\" ]; } );", "f:2: routes: there is no channel \"mial\"; did "
		    "you mean \"mail\"?" },
		{ "noise without end", "noise = ( { reason = \"r\"; event = \"x\"; } );", "\"until\" is missing" },
		{ "noise that fits nothing", "noise = ( { reason = \"r\"; until = \"2027-01-01\"; } );",
		    "no condition" },
		{ "noise address", "noise = ( { reason = \"r\"; until = \"2027-01-01\"; address = \"1.2.3\"; } );",
		    "not an address" },
		{ "noise until", "noise = ( { reason = \"r\"; until = \"soon\"; } );", "not a time" },
		{ "half the hours", "noise = ( { reason = \"r\"; until = \"2027-01-01\"; from = 3; } );",
		    "belong together" },
		{ "channel of no type", "channels = ( { name = \"a\"; type = \"slak\"; } );", "f:1: channel \"a\": there is no type \"slak\"; did you mean \"slack\"?" },
		{ "channel option misspelt", "channels = ( { name = \"a\"; type = \"slack\"; urll = \"https://x\"; } );", "did you mean \"url\"?" },
		{ "channel without what it needs", "channels = ( { name = \"a\"; type = \"smtp\"; host = \"h\"; } );", "smtp needs \"from\"" },
		{ "secret in the file", "channels = ( { name = \"a\"; type = \"pagerduty\"; routing_key = \"R0\"; } );", "routing_key_file" },
		{ "clear text to elsewhere", "channels = ( { name = \"a\"; type = \"slack\"; url = \"http://hooks.example/x\"; } );", "https://" },
		{ "clear mail to elsewhere", "channels = ( { name = \"a\"; type = \"smtp\"; host = \"h\"; tls = \"none\"; from = \"a@b\"; to = \"a@b\"; } );", "on this machine" },
		{ "two headers in an address", "channels = ( { name = \"a\"; type = \"smtp\"; host = \"h\"; from = \"a@b\\nBcc: x@y\"; to = \"a@b\"; } );", "not a mail address" },
		{ "list for one value", "channels = ( { name = \"a\"; type = \"slack\"; url = [ \"https://x\", \"https://y\" ]; } );", "given twice" },
		{ "channel choice misspelt", "channels = ( { name = \"a\"; type = \"syslog\"; transport = \"tpc\"; } );", "did you mean \"tcp\"?" },
		{ "topic that is none", "channels = ( { name = \"a\"; type = \"sns\"; topic_arn = \"security\"; } );", "not the ARN" },
		{ "option twice", "channels = ( { name = \"a\"; type = \"b\"; x = 1; x = 2; } );", "duplicate" },
		{ "option of odd type", "channels = ( { name = \"a\"; type = \"b\"; x : { y = 1; }; } );", "must be" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct error err = ERROR_INIT;
		struct settings s;
		bool ok = settings_parse(&s, row[i].text, "f", &err);

		if (ok != (row[i].want == NULL))
			fail_msg("%s: %s", row[i].name, ok ? "accepted" : err.text);
		if (row[i].want != NULL && strstr(err.text, row[i].want) == NULL)
			fail_msg("%s: message is \"%s\"", row[i].name, err.text);
		settings_free(&s);
	}
}

static void
values_arrive(void **state)
{
	static const char text[] =
	    "watch : { hot_every = \"1m30s\"; hot_window = 86400; regions = [ \"a\", \"b\" ]; };\n"
	    "state : { password_file = \"/p\"; };\n"
	    "accounts = ( { name = \"one\"; }, { name = \"two\"; plan = \"sweep\"; regions = [\"x\"]; } );\n"
	    "channels = ( { name = \"c\"; type = \"smtp\"; host = \"h\"; from = \"a@x\"; port = 25; to = [ \"a@x\", \"b@x\" ]; } );\n"
	    "routes = ( { channels = \"c\"; severity = \"high\"; } );\n"
	    "noise = ( { reason = \"r\"; until = \"2027-06-30\"; address = \"192.0.2.0/24\"; from = 0; to = 5; } );\n";
	struct error err = ERROR_INIT;
	struct settings s;

	(void)state;
	if (!settings_parse(&s, text, "f", &err))
		fail_msg("%s", err.text);
	assert_int_equal(s.hot_every_s, 90);
	assert_int_equal(s.regions.len, 2);
	assert_string_equal(s.state_password, "file:/p");
	assert_int_equal(s.accounts, 2);
	assert_string_equal(settings_account(&s, "two")->plan, "sweep");
	assert_string_equal(settings_account(&s, "one")->plan, "auto");
	assert_null(settings_account(&s, "three"));
	assert_int_equal(s.channel[0].options, 5);
	assert_string_equal(channel_option(&s.channel[0], "port"), "25");
	assert_string_equal(channel_option(&s.channel[0], "to"), "b@x");
	assert_string_equal(s.route[0].channels.item[0], "c");
	assert_int_equal(s.noise_rule[0].until_ms, INT64_C(1814313600000));
	assert_int_equal(s.noise_rule[0].hour_from, 0);
	assert_int_equal(s.noise_rule[0].from_ms, WHEN_NONE);
	settings_free(&s);
}

static char *
written(const char *text)
{
	struct buf out = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	struct settings s;

	if (!settings_parse(&s, text, "f", &err))
		fail_msg("%s", err.text);
	settings_write(&s, &out);
	settings_free(&s);
	return buf_take(&out);
}

/* What is shown can be read back and is the same. */
static void
writing_and_back(void **state)
{
	char *once = written("alert : { name = \"a \\\"b\\\" \\\\ c\"; };\nstate : { key_file = \"/k\"; };\n"
	    "channels = ( { name = \"c\"; type = \"exec\"; program = \"p\"; argument = [ \"a\", \"b\" ]; limit_s = 1; } );\n"
	    "noise = ( { reason = \"r\"; until = \"2027-06-30\"; event = \"e\"; } );");
	char *twice = written(once);

	(void)state;
	assert_string_equal(once, twice);
	assert_non_null(strstr(once, "key_file = \"/k\""));
	free(once);
	free(twice);
}

/* The shipped example is what the rows say, is accepted, and changes nothing. */
static void
example_and_rows_agree(void **state)
{
	struct buf file = BUF_INIT(BUF_RECORD), rows = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	char *initial = written(NULL), *example;

	(void)state;
	if (!embedded_read("config/keycanary.conf.example", &file, &err))
		fail_msg("%s", err.text);
	settings_example(&rows);
	assert_string_equal(buf_str(&file), buf_str(&rows));
	example = written(buf_str(&file));
	assert_string_equal(initial, example);
	for (const struct setting *r = setting_rows; r->path != NULL; r++)
		CHECK(r->path, strstr(buf_str(&file), strchr(r->path, '.') + 1) != NULL && r->about != NULL);
	free(initial);
	free(example);
	buf_free(&file);
	buf_free(&rows);
}

/* "# name = value;", "#\t{" and the like, without the comment; false for words about them. */
static bool
uncommented(const char *line, size_t len, struct buf *out)
{
	const char *end = line + len;
	size_t word;

	while (line < end && strchr("#\t ", *line) != NULL)
		line++;
	word = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	if (line < end && strchr("{})", *line) == NULL && (word == 0 || strncmp(line + word, " = ", 3) != 0) &&
	    strncmp(line + word, " : ", 3) != 0)
		return false;
	buf_add(out, line, (size_t)(end - line));
	buf_putc(out, '\n');
	return true;
}

/* Every sample shown in the example is itself acceptable. */
static void
samples_are_valid(void **state)
{
	struct buf file = BUF_INIT(BUF_RECORD), all = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	struct settings s;
	size_t kinds = 0;

	(void)state;
	settings_example(&file);
	for (const char *at = buf_str(&file); *at != '\0'; at += strcspn(at, "\n") + 1)
		(void)uncommented(at, strcspn(at, "\n"), &all);
	if (!settings_parse(&s, buf_str(&all), "f", &err))
		fail_msg("%s\n%s", err.text, buf_str(&all));
	while (channel_kinds[kinds].name != NULL)
		kinds++;
	assert_int_equal(s.channels, kinds);
	assert_int_equal(s.noises, 1);
	assert_int_equal(s.accounts, 1);
	settings_free(&s);
	buf_free(&file);
	buf_free(&all);
}

static char *
composed(const char *text)
{
	struct buf out = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	struct settings s;

	if (!settings_parse(&s, text, "f", &err))
		fail_msg("%s", err.text);
	settings_compose(&s, &out);
	settings_free(&s);
	return buf_take(&out);
}

/* Lines that are neither empty nor comments. */
static size_t
open_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *word = text + strspn(text, "\t ");

		n += *word != '#' && *word != '\n';
	}
	return n;
}

/* What is composed says the same when it is read back, and sets nothing that was not chosen. */
static void
composing_and_back(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		size_t more;	/* open lines more than with nothing chosen */
	} row[] = {
		{ "nothing", "", 0 },
		{ "one of each kind", "alert : { name = \"a \\\"b\\\" \\\\ \\x07 ü\"; };\nstate : { key_file = \"/k\"; };\n"
		    "safety_net : { enabled = false; };\nwatch : { requests_per_minute = 61; hot_every = \"90 s\"; "
		    "regions = [ \"eu-west-1\", \"us-east-1\" ]; };", 6 },
		{ "the initial values themselves", "watch : { hot_every = 8; partition = \"aws\"; };", 0 },
		{ "accounts", "accounts = ( { name = \"a\"; profile = \"p\"; plan = \"auto\"; }, "
		    "{ name = \"b\"; plan = \"sweep\"; regions = \"us-east-1\"; } );", 9 },
		{ "channels", "channels = ( { name = \"c\"; type = \"exec\"; program = \"p\"; argument = [ \"a\", \"b\\\"\" ]; "
		    "limit_s = 1; }, { name = \"s\"; type = \"slack\"; url_file = \"/u\"; } );", 12 },
		{ "routes and noise", "channels = ( { name = \"c\"; type = \"syslog\"; } );\nroutes = ( { channels = \"c\"; severity = "
		    "\"high\"; } );\nnoise = ( { reason = \"r\"; until = \"2027-06-30\"; event = \"e\"; from = 0; to = 5; } );", 15 },
	};
	char *nothing = composed(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *file = composed(row[i].text), *want = written(row[i].text), *got = written(file);

		CHECK_STR(row[i].name, got, want);
		CHECK(row[i].name, open_lines(file) - open_lines(nothing) == row[i].more);
		free(file);
		free(want);
		free(got);
	}
	free(nothing);
}

/* A channel as it is given on a command line. */
static void
channel_words(void **state)
{
	static const struct {
		const char *name;
		const char *words;
		const char *want;	/* in the file, or in the message */
		bool fine;
	} row[] = {
		{ "lists, apart", "smtp,host=h,to=a@b,from=k@b,to=c@d", "to = [ \"a@b\", \"c@d\" ];", true },
		{ "a comma", "exec,program=/p,argument=a\\,b", "argument = \"a,b\";", true },
		{ "nothing but a type", "syslog", "type = \"syslog\";", true },
		{ "by file", "slack,url_file=/u", "url_file = \"/u\";", true },
		{ "by environment", "slack,url=env:HOOK", "url = \"env:HOOK\";", true },
		{ "own webhook", "webhook,url=http://hooks.example/x", "url = \"http://hooks.example/x\";", true },
		{ "address that is a secret", "slack,url=https://hooks.example/x", "url_file=FILE", false },
		{ "secret", "pagerduty,routing_key=R0", "routing_key_file", false },
		{ "no such type", "slak,url_file=/u", "did you mean \"slack\"?", false },
		{ "no such option", "slack,ulr_file=/u", "has no option", false },
		{ "not a pair", "slack,url", "KEY=VALUE", false },
		{ "nothing", "", "there is no type", false },
		{ "something missing", "smtp,host=h", "smtp needs \"from\"", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct buf out = BUF_INIT(BUF_RECORD);
		struct error err = ERROR_INIT;
		struct settings s;
		bool fine;

		assert_true(settings_parse(&s, NULL, NULL, NULL));
		fine = channel_add_words(&s, row[i].words, &err);
		settings_compose(&s, &out);
		CHECK(row[i].name, fine == row[i].fine && s.channels == fine);
		CHECK(row[i].name, strstr(fine ? buf_str(&out) : err.text, row[i].want) != NULL);
		CHECK(row[i].name, fine || (err.kind == ERROR_USAGE && strstr(err.text, ":0:") == NULL));
		settings_free(&s);
		buf_free(&out);
	}
}

static void
smtp_addresses(void **state)
{
	static const struct {
		const char *url;
		const char *host, *port, *tls, *user;	/* host NULL: refused */
	} row[] = {
		{ "smtp://mail.example.org", "mail.example.org", NULL, "starttls", NULL },
		{ "smtps://mail.example.org/", "mail.example.org", NULL, "tls", NULL },
		{ "smtp://k@example.org@mail.example.org:2525", "mail.example.org", "2525", "starttls", "k@example.org" },
		{ "smtp://localhost:25", "localhost", "25", "none", NULL },
		{ "smtp://k@localhost", "localhost", NULL, "starttls", "k" },
		{ "SMTP://[::1]:25", "::1", "25", "none", NULL },
		{ "smtp://[::1]", "::1", NULL, "none", NULL },
		{ "mail.example.org", NULL, NULL, NULL, NULL },
		{ "https://mail.example.org", NULL, NULL, NULL, NULL },
		{ "smtp://", NULL, NULL, NULL, NULL },
		{ "smtp://[::1", NULL, NULL, NULL, NULL },
		{ "smtp://h:0", NULL, NULL, NULL, NULL },
		{ "smtp://h:", NULL, NULL, NULL, NULL },
		{ "smtp://k:hunter2@h", NULL, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct error err = ERROR_INIT;
		struct settings s;
		struct channel_settings *c;
		bool fine;

		assert_true(settings_parse(&s, NULL, NULL, NULL));
		c = settings_add_channel(&s, "smtp");
		fine = channel_add_smtp(c, row[i].url, &err);
		CHECK(row[i].url, fine == (row[i].host != NULL) && strstr(err.text, "hunter2") == NULL);
		CHECK_STR(row[i].url, str_or(channel_option(c, "host"), "-"), str_or(row[i].host, "-"));
		CHECK_STR(row[i].url, str_or(channel_option(c, "port"), "-"), str_or(row[i].port, "-"));
		CHECK_STR(row[i].url, str_or(channel_option(c, "tls"), "-"), str_or(row[i].tls, "-"));
		CHECK_STR(row[i].url, str_or(channel_option(c, "user"), "-"), str_or(row[i].user, "-"));
		settings_free(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(writing_and_back),
		cmocka_unit_test(example_and_rows_agree),
		cmocka_unit_test(samples_are_valid),
		cmocka_unit_test(composing_and_back),
		cmocka_unit_test(channel_words),
		cmocka_unit_test(smtp_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
