/* The half of work/mint.h that makes no call: canaries that only look valid. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "core/model/keyid.h"
#include "core/persona/persona.h"
#include "os/clock.h"
#include "os/random.h"
#include "store/canaries.h"
#include "store/incidents.h"
#include "work/mint_int.h"

/* 30 random bytes are 40 characters of base64, which is what a secret looks like. */
char *
mint_invented_secret(void)
{
	struct buf out = BUF_INIT(256);
	uint8_t bytes[30];

	random_bytes(bytes, sizeof(bytes));
	encode_base64(&out, bytes, sizeof(bytes));
	mem_wipe(bytes, sizeof(bytes));
	return buf_take(&out);
}

static void
compose_inert(struct canary *c, const struct mint_order *o, const char *batch, const char *path)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char id[KEYID_LEN + 1], user_id[22] = "AIDA";
	uint8_t noise[5];

	random_bytes(noise, sizeof(noise));
	(void)keyid_compose("AKIA", o->account, noise, id);
	for (size_t i = 4; i < 21; i++)
		user_id[i] = alphabet[random_below(32)];
	user_id[21] = '\0';
	c->key_id = mem_strdup(id);
	c->account = mem_strdup(o->account);
	c->user_id = mem_strdup(user_id);
	c->arn = mem_printf("arn:aws:iam::%s:user%s%s", o->account, path, c->user_name);
	c->owner = mem_strdup(o->owner);
	c->note = mem_strdup(o->note);
	c->origin = mem_strdup(str_or(o->origin, "mint"));
	c->batch = mem_strdup(batch);
	if (o->tags != NULL)
		strlist_copy(&c->tags, o->tags);
	c->state = CANARY_INERT;
	c->created_ms = clock_now_ms();
}

static bool
save_inert(struct store *s, struct canary *c, const char *who, struct error *err)
{
	char *secret = mint_invented_secret();
	bool ok = mint_seal(s, c, secret, err) && canary_save(s, c, err) &&
	    audit_add(s, c->created_ms, who, "mint inert", c->key_id, c->user_name, err);

	mem_free_secret(secret);
	return ok;
}

static void
tell_made(const struct mint_order *o, const struct canary *c, const struct mint_tell *tell, struct mint_result *out)
{
	if (o->dry_run) {
		strlist_add(&out->planned, strstr(c->arn, ":user/") + strlen(":user"));
		return;
	}
	out->made++;
	strlist_add(&out->keys, c->key_id);
	if (tell != NULL && tell->made != NULL)
		tell->made(tell->arg, c);
}

bool
mint_inert(struct store *s, const struct settings *settings, const struct mint_order *order,
    const char *who, const struct mint_tell *tell, struct mint_result *out, struct error *err)
{
	struct canary_set made = CANARY_SET_INIT;
	struct map taken = MAP_INIT;
	uint64_t dice = order->seed;
	struct persona *p;
	char *batch;
	bool ok;

	*out = (struct mint_result){ .keys = STRLIST_INIT };
	if (!account_valid(str_or(order->account, "")))
		return error_set(err, ERROR_USAGE, "inert canaries need --account with the 12 digits that their key ids "
		    "shall tell");
	p = mint_style(settings, order, err);
	if (p == NULL)
		return false;
	batch = order->batch != NULL ? mem_strdup(order->batch) : mint_batch_name();
	ok = mint_names_known(s, &taken, err) && store_begin(s, err);
	for (int64_t i = 0; ok && i < order->count; i++) {
		struct canary c;
		char *path = NULL;

		canary_init(&c);
		ok = persona_make(p, &dice, &taken, &c.user_name, &path, err);
		if (ok) {
			compose_inert(&c, order, batch, path);
			ok = save_inert(s, &c, who, err);
		}
		if (ok)
			canary_set_add(&made, &c);
		canary_clear(&c);
		free(path);
	}
	if (ok && !order->dry_run)
		ok = store_commit(s, err);
	else
		store_rollback(s);
	if (!ok)
		store_rollback(s);
	for (size_t i = 0; ok && i < made.len; i++)
		tell_made(order, &made.item[i], tell, out);
	canary_set_clear(&made);
	map_clear(&taken, NULL);
	persona_free(p);
	free(batch);
	return ok;
}
