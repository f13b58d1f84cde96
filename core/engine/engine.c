/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening an installation: on the path of every command, so what exists is only opened.
 *
 * exec-root must vanish with the machine and must not cost disk writes; /run is on a disk on some
 * systems, so a tmpfs is mounted there then. Two processes that come at once are kept apart by a
 * flock on the directory below the mount: who comes second sees the mount after the wait.
 */
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

#define ROOT_MODE 0711

static int open_root(const char *path, const char *what, char real[PATH_MAX], struct err *e)
{
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		if (file_mkdirs(path, ROOT_MODE, e))
			return err_wrap(e, "make the %s", what);
		fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return err_sys(e, "open the %s %s", what, path);
	if (!realpath(path, real)) {
		err_sys(e, "resolve the %s %s", what, path);
		close(fd);
		return -1;
	}
	return fd;
}

static int on_memory(int fd)
{
	struct statfs st;

	return !fstatfs(fd, &st) && (st.f_type == TMPFS_MAGIC || st.f_type == RAMFS_MAGIC);
}

/* Puts a tmpfs on exec-root if it is on a disk; fd is what is opened there afterwards. */
static void want_memory(const char *path, int *fd)
{
	AUTO_FD int below = -1;
	int now;

	if (on_memory(*fd))
		return;
	below = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	if (below < 0 || flock(*fd, LOCK_EX)) {
		log_debug("engine", "exec-root %s stays on disk: %s", path, strerror(errno));
		return;
	}
	now = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (now >= 0 && !on_memory(now)) {
		close(now);
		now = -1;
		if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711"))
			log_debug("engine", "exec-root %s stays on disk: %s", path,
				  strerror(errno));
		else
			now = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	flock(*fd, LOCK_UN);
	if (now >= 0) {
		close(*fd);
		*fd = now;
	}
}

static int sub(int at, const char *name, int *ret, struct err *e)
{
	*ret = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret < 0 && errno == ENOENT)
		*ret = file_opendir(at, name, 0700, e);
	else if (*ret < 0)
		err_sys(e, "open %s", name);
	return *ret < 0 ? -1 : 0;
}

static void forget(struct engine *en)
{
	en->data = en->exec = en->containers = en->names = en->run_containers = -1;
	en->exec_trash = -1;
}

static int open_all(struct engine *en, struct err *e)
{
	if (sub(en->data, "containers", &en->containers, e) ||
	    sub(en->data, "names", &en->names, e) ||
	    sub(en->exec, "containers", &en->run_containers, e) ||
	    sub(en->exec, "trash", &en->exec_trash, e))
		return -1;
	if (store_open(en->data, en->c.data_root, &en->store, e))
		return -1;
	en->trash = en->store.trash;
	return 0;
}

int engine_open(const struct engine_config *c, struct arena *a, struct engine *ret, struct err *e)
{
	const char *data = c->data_root && *c->data_root ? c->data_root : ENGINE_DATA_ROOT;
	const char *exec = c->exec_root && *c->exec_root ? c->exec_root : ENGINE_EXEC_ROOT;
	struct engine en = {.c = *c};
	char real[PATH_MAX];

	if (geteuid() != 0)
		return err_set(
			e, ERR_FORBIDDEN,
			"running containers needs root: use sudo, or -H with a daemon's socket");
	forget(&en);
	en.data = open_root(data, "data root", real, e);
	if (en.data < 0)
		return -1;
	en.c.data_root = arena_strdup(a, real);
	en.exec = open_root(exec, "exec root", real, e);
	if (en.exec < 0)
		goto undo;
	en.c.exec_root = arena_strdup(a, real);
	want_memory(en.c.exec_root, &en.exec);
	if (!en.c.cgroup_parent || !*en.c.cgroup_parent)
		en.c.cgroup_parent = "/proa";
	if (open_all(&en, e))
		goto undo;
	*ret = en;
	return 0;
undo:
	fd_autoclose(&en.data);
	fd_autoclose(&en.exec);
	fd_autoclose(&en.containers);
	fd_autoclose(&en.names);
	fd_autoclose(&en.run_containers);
	fd_autoclose(&en.exec_trash);
	return -1;
}

void engine_close(struct engine *en)
{
	store_close(&en->store);
	fd_autoclose(&en->data);
	fd_autoclose(&en->exec);
	fd_autoclose(&en->containers);
	fd_autoclose(&en->names);
	fd_autoclose(&en->run_containers);
	fd_autoclose(&en->exec_trash);
	forget(en);
}
