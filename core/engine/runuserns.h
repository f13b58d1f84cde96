/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runuserns: --userns: host (the default), private, auto, container:NAME. What these mean and whose
 * IDs are used: container/userns.h.
 */
#ifndef ENGINE_RUNUSERNS_H
#define ENGINE_RUNUSERNS_H

#include "container/spec.h"
#include "engine/request.h"

/* Fills s->userns. The other namespaces of *s are set before; what needs rights outside of the user
 * namespace is refused, where Docker has words for it in those. */
int runuserns_build(const struct request *r, struct spec *s, struct err *e);
/* For a start: the maps of "private". */
void runuserns_maps(struct arena *a, struct spec *s);

#endif
