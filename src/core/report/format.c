#include "core/report/format.h"

#include "core/report/format_int.h"
#include "core/report/html.h"
#include "core/report/json_report.h"

static void
text_one(struct report *r, const struct dossier *d)
{
	if (r->count > 0)
		buf_putc(r->out, '\n');
	text_incident(r->out, d, r->rules, r->style);
}

static void
html_one(struct report *r, const struct dossier *d)
{
	html_incident(r->out, d, r->rules, r->style_hash);
}

static void
json_begin(struct report *r)
{
	jsonw_open(&r->json, NULL, '{');
	jsonw_int(&r->json, "schema", JSON_SCHEMA);
	jsonw_open(&r->json, "incidents", '[');
}

static void
json_one(struct report *r, const struct dossier *d)
{
	json_incident(&r->json, d, r->rules);
}

static void
json_end(struct report *r)
{
	jsonw_close(&r->json);
	jsonw_close(&r->json);
}

const struct report_format report_formats[] = {
	{ "text", "for a terminal", "txt", NULL, text_one, NULL, false },
	{ "json", "everything, schema 1", "json", json_begin, json_one, json_end, false },
	{ "html", "a page to look at and to print", "html", NULL, html_one, NULL, true },
	{ "markdown", "for a ticket or a wiki", "md", NULL, markdown_one, NULL, false },
	{ "ocsf", "OCSF Detection Finding, a line each, for a SIEM", "ndjson", NULL, ocsf_one, NULL, false },
	{ "stix", "a STIX 2.1 bundle, for sharing", "json", stix_begin, stix_one, stix_end, false },
	{ NULL, NULL, NULL, NULL, NULL, NULL, false },
};

const struct report_format *
report_format_find(const char *name)
{
	for (const struct report_format *f = report_formats; f->name != NULL; f++)
		if (str_eq(f->name, name))
			return f;
	return NULL;
}

void
report_begin(const struct report_format *f, struct report *r)
{
	if (f->begin != NULL)
		f->begin(r);
}

void
report_one(const struct report_format *f, struct report *r, const struct dossier *d)
{
	f->one(r, d);
	r->count++;
}

void
report_end(const struct report_format *f, struct report *r)
{
	if (f->end != NULL)
		f->end(r);
	strlist_clear(&r->known);
}
