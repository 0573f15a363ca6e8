/* What the store keeps as JSON and reads again: messages, tallies, verdicts. */
#include "base/buf.h"
#include "base/json.h"
#include "core/model/incident.h"
#include "core/model/message.h"
#include "fuzz.h"

static void
read_message(const char *text)
{
	struct message m, again;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(BUF_ANSWER);

	if (message_read(&m, text, &err)) {
		message_write(&m, &out);
		FUZZ_HOLDS(message_read(&again, buf_str(&out), &err));
		message_clear(&again);
		message_clear(&m);
	}
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	cJSON *doc = json_parse(text, size, "fuzz", NULL);
	struct incident i;

	read_message(text);
	incident_init(&i);
	(void)tally_read(&i.tally, doc, NULL);
	(void)verdict_read(&i.verdict, doc, NULL);
	incident_clear(&i);
	cJSON_Delete(doc);
	free(text);
	return 0;
}
