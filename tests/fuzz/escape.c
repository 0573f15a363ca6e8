/* Text of an intruder in every medium. */
#include "base/buf.h"
#include "base/escape.h"
#include "base/json.h"
#include "fuzz.h"

static void
no_controls(const struct buf *out)
{
	for (size_t i = 0; i < out->len; i++)
		FUZZ_HOLDS((unsigned char)out->ptr[i] >= 0x20 && out->ptr[i] != 0x7F);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct buf out = BUF_INIT(BUF_ANSWER);
	cJSON *doc;

	escape_terminal(&out, text);
	no_controls(&out);
	buf_reset(&out);
	escape_terminal_cut(&out, text, 20);
	no_controls(&out);
	buf_reset(&out);
	escape_html(&out, text);
	FUZZ_HOLDS(memchr(buf_str(&out), '<', out.len) == NULL);
	buf_reset(&out);
	escape_csv(&out, text);
	buf_reset(&out);
	buf_puts(&out, "\"");
	escape_json(&out, text, strlen(text));
	buf_puts(&out, "\"");
	doc = json_parse(out.ptr, out.len, "escaped", NULL);
	FUZZ_HOLDS(cJSON_IsString(doc));
	cJSON_Delete(doc);
	buf_free(&out);
	free(text);
	return 0;
}
