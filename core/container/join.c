/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose process a PID is, is asked after its /proc directory was opened, and through that
 * descriptor: it belongs to that process and to no later one of the number. The answer is its
 * control group, which only processes of that container are in, or, where there are none, its time
 * of birth. The namespaces are then opened through the same descriptor, so all of them are the same
 * process's; one that ends meanwhile gives ESRCH, not somebody else's namespace.
 *
 * A mount can be cloned only by a process of its own mount namespace, so that is what a short-lived
 * helper enters; the clone comes back through the table of descriptors that it shares with us. Our
 * own root is never given up (a way back through setns would end at the namespace's root, which is
 * not ours where the engine lives in a chroot). The name is resolved without following any link:
 * the other container's owner decides what it finds there, and must not have us look outside.
 */
#include "container/join.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/mem.h"
#include "container/mnt.h"
#include "container/orphan.h"
#include "container/userns.h"

#define MEMBERS_MAX (64 << 10)
#define TMPFS 0x01021994

static const char *const files[SPEC_NS_COUNT] = {
	[SPEC_NS_PID] = "ns/pid", [SPEC_NS_NET] = "ns/net", [SPEC_NS_IPC] = "ns/ipc"};
#define USER SPEC_NS_COUNT /* no kind of the spec's */
static const char *const names[USER + 1] = {
	[SPEC_NS_PID] = "PID", [SPEC_NS_NET] = "network", [SPEC_NS_IPC] = "IPC", [USER] = "user"};

static int not_running(const char *id, int kind, struct err *e)
{
	return kind == SPEC_NS_NET
		       ? err_set(e, ERR_CONFLICT,
				 "cannot join network namespace of a non running container: %s", id)
		       : err_set(e, ERR_CONFLICT,
				 "failed to join %s namespace: container %s is not running",
				 names[kind], id);
}

static bool in_group(int dir, const char *id)
{
	AUTO_BUF members = BUF_INIT;
	struct err why;

	if (file_read(dir, "cgroup", MEMBERS_MAX, &members, &why))
		return false;
	buf_char(&members, 0);
	return strstr(members.data, id) != NULL;
}

/* Its /proc directory. */
static int pin(const struct home *h, const char *id, int kind, struct err *e)
{
	struct home_state st;
	AUTO_FD int dir = -1;
	char path[32];

	if (home_read_state(h, id, &st, e))
		return -1;
	if (st.running && st.restarting)
		return err_set(e, ERR_CONFLICT,
			       "Container %s is restarting, wait until the container is running",
			       id);
	snprintf(path, sizeof(path), "/proc/%d", st.pid);
	if (st.running && st.pid > 0)
		dir = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || (st.born ? orphan_born(st.pid) != st.born : !in_group(dir, id)))
		return not_running(id, kind, e);
	return fd_steal(&dir);
}

/* All that it joins must be in one user namespace, which becomes its own. */
static int share_user(struct spec *s, const char *id, int dir, struct err *e)
{
	struct stat one, other;

	if (userns_kin(dir) != USERNS_CHILD)
		return err_set(
			e, ERR_CONFLICT,
			"container %.12s has no user namespace that another one could share: "
			"leave out --userns",
			id);
	if (s->userns_dir <= 0) {
		s->userns_dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
		return s->userns_dir < 0 ? err_sys(e, "cannot duplicate a descriptor") : 0;
	}
	if (fstatat(dir, "ns/user", &one, 0) || fstatat(s->userns_dir, "ns/user", &other, 0) ||
	    one.st_dev != other.st_dev || one.st_ino != other.st_ino)
		return err_set(e, ERR_CONFLICT,
			       "container %.12s is in another user namespace than what else is "
			       "joined",
			       id);
	return 0;
}

static int open_user(const struct home *h, struct spec *s, struct err *e)
{
	const char *id = s->userns + strlen(JOIN_PREFIX);
	AUTO_FD int dir = pin(h, id, USER, e);

	return dir < 0 ? -1 : share_user(s, id, dir, e);
}

static int open_one(const struct home *h, struct spec *s, int kind, struct err *e)
{
	const char *id = s->ns_path[kind] + strlen(JOIN_PREFIX);
	AUTO_FD int dir = pin(h, id, kind, e);

	if (dir < 0 || (s->userns && share_user(s, id, dir, e)))
		return -1;
	s->ns_fd[kind] = openat(dir, files[kind], O_RDONLY | O_CLOEXEC);
	if (s->ns_fd[kind] >= 0 && kind == SPEC_NS_IPC)
		s->peer_mnt = openat(dir, "ns/mnt", O_RDONLY | O_CLOEXEC);
	if (s->ns_fd[kind] >= 0 && (kind != SPEC_NS_IPC || s->peer_mnt >= 0))
		return 0;
	return errno == ESRCH || errno == ENOENT
		       ? not_running(id, kind, e)
		       : err_sys(e, "cannot open the %s namespace of %.12s", names[kind], id);
}

static bool is_peer(const char *name)
{
	return name && !strncmp(name, JOIN_PREFIX, strlen(JOIN_PREFIX));
}

int join_open(const struct home *h, struct spec *s, struct err *e)
{
	if (is_peer(s->userns) && open_user(h, s, e))
		return -1;
	for (int i = 0; i < SPEC_NS_COUNT; i++)
		if (s->ns[i] == SPEC_NS_PATH && files[i] && is_peer(s->ns_path[i]) &&
		    open_one(h, s, i, e)) {
			join_close(s);
			return -1;
		}
	return 0;
}

void join_close(struct spec *s)
{
	for (int i = 0; i < SPEC_NS_COUNT; i++) {
		if (s->ns_fd[i] > 0)
			close(s->ns_fd[i]);
		s->ns_fd[i] = 0;
	}
	if (s->peer_mnt > 0)
		close(s->peer_mnt);
	s->peer_mnt = 0;
	if (s->userns_dir > 0)
		close(s->userns_dir);
	s->userns_dir = 0;
}

/* ---- in the child */

/* The helper's, in the other's mount namespace. */
static int clone_there(int ns, const char *path, struct err *e)
{
	AUTO_FD int root = -1;
	AUTO_FD int dir = -1;
	struct statfs fs;

	if (setns(ns, CLONE_NEWNS))
		return err_sys(e, "cannot enter the other container's mount namespace");
	root = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	dir = root < 0 ? -1 : fs_open(root, path, FS_BENEATH, O_PATH | O_DIRECTORY, 0, e);
	if (dir < 0)
		return root < 0 ? err_sys(e, "cannot open the other container's root") : -1;
	if (fstatfs(dir, &fs) || fs.f_type != TMPFS)
		return err_set(e, ERR_INVALID, "the other container's /%s is no tmpfs", path);
	return mnt_take(dir, "", false, e);
}

int join_take(const struct spec *s, const char *path, struct err *e)
{
	struct {
		int fd;
		struct err e;
	} got = {.fd = -1};
	int pipes[2];
	pid_t pid;

	if (!mnt_have_detached())
		return err_set(e, ERR_UNSUPPORTED, "sharing another container's %s needs Linux 5.2",
			       path);
	if (pipe2(pipes, O_CLOEXEC))
		return err_sys(e, "cannot create a pipe");
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (!pid) {
		got.fd = clone_there(s->peer_mnt, path, &got.e);
		_exit(file_write_all(pipes[1], &got, sizeof(got)) != 0);
	}
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	close(pipes[1]);
	if (pid < 0 || read(pipes[0], &got, sizeof(got)) != sizeof(got))
		got.fd = err_set(&got.e, ERR_SYS, "no helper to share %s", path);
	close(pipes[0]);
	if (got.fd < 0)
		*e = got.e;
	return got.fd;
}
