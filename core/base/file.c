/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything here works relative to directory descriptors, so that a data-root that is moved or
 * mounted over while a process runs does not split its writes. OFD locks rather than flock or
 * POSIX record locks: they follow the open file (so a forked child can inherit one on purpose),
 * can be asked for their holder, and do not vanish when some other descriptor of the same file
 * is closed.
 */
#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_read_full(int fd, void *data, size_t len)
{
	char *p = data;
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, p + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0) {
			if (!have)
				return 0;
			errno = EPIPE;
			return -1;
		}
		have += (size_t)n;
	}
	return 1;
}

static int write_temp(int dirfd, const char *name, char *tmp, size_t tmpsize, const void *data,
		      size_t len, mode_t mode, enum file_sync sync, struct err *e)
{
	AUTO_FD int fd = -1;
	char r[9];

	rand_hex(r, 8);
	if (snprintf(tmp, tmpsize, ".%s.%s.tmp", name, r) >= (int)tmpsize)
		return err_set(e, ERR_INVALID, "file name too long: %s", name);
	fd = openat(dirfd, tmp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_sys(e, "create %s", name);
	if (file_write_all(fd, data, len) || (sync == FILE_SYNC && fsync(fd))) {
		err_sys(e, "write %s", name);
		unlinkat(dirfd, tmp, 0);
		return -1;
	}
	return 0;
}

static int sync_dir(int dirfd, const char *name, enum file_sync sync, struct err *e)
{
	if (sync == FILE_SYNC && fsync(dirfd))
		return err_sys(e, "sync the directory of %s", name);
	return 0;
}

int file_write_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		      enum file_sync sync, struct err *e)
{
	char tmp[300];

	if (write_temp(dirfd, name, tmp, sizeof(tmp), data, len, mode, sync, e))
		return -1;
	if (renameat(dirfd, tmp, dirfd, name)) {
		err_sys(e, "rename to %s", name);
		unlinkat(dirfd, tmp, 0);
		return -1;
	}
	return sync_dir(dirfd, name, sync, e);
}

int file_create_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		       enum file_sync sync, struct err *e)
{
	char tmp[300];
	int rc;

	if (write_temp(dirfd, name, tmp, sizeof(tmp), data, len, mode, sync, e))
		return -1;
	rc = linkat(dirfd, tmp, dirfd, name, 0);
	if (rc) {
		if (errno == EEXIST)
			err_set(e, ERR_CONFLICT, "%s exists already", name);
		else
			err_sys(e, "link %s", name);
	}
	unlinkat(dirfd, tmp, 0);
	return rc ? -1 : sync_dir(dirfd, name, sync, e);
}

/* Files of /proc and /sys do not tell their size: by way of the stack, since growing on suspicion
 * costs more than reading them (30 us for mapping, clearing and unmapping what is not needed). */
int file_read_fd(int fd, const char *what, size_t max, struct buf *b, struct err *e)
{
	char small[4096];
	size_t start = b->len, size = 0;
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size <= max)
		size = (size_t)st.st_size;
	for (;;) {
		bool direct = b->len - start < size && size > sizeof(small);
		size_t room = direct ? size - (b->len - start) : sizeof(small);
		ssize_t n = read(fd, direct ? buf_reserve(b, room) : small, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read %s", what);
		if (n == 0) {
			buf_append(b, "", 0); /* an empty file is "" too, not NULL */
			return 0;
		}
		if (direct)
			buf_advance(b, (size_t)n);
		else
			buf_append(b, small, (size_t)n);
		if (b->len - start > max)
			return err_set(e, ERR_INVALID, "%s is larger than %zu bytes", what, max);
		/* of those that tell, less than was asked for is all */
		if (size && (size_t)n < room)
			return 0;
	}
}

int file_read(int dirfd, const char *name, size_t max, struct buf *b, struct err *e)
{
	AUTO_FD int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0) {
		err_sys(e, "open %s", name);
		if (errno == ENOENT)
			e->kind = ERR_NOTFOUND;
		return -1;
	}
	return file_read_fd(fd, name, max, b, e);
}

int file_lock_open(int dirfd, const char *name, struct err *e)
{
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? err_sys(e, "open lock %s", name) : fd;
}

int file_lock(int fd, int type, int wait, struct err *e)
{
	struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET};

	while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l)) {
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == EACCES)
			return err_set(e, ERR_CONFLICT, "locked by another process");
		return err_sys(e, "lock");
	}
	return 0;
}

int file_unlock(int fd)
{
	struct flock l = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &l);
}

int file_flock(int fd)
{
	while (flock(fd, LOCK_EX))
		if (errno != EINTR)
			return -1;
	return 0;
}

int file_locked(int fd, int type)
{
	struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_GETLK, &l))
		return -1;
	return l.l_type != F_UNLCK;
}

/* On the way an existing non-directory makes the next mkdir fail; at the end it must be seen. */
static int not_dir(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return 1;
	errno = S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
	return errno;
}

int file_mkdirs(const char *path, mode_t mode, struct err *e)
{
	char tmp[4096];
	size_t n = strlen(path);

	if (!n || n >= sizeof(tmp))
		return err_set(e, ERR_INVALID, "bad directory path '%s'", path);
	memcpy(tmp, path, n + 1);
	for (char *p = tmp + 1;; p++) {
		char c = *p;

		if (c != '/' && c)
			continue;
		*p = 0;
		if (mkdir(tmp, mode) && (errno != EEXIST || (!c && not_dir(tmp))))
			return err_sys(e, "create directory %s", tmp);
		*p = c;
		if (!c)
			return 0;
	}
}

int file_opendir(int dirfd, const char *name, mode_t mode, struct err *e)
{
	int fd;

	if (mkdirat(dirfd, name, mode) && errno != EEXIST)
		return err_sys(e, "create directory %s", name);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? err_sys(e, "open directory %s", name) : fd;
}

DIR *file_dir(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		fd_autoclose(&fd);
	return d;
}
