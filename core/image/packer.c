/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading needs one capability, whoever the files belong to; the marks of an upper directory
 * (trusted.*) need CAP_SYS_ADMIN, which is kept for those alone. Without write access to anything
 * there is no list of system calls: chroot is what keeps a path in.
 */
#include "image/packer.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (256 << 10)
#define PIPE_BYTES (1 << 20)
#define MAX_FILES 128

enum { FD_OUT, FD_STATUS, FD_ROOT, FD_DIR, FD_COUNT };

static int write_pipe(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)ctx;
	return file_write_all(FD_OUT, data, n) ? err_sys(e, "hand the archive over") : 0;
}

static int child(const struct packer *p, pid_t parent, struct err *e)
{
	uint64_t caps = 1ULL << CAP_DAC_READ_SEARCH;

	if (p->opts.diff)
		caps |= 1ULL << CAP_SYS_ADMIN;
	if (confine_limits(parent, MAX_FILES, e))
		return -1;
#ifndef PROA_WEAK_CP
	if (confine_root(FD_ROOT, e))
		return -1;
#endif
	if (confine_caps(caps, e))
		return -1;
	return p->name ? pack_path(FD_DIR, p->name, p->as, &p->opts, write_pipe, NULL, e)
		       : pack_tree(FD_DIR, &p->opts, write_pipe, NULL, e);
}

static _Noreturn void run_child(const struct packer *p, int out, int status, pid_t parent)
{
	const int fds[] = {out, status, p->rootfd, p->dirfd};
	struct err e = {.kind = ERR_NONE};

	if (confine_user(p->userfd, &e) || confine_fds(fds, FD_COUNT, &e)) {
		file_write_all(status, &e, sizeof(e));
		_exit(1);
	}
	if (!child(p, parent, &e))
		_exit(0);
	file_write_all(FD_STATUS, &e, sizeof(e));
	_exit(1);
}

static int relay(int in, tar_write_fn *write, void *ctx, struct err *e)
{
	AUTO_FREE char *buf = mem_alloc(CHUNK);
	ssize_t n;

	while ((n = read(in, buf, CHUNK)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && write(ctx, buf, (size_t)n, e))
			return -1;
	return n < 0 ? err_sys(e, "read the archive") : 0;
}

static int told(int status, int state, struct err *e)
{
	struct err why;

	if (WIFEXITED(state) && !WEXITSTATUS(state))
		return 0;
	if (file_read_full(status, &why, sizeof(why)) != 1)
		return err_set(e, ERR_SYS, "the packing process was killed");
	*e = why;
	e->text[sizeof(e->text) - 1] = 0;
	return -1;
}

int packer_run(const struct packer *p, tar_write_fn *write, void *ctx, struct err *e)
{
	AUTO_FD int in = -1, status = -1, out = -1, why = -1;
	int data[2], report[2], state = 0, rc;
	pid_t self = getpid(), pid;

	if (pipe2(data, O_CLOEXEC))
		return err_sys(e, "pipe");
	in = data[0];
	out = data[1];
	fcntl(in, F_SETPIPE_SZ, PIPE_BYTES);
	if (pipe2(report, O_CLOEXEC))
		return err_sys(e, "pipe");
	status = report[0];
	why = report[1];
	pid = fork();
	if (pid < 0)
		return err_sys(e, "fork");
	if (!pid)
		run_child(p, out, why, self);
	fd_autoclose(&out);
	fd_autoclose(&why);
	rc = relay(in, write, ctx, e);
	if (rc)
		kill(pid, SIGKILL);
	while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
		;
	return rc ? rc : told(status, state, e);
}
