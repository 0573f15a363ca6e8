#include "world/aws/xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

enum { TEXT_MAX = 1 << 20 };

struct reading {
	XML_Parser parser;
	struct xml *root;
	struct xml *open[XML_DEPTH_MAX];
	struct xml *last[XML_DEPTH_MAX];	/* the newest child of open[i] */
	struct buf text[XML_DEPTH_MAX];
	int depth;
	size_t nodes;
	const char *why;			/* stopped by us; NULL: not */
};

static void
stop(struct reading *r, const char *why)
{
	r->why = why;
	(void)XML_StopParser(r->parser, XML_FALSE);
}

static void
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *r = arg;
	struct xml *x;

	(void)attributes;
	if (r->depth == XML_DEPTH_MAX || ++r->nodes > XML_NODES_MAX) {
		stop(r, "too deep or too long");
		return;
	}
	x = mem_zalloc(1, sizeof(*x));
	x->name = mem_strdup(name);
	x->text = NULL;
	if (r->depth == 0)
		r->root = x;
	else if (r->last[r->depth - 1] == NULL)
		r->open[r->depth - 1]->child = x;
	else
		r->last[r->depth - 1]->next = x;
	if (r->depth > 0)
		r->last[r->depth - 1] = x;
	r->open[r->depth] = x;
	r->last[r->depth] = NULL;
	buf_init(&r->text[r->depth], TEXT_MAX);
	r->depth++;
}

static void
on_end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;

	(void)name;
	r->depth--;
	r->open[r->depth]->text = mem_strdup(buf_str(&r->text[r->depth]));
	buf_free_secret(&r->text[r->depth]);
}

static void
on_text(void *arg, const XML_Char *s, int len)
{
	struct reading *r = arg;

	if (r->depth > 0)
		buf_add(&r->text[r->depth - 1], s, (size_t)len);
}

static void
on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(arg, "it has a document type declaration");
}

/* After a failure, elements that never ended still hold their text. */
static void
close_open(struct reading *r)
{
	while (r->depth > 0)
		on_end(r, NULL);
}

struct xml *
xml_parse(const char *bytes, size_t len, const char *what, struct error *err)
{
	struct reading r = { .parser = XML_ParserCreate(NULL) };
	bool ok;

	if (r.parser == NULL || len > BUF_ANSWER) {
		XML_ParserFree(r.parser);
		error_set(err, ERROR_FULL, "%s: an answer of %zu bytes is too large", what, len);
		return NULL;
	}
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	ok = XML_Parse(r.parser, bytes, (int)len, 1) == XML_STATUS_OK;
	close_open(&r);
	if (!ok) {
		error_set(err, ERROR_NETWORK, "%s: the answer is not what the service sends: %s in line %lu", what,
		    r.why != NULL ? r.why : XML_ErrorString(XML_GetErrorCode(r.parser)),
		    XML_GetCurrentLineNumber(r.parser));
		xml_free(r.root);
		r.root = NULL;
	}
	XML_ParserFree(r.parser);
	return r.root;
}

void
xml_free(struct xml *x)
{
	while (x != NULL) {
		struct xml *next = x->next;

		xml_free(x->child);
		free(x->name);
		mem_free_secret(x->text);
		free(x);
		x = next;
	}
}

const struct xml *
xml_at(const struct xml *x, const char *path)
{
	while (x != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");

		x = x->child;
		while (x != NULL && (strncmp(x->name, path, len) != 0 || x->name[len] != '\0'))
			x = x->next;
		path += len;
		path += *path == '/';
	}
	return x;
}

const char *
xml_text(const struct xml *x, const char *path)
{
	const struct xml *at = xml_at(x, path);

	return at != NULL ? at->text : NULL;
}
