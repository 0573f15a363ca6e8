/* A file of config/intent/, written by whoever extends the rules. */
#include "core/intent/rules.h"
#include "fuzz.h"

/* libconfig 1.5 loses the text of a string that does not end. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct rules_file file = { "fuzz.conf", text };
	struct error err = ERROR_INIT;
	struct rules *rules = NULL;

	/* @include would read other files. */
	if (strchr(text, '@') == NULL && rules_load(&rules, &file, 1, &err))
		rules_free(rules);
	free(text);
	return 0;
}
