/*
 * os/digest.h: hashes, keyed hashes and sealing, all by OpenSSL.
 */
#ifndef OS_DIGEST_H
#define OS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum { SHA256_LEN = 32, SHA256_HEX = 64, SHA1_LEN = 20 };

void digest_sha256(const void *bytes, size_t len, uint8_t out[static SHA256_LEN]);
void digest_sha256_hex(const void *bytes, size_t len, char out[static SHA256_HEX + 1]);
void digest_sha1(const void *bytes, size_t len, uint8_t out[static SHA1_LEN]);
void digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
    uint8_t out[static SHA256_LEN]);
/* Equal without telling by time where they differ. */
bool digest_equal(const void *a, const void *b, size_t len);

/*
 * AES-256-GCM with a random nonce, as base64 text; opens only with the same
 * key and the same `bound` text (so a sealed secret cannot be moved to
 * another row).
 */
enum { SEAL_KEY_LEN = 32 };
bool seal(const uint8_t key[static SEAL_KEY_LEN], const char *bound, const void *bytes,
    size_t len, struct buf *out, struct error *err);
bool unseal(const uint8_t key[static SEAL_KEY_LEN], const char *bound, const char *sealed,
    struct buf *out, struct error *err);

#endif
