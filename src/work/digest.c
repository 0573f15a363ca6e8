#include "work/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/classify.h"
#include "core/report/compose.h"
#include "store/incidents.h"
#include "store/outbox.h"
#include "work/announce.h"

enum { SHOWN_MAX = 8, SHOWN_CHARS_MAX = 80 };

/* One line being written: "addresses: 198.51.100.2 40, 203.0.113.5 3 (new)". */
struct line {
	enum sighting_facet facet;
	struct buf text;
	size_t n;
};

/* "ses.amazonaws.com GetAccount" as people write it. */
static char *
shown(enum sighting_facet facet, const char *text)
{
	const char *space = strrchr(text, ' ');
	char *source, *call;

	if (facet != FACET_CALL || space == NULL)
		return mem_strdup(text);
	source = mem_strndup(text, (size_t)(space - text));
	call = call_text(source, space + 1);
	free(source);
	return call;
}

static void
add(void *arg, const char *text, int64_t count, bool fresh)
{
	struct line *l = arg;
	char *word;

	if (l->n++ >= SHOWN_MAX) {
		if (l->n == SHOWN_MAX + 1)
			buf_puts(&l->text, ", and more");
		return;
	}
	word = shown(l->facet, str_or(text, "?"));
	buf_printf(&l->text, "%s%.*s %lld%s", l->n > 1 ? ", " : "", SHOWN_CHARS_MAX, word, (long long)count,
	    fresh ? " (new)" : "");
	free(word);
}

static bool
gather(struct store *s, int64_t incident, int64_t row, struct digest_news *news, struct error *err)
{
	static const struct {
		const char *name;
		enum sighting_facet facet;
	} facets[] = { { "calls", FACET_CALL }, { "addresses", FACET_ADDRESS }, { "user agents", FACET_TOOL },
		{ "not a stranger's", FACET_LABEL } };
	bool ok = sighting_count(s, incident, row, &news->calls, &news->denied, err);

	for (size_t i = 0; ok && i < ARRAY_LEN(facets); i++) {
		struct line l = { .facet = facets[i].facet, .text = BUF_INIT(BUF_RECORD) };

		ok = sighting_facets(s, incident, row, l.facet, SHOWN_MAX + 1, add, &l, err);
		if (l.n > 0)
			strlist_take(&news->lines, mem_printf("%s: %s", facets[i].name, buf_str(&l.text)));
		buf_free(&l.text);
	}
	return ok;
}

/* How much the newest message that this channel took has told. */
static bool
told_so_far(struct store *s, const struct outbox_row *row, int64_t *by, int64_t *sightings, int64_t *at_ms,
    struct error *err)
{
	struct outbox_row last = { .id = 0 };
	struct message m;
	bool found = false, ok = outbox_newest(s, row->incident, row->channel, &last, &found, err);

	*by = *sightings = 0;
	*at_ms = WHEN_NONE;
	if (ok && found && message_read(&m, last.payload, NULL)) {
		*by = last.id;
		*sightings = m.sightings;
		*at_ms = m.made_ms;
		message_clear(&m);
	}
	outbox_row_clear(&last);
	return ok;
}

bool
digest_refresh(struct store *s, const struct settings *settings, const struct outbox_row *row, struct message *m,
    int64_t now_ms, int64_t *told_by, struct error *err)
{
	struct digest_news news = { .lines = STRLIST_INIT };
	struct message fresh;
	int64_t by = 0, sightings = 0, first = 0;
	bool ok;

	*told_by = 0;
	if (!told_so_far(s, row, &by, &sightings, &news.since_ms, err) ||
	    !sighting_behind(s, row->incident, sightings, &first, err))
		return false;
	if (first == 0 && by != 0) {
		*told_by = by;
		return true;
	}
	ok = gather(s, row->incident, first, &news, err) &&
	    announce_compose(s, settings, m->incident, NULL, MESSAGE_DIGEST, now_ms, &fresh, err);
	if (ok) {
		compose_news(&fresh, &news);
		fresh.key = mem_strdup(row->key);
		message_clear(m);
		*m = fresh;
	}
	strlist_clear(&news.lines);
	return ok;
}
