/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter is a flat list of comparisons, written here by hand: a few dozen numbers need no
 * library, and unlike a container's filter it is ours alone. What is not listed kills the whole
 * process rather than failing with EPERM, since nothing of ours calls it: it would be an attacker.
 * A 64-bit kernel may be entered by a 32-bit call with other numbers, so the architecture is
 * compared first (and on x86 the x32 numbers are simply not in the list).
 */
#include "image/confine.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#endif

#define MAX_CALLS 96
#define MAX_FDS 8

/* close_range came with 5.9; before it, up to the limit, one by one. */
static void close_from(unsigned first)
{
	struct rlimit r;

#ifdef SYS_close_range
	if (!syscall(SYS_close_range, first, ~0U, 0))
		return;
#endif
	if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur > 1U << 20)
		r.rlim_cur = 1U << 20;
	for (unsigned fd = first; fd < r.rlim_cur; fd++)
		close((int)fd);
}

int confine_fds(const int *fds, int n, struct err *e)
{
	int high[MAX_FDS];

	/* First out of the way of each other, then to their places. */
	for (int i = 0; i < n; i++) {
		high[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD, n);
		if (fds[i] >= 0 && high[i] < 0)
			return err_sys(e, "pass a descriptor to a child");
	}
	for (int i = 0; i < n; i++) {
		if (high[i] < 0)
			close(i);
		else if (dup2(high[i], i) < 0)
			return err_sys(e, "pass a descriptor to a child");
	}
	close_from((unsigned)n);
	return 0;
}

int confine_limits(pid_t parent, unsigned nofile, struct err *e)
{
	struct rlimit files, none = {0, 0};

	if (getrlimit(RLIMIT_NOFILE, &files))
		return err_sys(e, "read the limit of open files");
	if (files.rlim_max > nofile)
		files.rlim_max = nofile;
	files.rlim_cur = files.rlim_max;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return err_sys(e, "set the parent death signal");
	if (getppid() != parent)
		return err_set(e, ERR_SYS, "the parent has ended");
	if (setrlimit(RLIMIT_NOFILE, &files) || setrlimit(RLIMIT_CORE, &none))
		return err_sys(e, "limit a child's resources");
	return 0;
}

static int put_map(const char *file, unsigned id)
{
	char text[40];
	int n = snprintf(text, sizeof(text), "%u %u 1", id, id);
	AUTO_FD int fd = openat(AT_FDCWD, file, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, (size_t)n) != n ? -1 : 0;
}

static int own_user_ns(struct err *e)
{
	unsigned uid = geteuid(), gid = getegid();
	int rc = unshare(CLONE_NEWUSER);
	AUTO_FD int deny = -1;

	if (!rc)
		deny = openat(AT_FDCWD, "/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	if (rc || (deny >= 0 && write(deny, "deny", 4) != 4) ||
	    put_map("/proc/self/uid_map", uid) || put_map("/proc/self/gid_map", gid))
		return err_sys(e, "confine the unpacking to its directory (run it as root where "
				  "user namespaces are off)");
	return 0;
}

int confine_user(int userfd, struct err *e)
{
	if (userfd < 0 && geteuid() && own_user_ns(e)) /* dumpable, or it could not map itself */
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_sys(e, "hide from tracers");
	if (userfd >= 0 &&
	    (setns(userfd, CLONE_NEWUSER) || setresgid(0, 0, 0) || setresuid(0, 0, 0)))
		return err_sys(e, "join the container's user namespace");
	return 0;
}

int confine_root(int dirfd, struct err *e)
{
	if (fchdir(dirfd))
		return err_sys(e, "enter the layer's directory");
	if (chroot("."))
		return err_sys(e, "chroot into the layer's directory (needs root)");
	return 0;
}

int confine_caps(uint64_t keep, struct err *e)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {{0, 0, 0}, {0, 0, 0}};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "set no_new_privs");
	if (syscall(SYS_capget, &h, d))
		return err_sys(e, "read capabilities");
	for (int i = 0; i < 2; i++) {
		d[i].permitted &= (uint32_t)(keep >> (32 * i));
		d[i].effective = d[i].permitted;
		d[i].inheritable = 0;
	}
	return syscall(SYS_capset, &h, d) ? err_sys(e, "drop capabilities") : 0;
}

int confine_calls(const int *numbers, size_t n, struct err *e)
{
#ifdef ARCH
	struct sock_filter f[MAX_CALLS + 6];
	struct sock_fprog prog = {.filter = f};
	unsigned short at = 0;

	if (n > MAX_CALLS)
		return err_set(e, ERR_SYS, "too many system calls in a child's filter");
	f[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       offsetof(struct seccomp_data, arch));
	f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0,
					       (unsigned char)(n + 1));
	f[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n; i++)
		f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						       (unsigned)numbers[i], (unsigned char)(n - i),
						       0);
	f[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	f[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = at;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "set no_new_privs");
	/* A kernel without seccomp: chroot and capabilities still hold. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) && errno != EINVAL)
		return err_sys(e, "install a child's system call filter");
#else
	(void)numbers;
	(void)n;
	(void)e;
#endif
	return 0;
}
