/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork and execveat rather than posix_spawn: what is executed is a descriptor (the read-only clone
 * of our binary's mount). Copying a worker's few pages takes less time than vfork keeps the worker
 * waiting until the other processor has got around to the exec.
 *
 * The descriptors 3 and 4 of the child may collide with the ones handed over (a worker started
 * with few open files has its socket at 4), so they are first moved above the range.
 */
#include "container/shimcall.h"
#include "base/buf.h"
#include "base/mem.h"
#include "container/cgroup.h"
#include "container/selfexe.h"
#include "wire/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NFDS 2
#define MOVED 10 /* lowest number while they are moved */
#define INTO_CGROUP 0x200000000ull

static void become_shim(const int fds[NFDS], char *mode)
{
	static char name[] = "proa-shim";
	char *argv[] = {name, NULL}, *envp[] = {mode, NULL};
	int high[NFDS];
	sigset_t none;
	struct err e;

	/* dispositions are the shim's own business: it has the time */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
#ifndef PROA_WEAK_TIOCSTI
	/* an exec's does it once its command runs: until then the engine's worker's session will
	 * do, and a new one costs a turn in the run queue (autogroup) */
	if (!mode || strncmp(mode, SHIM_EXEC "=", sizeof(SHIM_EXEC)))
		setsid();
#endif
	for (int i = 0; i < NFDS; i++)
		high[i] = (int)syscall(SYS_fcntl, fds[i], F_DUPFD_CLOEXEC, MOVED);
	for (int i = 0; i < NFDS; i++)
		if (high[i] < 0 || dup2(high[i], SHIM_FD_LAUNCH + i) < 0)
			_exit(127);
	selfexe_exec(SHIM_FD_SELF, argv, envp, &e);
	_exit(127);
}

/* clone3 into a group; -1 where the kernel cannot (before 5.7). */
static pid_t clone_into(int group)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
			set_tid, set_tid_size, cgroup;
	} a = {.flags = INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)group};

	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

/* A pipe that closes at exec would tell the errno; the launch socket's end tells enough. */
static pid_t start(const int fds[NFDS], char *mode, int group, struct err *e)
{
	pid_t pid = -1;

	if (group >= 0)
		pid = clone_into(group);
	if (pid < 0)
		pid = fork();
	if (!pid)
		become_shim(fds, mode);
	return pid < 0 ? err_sys(e, "start a shim") : pid;
}

static int piece(int sock, const void *data, size_t n, int fd, struct err *e)
{
	return conn_send_fd(sock, data, n, fd) < 0 ? err_sys(e, "write to a new shim") : 0;
}

/* mode: the one variable of its environment, or NULL. */
static int spawn(const char *exec_root, char *mode, const char *shims, struct err *e)
{
	AUTO_FD int self = selfexe_open(exec_root, e), ours = -1, theirs = -1, group = -1;
	int sp[2];

	if (self < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp))
		return err_sys(e, "socketpair");
	ours = sp[0];
	theirs = sp[1];
	/* elsewhere it moves when it has the time, and looking for the group takes some */
	group = !mode || cgroup_pure_v2() ? cgroup_birth_dir(shims) : -1;
	if (start((int[]){theirs, self}, mode, group, e) < 0)
		return -1;
	return fd_steal(&ours);
}

int shimcall_spawn(const char *exec_root, const char *birth, const char *shims, struct err *e)
{
	AUTO_BUF with = BUF_INIT;

	if (birth)
		buf_printf(&with, SHIM_BIRTH "=%s", birth);
	return spawn(exec_root, birth ? with.data : NULL, shims, e);
}

int shimcall_spawn_exec(const char *exec_root, const char *shims, struct err *e)
{
	static char with[] = SHIM_EXEC "=1";

	return spawn(exec_root, with, shims, e);
}

static int send_spec(int sock, const struct buf *spec, int listener, struct err *e)
{
	for (size_t off = 0; off < spec->len; off += SHIM_PIECE) {
		size_t n = spec->len - off < SHIM_PIECE ? spec->len - off : SHIM_PIECE;

		if (piece(sock, spec->data + off, n, off ? -1 : listener, e))
			return -1;
	}
	return 0;
}

int shimcall_launch_exec(int sock, int listener, struct shimexec_launch *l, const struct spec *s,
			 struct err *e)
{
	AUTO_BUF spec = BUF_INIT;

	spec_encode(s, &spec);
	l->version = SHIM_VERSION;
	l->spec_len = (uint32_t)spec.len;
	return piece(sock, l, sizeof(*l), -1, e) || send_spec(sock, &spec, listener, e) ? -1 : 0;
}

int shimcall_launch(int sock, int lock, int listener, struct shim_launch *l, const struct spec *s,
		    struct err *e)
{
	AUTO_BUF spec = BUF_INIT;

	spec_encode(s, &spec);
	l->version = SHIM_VERSION;
	l->spec_len = (uint32_t)spec.len;
	return piece(sock, l, sizeof(*l), lock, e) || send_spec(sock, &spec, listener, e) ? -1 : 0;
}

int shimcall_listen(int dir, struct err *e)
{
	return conn_unix_listen(dir, SHIM_SOCK, SOCK_SEQPACKET, 0600, e);
}

int shimcall_armed(int sock, struct err *e)
{
	struct shim_reply r;

	return shimcall_answer(sock, SHIM_ARMED, &r, e);
}

int shimcall_connect(int dir, struct err *e)
{
	return conn_unix(dir, SHIM_SOCK, SOCK_SEQPACKET, e);
}

int shimcall_send(int sock, const struct shim_msg *m, int fd, const void *ahead, size_t n,
		  struct err *e)
{
	static char text[sizeof(*m) + SHIM_MAX_AHEAD];

	if (n > SHIM_MAX_AHEAD)
		return err_set(e, ERR_INVALID, "too much input before the attach was answered");
	memcpy(text, m, sizeof(*m));
	if (n)
		memcpy(text + sizeof(*m), ahead, n);
	if (conn_send_fd(sock, text, sizeof(*m) + n, fd) < 0)
		return errno == EPIPE || errno == ECONNRESET
			       ? err_set(e, ERR_UNAVAILABLE, "the container's shim is gone")
			       : err_sys(e, "write to the shim");
	return 0;
}

int shimcall_answer(int sock, uint32_t op, struct shim_reply *ret, struct err *e)
{
	ssize_t n;

	do
		n = recv(sock, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return err_set(e, ERR_UNAVAILABLE, "the container's shim is gone");
	if (n < 0)
		return err_sys(e, "read from the shim");
	if (n != sizeof(*ret) || ret->version != SHIM_VERSION)
		return err_set(e, ERR_UNSUPPORTED, "the shim speaks another version");
	if (ret->op != op)
		return err_set(e, ERR_CONFLICT, "the container has ended");
	if (ret->rc) {
		*e = ret->err;
		return -1;
	}
	return 0;
}

int shimcall(int sock, const struct shim_msg *m, struct shim_reply *ret, struct err *e)
{
	if (shimcall_send(sock, m, -1, NULL, 0, e))
		return -1;
	return shimcall_answer(sock, m->op, ret, e);
}
