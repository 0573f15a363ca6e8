/*
 * world/aws/xml.h: small XML answers as a tree.
 *
 * Read by expat. A document type declaration is refused, so there are no
 * entities to expand; depth and number of elements are bounded. Namespaces
 * and attributes mean nothing to the services we ask and are dropped.
 */
#ifndef WORLD_AWS_XML_H
#define WORLD_AWS_XML_H

#include <stddef.h>

#include "base/error.h"

enum { XML_DEPTH_MAX = 32, XML_NODES_MAX = 200000 };

struct xml {
	char *name;
	char *text;		/* of its own, children left out; never NULL */
	struct xml *child;	/* the first */
	struct xml *next;	/* beside it */
};

/* The root, which the caller frees; NULL with a message that names `what`. */
struct xml *xml_parse(const char *bytes, size_t len, const char *what, struct error *err);
void xml_free(struct xml *x);
/* "A/B/C": the first of each name below `x`; NULL when there is none (also for x NULL). */
const struct xml *xml_at(const struct xml *x, const char *path);
/* Its text; NULL when there is none. */
const char *xml_text(const struct xml *x, const char *path);

#endif
