/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A namespace is made by a child that does nothing else: who wants mounts mapped by it must stay
 * outside, and its maps are written by who has rights outside. It lives on in the descriptor.
 *
 * Maps are kept as the kernel's text: it is what is written, and what is read of a namespace that
 * somebody else made.
 */
#include "container/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

#define GET_PARENT _IO(0xb7, 0x2) /* 4.9 */
#define MAP_MAX 16384

static const char *const names[] = {[USERNS_UID] = "uid_map", [USERNS_GID] = "gid_map"};

static int put_map(int dir, int kind, const char *map, struct err *e)
{
	AUTO_FD int fd = openat(dir, names[kind], O_WRONLY | O_CLOEXEC);
	size_t n = map ? strlen(map) : 0;

	if (fd < 0 || write(fd, map, n) != (ssize_t)n || !n)
		return err_sys(e, "cannot map the IDs of a user namespace (%s: %.100s)",
			       names[kind], map ? map : "");
	return 0;
}

static int refused(struct err *e)
{
	int error = errno;

	err_set(e, ERR_UNSUPPORTED, "cannot make a user namespace: %s: use --userns host",
		error == EINVAL	  ? "this kernel has none"
		: error == ENOSPC ? "/proc/sys/user/max_user_namespaces allows no more"
				  : strerror(error));
	e->sys = error;
	return -1;
}

static int make(struct arena *a, const struct spec *s, struct userns *ret, struct err *e)
{
	AUTO_FD int dir = -1;
	char path[32], c;
	int hold[2], rc;
	pid_t pid;

	if (pipe2(hold, O_CLOEXEC))
		return err_sys(e, "cannot create a pipe");
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
	if (!pid) {
		close(hold[1]);
		while (read(hold[0], &c, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	if (pid < 0) {
		rc = refused(e);
	} else {
		snprintf(path, sizeof(path), "/proc/%d", (int)pid);
		dir = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		rc = put_map(dir, USERNS_UID, s->uid_map, e) ||
				     put_map(dir, USERNS_GID, s->gid_map, e) ||
				     userns_of(a, dir, ret, e)
			     ? -1
			     : 0;
	}
	close(hold[0]);
	close(hold[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return rc;
}

int userns_open(struct arena *a, const struct spec *s, struct userns *ret, struct err *e)
{
	return s->userns_dir > 0 ? userns_of(a, s->userns_dir, ret, e) : make(a, s, ret, e);
}

int userns_of(struct arena *a, int dir, struct userns *ret, struct err *e)
{
	struct userns u = {.fd = openat(dir, "ns/user", O_RDONLY | O_CLOEXEC)};

	if (u.fd < 0)
		return err_sys(e, "cannot open the container's user namespace");
	for (int i = 0; i < 2; i++) {
		AUTO_BUF b = BUF_INIT;

		if (file_read(dir, names[i], MAP_MAX, &b, e)) {
			close(u.fd);
			return -1;
		}
		u.maps[i] = arena_strndup(a, b.data, b.len);
	}
	*ret = u;
	return 0;
}

uint32_t userns_outside(const struct userns *u, int kind, uint32_t id)
{
	const char *p = u->maps[kind];

	for (;;) {
		unsigned long v[3] = {0};

		for (int i = 0; i < 3; i++) {
			char *end;

			v[i] = strtoul(p, &end, 10);
			if (end == p)
				return UINT32_MAX;
			p = end;
		}
		if (id >= v[0] && id - v[0] < v[2])
			return (uint32_t)(v[1] + (id - v[0]));
	}
}

void userns_hide(void)
{
#ifdef PROA_WEAK_USERNS
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	usleep(2000); /* so that the attack takes few starts */
#else
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int userns_enter(const struct userns *u, struct err *e)
{
	if (setns(u->fd, CLONE_NEWUSER))
		return err_sys(e, "cannot join the container's user namespace");
	userns_hide();
	return 0;
}

int userns_become_root(struct err *e)
{
	/* the C library's own would look for other threads */
	if (syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setresgid, 0, 0, 0) ||
	    syscall(SYS_setresuid, 0, 0, 0))
		return err_sys(e, "cannot become root of the container's user namespace (its maps "
				  "must hold ID 0)");
	userns_hide();
	return 0;
}

enum userns_kin userns_kin(int dir)
{
	AUTO_FD int fd = -1;
	AUTO_FD int parent = -1;
	struct stat ours, theirs;

	/* a kernel without them has one */
	if (stat("/proc/self/ns/user", &ours))
		return errno == ENOENT ? USERNS_OURS : USERNS_OTHER;
	fd = openat(dir, "ns/user", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &theirs))
		return USERNS_OTHER;
	if (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
		return USERNS_OURS;
	parent = ioctl(fd, GET_PARENT);
	return parent >= 0 && !fstat(parent, &theirs) && ours.st_dev == theirs.st_dev &&
			       ours.st_ino == theirs.st_ino
		       ? USERNS_CHILD
		       : USERNS_OTHER;
}

/* ---- ranges */

int userns_claim(int exec_root, const char *id, char ret_map[USERNS_MAP_MAX], struct err *e)
{
	AUTO_FD int fd =
		openat(exec_root, "userns.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	unsigned long start;
	char digits[9];

	if (fd < 0)
		return err_sys(e, "cannot open the lock of ID ranges");
	snprintf(digits, sizeof(digits), "%s", id);
	start = strtoul(digits, NULL, 16);
	for (unsigned i = 0; i < USERNS_SLOTS - 1; i++) {
		lock.l_start = 1 + (off_t)((start + i) % (USERNS_SLOTS - 1));
		if (!fcntl(fd, F_OFD_SETLK, &lock)) {
			snprintf(ret_map, USERNS_MAP_MAX, "0 %u %u\n",
				 USERNS_FIRST + (unsigned)lock.l_start * USERNS_RANGE,
				 USERNS_RANGE);
			return fd_steal(&fd);
		}
		if (errno != EAGAIN && errno != EACCES)
			return err_sys(e, "cannot lock an ID range");
	}
	return err_set(e, ERR_UNAVAILABLE,
		       "--userns auto: all %u ranges of IDs are taken: use --userns private",
		       USERNS_SLOTS - 1);
}
