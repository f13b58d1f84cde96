/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A detached, read-only clone of the mount that our binary lies on: open_tree(OPEN_TREE_CLONE) and
 * mount_setattr. Nothing is copied and nothing appears in any mount table.
 *
 * Rejected: a sealed memfd each (1.2 MB of memory and half a millisecond per container), fork or a
 * plain re-exec (the binary can be opened for writing through /proc/PID/exe as soon as nobody runs
 * it any more; ETXTBSY only hides that).
 *
 * The copy for old kernels is named after the binary's identity, so that an upgraded binary gets a
 * new one. It is bound onto itself read-only: whoever executes it does so through that mount.
 */
#include "container/selfexe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "container/mnt.h"

#define EXE "/proc/self/exe"

static int copy_forced;

void selfexe_force_copy(int on)
{
	copy_forced = on;
}

static int copy_to(int dirfd, const char *name, struct err *e)
{
	AUTO_FD int in = openat(AT_FDCWD, EXE, O_RDONLY | O_CLOEXEC);
	AUTO_FD int out = -1;
	struct stat st;
	char tmp[96];
	off_t off = 0;

	if (in < 0 || fstat(in, &st))
		return err_sys(e, "cannot read our own binary");
	snprintf(tmp, sizeof(tmp), ".%s.%d.tmp", name, (int)getpid());
	unlinkat(dirfd, tmp, 0);
	out = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
	if (out < 0)
		return err_sys(e, "cannot create a copy of our binary in exec-root");
	while (off < st.st_size)
		if (sendfile(out, in, &off, (size_t)(st.st_size - off)) <= 0)
			goto undo;
	if (!fchmod(out, 0555) && !renameat(dirfd, tmp, dirfd, name))
		return 0;
undo:
	err_sys(e, "cannot copy our binary to exec-root");
	unlinkat(dirfd, tmp, 0);
	return -1;
}

static bool is_readonly(int fd)
{
	struct statvfs v;

	return !fstatvfs(fd, &v) && (v.f_flag & ST_RDONLY);
}

static int open_copy(const char *execroot, struct err *e)
{
	AUTO_FD int dir = -1, lock = -1, fd = -1;
	char name[64], path[4200];
	struct stat st;

	if (stat(EXE, &st))
		return err_sys(e, "cannot look at our own binary");
	snprintf(name, sizeof(name), "self-%llx-%llx-%llx", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino,
		 (unsigned long long)st.st_mtim.tv_sec ^ (unsigned long long)st.st_mtim.tv_nsec);
	snprintf(path, sizeof(path), "%s/%s", execroot, name);
	dir = openat(AT_FDCWD, execroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "cannot open %s", execroot);
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && is_readonly(fd))
		return fd_steal(&fd);
	lock = file_lock_open(dir, "self.lock", e);
	if (lock < 0 || file_lock(lock, F_WRLCK, 1, e))
		return -1;
	if (faccessat(dir, name, F_OK, 0) && copy_to(dir, name, e))
		return -1;
	fd_autoclose(&fd);
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && is_readonly(fd)) /* somebody else was faster */
		return fd_steal(&fd);
	if (mount(path, path, NULL, MS_BIND, NULL) ||
	    mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV | MS_NOSUID, NULL))
		return err_sys(e, "cannot bind %s read-only", path);
	fd_autoclose(&fd);
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !is_readonly(fd))
		return err_set(e, ERR_SYS, "%s is not read-only after its bind mount", path);
	return fd_steal(&fd);
}

int selfexe_open(const char *execroot, struct err *e)
{
	AUTO_FD int fd = -1;

#ifdef PROA_WEAK_SELFEXE
	return openat(AT_FDCWD, EXE, O_PATH | O_CLOEXEC);
#endif
	if (!copy_forced) {
		fd = mnt_clone_readonly(EXE);
		if (fd >= 0)
			return fd_steal(&fd);
		/* Our own binary already lies on such a clone, of which old kernels make no
		 * further one (EINVAL): then it is what is wanted. */
		if (errno == EINVAL) {
			fd = openat(AT_FDCWD, EXE, O_PATH | O_CLOEXEC);
			if (fd >= 0 && is_readonly(fd))
				return fd_steal(&fd);
			fd_autoclose(&fd);
		}
	}
	return open_copy(execroot, e);
}

int selfexe_exec(int fd, char *const argv[], char *const envp[], struct err *e)
{
	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
	return err_sys(e, "cannot execute our own binary");
}
