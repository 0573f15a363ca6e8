/* Entries for the owner's own scanners. */
#include <string.h>

#include "base/buf.h"
#include "work/plant.h"

static bool
stands(const struct placement *p)
{
	return p->state != PLACEMENT_REMOVED && p->state != PLACEMENT_GONE && p->state != PLACEMENT_PLANTING;
}

/* A path as a regular expression that means only itself. */
static void
put_regex(struct buf *out, const char *path)
{
	for (; *path != '\0'; path++) {
		if (strchr(".+*?()[]{}^$|\\", *path) != NULL)
			buf_putc(out, '\\');
		buf_putc(out, *path);
	}
}

static void
gitleaks_entry(struct buf *out, const struct placement *p)
{
	buf_printf(out, "# .gitleaksignore of %s\n", p->remote != NULL ? p->remote : p->repo);
	if (p->commit != NULL)
		buf_printf(out, "%s:%s:aws-access-token:%lld\n", p->commit, p->path, (long long)p->line_from);
	for (int64_t line = p->line_from; line <= p->line_to && line < p->line_from + 60; line++)
		buf_printf(out, "%s:aws-access-token:%lld\n%s:generic-api-key:%lld\n", p->path, (long long)line, p->path,
		    (long long)line);
}

static void
gitleaks(const struct placement_list *l, struct buf *out)
{
	buf_puts(out, "# Keep this outside of the repositories: it names every decoy.\n"
	    "# gitleaks --config, one entry for all:\n[[allowlists]]\nregexTarget = \"match\"\nregexes = [\n");
	for (size_t i = 0; i < l->len; i++)
		if (stands(&l->item[i]))
			buf_printf(out, "  '''%s''',\n", l->item[i].key_id);
	buf_puts(out, "]\n\n# Or by fingerprint, gitleaks --gitleaks-ignore-path:\n");
	for (size_t i = 0; i < l->len; i++)
		if (stands(&l->item[i]))
			gitleaks_entry(out, &l->item[i]);
}

static void
trufflehog(const struct placement_list *l, struct buf *out)
{
	buf_puts(out, "# Keep this outside of the repositories: it names every decoy.\n"
	    "# trufflehog --exclude-paths FILE, a regular expression a line:\n");
	for (size_t i = 0; i < l->len; i++) {
		if (!stands(&l->item[i]))
			continue;
		buf_puts(out, "(^|/)");
		put_regex(out, l->item[i].path);
		buf_puts(out, "$\n");
	}
}

void
plant_allow_list(const char *tool, const struct placement_list *l, struct buf *out)
{
	if (str_eq(tool, "gitleaks"))
		gitleaks(l, out);
	else
		trufflehog(l, out);
}
