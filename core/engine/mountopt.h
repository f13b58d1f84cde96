/* SPDX-License-Identifier: Apache-2.0 */
/* mountopt: mount options as people write them: of --tmpfs, of a volume's option "o". */
#ifndef ENGINE_MOUNTOPT_H
#define ENGINE_MOUNTOPT_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"

/* "shared", "rprivate" ... -> MS_*; "" is 0. -1: none of them. */
int mountopt_propagation(const char *s, unsigned long *ret);
/* The options of a tmpfs: m->flags (added to what is there), m->propagation and m->data.
 * ERR_INVALID for a word that is none of them. */
int mountopt_tmpfs(struct arena *a, const char *text, struct spec_mount *m, struct err *e);
/* A volume's options (type, o, device): a bind, or a mount of its own. */
int mountopt_volume(struct arena *a, const struct strs *options, struct spec_mount *m,
		    struct err *e);

#endif
