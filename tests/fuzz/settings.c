/* A settings file; one that is read is written, and that is read again. */
#include "base/buf.h"
#include "core/settings/settings.h"
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
	struct settings s, again;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(BUF_ANSWER);

	if (memchr(data, '@', size) == NULL && settings_parse(&s, text, "fuzz.conf", &err)) {
		settings_write(&s, &out);
		FUZZ_HOLDS(!out.failed && settings_parse(&again, buf_str(&out), "written", &err));
		settings_free(&again);
		settings_free(&s);
	}
	buf_free(&out);
	free(text);
	return 0;
}
