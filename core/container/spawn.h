/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn: from a spec to a running first process.
 *
 * spawn_make clones the container's first process as a child of the caller (the shim): namespaces,
 * cgroup, rootfs, devices, masks. There it waits. spawn_go lets it go on with limits, capabilities,
 * seccomp, exec, and returns when execve has succeeded, or with the one error that stopped either
 * part, which came back as a struct err through a close-on-exec pipe. Error texts for a missing or
 * forbidden command are Docker's, so that any client finds its exit code (127: "executable file not
 * found in $PATH" or "no such file or directory"; 126: "permission denied").
 *
 * On v1 the process can be cloned before its control groups are there: they take as long to make as
 * half of its mounts, and the two go side by side. It waits for spawn_group where it needs them.
 *
 * The child shares no memory that the parent writes meanwhile. Nothing of the host is left open in
 * it: descriptors above 2 are closed, its binary is the read-only clone that `selfexe` refers to
 * where an init of ours is asked for.
 */
#ifndef CONTAINER_SPAWN_H
#define CONTAINER_SPAWN_H

#include "base/err.h"
#include "container/cgroup.h"
#include "container/spec.h"

struct spawn_io { /* the container's ends; -1 for /dev/null. With tty, all three are the pty slave,
		   * which the child opens itself: see console_fd */
	int in, out, err;
	int console_sock; /* tty: SOCK_SEQPACKET/STREAM over which the child sends the pty master */
	int gate; /* 0: none. A listening socket: spawn_gated, then whoever connects lets it go on
		   */
	/* In the child: when all mounts stand and the host's tree is still to be seen; when it is
	 * what the command will be, but for the seccomp filter. NULL: nothing. */
	int (*before_root)(void *arg, struct err *e);
	int (*before_command)(void *arg, struct err *e);
	void *arg;
};

struct spawn_proc {
	pid_t pid; /* in the caller's pid namespace */
	int pidfd; /* CLOEXEC, the caller's */
	int mntns; /* fd that keeps the mount namespace alive past exit; -1 where the kernel cannot
		    */
	int go, status; /* until spawn_go */
};

/* cg: made with cgroup_setup before (may be NULL: none, or to come). selfexe: O_PATH or O_RDONLY fd
 * of the binary on its read-only clone, used for --init; -1 if not needed. */
int spawn_make(const struct spec *s, const struct cgroup *cg, const struct spawn_io *io,
	       int selfexe, struct spawn_proc *ret, struct err *e);
/* Its groups, which cgroup_setup has made by now: to be called where s->cgroup is set and
 * spawn_make had no cg, before spawn_go, which fails where they did not all arrive. */
void spawn_group(const struct spawn_proc *p, const struct cgroup *cg);
/* In place of spawn_go where there is a gate: waits until the process is complete up to its
 * command, which it has looked for. The caller may end then: the process waits at the gate for as
 * long as it takes. Who connects to it later asks spawn_pass how it went. */
int spawn_gated(struct spawn_proc *p, struct err *e);
/* conn: connected to the gate. 0: execve has succeeded. */
int spawn_pass(int conn, struct err *e);
/* On failure the process is gone, and what *p held. */
int spawn_go(struct spawn_proc *p, struct err *e);
/* Ends one that is not to run. */
void spawn_drop(struct spawn_proc *p);
/* spawn_make and spawn_go. */
int spawn_start(const struct spec *s, const struct cgroup *cg, const struct spawn_io *io,
		int selfexe, struct spawn_proc *ret, struct err *e);

#endif
