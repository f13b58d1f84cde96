/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs: paths that come from outside (images, archives, containers, requests), resolved safely.
 *
 * Every untrusted path goes through here and nowhere else. A root is a directory descriptor; the
 * path is resolved as if that directory were "/" (FS_IN_ROOT: absolute symlinks and ".." stay
 * inside, what a container's own view would give) or refused as soon as it would leave it
 * (FS_BENEATH: what archives get). Magic links of /proc are never followed. openat2 (5.6) does it
 * in the kernel; before that an O_NOFOLLOW walk, component by component, gives the same results
 * (it never opens "..", so a concurrent rename cannot lead out).
 *
 * Errors: e->sys holds the errno. Missing is ERR_NOTFOUND; an escape, a symlink loop, a magic
 * link, a non-directory on the way and a name that is too long are ERR_INVALID; all else ERR_SYS.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"

enum fs_scope { FS_IN_ROOT, FS_BENEATH };

/* flags as openat2(2) takes them (stricter than open: O_PATH goes with few others); O_CLOEXEC is
 * added. Returns the descriptor. */
int fs_open(int root, const char *path, enum fs_scope scope, int flags, mode_t mode, struct err *e);

/* Opens (O_PATH) the directory that holds the last component (never followed itself) and copies
 * that component's name to name[256]. "" "/" "." and a trailing ".." have none: ERR_INVALID.
 * Trailing slashes do not count. With make_mode != 0 missing parents are created with that mode,
 * less the umask, owned by the caller. */
int fs_open_parent(int root, const char *path, enum fs_scope scope, mode_t make_mode, char *name,
		   struct err *e);

/* mkdir -p inside root following symlinks that stay inside, then opens the directory O_PATH.
 * An existing non-directory or a dangling symlink on the way is ERR_INVALID. */
int fs_mkdirs(int root, const char *path, mode_t mode, struct err *e);

/* Removes dirfd/name and everything below, across any depth, with a bounded number of open
 * descriptors and without following a symlink or crossing into a mount (ERR_CONFLICT: something is
 * still mounted there). Stops at the first error. Missing is success. name is one component. */
int fs_remove_tree(int dirfd, const char *name, struct err *e);

/* What getdents64 returns, read by fs_dents into an aligned buffer; libcs agree on no name for it.
 * Bytes read, 0 at the end, -1 with errno. */
struct fs_dent {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};
long fs_dents(int dirfd, void *buf, size_t size);

/* The bare call for those who need other RESOLVE_* flags and have a way of their own without them:
 * O_CLOEXEC added, EAGAIN retried, -1 with errno; ENOSYS also where a sandbox forbids it. */
int fs_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve);

/* Forces the O_NOFOLLOW walk (tests; kernels are probed otherwise). */
void fs_force_walk(int on);

#endif
