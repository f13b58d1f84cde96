/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A label for exec is written to /proc/thread-self/attr: AppArmor's own directory there exists
 * since 5.8, before that the shared file. The descriptor of proc is the caller's, because the path
 * must not pass through the image, and it must be a proc of the writer's pid namespace for "self"
 * to be the writer; the type of file system is checked before anything is written (CVE-2019-16884
 * made a runtime write its label into a file of the image's choice).
 */
#include "container/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"

bool lsm_selinux_enabled(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

static int write_attr(int proc, const char *const *paths, const char *text, struct err *e)
{
	AUTO_FD int fd = -1;
	struct statfs fs;

	for (; *paths && fd < 0; paths++)
		fd = openat(proc, *paths, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open the label that exec will set (is the security module on?)");
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, ERR_FORBIDDEN,
			       "set the label for exec: /proc is not a proc file system");
	if (write(fd, text, strlen(text)) < 0)
		return errno == ENOENT ? err_set(e, ERR_INVALID,
						 "security label \"%s\" is not loaded in "
						 "the kernel",
						 text)
				       : err_sys(e, "set the security label \"%s\" for exec", text);
	return 0;
}

int lsm_apply(int proc, const char *apparmor, const char *selinux, struct err *e)
{
	static const char *const aa[] = {"thread-self/attr/apparmor/exec", "thread-self/attr/exec",
					 "self/attr/exec", NULL};
	static const char *const se[] = {"thread-self/attr/exec", "self/attr/exec", NULL};
	char text[512];

	if (apparmor) {
		if (snprintf(text, sizeof(text), "exec %s", apparmor) >= (int)sizeof(text))
			return err_set(e, ERR_INVALID, "AppArmor profile name is too long");
		if (write_attr(proc, aa, text, e) < 0)
			return err_wrap(e, "AppArmor profile %s", apparmor);
	}
	if (selinux && write_attr(proc, se, selinux, e) < 0)
		return err_wrap(e, "SELinux");
	return 0;
}
