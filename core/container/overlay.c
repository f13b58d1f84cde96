/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount(2) takes one page of options. With layers named by short aliases relative to the working
 * directory that is enough for Docker's 127; what does not fit goes layer by layer through
 * fsconfig's "lowerdir+" (Linux 6.5). One mount(2) is preferred where it fits: it is a single call
 * where the other takes one per layer.
 *
 * index, metacopy and redirect_dir are switched off by name, whatever the module's defaults are: an
 * upper directory becomes a layer as it is, so it must hold whole files and whole directories.
 */
#include "container/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"

#define PAGE 4096
#define PLAIN "index=off,metacopy=off,redirect_dir=off"

static int check(const char *name, struct err *e)
{
	if (name && strpbrk(name, ":,\\"))
		return err_set(e, ERR_INVALID,
			       "layer directory %s: ':' ',' and '\\' cannot be used", name);
	return 0;
}

static void dirs(struct buf *b, const char *upper, const char *work)
{
	if (upper)
		buf_printf(b, ",upperdir=%s,workdir=%s", upper, work);
}

static int mount_page(const struct strs *lowers, const char *upper, const char *work,
		      const char *dir, const char *plain)
{
	AUTO_BUF b = BUF_INIT;

	buf_str(&b, "lowerdir=");
	for (size_t i = 0; i < lowers->n; i++) {
		if (i)
			buf_char(&b, ':');
		buf_str(&b, lowers->v[i]);
	}
	dirs(&b, upper, work);
	buf_str(&b, plain);
	if (b.len >= PAGE) {
		errno = E2BIG;
		return -1;
	}
	return mount("overlay", dir, "overlay", 0, b.data);
}

static int set(int fs, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, 1 /* FSCONFIG_SET_STRING */, key, value, 0);
}

static int mount_config(const struct strs *lowers, const char *upper, const char *work,
			const char *dir)
{
	AUTO_FD int fs = (int)syscall(SYS_fsopen, "overlay", 1u /* FSOPEN_CLOEXEC */);
	AUTO_FD int fd = -1;

	if (fs < 0 || set(fs, "source", "overlay") || set(fs, "index", "off") ||
	    set(fs, "metacopy", "off") || set(fs, "redirect_dir", "off"))
		return -1;
	for (size_t i = 0; i < lowers->n; i++)
		if (set(fs, "lowerdir+", lowers->v[i]))
			return -1;
	if (upper && (set(fs, "upperdir", upper) || set(fs, "workdir", work)))
		return -1;
	if (syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0))
		return -1;
	fd = (int)syscall(SYS_fsmount, fs, 1u /* FSMOUNT_CLOEXEC */, 0u);
	if (fd < 0)
		return -1;
	return (int)syscall(SYS_move_mount, fd, "", AT_FDCWD, dir, 4u /* F_EMPTY_PATH */);
}

int overlay_mount(const char *base, const struct strs *lowers, const char *upper, const char *work,
		  const char *dir, struct err *e)
{
	int rc;

	for (size_t i = 0; i < lowers->n; i++)
		if (check(lowers->v[i], e))
			return -1;
	if (check(upper, e) || check(work, e))
		return -1;
	if (chdir(base))
		return err_sys(e, "cannot enter the layers' directory %s", base);
	rc = mount_page(lowers, upper, work, dir, "," PLAIN);
	if (rc && errno == EINVAL) /* an option that an old kernel does not know */
		rc = mount_page(lowers, upper, work, dir, "");
	if (rc && errno == E2BIG) {
		rc = mount_config(lowers, upper, work, dir);
		if (rc && (errno == ENOSYS || errno == EINVAL))
			return err_set(
				e, ERR_UNSUPPORTED,
				"%zu layers do not fit into this kernel's overlay mount: "
				"shorter names or Linux 6.5 are needed, or --storage-driver vfs",
				lowers->n);
	}
	if (rc)
		return err_sys(e, "cannot mount the overlay of %zu layers on %s", lowers->n, dir);
	return 0;
}
