/*
 * core/model/keyid.h: what an AWS access key id says about itself.
 *
 * A key id is 4 letters of kind (AKIA long-term, ASIA temporary) and 16 of the
 * base32 alphabet A-Z2-7. The first 6 of the 10 bytes behind them hold the
 * account: (z & 0x7fffffffff80) >> 7 (TruffleHog pkg/detectors/aws/utils.go;
 * hackingthe.cloud "Get Account ID from AWS Access Keys"). Ids whose fifth
 * character is I or J are older than this scheme and say nothing.
 */
#ifndef CORE_MODEL_KEYID_H
#define CORE_MODEL_KEYID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { KEYID_LEN = 20, ACCOUNT_LEN = 12 };

/* Twenty characters, a known kind, the right alphabet. */
bool keyid_valid(const char *s);
/* As keyid_valid, for a long-term key: the only kind that can be a canary. Says what is wrong. */
bool keyid_check_canary(const char *s, struct error *err);
/*
 * Twenty characters of the shape AKIA…, digits AWS never uses included: what
 * documentation and data sets put in place of real keys.
 */
bool keyid_resembles(const char *s);
bool keyid_is_session(const char *s);	/* ASIA… */
/* The account as 12 digits; false when the id does not tell. */
bool keyid_account(const char *key_id, char out[static ACCOUNT_LEN + 1]);
/* Twelve digits. */
bool account_valid(const char *s);
/*
 * Composes a key id of `kind` ("AKIA") for an account from 5 random bytes, as
 * AWS does: for inert canaries and tests. False when the account is not valid.
 */
bool keyid_compose(const char *kind, const char *account, const uint8_t noise[static 5],
    char out[static KEYID_LEN + 1]);

#endif
