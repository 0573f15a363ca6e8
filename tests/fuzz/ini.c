/* The AWS CLI's configuration files. */
#include "fuzz.h"
#include "world/aws/ini.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "region", "aws_access_key_id", "s3.endpoint_url" };
	static const char *const sections[] = { "default", "profile audit", "services x" };
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < 9; i++) {
		char *value = ini_value(text, sections[i / 3], names[i % 3]);

		FUZZ_HOLDS(value == NULL || ini_has(text, sections[i / 3]));
		free(value);
	}
	free(text);
	return 0;
}
