/* credential_process's words and a container's address. */
#include "fuzz.h"
#include "world/aws/credential_process.h"
#include "world/aws/metadata.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct strlist words = STRLIST_INIT;
	size_t total = 0;

	(void)command_words(&words, text);
	for (size_t i = 0; i < words.len; i++)
		total += strlen(words.item[i]);
	FUZZ_HOLDS(total <= size);
	/* Nothing in plain text but to the places that are named. */
	if (metadata_uri_allowed(text) && strncmp(text, "http://", 7) == 0)
		FUZZ_HOLDS(strncmp(text + 7, "127.", 4) == 0 || strncmp(text + 7, "localhost", 9) == 0 ||
		    strncmp(text + 7, "[::1]", 5) == 0 || strncmp(text + 7, "169.254.170.2", 13) == 0 ||
		    strncmp(text + 7, "[fd00:ec2::23]", 14) == 0);
	strlist_clear(&words);
	free(text);
	return 0;
}
