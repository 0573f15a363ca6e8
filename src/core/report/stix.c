/*
 * STIX 2.1 (OASIS, 2021): an incident and its sighting, with the addresses as
 * observables and indicators, and the ATT&CK techniques named.
 *
 * Names are made from content, so the same incident exported twice has the
 * same ids: of observables as section 2.9 says (UUIDv5 over the canonical JSON
 * of the contributing properties), of everything else over a text of ours in
 * the same name space.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/intent/noise.h"
#include "core/report/format_int.h"

enum { ID_MAX = 96 };

/* Section 2.9: the name space of observables, 00abedb4-aa42-466c-9c01-fed23315a9b7. */
static const uint8_t namespace[16] = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2,
	0x33, 0x15, 0xa9, 0xb7 };

/* RFC 4122 section 4.3. */
static const char *
id_of(const struct report *r, const char *type, const char *name, char out[static ID_MAX])
{
	struct buf text = BUF_INIT(BUF_LINE);
	uint8_t h[20] = { 0 };

	buf_add(&text, namespace, sizeof(namespace));
	buf_puts(&text, name);
	r->sha1(text.ptr, text.len, h);
	buf_free(&text);
	h[6] = (uint8_t)((h[6] & 0x0f) | 0x50);
	h[8] = (uint8_t)((h[8] & 0x3f) | 0x80);
	(void)snprintf(out, ID_MAX, "%s--%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", type,
	    h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
	return out;
}

/* The id of one of our own objects, by type and what it is about. */
static const char *
own_id(const struct report *r, const char *type, const char *about, char out[static ID_MAX])
{
	char *name = mem_printf("keycanary:%s:%s", type, about);

	id_of(r, type, name, out);
	free(name);
	return out;
}

/* Opens an object unless it was written before; then false. */
static bool
open_object(struct report *r, const char *type, const char *id, int64_t made_ms)
{
	struct jsonw *w = &r->json;

	if (!strlist_add_new(&r->known, id))
		return false;
	jsonw_open(w, NULL, '{');
	jsonw_str(w, "type", type);
	jsonw_str(w, "spec_version", "2.1");
	jsonw_str(w, "id", id);
	if (made_ms != WHEN_NONE) {
		char me[ID_MAX];

		jsonw_str(w, "created_by_ref", own_id(r, "identity", "keycanary", me));
		jsonw_when(w, "created", made_ms);
		jsonw_when(w, "modified", made_ms);
	}
	return true;
}

static void
refs(struct jsonw *w, const char *name, const struct strlist *ids)
{
	jsonw_strlist(w, name, ids);
}

static void
identity(struct report *r)
{
	char id[ID_MAX];

	own_id(r, "identity", "keycanary", id);
	if (!strlist_add_new(&r->known, id))
		return;
	jsonw_open(&r->json, NULL, '{');
	jsonw_str(&r->json, "type", "identity");
	jsonw_str(&r->json, "spec_version", "2.1");
	jsonw_str(&r->json, "id", id);
	/* The program is the same whenever it is exported. */
	jsonw_str(&r->json, "created", "2026-01-01T00:00:00Z");
	jsonw_str(&r->json, "modified", "2026-01-01T00:00:00Z");
	jsonw_str(&r->json, "name", "keycanary");
	jsonw_str(&r->json, "identity_class", "system");
	jsonw_close(&r->json);
}

/* Every object needs a time; an incident whose events have none was made now. */
static int64_t
made_of(const struct report *r, const struct incident *i)
{
	return i->tally.first_ms != WHEN_NONE ? i->tally.first_ms : r->now_ms;
}

/* --- observables ------------------------------------------------------------------------- */

static bool
is_address(const char *ip)
{
	return noise_address_valid(ip) && strchr(ip, '/') == NULL;
}

static void
address(struct report *r, const char *ip, struct strlist *ids)
{
	const char *type = strchr(ip, ':') != NULL ? "ipv6-addr" : "ipv4-addr";
	char *name = mem_printf("{\"value\":\"%s\"}", ip), id[ID_MAX];

	id_of(r, type, name, id);
	free(name);
	strlist_add_new(ids, id);
	if (!open_object(r, type, id, WHEN_NONE))
		return;
	jsonw_str(&r->json, "value", ip);
	jsonw_close(&r->json);
}

static void
account(struct report *r, const struct incident *i, struct strlist *ids)
{
	struct buf name = BUF_INIT(BUF_LINE);
	struct jsonw w = JSONW_INIT(&name, 0);
	char id[ID_MAX];

	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "account_login", str_or(i->user_name, "unknown"));
	jsonw_str(&w, "account_type", "aws-iam");
	jsonw_str(&w, "user_id", i->key_id);
	jsonw_close(&w);
	id_of(r, "user-account", buf_str(&name), id);
	buf_free(&name);
	strlist_add_new(ids, id);
	if (!open_object(r, "user-account", id, WHEN_NONE))
		return;
	jsonw_str(&r->json, "account_type", "aws-iam");
	jsonw_str(&r->json, "account_login", str_or(i->user_name, "unknown"));
	jsonw_str(&r->json, "user_id", i->key_id);
	jsonw_close(&r->json);
}

static void
indicator(struct report *r, const struct incident *i, const char *ip, struct strlist *ids)
{
	char id[ID_MAX], *name = mem_printf("%s %s", i->id, ip);
	char *pattern = mem_printf("[%s:value = '%s']", strchr(ip, ':') != NULL ? "ipv6-addr" : "ipv4-addr", ip);

	own_id(r, "indicator", name, id);
	strlist_add_new(ids, id);
	if (open_object(r, "indicator", id, made_of(r, i))) {
		jsonw_str(&r->json, "name", "used a decoy AWS access key");
		jsonw_str(&r->json, "pattern", pattern);
		jsonw_str(&r->json, "pattern_type", "stix");
		jsonw_when(&r->json, "valid_from", made_of(r, i));
		jsonw_open(&r->json, "indicator_types", '[');
		jsonw_str(&r->json, NULL, "malicious-activity");
		jsonw_close(&r->json);
		jsonw_close(&r->json);
	}
	free(name);
	free(pattern);
}

static void
technique(struct report *r, const char *attack, int64_t made_ms, struct strlist *ids)
{
	char id[ID_MAX];

	own_id(r, "attack-pattern", attack, id);
	strlist_add_new(ids, id);
	if (!open_object(r, "attack-pattern", id, made_ms))
		return;
	jsonw_str(&r->json, "name", attack);
	jsonw_open(&r->json, "external_references", '[');
	jsonw_open(&r->json, NULL, '{');
	jsonw_str(&r->json, "source_name", "mitre-attack");
	jsonw_str(&r->json, "external_id", attack);
	jsonw_close(&r->json);
	jsonw_close(&r->json);
	jsonw_close(&r->json);
}

/* --- the incident ------------------------------------------------------------------------- */

static void
observed(struct report *r, const struct incident *i, const struct strlist *observables, struct strlist *ids)
{
	char id[ID_MAX];

	own_id(r, "observed-data", i->id, id);
	strlist_add_new(ids, id);
	if (!open_object(r, "observed-data", id, made_of(r, i)))
		return;
	jsonw_when(&r->json, "first_observed", made_of(r, i));
	jsonw_when(&r->json, "last_observed", i->tally.last_ms != WHEN_NONE ? i->tally.last_ms : r->now_ms);
	jsonw_int(&r->json, "number_observed", i->tally.sightings > 0 ? i->tally.sightings : 1);
	refs(&r->json, "object_refs", observables);
	jsonw_close(&r->json);
}

static void
labels(struct jsonw *w, const struct dossier *d)
{
	struct strlist all = STRLIST_INIT;

	strlist_copy(&all, &d->incident->verdict.intents);
	if (d->canary != NULL && d->canary->state == CANARY_INERT)
		strlist_add(&all, "inert");
	jsonw_strlist(w, "labels", &all);
	strlist_clear(&all);
}

static void
incident(struct report *r, const struct dossier *d, struct strlist *ids)
{
	const struct incident *i = d->incident;
	char id[ID_MAX];

	own_id(r, "incident", i->id, id);
	strlist_add_new(ids, id);
	if (!open_object(r, "incident", id, made_of(r, i)))
		return;
	jsonw_str(&r->json, "name", str_or(i->verdict.intent, "decoy key used"));
	jsonw_str(&r->json, "description", i->verdict.summary);
	jsonw_int(&r->json, "confidence", 15 + 35 * (int)i->verdict.confidence);	/* 15, 50, 85: appendix A */
	labels(&r->json, d);
	jsonw_open(&r->json, "external_references", '[');
	jsonw_open(&r->json, NULL, '{');
	jsonw_str(&r->json, "source_name", "keycanary");
	jsonw_str(&r->json, "external_id", i->id);
	jsonw_close(&r->json);
	jsonw_close(&r->json);
	jsonw_close(&r->json);
}

static void
relate(struct report *r, const struct incident *i, const char *from, const char *how, const char *to,
    struct strlist *ids)
{
	char *about = mem_printf("%s %s %s", from, how, to), id[ID_MAX];

	own_id(r, "relationship", about, id);
	strlist_add_new(ids, id);
	if (open_object(r, "relationship", id, made_of(r, i))) {
		jsonw_str(&r->json, "relationship_type", how);
		jsonw_str(&r->json, "source_ref", from);
		jsonw_str(&r->json, "target_ref", to);
		jsonw_close(&r->json);
	}
	free(about);
}

static void
whole(struct report *r, const struct incident *i, const struct strlist *ids)
{
	char id[ID_MAX];

	if (!open_object(r, "report", own_id(r, "report", i->id, id), made_of(r, i)))
		return;
	jsonw_str(&r->json, "name", i->id);
	jsonw_str(&r->json, "description", i->verdict.summary);
	jsonw_when(&r->json, "published", r->now_ms / 1000 * 1000);
	jsonw_open(&r->json, "report_types", '[');
	jsonw_str(&r->json, NULL, "observed-data");
	jsonw_close(&r->json);
	refs(&r->json, "object_refs", ids);
	jsonw_close(&r->json);
}

static void
techniques(struct report *r, const struct incident *i, struct strlist *ids)
{
	struct strlist attack = STRLIST_INIT;

	for (size_t n = 0; n < i->verdict.findings; n++)
		strlist_split(&attack, i->verdict.finding[n].attack, ";");
	for (size_t n = 0; n < attack.len; n++)
		technique(r, attack.item[n], made_of(r, i), ids);
	strlist_clear(&attack);
}

void
stix_begin(struct report *r)
{
	char at[WHEN_TEXT_MAX], id[ID_MAX];

	jsonw_open(&r->json, NULL, '{');
	jsonw_str(&r->json, "type", "bundle");
	jsonw_str(&r->json, "id", own_id(r, "bundle", when_utc(r->now_ms, at), id));
	jsonw_open(&r->json, "objects", '[');
	identity(r);
}

void
stix_one(struct report *r, const struct dossier *d)
{
	const struct incident *i = d->incident;
	const struct tally_texts *ip = &i->tally.addresses;
	struct strlist observables = STRLIST_INIT, indicators = STRLIST_INIT, attacks = STRLIST_INIT, all = STRLIST_INIT;

	account(r, i, &observables);
	for (size_t n = 0; n < ip->len; n++) {
		if (is_address(ip->item[n].text)) {
			address(r, ip->item[n].text, &observables);
			indicator(r, i, ip->item[n].text, &indicators);
		}
	}
	techniques(r, i, &attacks);
	incident(r, d, &all);
	observed(r, i, &observables, &all);
	for (size_t n = 0; n < indicators.len; n++) {
		strlist_add_new(&all, indicators.item[n]);
		for (size_t k = 0; k < attacks.len; k++)
			relate(r, i, indicators.item[n], "indicates", attacks.item[k], &all);
	}
	for (size_t n = 0; n < attacks.len; n++)
		strlist_add_new(&all, attacks.item[n]);
	for (size_t n = 0; n < observables.len; n++)
		strlist_add_new(&all, observables.item[n]);
	whole(r, i, &all);
	strlist_clear(&observables);
	strlist_clear(&indicators);
	strlist_clear(&attacks);
	strlist_clear(&all);
}

void
stix_end(struct report *r)
{
	jsonw_close(&r->json);
	jsonw_close(&r->json);
}
