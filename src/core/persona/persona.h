/*
 * core/persona/persona.h: IAM user names and paths that nobody looks at twice.
 *
 * A style is a file canary/persona/NAME.conf: patterns of names and paths,
 * and the words that fill them. "{app}-{env}" takes one word of each list;
 * "{n}" is a small number, "{nn}" one of two digits. Everything is a function
 * of the dice, so the same seed gives the same names.
 *
 * What must never be in a name: words that tell (canary, honey, decoy …) and
 * UUIDs; attackers' tools look for both. Patterns of the user's own are held
 * to the same rules.
 */
#ifndef CORE_PERSONA_PERSONA_H
#define CORE_PERSONA_PERSONA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

enum { PERSONA_NAME_MAX = 64, PERSONA_PATH_MAX = 512 };	/* IAM and STS quotas */

struct persona;

/* `name` is put into messages. The caller frees; NULL with a message. */
struct persona *persona_parse(const char *text, const char *name, struct error *err);
void persona_free(struct persona *p);
const char *persona_about(const struct persona *p);
/* Names instead of the style's, such as "svc-{app}-{n}". Checked with all words. */
bool persona_set_pattern(struct persona *p, const char *pattern, struct error *err);
/* One path for all instead of the style's. */
bool persona_set_path(struct persona *p, const char *path, struct error *err);
/* The user's own words for {app}: what the organisation's projects are called. */
bool persona_set_apps(struct persona *p, const struct strlist *apps, struct error *err);

/* The dice: a seed that moves on with each throw. */
uint64_t persona_throw(uint64_t *dice, uint64_t below);
/*
 * A name that is not among `taken` (ignoring case, as IAM does), which gets it;
 * ERROR_FULL when the style has no more. The caller frees both.
 */
bool persona_make(const struct persona *p, uint64_t *dice, struct map *taken, char **name, char **path,
    struct error *err);
/* The key under which a name stands in `taken`; the caller frees. */
char *persona_key(const char *name);

/* As IAM takes them, and without a word that tells. */
bool persona_check_name(const char *name, struct error *err);
bool persona_check_path(const char *path, struct error *err);

#endif
