/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child is made by clone3 without shared memory: a shim is a few pages, copying its tables
 * costs some tens of microseconds out of a millisecond, and nothing that happens in the child, not
 * even a crash or an exhausted arena, can then touch the shim.
 */
#include "container/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "container/cgroup.h"
#include "container/defaults.h"
#include "container/init.h"
#include "container/process.h"
#include "container/rlimit.h"
#include "container/seccomp.h"
#include "container/selfexe.h"

#define CLEAR_SIGHAND 0x100000000ull
#define INTO_CGROUP 0x200000000ull

struct clone_args3 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

/* ---- the parent */

static pid_t old_clone(uint64_t flags, int *pidfd)
{
	*pidfd = -1;
	return (pid_t)syscall(SYS_clone, (unsigned long)flags | CLONE_PIDFD | SIGCHLD, NULL, pidfd,
			      NULL, 0);
}

pid_t child_clone(uint64_t flags, int group, int *ret_pidfd, bool *ret_in_group)
{
	struct clone_args3 a = {.flags = flags | CLONE_PIDFD | CLEAR_SIGHAND,
				.pidfd = (uintptr_t)ret_pidfd,
				.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD};
	long pid;

	*ret_in_group = group >= 0;
	if (*ret_in_group) {
		a.flags |= INTO_CGROUP;
		a.cgroup = (uint64_t)group;
	}
	pid = syscall(SYS_clone3, &a, sizeof(a));
	/* Before 5.7 the structure or a flag is unknown; before 5.3 or in a sandbox the call is. */
	if (pid < 0 && (errno == ENOSYS || errno == E2BIG || errno == EINVAL)) {
		*ret_in_group = false;
		pid = old_clone(flags, ret_pidfd);
	}
	return (pid_t)pid;
}

/* Nothing has to be done about what comes before the end, so only that wakes us. */
int child_await(int status, const char *what, struct err *e)
{
	struct pollfd end = {.fd = status};
	char got[1 + sizeof(*e) + 1] = {0};
	size_t n = 0;
	ssize_t k;

	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	while (n < sizeof(got)) {
		k = read(status, got + n, sizeof(got) - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		n += (size_t)k;
	}
	if (n == 1 && got[0] == CHILD_READY)
		return 0;
	if (n == sizeof(*e) || n == sizeof(*e) + 1) {
		memcpy(e, got + (n - sizeof(*e)), sizeof(*e));
		e->text[sizeof(e->text) - 1] = 0;
		return -1;
	}
	return err_set(e, ERR_SYS, "%s died while it was set up (out of memory?)", what);
}

bool child_rules_lost(const struct spec *s, bool grouped)
{
	bool strict = false;

	for (size_t i = 0; i < s->nrules; i++)
		if (!s->rules[i].allow)
			strict = true;
		else if (s->rules[i].type == 'a')
			strict = false;
	return strict && (!grouped || !cgroup_devices());
}

/* ---- the child */

int child_score(int proc, int score, struct err *e)
{
	AUTO_FD int fd = -1;
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", score);

	if (!score)
		return 0;
	fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open oom_score_adj");
	if (write(fd, text, (size_t)n) == n)
		return 0;
	if (errno == EACCES || errno == EPERM) { /* lowering it needs CAP_SYS_RESOURCE */
		log_warn("container", "cannot lower oom_score_adj to %d: it stays as it is", score);
		return 0;
	}
	return err_sys(e, "cannot set oom_score_adj to %d", score);
}

void child_give_stdio(const int std[3], uid_t uid, gid_t gid)
{
	struct stat st;

	for (int i = 0; i < 3; i++) {
		if (fstat(std[i], &st) || st.st_uid == uid)
			continue;
		if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
		    (S_ISCHR(st.st_mode) && st.st_rdev != makedev(1, 3)))
			/* read-only file systems and the like: then it stays as it is */
			if (fchown(std[i], uid, gid))
				log_debug("container", "standard descriptor %d keeps its owner", i);
	}
}

int child_null(int proc, int null, struct err *e)
{
	AUTO_FD int fd = -1;
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "self/fd/%d", null);
	fd = null < 0 ? -1 : openat(proc, path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_sys(e, "cannot open the null device");
	return fd_steal(&fd);
}

static const char *env_get(const struct strs *env, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->v[i], key, n) && env->v[i][n] == '=')
			return env->v[i] + n + 1;
	return NULL;
}

void child_await_go(int go)
{
	char byte;
	ssize_t n;

	do
		n = read(go, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(127);
}

const char *child_path(const struct spec *s)
{
	const char *v = env_get(&s->env, "PATH");

	return v ? v : DEFAULTS_PATH;
}

static char **make_env(struct arena *a, const struct child_exec *x)
{
	struct strs env = {0};

	for (size_t i = 0; i < x->s->env.n; i++)
		strs_add(a, &env, x->s->env.v[i]);
	if (!env_get(&env, "HOME"))
		strs_printf(a, &env, "HOME=%s", x->user->home);
	return env.v;
}

static char **make_args(struct arena *a, const struct child_exec *x, char *path)
{
	struct strs args = {0};

	if (x->s->init) {
		strs_add(a, &args, arena_strdup(a, INIT_NAME));
		strs_add(a, &args, path);
	}
	for (size_t i = 0; i < x->s->args.n; i++)
		strs_add(a, &args, x->s->args.v[i]);
	return args.v;
}

int child_exec(struct arena *a, const struct child_exec *x, struct err *e)
{
	const char *name = x->s->args.v[0];
	char path[PATH_MAX], ready = CHILD_READY, **env = make_env(a, x),
			     **args = make_args(a, x, path);

	if (rlimit_apply(x->s->rlimits, x->s->nrlimits, e) ||
	    process_become(x->s, x->caps, x->user, e) ||
	    process_find(name, child_path(x->s), path, e))
		return -1;
	process_signals();
	if (x->s->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "cannot set no_new_privs");
	if (x->before && x->before(x->arg, e))
		return -1;
	if (x->s->init)
		fcntl(x->status, F_SETFD, 0);
	if (write(x->status, &ready, 1) != 1)
		return err_sys(e, "cannot report to the parent");
	if (seccomp_install(&x->s->seccomp, e))
		return -1;
	if (x->s->init)
		return selfexe_exec(x->selfexe, args, env, e);
	execve(path, args, env);
	return process_exec_error(name, path, e);
}
