/* An answer of LookupEvents. */
#include "fuzz.h"
#include "world/aws/cloudtrail.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lookup_page page;
	struct error err = ERROR_INIT;

	if (lookup_read(&page, (const char *)data, size, &err)) {
		for (size_t i = 0; i < page.events; i++)
			FUZZ_HOLDS(page.event[i].doc != NULL && page.event[i].raw != NULL);
		lookup_page_clear(&page);
	} else {
		FUZZ_HOLDS(err.text[0] != '\0');
	}
	return 0;
}
