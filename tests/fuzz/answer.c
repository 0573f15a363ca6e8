/* Answers of AWS's query services and errors in every shape. */
#include "base/when.h"
#include "fuzz.h"
#include "world/aws/credentials.h"
#include "world/aws/wire.h"

static void
look(const char *text)
{
	static const char *const tags[] = { "Code", "member", "AccessKeyId", "Expiration", "" };

	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		size_t at = 0, before = 0;
		char *value;

		while ((value = xml_value(text, tags[i], &at)) != NULL) {
			FUZZ_HOLDS(at > before && at <= strlen(text) && strlen(value) <= at);
			before = at;
			free(value);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct aws_credentials c = { .expires_ms = WHEN_NONE };
	struct error err = ERROR_INIT;
	struct aws_error e;

	look(text);
	aws_error_read(&e, text, size, NULL);
	FUZZ_HOLDS(e.message != NULL && memchr(e.code, '\0', sizeof(e.code)) != NULL);
	aws_error_clear(&e);
	if (aws_credentials_read(text, size, "it", &c, &err))
		FUZZ_HOLDS(c.key_id != NULL && c.secret != NULL && c.key_id[0] != '\0');
	else
		FUZZ_HOLDS(err.kind == ERROR_CREDENTIALS && c.key_id == NULL);
	aws_credentials_clear(&c);
	free(text);
	return 0;
}
