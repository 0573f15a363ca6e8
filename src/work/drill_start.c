#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/mem.h"
#include "os/random.h"
#include "work/drill_int.h"

void
drill_start(struct drill *d, const struct settings *settings, const struct drill_ask *ask, const char *key_id,
    int64_t now_ms)
{
	uint8_t noise[DRILL_RUN_LEN / 2];
	struct buf run = BUF_INIT(BUF_LINE);
	int64_t limit_s = ask->limit_s > 0 ? ask->limit_s : settings->drill_limit_s;

	drill_init(d);
	random_bytes(noise, sizeof(noise));
	encode_hex(&run, noise, sizeof(noise));
	memcpy(d->run, buf_str(&run), sizeof(d->run));
	buf_free(&run);
	d->key_id = mem_strdup(key_id);
	d->scenario = mem_strdup(ask->scenario);
	d->began_ms = now_ms;
	d->limit_ms = now_ms + limit_s * 1000;
}
