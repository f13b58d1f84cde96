/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A netlink socket stays with the namespace that it was made in, so nearly everything is done
 * from where the caller is; entering is for /proc/sys/net and for sockets that are bound there.
 * Both ways cost a few microseconds.
 *
 * A process that could not come back would go on in the wrong namespace with everything it does:
 * it ends instead. (Only a process that gave its privileges away in between can meet that.)
 */
#include "network/hostnet.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

static int own(struct err *e)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open /proc/self/ns/net") : fd;
}

static int sockets(struct hostnet *h, struct err *e)
{
	if (nl_open(NETLINK_ROUTE, &h->rt, e))
		return -1;
	if (!nl_open(NETLINK_NETFILTER, &h->nf, e))
		return 0;
	h->nf.fd = -1;
	return e->sys == EPROTONOSUPPORT ? 0 : -1;
}

int hostnet_open(int ns, struct hostnet *ret, struct err *e)
{
	struct hostnet h = {ns < 0 ? own(e) : ns, -1, {-1, 0}, {-1, 0}};
	int rc;

	if (h.ns < 0 || (ns >= 0 && hostnet_enter(&h, e))) {
		hostnet_close(&h);
		return -1;
	}
	rc = sockets(&h, e);
	hostnet_leave(&h);
	if (rc)
		hostnet_close(&h);
	else
		*ret = h;
	return rc;
}

void hostnet_close(struct hostnet *h)
{
	nl_close(&h->rt);
	nl_close(&h->nf);
	fd_autoclose(&h->ns);
}

int hostnet_enter(struct hostnet *h, struct err *e)
{
	AUTO_FD int back = own(e);

	if (back < 0)
		return -1;
	if (setns(h->ns, CLONE_NEWNET))
		return err_sys(e, "enter the host's network namespace");
	h->back = fd_steal(&back);
	return 0;
}

void hostnet_leave(struct hostnet *h)
{
	if (h->back < 0)
		return;
	if (setns(h->back, CLONE_NEWNET)) {
		log_write(LOG_ERROR, "network", "cannot go back to the own network namespace");
		_exit(125);
	}
	fd_autoclose(&h->back);
}
