/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: whole files and locks, in directories of our own (trusted paths; for paths that come from
 * images or clients see fs.h).
 *
 * The file system is the database (architecture.md 1): a record is one small file, replaced as a
 * whole; a lock is an open file description lock, which the kernel drops with its last holder.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum file_sync {
	FILE_NOSYNC, /* exec-root: may vanish with the machine */
	FILE_SYNC,   /* data-root: fsync of the file and of its directory before returning */
};

/* Replaces dirfd/name by data: temporary ("." name ".XXXXXXXX.tmp" in the same directory), sync,
 * rename. After a crash the name holds the old or the new content, whole. */
int file_write_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		      enum file_sync sync, struct err *e);
/* As above, but fails with ERR_CONFLICT where the name exists already (link(2), never a window). */
int file_create_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		       enum file_sync sync, struct err *e);
/* Appends the whole file to b. ERR_NOTFOUND where it is not there; ERR_INVALID beyond max bytes. */
int file_read(int dirfd, const char *name, size_t max, struct buf *b, struct err *e);
/* Reads fd to its end, at most max bytes (beyond: ERR_INVALID). `what` names it in the error. */
int file_read_fd(int fd, const char *what, size_t max, struct buf *b, struct err *e);
/* Writes everything, through short writes and EINTR. Returns -1 with errno set. */
int file_write_all(int fd, const void *data, size_t len);
/* Reads exactly len bytes. Returns 1, 0 at a clean end before the first byte, or -1 (errno set;
 * EPIPE for an end in the middle). */
int file_read_full(int fd, void *data, size_t len);

/* Opens or creates a lock file (0600, CLOEXEC). */
int file_lock_open(int dirfd, const char *name, struct err *e);
/* Takes a lock on the whole file: F_RDLCK or F_WRLCK. wait: sleep until it is free; otherwise
 * ERR_CONFLICT at once. Released by closing the last copy of fd. */
int file_lock(int fd, int type, int wait, struct err *e);
int file_unlock(int fd);
/* flock(2), exclusive, once it is free: of a directory, which cannot have the other kind. It goes
 * with its last holder too. -1 with errno. */
int file_flock(int fd);
/* 1 if somebody else holds a lock that would stop `type`, 0 if free, -1 with errno. */
int file_locked(int fd, int type);

/* mkdir -p of a trusted path; existing directories are fine. */
int file_mkdirs(const char *path, mode_t mode, struct err *e);
/* mkdir if absent, then opens it O_DIRECTORY | O_CLOEXEC, never following a symlink. */
int file_opendir(int dirfd, const char *name, mode_t mode, struct err *e);
/* The entries of an open directory, from the first; dirfd stays as it is. NULL with errno. */
DIR *file_dir(int dirfd);

#endif
