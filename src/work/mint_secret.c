/* The half of work/mint.h that keeps secrets. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/digest.h"
#include "os/file.h"
#include "store/canaries.h"
#include "work/mint.h"
#include "work/mint_int.h"

enum { RESERVED_MS = 3600000, SECRET_MAX = 256 };

void
minted_clear(struct minted *m)
{
	canary_clear(&m->canary);
	mem_free_secret(m->secret);
	m->secret = NULL;
}

bool
mint_seal(struct store *s, struct canary *c, const char *secret, struct error *err)
{
	struct buf out = BUF_INIT(BUF_LINE);
	uint8_t key[SEAL_KEY_LEN];
	bool ok = store_seal_key(s, key, err) && seal(key, c->key_id, secret, strlen(secret), &out, err);

	mem_wipe(key, sizeof(key));
	free(c->sealed_secret);
	c->sealed_secret = ok ? buf_take(&out) : NULL;
	buf_free(&out);
	return ok;
}

/* Fills m->secret from m->canary. */
static bool
open_secret(struct store *s, struct minted *m, struct error *err)
{
	struct buf out = BUF_INIT(SECRET_MAX);
	uint8_t key[SEAL_KEY_LEN];
	bool ok;

	if (m->canary.sealed_secret == NULL)
		return error_set(err, ERROR_NOT_FOUND, "%s: its secret is not kept any more; \"keycanary rotate\" "
		    "makes a new key", m->canary.key_id);
	ok = store_seal_key(s, key, err) && unseal(key, m->canary.key_id, m->canary.sealed_secret, &out, err);
	mem_wipe(key, sizeof(key));
	if (ok)
		m->secret = mem_strndup(buf_str(&out), out.len);
	else
		error_in(err, "%s", m->canary.key_id);
	buf_free_secret(&out);
	return ok;
}

static struct canary_want
wanted(const struct mint_want *w, int64_t now_ms)
{
	return (struct canary_want){ .key_id = w->key_id, .account = w->account, .batch = w->batch,
		.level = w->level < 0 ? NULL : canary_level_name((enum canary_level)w->level),
		.state = canary_state_name(w->inert ? CANARY_INERT : CANARY_LIVE), .drill = false,
		.free_since_ms = now_ms - RESERVED_MS };
}

bool
mint_take(struct store *s, const struct mint_want *want, int64_t now_ms, struct minted *out,
    bool *found, struct error *err)
{
	struct canary_want w = wanted(want, now_ms);

	out->secret = NULL;
	if (!canary_take(s, &w, now_ms, &out->canary, found, err))
		return false;
	if (!*found || open_secret(s, out, err))
		return true;
	minted_clear(out);
	return false;
}

bool
mint_give_back(struct store *s, const char *key_id, struct error *err)
{
	return canary_give_back(s, key_id, err);
}

bool
mint_planted(struct store *s, const char *key_id, struct error *err)
{
	struct canary c;
	bool found = false, ok = canary_load(s, key_id, &c, &found, err);

	if (ok && !found)
		ok = error_set(err, ERROR_NOT_FOUND, "%.40s is not in the registry", key_id);
	ok = ok && (c.drill ? canary_give_back(s, key_id, err) : canary_wipe(s, key_id, err));
	canary_clear(&c);
	return ok;
}

bool
mint_ready(struct store *s, const struct mint_want *want, int64_t *count, struct error *err)
{
	/* Those that others hold are not ready: nothing is old enough to be free by time alone. */
	struct canary_want w = wanted(want, 0);

	return canary_count(s, &w, count, err);
}

bool
mint_secret(struct store *s, const char *key_id, struct minted *out, struct error *err)
{
	bool found = false;

	out->secret = NULL;
	if (!canary_load(s, key_id, &out->canary, &found, err))
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "%.40s is not in the registry; \"keycanary list\" shows what is",
		    key_id);
	if (open_secret(s, out, err))
		return true;
	minted_clear(out);
	return false;
}

bool
mint_drill(struct store *s, const char *account, struct minted *out, bool *found, struct error *err)
{
	struct canary_want w = { .account = account, .state = canary_state_name(CANARY_LIVE), .drill = true,
		.free_since_ms = 0 };

	out->secret = NULL;
	if (!canary_find(s, &w, &out->canary, found, err))
		return false;
	if (!*found || open_secret(s, out, err))
		return true;
	minted_clear(out);
	return false;
}

/* --- handing out --------------------------------------------------------------------- */

static bool
write_profiles(struct store *s, const struct strlist *keys, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < keys->len; i++) {
		struct minted m;

		if (!mint_secret(s, keys->item[i], &m, err))
			return false;
		buf_printf(out, "%s[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", i > 0 ? "\n" : "",
		    m.canary.user_name, m.canary.key_id, m.secret);
		minted_clear(&m);
	}
	return !out->failed || error_set(err, ERROR_FULL, "more than %zu bytes of credentials", out->max);
}

bool
mint_write(struct store *s, const struct strlist *keys, const char *path, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	bool ok = write_profiles(s, keys, &text, err) && file_create(path, buf_str(&text), text.len, 0600, err) &&
	    store_begin(s, err);

	for (size_t i = 0; ok && i < keys->len; i++)
		ok = mint_planted(s, keys->item[i], err);
	ok = ok && store_commit(s, err);
	if (!ok)
		store_rollback(s);
	buf_free_secret(&text);
	return ok;
}
