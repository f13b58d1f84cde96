/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userns: the user namespace of a container (--userns), in which its IDs, 0 to 65535 as a rule, are
 * IDs of the host that nobody else has: its root is nobody outside.
 *
 * On disk nothing changes: layers, the container's own files and volumes have the IDs that the
 * container sees, and are mounted with their IDs mapped (idmapped mounts). So one image and one
 * volume serve containers of any mapping, and cp, diff, commit and export need to know of none.
 * Binds of the host's directories are not mapped, as with Docker: the host's files are owned by the
 * host's users, of whom the container has none.
 *
 * Whose IDs they are:
 *   private      the ranges that /etc/subuid and /etc/subgid give to proa, dockremap or root, the
 *                first of these who has some in both; without such, 65,536 from USERNS_FIRST on:
 *                all these containers have the same
 *   auto         65,536 of its own for as long as it runs, out of the USERNS_SLOTS - 1 ranges
 *                after that one
 *   container:X  X's very namespace
 *
 * A container that joins another one's network, pid or ipc namespace gets that one's user namespace
 * too, as with Docker: it would have no rights over what it joined. One without --userns joins whom
 * it wants, as the host's root.
 */
#ifndef CONTAINER_USERNS_H
#define CONTAINER_USERNS_H

#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"

#define USERNS_FIRST 0x70000000u /* beyond what login.defs and systemd give out */
#define USERNS_RANGE 65536u
#define USERNS_SLOTS 4094u

struct userns {
	int fd;
	const char *maps[2]; /* arena; the text of its /proc/PID/uid_map and gid_map */
};
enum { USERNS_UID, USERNS_GID };

/* The namespace of s: a new one with the spec's maps, or the one of whom it joins. The caller is in
 * the host's. */
int userns_open(struct arena *a, const struct spec *s, struct userns *ret, struct err *e);
/* That of a process, by its directory in /proc. */
int userns_of(struct arena *a, int dir, struct userns *ret, struct err *e);
/* What an ID inside is outside; UINT32_MAX: nothing. */
uint32_t userns_outside(const struct userns *u, int kind, uint32_t id);
/* Joins it, as nobody yet; then, as soon as nothing of the host's is needed, becomes its root. */
int userns_enter(const struct userns *u, struct err *e);
int userns_become_root(struct err *e);
/* After any change of namespace or ID the kernel may let others trace us again: not yet. The two
 * above have done it. */
void userns_hide(void);

enum userns_kin {
	USERNS_OURS,
	USERNS_CHILD, /* made by one of ours: a container's, but never one that a container made */
	USERNS_OTHER
};
enum userns_kin userns_kin(int dir);

/* "auto": takes a range that no other running container has: byte n of exec-root/userns.lock is
 * locked for as long as the fd that is returned is open. Which is tried first hangs on the ID, so
 * that none is taken again right after its end. */
#define USERNS_MAP_MAX 40
int userns_claim(int exec_root, const char *id, char ret_map[USERNS_MAP_MAX], struct err *e);

#endif
