#include "work/bait.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/model/keyid.h"
#include "os/digest.h"
#include "os/embedded.h"

/* --- the catalogue ----------------------------------------------------------------- */

static bool
load_one(struct catalogue *c, const char *path, struct error *err)
{
	struct buf text = BUF_INIT(BAIT_TEXT_MAX);
	bool ok = embedded_read(path, &text, err);

	if (ok) {
		MEM_GROW(c->item, c->len, c->cap);
		ok = bait_parse(&c->item[c->len++], buf_str(&text), path, err);
	}
	buf_free(&text);
	return ok;
}

bool
catalogue_load(struct catalogue *c, struct error *err)
{
	struct strlist paths = STRLIST_INIT;
	bool ok = true;

	*c = (struct catalogue){ .item = NULL };
	embedded_list("canary/bait/", &paths);
	for (size_t i = 0; ok && i < paths.len; i++)
		if (str_ends(paths.item[i], ".bait"))
			ok = load_one(c, paths.item[i], err);
	strlist_clear(&paths);
	return ok;
}

static const struct bait *
by_name(const struct catalogue *c, const char *name)
{
	const struct bait *begins = NULL;
	size_t found = 0;

	for (size_t i = 0; i < c->len; i++) {
		const struct bait *b = &c->item[i];

		if (str_eq(b->name, name) || strlist_has(&b->also, name))
			return b;
		if (name[0] != '\0' && str_starts(b->name, name)) {
			begins = b;
			found++;
		}
	}
	return found == 1 ? begins : NULL;
}

const struct bait *
catalogue_find(const struct catalogue *c, const char *name, struct error *err)
{
	const struct bait *found = by_name(c, name);
	struct buf names = BUF_INIT(BUF_LINE);
	const char *list[256], *near;
	size_t n = 0;

	if (found != NULL)
		return found;
	for (size_t i = 0; i < c->len; i++) {
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", c->item[i].name);
		if (n < ARRAY_LEN(list))
			list[n++] = c->item[i].name;
	}
	near = str_suggest(name, list, n);
	error_set(err, ERROR_USAGE, "there is no bait \"%.60s\"%s%s%s; there are: %s", name,
	    near != NULL ? ", did you mean \"" : "", str_or(near, ""), near != NULL ? "\"" : "", buf_str(&names));
	buf_free(&names);
	return NULL;
}

void
catalogue_clear(struct catalogue *c)
{
	for (size_t i = 0; i < c->len; i++)
		bait_clear(&c->item[i]);
	free(c->item);
	*c = (struct catalogue){ .item = NULL };
}

bool
fingerprints_load(struct lint_rules *r, struct error *err)
{
	struct strlist paths = STRLIST_INIT;
	bool ok = true;

	*r = (struct lint_rules){ .item = NULL };
	embedded_list("canary/fingerprint/", &paths);
	for (size_t i = 0; ok && i < paths.len; i++) {
		struct buf text = BUF_INIT(BUF_RECORD);

		ok = embedded_read(paths.item[i], &text, err) &&
		    lint_rules_read(r, buf_str(&text), paths.item[i], err);
		buf_free(&text);
	}
	strlist_clear(&paths);
	return ok;
}

/* --- values ------------------------------------------------------------------------ */

static void
put(struct bait_values *v, const char *name, bool tracked, char *value)
{
	v->owned[v->len] = value;
	v->field[v->len++] = (struct bait_field){ .name = name, .value = value, .tracked = tracked };
}

/* What a stranger wrote, as a word that no syntax minds. */
static char *
word(const char *s, const char *otherwise)
{
	struct buf b = BUF_INIT(256);

	for (; s != NULL && *s != '\0' && b.len < 48; s++)
		if (isalnum((unsigned char)*s) || (b.len > 0 && strchr("-_.", *s) != NULL))
			buf_putc(&b, (char)tolower((unsigned char)*s));
	while (b.len > 0 && strchr("-_.", b.ptr[b.len - 1]) != NULL)
		b.ptr[--b.len] = '\0';
	if (b.len > 0)
		return buf_take(&b);
	buf_free(&b);
	return mem_strdup(otherwise);
}

/* Regions many estates use; drawn when a repository names none. */
static const char *const regions[] = { "us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "us-east-2",
	"ap-southeast-1", "eu-west-2", "ap-southeast-2", "ca-central-1", "eu-north-1" };

/* One region for a whole repository: an estate is in one place, however many keys it has. */
static char *
choose_region(const char *region, const struct repo_style *style, const char *project)
{
	uint64_t seed = bait_seed("region", project);

	if (region != NULL)
		return mem_strdup(region);
	if (style != NULL && style->regions.len > 0)
		return mem_strdup(style->regions.item[0]);
	return mem_strdup(regions[seed % ARRAY_LEN(regions)]);
}

/* Somewhere in the last four months, in the working day. */
static int64_t
past_time(int64_t now_ms, uint64_t seed)
{
	int64_t day_ms = now_ms / 86400000 * 86400000 - (int64_t)(3 + seed % 120) * 86400000;

	return day_ms + (int64_t)(9 * 3600 + (seed >> 8) % (9 * 3600)) * 1000;
}

static void
put_times(struct bait_values *v, int64_t now_ms, uint64_t seed)
{
	int64_t at = past_time(now_ms, seed);
	char text[WHEN_TEXT_MAX];

	(void)when_utc(at, text);
	put(v, "date", false, mem_strndup(text, 10));
	put(v, "time", false, mem_strndup(text + 11, 8));
	put(v, "year", false, mem_strndup(text, 4));
	put(v, "epoch", false, mem_printf("%lld", (long long)(at / 1000)));
}

void
bait_values_fill(struct bait_values *v, const char *key_id, const char *secret, const char *region,
    const struct repo_style *style, int64_t now_ms)
{
	char *project = word(style != NULL ? style->name : NULL, "platform"), account[ACCOUNT_LEN + 1];
	uint64_t seed = bait_seed(key_id, project);
	const char *where;

	*v = (struct bait_values){ .len = 0 };
	put(v, "key_id", true, mem_strdup(key_id));
	put(v, "secret", true, mem_strdup(secret));
	put(v, "region", false, choose_region(region, style, project));
	where = v->field[v->len - 1].value;
	put(v, "smtp_password", true, smtp_password(secret, where));
	put(v, "smtp_host", false, mem_printf("email-smtp.%s.amazonaws.com", where));
	put(v, "account", false, mem_strdup(keyid_account(key_id, account) ? account : ""));
	put(v, "nothing", false, mem_strdup(""));
	put(v, "project", false, mem_strdup(project));
	put(v, "org", false, word(style != NULL ? style->org : NULL, project));
	put(v, "domain", false, style != NULL && style->domain != NULL ? word(style->domain, "") :
	    mem_printf("%s.internal", project));
	put(v, "person", false, word(style != NULL ? style->person : NULL, "ops"));
	put_times(v, now_ms, seed);
	v->ctx = (struct bait_context){ .field = v->field, .fields = v->len, .seed = seed };
	free(project);
}

const char *
bait_value(const struct bait_values *v, const char *name)
{
	for (size_t i = 0; i < v->len; i++)
		if (str_eq(v->field[i].name, name))
			return str_or(v->field[i].value, "");
	return "";
}

void
bait_values_clear(struct bait_values *v)
{
	for (size_t i = 0; i < v->len; i++)
		mem_free_secret(v->owned[i]);
	*v = (struct bait_values){ .len = 0 };
}

char *
smtp_password(const char *secret, const char *region)
{
	/* The date, the service, the terminal, the message and the version 4 are constants there. */
	const char *const step[] = { "11111111", region, "ses", "aws4_request", "SendRawEmail" };
	uint8_t raw[1 + SHA256_LEN] = { 4 }, mac[SHA256_LEN];
	char *first = mem_printf("AWS4%s", secret);
	struct buf out = BUF_INIT(128);

	digest_hmac_sha256(first, strlen(first), step[0], strlen(step[0]), mac);
	for (size_t i = 1; i < ARRAY_LEN(step); i++) {
		uint8_t key[SHA256_LEN];

		memcpy(key, mac, sizeof(key));
		digest_hmac_sha256(key, sizeof(key), step[i], strlen(step[i]), mac);
		mem_wipe(key, sizeof(key));
	}
	memcpy(raw + 1, mac, sizeof(mac));
	encode_base64(&out, raw, sizeof(raw));
	mem_wipe(mac, sizeof(mac));
	mem_wipe(raw, sizeof(raw));
	mem_free_secret(first);
	return buf_take(&out);
}
