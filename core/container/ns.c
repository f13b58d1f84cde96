/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joining goes through open files of the namespaces, opened by the child itself while it still
 * sees the host's mounts: a name under exec-root/netns or /proc/PID/ns, never a path of the image.
 *
 * A pid namespace cannot be joined by the process itself, only for its children. The parent enters
 * for the moment of the clone and goes back to its own: so the container is still the parent's own
 * child and its exit status comes straight to it.
 */
#include "container/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif

static const struct {
	int flag;
	const char *name;
} kinds[SPEC_NS_COUNT] = {
	[SPEC_NS_PID] = {CLONE_NEWPID, "pid"},	[SPEC_NS_NET] = {CLONE_NEWNET, "network"},
	[SPEC_NS_IPC] = {CLONE_NEWIPC, "ipc"},	[SPEC_NS_UTS] = {CLONE_NEWUTS, "uts"},
	[SPEC_NS_MNT] = {CLONE_NEWNS, "mount"}, [SPEC_NS_CGROUP] = {CLONE_NEWCGROUP, "cgroup"},
};

int ns_clone_flags(const struct spec *s, uint64_t *ret, struct err *e)
{
	uint64_t flags = 0;

	if (s->ns[SPEC_NS_MNT] != SPEC_NS_OWN)
		return err_set(e, ERR_UNSUPPORTED,
			       "a container always has a mount namespace of its own");
	for (int i = 0; i < SPEC_NS_COUNT; i++)
		if (s->ns[i] == SPEC_NS_OWN && i != SPEC_NS_CGROUP)
			flags |= (uint64_t)kinds[i].flag;
	*ret = flags;
	return 0;
}

static int join(const struct spec *s, int kind, struct err *e)
{
	const char *path = s->ns_path[kind];
	AUTO_FD int opened = -1;
	int fd = s->ns_fd[kind];

	if (fd <= 0) {
		opened = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
		fd = opened;
	}
	if (fd < 0)
		return err_sys(e, "cannot open the %s namespace %s", kinds[kind].name, path);
	if (setns(fd, kinds[kind].flag))
		return err_sys(e, "cannot join the %s namespace %s", kinds[kind].name, path);
	return 0;
}

int ns_pid_enter(const struct spec *s, int *ret_back, struct err *e)
{
	AUTO_FD int own = -1;

	*ret_back = -1;
	if (s->ns[SPEC_NS_PID] != SPEC_NS_PATH)
		return 0;
	own = openat(AT_FDCWD, "/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return err_sys(e, "cannot open our own pid namespace");
	if (join(s, SPEC_NS_PID, e))
		return -1;
	*ret_back = fd_steal(&own);
	return 0;
}

int ns_pid_leave(int back, struct err *e)
{
	int rc = 0;

	if (back < 0)
		return 0;
	if (setns(back, CLONE_NEWPID))
		rc = err_sys(e, "cannot go back to our own pid namespace");
	fd_autoclose(&back);
	return rc;
}

static int loopback_up(struct err *e)
{
	struct ifreq r = {.ifr_name = "lo"};
	AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	r.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r))
		return err_sys(e, "cannot bring the loopback interface up");
	return 0;
}

static int names(const struct spec *s, struct err *e)
{
	if (s->ns[SPEC_NS_UTS] == SPEC_NS_HOST) /* never the host's own name */
		return 0;
	if (s->hostname && sethostname(s->hostname, strlen(s->hostname)))
		return err_sys(e, "cannot set the host name %s", s->hostname);
	if (s->domainname && *s->domainname && setdomainname(s->domainname, strlen(s->domainname)))
		return err_sys(e, "cannot set the domain name %s", s->domainname);
	return 0;
}

int ns_join(const struct spec *s, struct err *e)
{
	for (int i = 0; i < SPEC_NS_COUNT; i++)
		if (i != SPEC_NS_PID && s->ns[i] == SPEC_NS_PATH && join(s, i, e))
			return -1;
	return 0;
}

int ns_enter(const struct spec *s, struct err *e)
{
	if (!s->userns && ns_join(s, e))
		return -1;
	if (s->ns[SPEC_NS_CGROUP] == SPEC_NS_OWN && unshare(CLONE_NEWCGROUP)) {
		if (errno != EINVAL) /* EINVAL: before Linux 4.6 or built without */
			return err_sys(e, "cannot make a cgroup namespace");
		log_debug("container", "no cgroup namespaces in this kernel: the host's is used");
	}
	if (s->ns[SPEC_NS_NET] == SPEC_NS_OWN && loopback_up(e))
		return -1;
	return names(s, e);
}
