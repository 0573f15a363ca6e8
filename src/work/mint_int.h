/* work/mint_int.h: what mint.c, retire.c, rotate.c and adopt.c share. */
#ifndef WORK_MINT_INT_H
#define WORK_MINT_INT_H

#include "core/model/canary.h"

struct error;
struct store;

/* Seals a secret into c->sealed_secret; c->key_id must be there. */
bool mint_seal(struct store *s, struct canary *c, const char *secret, struct error *err);

#endif
