/*
 * work/bait.h: the baits there are, and what a template is filled in with:
 * the canary's key and secret, and facts and names of the repository it goes
 * to, so that it looks at home there.
 */
#ifndef WORK_BAIT_H
#define WORK_BAIT_H

#include "core/bait/lint.h"
#include "core/bait/template.h"
#include "world/repo/repo.h"

struct catalogue {
	struct bait *item;
	size_t len;
	size_t cap;
};

/* Every canary/bait/ file; a broken one is named with its line. */
bool catalogue_load(struct catalogue *c, struct error *err);
/* By its name, another name it has, or the beginning of one name alone. ERROR_USAGE names what there is. */
const struct bait *catalogue_find(const struct catalogue *c, const char *name, struct error *err);
void catalogue_clear(struct catalogue *c);

/* The rules of canary/fingerprint/. */
bool fingerprints_load(struct lint_rules *r, struct error *err);

enum { BAIT_VALUES_MAX = 24 };

/* A context that owns its values; the secret among them is wiped. */
struct bait_values {
	struct bait_context ctx;
	struct bait_field field[BAIT_VALUES_MAX];
	char *owned[BAIT_VALUES_MAX];
	size_t len;
};

/* `region` NULL: one the repository uses, else one drawn. */
void bait_values_fill(struct bait_values *v, const char *key_id, const char *secret, const char *region,
    const struct repo_style *style, int64_t now_ms);
const char *bait_value(const struct bait_values *v, const char *name);	/* "" when there is none */
void bait_values_clear(struct bait_values *v);

/*
 * The SES SMTP password that belongs to a secret key in a region (Amazon SES
 * Developer Guide, "Obtaining Amazon SES SMTP credentials"). The caller frees
 * with mem_free_secret().
 */
char *smtp_password(const char *secret, const char *region);

#endif
