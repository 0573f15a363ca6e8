/* world/aws/metadata.h: credentials a container or an EC2 instance is given. */
#ifndef WORLD_AWS_METADATA_H
#define WORLD_AWS_METADATA_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Appends the JSON answer of the container's endpoint (AWS_CONTAINER_…), else
 * of the instance's metadata service, version 2 only. *what names the source.
 */
bool metadata_credentials(struct buf *out, const char **what, struct error *err);

#endif
