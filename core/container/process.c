/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of giving things up, and why:
 *
 * 1. bounding set, while CAP_SETPCAP is there;
 * 2. groups and user, with PR_SET_KEEPCAPS so that 3 has something to keep;
 * 3. capabilities: root keeps the container's mask. Any other user keeps nothing (but for what a
 *    bundle wants to be ambient); so the lookup of
 *    the command sees the permissions that the user really has, where an engine that keeps
 *    CAP_DAC_OVERRIDE until execve would run what the user may not.
 * 4. the seccomp filter, in spawn.c. Without no_new_privs the kernel wants CAP_SYS_ADMIN for that,
 *    so it stays in the permitted set until execve: there it goes away by itself, because it is
 *    outside the bounding set (root) or because nothing is kept (others). After the filter comes
 *    nothing but execve, so a profile needs to allow nothing that the container itself does not
 *    need: other engines go on with setuid, capset and chdir under the filter.
 */
#include "container/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "container/caps.h"

#define CAP_SYS_ADMIN_BIT 21
#define FDS_MAX 8
#define LAST_SIGNAL 64
#define OLD_FD_LIMIT 65536 /* how far descriptors are closed one by one */

void process_close_from(int first)
{
	struct rlimit r;
	int end = OLD_FD_LIMIT;

#ifdef PROA_WEAK_FDS
	return;
#endif
	if (!syscall(SYS_close_range, first, ~0u, 0))
		return;
	if (!getrlimit(RLIMIT_NOFILE, &r) && r.rlim_cur < OLD_FD_LIMIT)
		end = (int)r.rlim_cur;
	for (int fd = first; fd < end; fd++)
		close(fd);
}

int process_fds(int *fds, int n, struct err *e)
{
	int high[FDS_MAX];

	/* All out of the way first: the numbers may overlap in any way. */
	for (int i = 0; i < n; i++) {
		/* the C library's fcntl sets the flag once more */
		high[i] =
			fds[i] < 0 ? -1 : (int)syscall(SYS_fcntl, fds[i], F_DUPFD_CLOEXEC, FDS_MAX);
		if (fds[i] >= 0 && high[i] < 0)
			return err_sys(e, "cannot duplicate a descriptor");
	}
	for (int i = 0; i < n; i++) {
		if (high[i] < 0)
			close(i);
		else if (dup3(high[i], i, i < 3 ? 0 : O_CLOEXEC) < 0)
			return err_sys(e, "cannot duplicate a descriptor");
		fds[i] = high[i] < 0 ? -1 : i;
	}
	process_close_from(n);
	return 0;
}

void process_signals(void)
{
	/* The kernel's struct sigaction, all zero: SIG_DFL. Its size differs by architecture. */
	static const unsigned long dfl[8];
	static bool done; /* by a shim at its birth: since then it changed SIGPIPE only */
	sigset_t none;

	/* Ignored signals survive execve, and our caller may have been started by nohup, or by
	 * glibc's posix_spawn, which leaves signals 32 and 33 ignored: those two only the bare call
	 * resets, a C library keeps them for itself. It fails for SIGKILL and SIGSTOP. */
	for (int i = done ? SIGPIPE : 1; i <= (done ? SIGPIPE : LAST_SIGNAL); i++)
		syscall(SYS_rt_sigaction, i, dfl, NULL, sizeof(uint64_t));
	done = true;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
}

int process_enter_dir(int fd, const char *name, struct err *e)
{
	char cwd[PATH_MAX];

	if (fchdir(fd))
		return err_sys(e, "cannot enter the working directory %s", name);
	/* From outside the root the kernel says "(unreachable)/..." or ENOENT. */
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 || cwd[0] != '/')
		return err_set(e, ERR_INVALID,
			       "the working directory %s is outside of the container's root", name);
	return 0;
}

int process_become(const struct spec *s, uint64_t caps, const struct user *u, struct err *e)
{
	uint64_t ambient = s->ambient & caps, keep = u->uid ? ambient : caps;

	if (s->seccomp.enabled && !s->no_new_privs)
		keep |= 1ull << CAP_SYS_ADMIN_BIT;
	if (caps_bounding_drop(caps, e))
		return -1;
	if (u->uid && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return err_sys(e, "cannot keep capabilities over the change of user");
	/* the C library's own would look for other threads, with four more calls each */
	if (syscall(SYS_setgroups, u->ngroups, u->groups))
		return err_sys(e, "cannot set the supplementary groups");
	if (syscall(SYS_setresgid, u->gid, u->gid, u->gid))
		return err_sys(e, "cannot become group %u", u->gid);
	if (syscall(SYS_setresuid, u->uid, u->uid, u->uid))
		return err_sys(e, "cannot become user %u", u->uid);
	return caps_set(keep, e) || (ambient && caps_ambient(ambient, e)) ? -1 : 0;
}

/* ---- the command */

static int why(struct err *e, const char *name, int error, const char *text)
{
	err_set(e, ERR_INVALID, "exec: \"%s\": %s", name, text);
	e->sys = error;
	return -1;
}

/* 0, or errno. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return access(path, X_OK) ? errno : 0;
}

static int find_direct(const char *name, char ret[PATH_MAX], struct err *e)
{
	char text[PATH_MAX + 64];
	int error = strlen(name) >= PATH_MAX ? ENAMETOOLONG : executable(name);

	switch (error) {
	case 0:
		memcpy(ret, name, strlen(name) + 1);
		return 0;
	case EISDIR:
		return why(e, name, error, "permission denied: it is a directory");
	case EACCES:
		return why(e, name, error, "permission denied");
	case ENOENT:
		snprintf(text, sizeof(text), "stat %s: no such file or directory", name);
		return why(e, name, error, text);
	case ENOTDIR:
		snprintf(text, sizeof(text), "stat %s: not a directory", name);
		return why(e, name, error, text);
	default:
		snprintf(text, sizeof(text), "stat %.4000s: %s", name, strerror(error));
		return why(e, name, error, text);
	}
}

int process_find(const char *name, const char *path_env, char ret[PATH_MAX], struct err *e)
{
	if (strchr(name, '/'))
		return find_direct(name, ret, e);
	for (const char *p = path_env; *name; p++) {
		size_t n = strcspn(p, ":");
		int len = snprintf(ret, PATH_MAX, "%.*s/%s", n ? (int)n : 1, n ? p : ".", name);

		if (len > 0 && len < PATH_MAX && !executable(ret))
			return 0;
		p += n;
		if (!*p)
			break;
	}
	return why(e, name, ENOENT, "executable file not found in $PATH");
}

int process_exec_error(const char *name, const char *path, struct err *e)
{
	int error = errno;

	switch (error) {
	case EACCES:
	case EPERM:
		return why(e, name, error, "permission denied");
	case ENOENT: /* the file is there: its interpreter is not */
		err_set(e, ERR_INVALID, "exec %s: no such file or directory", path);
		break;
	case ENOEXEC:
		err_set(e, ERR_INVALID, "exec %s: exec format error", path);
		break;
	default:
		err_sys(e, "exec %s", path);
	}
	e->sys = error;
	return -1;
}

int process_exec_code(const char *text, int other)
{
	static const struct {
		const char *part;
		int code;
	} all[] = {
		{"executable file not found", 127},
		{"no such file or directory", 127},
		{"permission denied", 126},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcasestr(text, all[i].part)) /* some runtimes say it as libc does */
			return all[i].code;
	return other;
}
