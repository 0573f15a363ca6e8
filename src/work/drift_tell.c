/* What a look found, told to people once. */
#include <stdlib.h>

#include "base/mem.h"
#include "core/report/compose.h"
#include "store/drift.h"
#include "work/announce.h"
#include "work/drift.h"

enum { LINES_MAX = 20 };

static bool
found_again(const struct drift_list *found, const struct drift_row *row)
{
	for (size_t i = 0; i < found->len; i++)
		if (str_eq(found->item[i].key_id, row->key_id) && str_eq(drift_name(found->item[i].kind), row->kind) &&
		    str_eq(str_or(found->item[i].detail, ""), str_or(row->detail, "")))
			return true;
	return false;
}

/* Rows that were not found again; those of canaries that were not looked at stay, unless they cannot drift any more. */
static bool
forget_healed(struct store *s, const char *account, const struct canary_set *looked,
    const struct drift_list *found, struct error *err)
{
	struct drift_rows rows = { .item = NULL };
	bool ok = drift_rows(s, account, &rows, err);

	for (size_t i = 0; ok && i < rows.len; i++)
		if (canary_by_key(looked, rows.item[i].key_id) != NULL && !found_again(found, &rows.item[i]))
			ok = drift_row_remove(s, &rows.item[i], err);
	drift_rows_clear(&rows);
	return ok;
}

static bool
keep_new(struct store *s, const char *account, const struct drift_list *found, int64_t now_ms,
    struct section *lines, size_t *fresh, bool *grave, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < found->len; i++) {
		const struct drift *d = &found->item[i];
		const struct drift_row row = { .key_id = d->key_id, .account = (char *)account,
			.kind = (char *)drift_name(d->kind), .detail = d->detail, .noticed_ms = now_ms };
		bool added = false;

		/* AWS's quarantine is told by its event. */
		if (d->kind == DRIFT_QUARANTINE)
			continue;
		ok = drift_row_add(s, &row, &added, err);
		if (!ok || !added)
			continue;
		*grave |= d->kind == DRIFT_KEY_MORE || d->kind == DRIFT_POLICY_MORE || d->kind == DRIFT_LOGIN ||
		    d->kind == DRIFT_GROUP;
		if ((*fresh)++ < LINES_MAX)
			section_line(lines, "%s (%s): %s%s%s. %s", d->key_id, d->user_name, drift_about(d->kind),
			    d->detail != NULL ? ": " : "", str_or(d->detail, ""), drift_remedy(d->kind));
	}
	return ok;
}

bool
drift_remember(struct store *s, const struct settings *settings, const char *account,
    const struct canary_set *looked, const struct drift_list *found, int64_t now_ms, struct error *err)
{
	struct message m;
	size_t fresh = 0;
	bool grave = false, ok;
	char *title, *key = mem_printf("drift-%s-%lld", account, (long long)now_ms);

	compose_notice(&m, MESSAGE_BLIND, SEVERITY_HIGH, "canaries differ from AWS", "What is in AWS is not what the "
	    "registry says; \"keycanary doctor\" looks again.", now_ms);
	ok = store_begin(s, err) && forget_healed(s, account, looked, found, err) &&
	    keep_new(s, account, found, now_ms, message_section(&m, "What differs"), &fresh, &grave, err);
	title = mem_printf("%zu canar%s of account \"%s\" differ%s from AWS", fresh, fresh == 1 ? "y" : "ies", account,
	    fresh == 1 ? "s" : "");
	free(m.title);
	m.title = title;
	if (fresh > LINES_MAX)
		section_line(&m.section[0], "and %zu more", fresh - LINES_MAX);
	m.severity = grave ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	if (ok && fresh > 0)
		ok = announce(s, settings, &m, 0, key, NULL, now_ms, now_ms, err);
	ok = ok && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	message_clear(&m);
	free(key);
	return ok;
}
