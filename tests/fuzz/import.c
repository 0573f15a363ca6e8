/* A list of canaries: CSV, or the answer of create-access-key. All or nothing. */
#include "core/model/canary_csv.h"
#include "core/model/keyid.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct canary_set set = CANARY_SET_INIT;
	struct error err = ERROR_INIT;
	bool ok = canary_read_list((const char *)data, size, "fuzz", &set, &err);

	FUZZ_HOLDS(ok || (set.len == 0 && err.text[0] != '\0'));
	for (size_t i = 0; i < set.len; i++)
		FUZZ_HOLDS(keyid_check_canary(set.item[i].key_id, NULL));
	canary_set_clear(&set);
	return 0;
}
