/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa install DIR: copies this binary to DIR/proa and makes a link for every command beside it, as
 * busybox does. Links are symbolic and relative, so that the directory can be moved or packed.
 */
#include "applets/applet.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static int copy_self(int dir, struct err *e)
{
	AUTO_FD int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	AUTO_FD int out = -1;
	ssize_t n;

	if (in < 0)
		return err_sys(e, "open /proc/self/exe (is /proc mounted?)");
	unlinkat(dir, ".proa.tmp", 0);
	out = openat(dir, ".proa.tmp", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (out < 0)
		return err_sys(e, "create proa");
	while ((n = sendfile(out, in, NULL, 1 << 20)) > 0)
		;
	if (n < 0 || fchmod(out, 0755) || renameat(dir, ".proa.tmp", dir, "proa")) {
		err_sys(e, "write proa");
		unlinkat(dir, ".proa.tmp", 0);
		return -1;
	}
	return 0;
}

static int make_link(int dir, const char *link, struct err *e)
{
	unlinkat(dir, link, 0);
	if (symlinkat("proa", dir, link))
		return err_sys(e, "link %s", link);
	return 0;
}

static int install_main(struct applet_ctx *c)
{
	AUTO_FD int dir = -1;
	struct err e;

	if (file_mkdirs(c->argv[0], 0755, &e))
		return applet_fail(&e, 1);
	dir = open(c->argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		err_sys(&e, "open %s", c->argv[0]);
		return applet_fail(&e, 1);
	}
	if (copy_self(dir, &e))
		return applet_fail(&e, 1);
	for (const struct applet *a = __start_applets; a < __stop_applets; a++) {
		char link[64];

		snprintf(link, sizeof(link), "proa-%s", a->name);
		for (char *p = link; *p; p++)
			if (*p == ' ')
				*p = '-';
		if (make_link(dir, link, &e))
			return applet_fail(&e, 1);
	}
	return 0;
}

APPLET(install, .name = "install", .usage = "DIR",
       .brief = "Copy this binary to DIR and link every command beside it", .min_args = 1,
       .max_args = 1, .main = install_main);
