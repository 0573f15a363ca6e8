/* A canary for a bait, and its secret. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/model/keyid.h"
#include "os/file.h"
#include "os/random.h"
#include "store/canaries.h"
#include "work/plant_int.h"

/* The secret of a key in a file of "KEY SECRET" lines; also "KEY,SECRET" and "KEY=SECRET". */
static bool
secret_in_file(const char *path, const char *key_id, char **secret, struct error *err)
{
	struct buf text = BUF_INIT(16 << 20);
	bool ok = file_read_secret(path, &text, err);
	const char *at = ok ? strstr(buf_str(&text), key_id) : NULL;
	size_t n;

	*secret = NULL;
	if (at != NULL) {
		at += KEYID_LEN;
		at += strspn(at, " \t,;=:\"");
		n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
		if (n == SECRET_LEN)
			*secret = mem_strndup(at, n);
	}
	buf_free_secret(&text);
	return ok;
}

static bool
planted_already(struct planting *run, const char *key_id)
{
	for (size_t i = 0; i < run->ledger.len; i++)
		if (str_eq(run->ledger.item[i].key_id, key_id) && run->ledger.item[i].state != PLACEMENT_REMOVED)
			return true;
	return false;
}

/* A canary named by the user: its secret is kept, or in the file, or it needs none. */
static bool
take_named(struct planting *run, const char *key_id, struct minted *m, struct error *err)
{
	const struct plant_request *q = run->q;
	struct mint_want want = { .key_id = key_id, .level = -1 };
	bool found = false;

	if (!canary_load(run->store, key_id, &m->canary, &found, err))
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "%.40s is not in the registry; \"keycanary list\" shows what is",
		    key_id);
	if (planted_already(run, key_id) && !q->force)
		return error_set(err, ERROR_CONFLICT, "%s is planted already; one canary in one place tells which "
		    "copy leaked (--force plants it again)", key_id);
	if (m->canary.state != CANARY_LIVE && m->canary.state != CANARY_INERT)
		return error_set(err, ERROR_REFUSED, "%s is %s; plant a live one", key_id,
		    canary_state_name(m->canary.state));
	want.inert = m->canary.state == CANARY_INERT;
	if (m->canary.sealed_secret != NULL) {
		canary_clear(&m->canary);
		return (mint_take(run->store, &want, q->now_ms, m, &found, err) && found) ||
		    (err->kind == ERROR_NONE &&
		    error_set(err, ERROR_BUSY, "%s is held by another planting; try again later", key_id));
	}
	if (q->secret_file != NULL && !secret_in_file(q->secret_file, key_id, &m->secret, err))
		return false;
	if (m->secret == NULL && want.inert)
		m->secret = mint_invented_secret();
	return m->secret != NULL || error_set(err, ERROR_NOT_FOUND,
	    "%s: its secret is not kept; give it in a file (0600) of \"KEY SECRET\" lines with --secret-file", key_id);
}

/* Inert canaries that were imported without a secret are as good as any. */
static bool
take_inert(struct planting *run, struct minted *m, bool *found, struct error *err)
{
	struct canary_filter filter = { .state = canary_state_name(CANARY_INERT), .account = run->q->account };
	struct canary_set all = CANARY_SET_INIT;
	bool ok = canary_list(run->store, &filter, &all, err);

	for (size_t i = 0; ok && i < all.len && !*found; i++) {
		const struct canary *c = &all.item[i];

		if (c->sealed_secret != NULL || planted_already(run, c->key_id) || strlist_has(&run->held, c->key_id))
			continue;
		canary_copy(&m->canary, c);
		m->secret = mint_invented_secret();
		*found = true;
	}
	canary_set_clear(&all);
	return ok;
}

/* A key that never was, to show what a bait would look like. */
static bool
stand_in(struct planting *run, struct minted *m)
{
	struct canary_set all = CANARY_SET_INIT;
	const char *account = run->q->account;
	char id[KEYID_LEN + 1];
	uint8_t noise[5];

	if (account == NULL && canary_list(run->store, NULL, &all, NULL) && all.len > 0)
		account = all.item[all.len - 1].account;
	random_bytes(noise, sizeof(noise));
	if (!account_valid(str_or(account, "")) || !keyid_compose("AKIA", account, noise, id))
		(void)keyid_compose("AKIA", "704512398610", noise, id);
	m->canary.key_id = mem_strdup(id);
	m->secret = mint_invented_secret();
	run->made_up = true;
	canary_set_clear(&all);
	return true;
}

static bool
mint_one(struct planting *run, struct error *err)
{
	const struct plant_request *q = run->q;
	struct mint_order order = *q->mint;
	struct mint_result made = { .keys = STRLIST_INIT };
	bool ok;

	order.number = q->account;
	order.account = q->account;
	order.batch = q->batch;
	order.count = 1;
	order.seed = random_below(UINT64_MAX);
	ok = (q->inert ? mint_inert : mint)(run->store, q->settings, &order, q->planted_by, q->mint_tell, &made, err);
	mint_result_clear(&made);
	run->no_mint = !ok;
	return ok;
}

static bool
take_next(struct planting *run, struct minted *m, struct error *err)
{
	const struct plant_request *q = run->q;
	struct mint_want want = { .account = q->account, .batch = q->batch, .level = -1, .inert = q->inert };
	bool found = false;

	if (!mint_take(run->store, &want, q->now_ms, m, &found, err) ||
	    (!found && q->inert && !take_inert(run, m, &found, err)))
		return false;
	if (!found && q->mint != NULL && !q->dry_run && !run->no_mint &&
	    (!mint_one(run, err) || !mint_take(run->store, &want, q->now_ms, m, &found, err)))
		return false;
	if (found)
		return true;
	run->count->lacking++;
	if (q->dry_run)
		return stand_in(run, m);
	return error_set(err, ERROR_NOT_FOUND, "no unplanted %scanary with its secret is left; \"keycanary mint\" makes more",
	    q->inert ? "inert " : "");
}

bool
plant_take(struct planting *run, struct minted *out, struct error *err)
{
	char *key = run->keys_left.len > 0 ? run->keys_left.item[0] : NULL;
	bool ok;

	canary_init(&out->canary);
	run->made_up = false;
	if (run->q->keys->len > 0 && key == NULL) {
		run->count->lacking++;
		return error_set(err, ERROR_NOT_FOUND, "there are more baits than canaries given with --key");
	}
	ok = key != NULL ? take_named(run, key, out, err) : take_next(run, out, err);
	if (ok && key != NULL) {
		memmove(run->keys_left.item, run->keys_left.item + 1, (run->keys_left.len - 1) * sizeof(char *));
		run->keys_left.len--;
		free(key);
	}
	return ok;
}
