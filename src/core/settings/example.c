#include <stdio.h>
#include <string.h>

#include "core/settings/channels.h"

static const char head[] =
    "# keycanary.conf: everything that can be set, with its initial value.\n"
    "#\n"
    "# Looked for at $KEYCANARY_CONFIG, ~/.config/keycanary/keycanary.conf and\n"
    "# /etc/keycanary/keycanary.conf. \"keycanary config check\" reads it as the\n"
    "# watch would. Durations are written \"90 s\", \"5 min\", \"2 h\" or \"30 days\".\n"
    "# A secret never stands here: NAME_file = \"/path\" or NAME = \"env:VARIABLE\".\n";

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
	    "# sns:Publish). IAM still notes that the key was used." },
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

static void
example_row(struct buf *out, const char *name, const struct setting *r)
{
	buf_printf(out, "\t# %s\n", r->about);
	if (r->choices != NULL)
		buf_printf(out, "\t# One of: %s.\n", r->choices);
	if (r->kind == SETTING_SECRET)
		buf_printf(out, "\t# %s_file = \"%s\";\n", name, sample(r));
	else if (r->kind == SETTING_LIST && r->initial == NULL)
		buf_printf(out, "\t%s = [];\n", name);
	else {
		buf_printf(out, "\t%s%s = ", r->initial == NULL ? "# " : "", name);
		example_value(out, r, r->initial != NULL ? r->initial : sample(r));
		buf_puts(out, ";\n");
	}
}

static void
example_group(struct buf *out, const struct setting_group *g)
{
	buf_printf(out, "\n# %s\n%s = (\n#\t{\n", g->about, g->path);
	for (const struct setting *r = g->rows; r->path != NULL; r++) {
		buf_printf(out, "#\t\t# %s%s\n", r->about, r->required ? " Required." : "");
		if (r->choices != NULL)
			buf_printf(out, "#\t\t# One of: %s.\n", r->choices);
		buf_printf(out, "#\t\t%s = ", r->path);
		example_value(out, r, sample(r));
		buf_puts(out, ";\n");
	}
	buf_puts(out, "#\t}\n);\n");
}

/* Each kind of channel has options of its own. */
static void
example_channels(struct buf *out, const struct setting_group *g)
{
	buf_printf(out, "\n# %s\n# \"keycanary alert types\" tells more about each kind, \"keycanary alert test\" tries them.\n"
	    "%s = (\n", g->about, g->path);
	for (const struct channel_kind *k = channel_kinds; k->name != NULL; k++) {
		channel_example(k, "#\t", out);
		buf_puts(out, k[1].name != NULL ? ",\n" : "\n");
	}
	buf_puts(out, ");\n");
}

void
settings_example(struct buf *out)
{
	const char *open = "";
	size_t open_len = 0;

	buf_puts(out, head);
	for (const struct setting *r = setting_rows; r->path != NULL; r++) {
		size_t len = strcspn(r->path, ".");

		if (len != open_len || strncmp(open, r->path, len) != 0) {
			buf_printf(out, "%s\n# %s\n%.*s : {\n", open_len > 0 ? "};\n" : "",
			    about_section(r->path, len), (int)len, r->path);
			open = r->path;
			open_len = len;
		}
		example_row(out, r->path + len + 1, r);
	}
	buf_puts(out, "};\n");
	for (const struct setting_group *g = setting_groups; g->path != NULL; g++)
		if (str_eq(g->path, "channels"))
			example_channels(out, g);
		else
			example_group(out, g);
}
