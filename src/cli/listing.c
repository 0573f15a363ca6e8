#include "cli/listing.h"

#include "cli/show.h"
#include "core/report/json_report.h"

void
listing_begin(struct listing *l, const struct cmd_ctx *ctx, const char *name, const char *const *headings)
{
	*l = (struct listing){ .ctx = ctx, .out = BUF_INIT(BUF_REPORT) };
	l->writer = (struct jsonw)JSONW_INIT(&l->out, 2);
	l->json = show_json(ctx) ? &l->writer : NULL;
	table_begin(&l->table, headings);
	jsonw_open(&l->writer, NULL, '{');
	jsonw_int(&l->writer, "schema", JSON_SCHEMA);
	jsonw_open(&l->writer, name, '[');
}

bool
listing_end(struct listing *l, bool ok, const char *none, struct error *err)
{
	jsonw_close(&l->writer);
	jsonw_close(&l->writer);
	if (ok && l->json != NULL)
		ok = show_buffer(&l->out, err);
	else if (ok && l->rows == 0)
		(void)fprintf(stderr, "%s\n", none);
	table_end(&l->table, l->json == NULL && l->rows > 0 && ok ? stdout : NULL, l->ctx->color, l->ctx->width);
	buf_free(&l->out);
	return ok;
}
