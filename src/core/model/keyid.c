#include "core/model/keyid.h"

#include <string.h>

#include "base/encode.h"
#include "base/str.h"

static const char *const kinds[] = { "AKIA", "ASIA", "ABIA", "ACCA" };

/* Bits of the first six bytes that hold the account; the top bit is always set. */
#define ACCOUNT_MASK UINT64_C(0x7fffffffff80)
#define ACCOUNT_TOP  UINT64_C(0x800000000000)

/* The value of a base32 digit, or -1. */
static int
digit(char c)
{
	unsigned letter = (unsigned)c - 'A', number = (unsigned)c - '2';

	return letter < 26 ? (int)letter : number < 6 ? (int)number + 26 : -1;
}

/* How many characters of key ids s begins with. */
static size_t
digits(const char *s)
{
	size_t n = 0;

	while (digit(s[n]) >= 0)
		n++;
	return n;
}

bool
keyid_valid(const char *s)
{
	bool known = false;

	if (s == NULL || strlen(s) != KEYID_LEN || digits(s + 4) != KEYID_LEN - 4)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known |= strncmp(s, kinds[i], 4) == 0;
	return known;
}

bool
keyid_check_canary(const char *s, struct error *err)
{
	if (str_starts(s, "ASIA"))
		return error_set(err, ERROR_INPUT,
		    "\"%.20s\" is a temporary key (ASIA); a canary is a long-term one (AKIA)", s);
	if (!str_starts(s, "AKIA"))
		return error_set(err, ERROR_INPUT,
		    "\"%.40s\" is not an access key id; one begins with AKIA", str_or(s, ""));
	if (strlen(s) != KEYID_LEN)
		return error_set(err, ERROR_INPUT, "\"%.40s\" has %zu characters; a key id has 20", s,
		    strlen(s));
	if (digits(s + 4) != KEYID_LEN - 4)
		return error_set(err, ERROR_INPUT,
		    "\"%.20s\": '%c' cannot be in a key id; after AKIA come A-Z and 2-7 only", s,
		    s[4 + digits(s + 4)]);
	return true;
}

bool
keyid_resembles(const char *s)
{
	size_t n = 0;

	if (!str_starts(s, "AKIA"))
		return false;
	while (digit(s[n]) >= 0 || (s[n] >= '0' && s[n] <= '9'))
		n++;
	return n == KEYID_LEN && s[n] == '\0';
}

bool
keyid_is_session(const char *s)
{
	return str_starts(s, "ASIA");
}

bool
keyid_account(const char *key_id, char out[static ACCOUNT_LEN + 1])
{
	uint64_t z = 0;

	out[0] = '\0';
	if (!keyid_valid(key_id) || key_id[4] == 'I' || key_id[4] == 'J')
		return false;
	for (int i = 4; i < 14; i++)
		z = z << 5 | (uint64_t)digit(key_id[i]);
	z = (z >> 2 & ACCOUNT_MASK) >> 7;	/* ten digits are 50 bits */
	if (z > UINT64_C(999999999999))
		return false;
	for (int i = ACCOUNT_LEN - 1; i >= 0; i--, z /= 10)
		out[i] = (char)('0' + z % 10);
	out[ACCOUNT_LEN] = '\0';
	return true;
}

bool
account_valid(const char *s)
{
	return s != NULL && strlen(s) == ACCOUNT_LEN && strspn(s, "0123456789") == ACCOUNT_LEN;
}

bool
keyid_compose(const char *kind, const char *account, const uint8_t noise[static 5],
    char out[static KEYID_LEN + 1])
{
	struct buf text = BUF_INIT(64);
	uint8_t bytes[10];
	uint64_t z = 0;

	if (!account_valid(account) || kind == NULL || strlen(kind) != 4)
		return false;
	for (const char *c = account; *c != '\0'; c++)
		z = z * 10 + (uint64_t)(*c - '0');
	z = ACCOUNT_TOP | z << 7 | (noise[4] & 0x7F);
	for (int i = 0; i < 6; i++)
		bytes[i] = (uint8_t)(z >> (8 * (5 - i)));
	memcpy(bytes + 6, noise, 4);
	buf_puts(&text, kind);
	encode_base32(&text, bytes, sizeof(bytes));
	memcpy(out, text.ptr, KEYID_LEN);
	out[KEYID_LEN] = '\0';
	buf_free(&text);
	return true;
}
