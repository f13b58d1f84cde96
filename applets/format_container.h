/* SPDX-License-Identifier: Apache-2.0 */
/* format_container: a row of `ps` from what the API says of a container. */
#ifndef APPLETS_FORMAT_CONTAINER_H
#define APPLETS_FORMAT_CONTAINER_H

#include <stdbool.h>

#include "applets/format.h"

extern const struct format_column format_container_columns[];

/* v: a ContainerSummary. Adds the row to f. */
int format_container(struct format *f, const struct json *v, bool no_trunc, struct err *e);

#endif
