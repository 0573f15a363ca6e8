/*
 * world/aws/metadata.h: credentials a container or an EC2 instance is given.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Container credential provider"
 * and "IMDS credential provider". Version 2 of the instance's service only.
 */
#ifndef WORLD_AWS_METADATA_H
#define WORLD_AWS_METADATA_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

enum metadata_kind { METADATA_CONTAINER, METADATA_INSTANCE };

const char *metadata_name(enum metadata_kind kind);	/* "the container's credentials" */
/* Is it worth asking? The container's endpoint is named by variables; the instance's answers or not. */
bool metadata_there(enum metadata_kind kind);
/* Appends the JSON answer. */
bool metadata_fetch(enum metadata_kind kind, struct buf *out, struct error *err);
/* https anywhere; plain http only to this machine and the fixed addresses of AWS. */
bool metadata_uri_allowed(const char *uri);

#endif
