/* Times and spans in every shape; a time that is read is written and read again. */
#include "base/when.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), out[WHEN_TEXT_MAX];
	int64_t at, again, span;

	if (when_parse(text, &at)) {
		(void)when_utc(at, out);
		FUZZ_HOLDS(when_parse(out, &again) && again == at);
		(void)when_local(at, 3600, out);
		(void)when_rfc5322(at, out);
	}
	(void)when_parse_http(text, &at);
	if (span_parse(text, &span, NULL))
		(void)span_text(span, out);
	free(text);
	return 0;
}
