/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfork and execveat rather than posix_spawn: what is executed is a descriptor (the read-only clone
 * of our binary's mount). The child of vfork only makes system
 * calls and touches no variable that the parent reads afterwards.
 *
 * The descriptors 3, 4 and 5 of the child may collide with the ones handed over (a worker started
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
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOVED 10 /* lowest number while they are moved */
#define INTO_CGROUP 0x200000000ull

static void reset_signals(void)
{
	struct sigaction sa;
	sigset_t none;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	for (int i = 1; i < 32; i++)
		sigaction(i, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the vforked child. */
static void become_shim(const int fds[3])
{
	static char name[] = "proa-shim";
	char *argv[] = {name, NULL}, *envp[] = {NULL};
	int high[3];
	struct err e;

#ifndef PROA_WEAK_TIOCSTI
	setsid();
#endif
	for (int i = 0; i < 3; i++)
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, MOVED);
	for (int i = 0; i < 3; i++)
		if (high[i] < 0 || dup2(high[i], SHIM_FD_LAUNCH + i) < 0)
			_exit(127);
	selfexe_exec(SHIM_FD_SELF, argv, envp, &e);
	_exit(127);
}

/* clone3 into a group; -1 where the kernel cannot (before 5.7). Without CLONE_VM: the wrapper of a
 * system call may not return twice on one stack. */
static pid_t clone_into(int group)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
			set_tid, set_tid_size, cgroup;
	} a = {.flags = INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)group};

	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

/* A pipe that closes at exec would tell the errno; the launch socket's end tells enough. */
static pid_t start(const int fds[3], int group, struct err *e)
{
	sigset_t all, old;
	pid_t pid = -1;

	/* no handler of ours may run in the child while it shares our memory */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	if (group >= 0)
		pid = clone_into(group);
	if (pid < 0)
		pid = vfork();
	if (!pid) {
		reset_signals();
		become_shim(fds);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid < 0 ? err_sys(e, "start a shim") : pid;
}

static int send_launch(int sock, const struct shim_launch *l, const struct buf *spec, struct err *e)
{
	size_t off = 0;

	if (send(sock, l, sizeof(*l), MSG_NOSIGNAL) != sizeof(*l))
		return err_sys(e, "write to a new shim");
	while (off < spec->len) {
		size_t n = spec->len - off < SHIM_PIECE ? spec->len - off : SHIM_PIECE;

		if (send(sock, spec->data + off, n, MSG_NOSIGNAL) != (ssize_t)n)
			return err_sys(e, "write to a new shim");
		off += n;
	}
	return 0;
}

int shimcall_spawn(const char *exec_root, int lock, const char *cgroup, struct err *e)
{
	AUTO_FD int self = selfexe_open(exec_root, e), ours = -1, theirs = -1, group = -1;
	int sp[2];

	if (self < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp))
		return err_sys(e, "socketpair");
	ours = sp[0];
	theirs = sp[1];
	group = cgroup_birth_dir(cgroup);
	if (start((int[]){theirs, lock, self}, group, e) < 0)
		return -1;
	return fd_steal(&ours);
}

int shimcall_launch(int sock, struct shim_launch *l, const struct spec *s, struct err *e)
{
	AUTO_BUF spec = BUF_INIT;

	spec_encode(s, &spec);
	l->version = SHIM_VERSION;
	l->spec_len = (uint32_t)spec.len;
	return send_launch(sock, l, &spec, e);
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
