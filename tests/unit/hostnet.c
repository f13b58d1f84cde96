/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's namespace seen from another one: its sockets answer for it, and entering it and leaving
 * it ends where one came from.
 */
#include "network/hostnet.h"
#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "network/link.h"

static struct err err;

static ino_t where(void)
{
	struct stat st = {.st_ino = 0};

	stat("/proc/self/ns/net", &st);
	return st.st_ino;
}

TEST(from_outside)
{
	struct hostnet h = {-1, -1, {-1, 0}, {-1, 0}}, of_fd = h;
	struct link_info i;
	ino_t host, own;

	if (geteuid() || unshare(CLONE_NEWNET))
		SKIP("needs root and network namespaces");
	host = where();
	REQUIRE(!hostnet_open(-1, &h, &err));
	REQUIRE(!unshare(CLONE_NEWNET));
	own = where();
	EQ_OK(link_bridge(&h.rt, "br0", 0, NULL, NULL, &err), err);
	EQ_OK(hostnet_open(dup(h.ns), &of_fd, &err), err);
	EQ_INT(where(), own);
	EQ_OK(link_get(&of_fd.rt, "br0", &i, &err), err);
	EQ_OK(hostnet_enter(&of_fd, &err), err);
	EQ_INT(where(), host);
	hostnet_leave(&of_fd);
	EQ_INT(where(), own);
	hostnet_leave(&of_fd);
	EQ_INT(where(), own);
	hostnet_close(&of_fd);
	hostnet_close(&h);
	OK(h.ns < 0 && h.rt.fd < 0 && h.nf.fd < 0, "closed");
	EQ_INT(hostnet_open(open("/dev/null", O_RDONLY | O_CLOEXEC), &h, &err), -1);
	EQ_INT(where(), own);
}

int main(void)
{
	RUN(from_outside);
	return test_done();
}
