#include "cli/show.h"

#include "base/escape.h"
#include "base/when.h"
#include "core/report/text.h"
#include "core/settings/channels.h"

void
show_incident(const struct cmd_ctx *ctx, const struct dossier *d, const struct rules *rules,
    size_t events_max)
{
	struct text_style style = { .color = ctx->color, .local = ctx->terminal, .events_max = events_max };
	struct buf out = BUF_INIT(BUF_REPORT);

	text_incident(&out, d, rules, &style);
	(void)fwrite(buf_str(&out), 1, out.len, stdout);
	buf_free(&out);
}

const char *
show_time(const struct cmd_ctx *ctx, int64_t at_ms, char out[static 40])
{
	return ctx->terminal ? when_local(at_ms, ctx->zone_s, out) : when_utc(at_ms, out);
}

bool
show_json(const struct cmd_ctx *ctx)
{
	return opt_flag(ctx, "json") || str_eq(opt_text(ctx, "format"), "json");
}

bool
show_buffer(struct buf *b, struct error *err)
{
	bool ok = !b->failed || error_set(err, ERROR_FULL, "the output is larger than %zu bytes", b->max);

	if (ok)
		(void)fwrite(buf_str(b), 1, b->len, stdout);
	buf_free(b);
	return ok;
}

void
show_channel_warnings(const struct settings *settings)
{
	for (size_t i = 0; i < settings->channels; i++) {
		struct buf text = BUF_INIT(BUF_LINE), line = BUF_INIT(BUF_LINE);

		channel_warning(&settings->channel[i], NULL, &text);
		escape_terminal(&line, buf_str(&text));
		if (line.len > 0)
			(void)fprintf(stderr, "warning: %s\n", buf_str(&line));
		buf_free(&text);
		buf_free(&line);
	}
}
