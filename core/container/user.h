/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user: who a container's process runs as, by the container's own /etc/passwd and /etc/group.
 *
 * Docker's rules: "" is root; a number is always an ID, in passwd or not; a name must be there.
 * "user:group" sets the group and leaves supplementary groups out; without ":group" they are all
 * those that list the user. The primary group is always one of the supplementary ones.
 *
 * The files belong to the image and are hostile: they are opened inside the root only (so a
 * symlink cannot lead out), never blocking (a FIFO), must be regular and at most 1 MiB; a line
 * that does not parse is as if absent. The host's getpwnam is never asked.
 */
#ifndef CONTAINER_USER_H
#define CONTAINER_USER_H

#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

#define USER_GROUPS_MAX 1024

struct user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* arena; groups[0] is gid */
	size_t ngroups;
	const char *home; /* arena; "/" where passwd has no such user */
	const char *name; /* arena; NULL where passwd has no such user */
};

/* Resolves `spec` and the names or numbers of `add` below root (a directory fd). A missing file is
 * an empty one. Errors are ERR_INVALID with Docker's text ("unable to find user x: no matching
 * entries in passwd file"). */
int user_resolve(struct arena *a, int root, const char *spec, const struct strs *add,
		 struct user *ret, struct err *e);

#endif
