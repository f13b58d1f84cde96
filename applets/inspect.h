/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: what `inspect` and the inspect of each kind of object share. */
#ifndef APPLETS_INSPECT_H
#define APPLETS_INSPECT_H

#include <stdbool.h>

#include "applets/applet.h"

#define INSPECT_FORMAT_HELP "Print in JSON format (json) or with a Go template"

struct inspect_object {
	const char *kind; /* "container", "image", "volume"; NULL: the first that has the name */
	const char *ref;
};

/* Prints a JSON array of n objects, or what the template in format (NULL, "": none; "json": the
 * array on one line) makes of each, one a line. Those that are not there are said on stderr, the
 * others still shown. size: containers with their sizes. Returns the exit status: 1 if anything
 * failed, 64 for a template that cannot be parsed. */
int inspect_objects(struct applet_ctx *c, const struct inspect_object *list, int n,
		    const char *format, bool size);
/* The same for the applet's arguments, all of one kind. */
int inspect_args(struct applet_ctx *c, const char *kind, const char *format, bool size);

#endif
