/*
 * world/aws/wire.h: what AWS's query protocol is made of: forms there, XML
 * back. The answers are flat and small, so they are searched, not parsed into
 * a tree; anything that is not there is NULL.
 */
#ifndef WORLD_AWS_WIRE_H
#define WORLD_AWS_WIRE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* The text of the first <tag> behind *from, entities resolved; moves *from. The caller frees; NULL: none. */
char *xml_value(const char *xml, const char *tag, size_t *from);
/* The same as it stands there, for a part with tags inside. */
char *xml_part(const char *xml, const char *tag, size_t *from);
/* "a=b&c=d" with encoded values. */
void form_add(struct buf *form, const char *name, const char *value);

/* An error of AWS in any of its shapes (XML, JSON; the code may come in a header). */
struct aws_error {
	char code[96];	/* "" when there is none */
	char *message;	/* never NULL, owned */
};

/* `header` is x-amzn-errortype; NULL: none. */
void aws_error_read(struct aws_error *out, const char *body, size_t len, const char *header);
void aws_error_clear(struct aws_error *e);

#endif
