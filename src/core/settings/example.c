#include <stdio.h>
#include <string.h>

#include "core/settings/compose.h"
#include "core/settings/settings_int.h"

static const char head[] =
    "# keycanary.conf: everything that can be set, with its initial value.\n"
    "#\n"
    "# Looked for at $KEYCANARY_CONFIG, ~/.config/keycanary/keycanary.conf and\n"
    "# /etc/keycanary/keycanary.conf. \"keycanary config check\" reads it as the\n"
    "# watch would. Durations are written \"90 s\", \"5 min\", \"2 h\" or \"30 days\".\n"
    "# A secret never stands here: NAME_file = \"/path\" or NAME = \"env:VARIABLE\".\n";

static const char composed_head[] =
    "# keycanary.conf, as it was answered to \"keycanary init\". What was chosen is set;\n"
    "# the rest is a comment with its initial value, to be set when it is wanted.\n"
    "#\n"
    "# \"keycanary config check\" reads it as the watch would. Durations are written\n"
    "# \"90 s\", \"5 min\", \"2 h\" or \"30 days\". A secret never stands here:\n"
    "# NAME_file = \"/path\" or NAME = \"env:VARIABLE\".\n";

static const struct {
	const char *section;
	const char *about;
} sections[] = {
	{ "state", "What the program remembers." },
	{ "log", "What it writes on standard error." },
	{ "watch", "How CloudTrail is read: the newest minutes often, the last hours now and then,\n"
	    "# the last days once a day. Each reading goes back over the earlier ones,\n"
	    "# because events come late and in any order." },
	{ "safety_net", "Some calls never reach CloudTrail's event history (SES by SMTP, SQS reads,\n"
	    "# sns:Publish). IAM still notes that the key was used. Each question is itself\n"
	    "# an event that is read again, so of more than 400 keys in one account only as\n"
	    "# many are asked about in a round, by turns; the credential report, which IAM\n"
	    "# makes once in four hours, is then what bounds how late a use is noticed." },
	{ "incident", "How sightings are put together." },
	{ "alert", "What messages say, and when." },
	{ "heartbeat", "So that somebody notices silence." },
	{ "drill", "Deliberate trips that prove the whole chain works." },
	{ "mint", "How decoys are made." },
};

static const char *
about_section(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strlen(sections[i].section) == len && strncmp(sections[i].section, name, len) == 0)
			return sections[i].about;
	return "";
}

static void
example_value(struct buf *out, const struct setting *r, const char *text)
{
	switch (r->kind) {
	case SETTING_INT:
	case SETTING_BOOL:
		buf_puts(out, text);
		break;
	case SETTING_LIST:
		buf_printf(out, "[ \"%s\" ]", text);
		break;
	default:
		buf_printf(out, "\"%s\"", text);
		break;
	}
}

/* What stands for a value that has no initial one. */
static const char *
sample(const struct setting *r)
{
	return r->sample != NULL ? r->sample : "…";
}

/* `s` NULL: the example, where initial values are set. Otherwise what differs from them is. */
static void
section_row(struct buf *out, const char *name, const struct setting *r, const struct settings *s)
{
	bool set = s != NULL ? settings_differs(r, s) : r->initial != NULL;

	buf_printf(out, "\t# %s\n", r->about);
	if (r->choices != NULL)
		buf_printf(out, "\t# One of: %s.\n", r->choices);
	if (s != NULL && set)
		settings_write_row(out, "\t", name, r, s);
	else if (r->kind == SETTING_SECRET)
		buf_printf(out, "\t# %s_file = \"%s\";\n", name, sample(r));
	else if (r->kind == SETTING_LIST && r->initial == NULL)
		buf_printf(out, "\t%s%s = [];\n", s != NULL ? "# " : "", name);
	else {
		buf_printf(out, "\t%s%s = ", set ? "" : "# ", name);
		example_value(out, r, r->initial != NULL ? r->initial : sample(r));
		buf_puts(out, ";\n");
	}
}

static void
group_row(struct buf *out, const char *comment, const struct setting *r, const char *indent)
{
	buf_printf(out, "%s# %s%s\n", indent, r->about, r->required ? " Required." : "");
	if (r->choices != NULL)
		buf_printf(out, "%s# One of: %s.\n", indent, r->choices);
	buf_printf(out, "%s%s%s = ", indent, comment, r->path);
	example_value(out, r, r->initial != NULL && comment[0] != '\0' ? r->initial : sample(r));
	buf_puts(out, ";\n");
}

static void
example_group(struct buf *out, const struct setting_group *g)
{
	buf_puts(out, "#\t{\n");
	for (const struct setting *r = g->rows; r->path != NULL; r++)
		group_row(out, "", r, "#\t\t");
	buf_puts(out, "#\t}\n");
}

/* Each kind of channel has options of its own. */
static void
example_channels(struct buf *out)
{
	for (const struct channel_kind *k = channel_kinds; k->name != NULL; k++) {
		channel_example(k, "#\t", out);
		buf_puts(out, k[1].name != NULL ? ",\n" : "\n");
	}
}

static void
chosen_element(struct buf *out, const struct setting_group *g, const void *element)
{
	buf_puts(out, "\t{\n");
	for (const struct setting *r = g->rows; r->path != NULL; r++) {
		if (!settings_differs(r, element)) {
			group_row(out, "# ", r, "\t\t");
			continue;
		}
		buf_printf(out, "\t\t# %s\n", r->about);
		settings_write_row(out, "\t\t", r->path, r, element);
	}
	buf_puts(out, "\t}");
}

static void
chosen_group(struct buf *out, const struct setting_group *g, const char *array, size_t n)
{
	bool channels = str_eq(g->path, "channels");

	for (size_t i = 0; i < n; i++) {
		const void *element = array + i * g->size;

		if (channels)
			channel_compose(element, "\t", out);
		else
			chosen_element(out, g, element);
		buf_puts(out, i + 1 < n ? ",\n" : "\n");
	}
}

static void
put_group(struct buf *out, const struct setting_group *g, const struct settings *s)
{
	const char *base = (const char *)s;
	size_t n = s != NULL ? *(const size_t *)(const void *)(base + g->count_at) : 0;
	bool channels = str_eq(g->path, "channels");

	buf_printf(out, "\n# %s\n", g->about);
	if (channels)
		buf_puts(out, "# \"keycanary alert types\" tells more about each kind, \"keycanary alert test\" tries them.\n");
	buf_printf(out, "%s = (\n", g->path);
	if (n > 0)
		chosen_group(out, g, *(const char *const *)(const void *)(base + g->at), n);
	else if (channels)
		example_channels(out);
	else
		example_group(out, g);
	buf_puts(out, ");\n");
}

static void
put_all(struct buf *out, const struct settings *s)
{
	const char *open = "";
	size_t open_len = 0;

	for (const struct setting *r = setting_rows; r->path != NULL; r++) {
		size_t len = strcspn(r->path, ".");

		if (len != open_len || strncmp(open, r->path, len) != 0) {
			buf_printf(out, "%s\n# %s\n%.*s : {\n", open_len > 0 ? "};\n" : "",
			    about_section(r->path, len), (int)len, r->path);
			open = r->path;
			open_len = len;
		}
		section_row(out, r->path + len + 1, r, s);
	}
	buf_puts(out, "};\n");
	for (const struct setting_group *g = setting_groups; g->path != NULL; g++)
		put_group(out, g, s);
}

void
settings_example(struct buf *out)
{
	buf_puts(out, head);
	put_all(out, NULL);
}

void
settings_compose(const struct settings *s, struct buf *out)
{
	buf_puts(out, composed_head);
	put_all(out, s);
}
