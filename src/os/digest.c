#include "os/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "os/random.h"

enum { NONCE_LEN = 12, TAG_LEN = 16 };

static void
digest(const EVP_MD *md, const void *bytes, size_t len, uint8_t *out)
{
	if (EVP_Digest(bytes, len, out, NULL, md, NULL) != 1)
		abort();	/* a hash of bytes in memory fails only when OpenSSL is broken */
}

void
digest_sha256(const void *bytes, size_t len, uint8_t out[static SHA256_LEN])
{
	digest(EVP_sha256(), bytes, len, out);
}

void
digest_sha1(const void *bytes, size_t len, uint8_t out[static SHA1_LEN])
{
	digest(EVP_sha1(), bytes, len, out);
}

void
digest_sha256_hex(const void *bytes, size_t len, char out[static SHA256_HEX + 1])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t sum[SHA256_LEN];

	digest_sha256(bytes, len, sum);
	for (size_t i = 0; i < SHA256_LEN; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[SHA256_HEX] = '\0';
}

void
digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
    uint8_t out[static SHA256_LEN])
{
	unsigned n = SHA256_LEN;

	if (HMAC(EVP_sha256(), key, (int)key_len, bytes, len, out, &n) == NULL)
		abort();
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

bool
seal(const uint8_t key[static SEAL_KEY_LEN], const char *bound, const void *bytes, size_t len,
    struct buf *out, struct error *err)
{
	struct buf whole = BUF_INIT(BUF_LINE);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[NONCE_LEN], tag[TAG_LEN];
	int n = 0;
	bool ok;

	random_bytes(nonce, sizeof(nonce));
	buf_add(&whole, nonce, sizeof(nonce));
	ok = ctx != NULL && buf_reserve(&whole, len + TAG_LEN) &&
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	    EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)bound, (int)strlen(bound)) == 1 &&
	    EVP_EncryptUpdate(ctx, (uint8_t *)whole.ptr + whole.len, &n, bytes, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(ctx, tag, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN, tag) == 1;
	if (ok) {
		whole.len += len;
		buf_add(&whole, tag, sizeof(tag));
		encode_base64(out, (const uint8_t *)whole.ptr, whole.len);
	} else {
		error_set(err, ERROR_SYSTEM, "a secret cannot be sealed: OpenSSL refused AES-256-GCM");
	}
	EVP_CIPHER_CTX_free(ctx);
	buf_free_secret(&whole);
	return ok && !out->failed;
}

bool
unseal(const uint8_t key[static SEAL_KEY_LEN], const char *bound, const char *sealed,
    struct buf *out, struct error *err)
{
	struct buf whole = BUF_INIT(BUF_LINE);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *at;
	size_t len = 0;
	int n = 0;
	bool ok;

	ok = ctx != NULL && decode_base64(&whole, sealed, strlen(sealed)) &&
	    whole.len >= NONCE_LEN + TAG_LEN;
	if (ok) {
		len = whole.len - NONCE_LEN - TAG_LEN;
		at = (uint8_t *)whole.ptr;
		ok = buf_reserve(out, len + TAG_LEN) &&
		    EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, at) == 1 &&
		    EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)bound, (int)strlen(bound)) == 1 &&
		    EVP_DecryptUpdate(ctx, (uint8_t *)out->ptr + out->len, &n, at + NONCE_LEN,
			(int)len) == 1 &&
		    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN, at + NONCE_LEN + len) == 1 &&
		    EVP_DecryptFinal_ex(ctx, (uint8_t *)out->ptr + out->len, &n) == 1;
	}
	if (ok) {
		out->len += len;
		out->ptr[out->len] = '\0';
	} else {
		error_set(err, ERROR_INPUT,
		    "a sealed secret does not open: the state's key file is not the one it was sealed with");
	}
	EVP_CIPHER_CTX_free(ctx);
	buf_free_secret(&whole);
	return ok;
}
