/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapped: what a container in a user namespace gets that only somebody outside of it can make: its
 * root with the owners of files mapped, and device nodes. All in a process of its own, in its own
 * mount namespace, which is private by then; what is returned is attached nowhere, for mnt_put.
 */
#ifndef CONTAINER_MAPPED_H
#define CONTAINER_MAPPED_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"
#include "container/userns.h"

/* From here on this process finds layers, and the container's own directory, mapped. */
int mapped_layers(struct arena *a, const struct spec *s, const struct userns *ns, struct err *e);
/* The root. After mapped_layers. */
int mapped_root(const struct spec *s, const struct userns *ns, struct err *e);
/* A /dev with the spec's nodes; m: the tmpfs that the spec wants there. */
int mapped_dev(const struct spec *s, const struct spec_mount *m, const struct userns *ns,
	       struct err *e);

#endif
