/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay: nothing is copied, a container costs two directories. The mount itself is made by the
 * container's set-up, inside its own mount namespace; here only upper, work and the names are made.
 *
 * mount(2) takes one page of options: 127 lowers fit as 22-byte aliases relative to layers/, which
 * is the mounting process's working directory (2,921 bytes, the rest is for upper and work).
 *
 * The merged root takes its mode and owner from upper, so those are copied from the top layer.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/rand.h"
#include "image/driver.h"
#include "image/layers.h"

/* In a child: a private mount namespace, an overlay of its own. Returns the exit status: errno. */
static int try_mount(int dir)
{
	static const char *const subs[] = {"l", "u", "w", "m"};

	if (fchdir(dir))
		return errno;
	for (size_t i = 0; i < sizeof(subs) / sizeof(*subs); i++)
		if (mkdirat(dir, subs[i], 0700))
			return errno;
	if (mknod("l/x", S_IFREG | 0600, 0) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno;
	if (mount("overlay", "m", "overlay", 0, "lowerdir=l,upperdir=u,workdir=w"))
		return errno;
	/* a whiteout is what an upper directory that only half works refuses */
	return unlink("m/x") ? errno : 0;
}

static int overlay_probe(const struct store *s, struct err *e)
{
	struct store_pin pin = STORE_PIN_INIT;
	char name[33];
	AUTO_FD int dir = -1;
	int status = -1;
	struct err ignored;
	pid_t pid = -1;

	rand_hex(name, 32);
	if (store_pin_new(s, &pin, e))
		return -1;
	if (!store_pin_tmp(s, &pin, name, e))
		dir = file_opendir(s->tmp, name, 0700, e);
	if (dir >= 0) {
		pid = fork();
		if (!pid)
			_exit(try_mount(dir));
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		fs_remove_tree(s->tmp, name, &ignored);
	}
	store_pin_release(s, &pin);
	if (dir < 0)
		return -1;
	if (pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	errno = pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return err_sys(e, "mount an overlay below %s", s->root);
}

/* The container's root directory, with mode and owner of the top layer's; made under another name
 * first where that takes more than one step, so that a second call never undoes what the container
 * did to it. */
static int make_upper(const struct store *s, const struct strs *diff_ids, int cdir, struct err *e)
{
	struct stat st = {.st_mode = 0755};
	AUTO_FD int upper = -1;

	if (!faccessat(cdir, "upper", F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (diff_ids->n) {
		AUTO_FD int top = layers_open(s, diff_ids->v[diff_ids->n - 1], e);

		if (top < 0)
			return -1;
		if (fstat(top, &st))
			return err_sys(e, "look at the top layer");
	}
	if (!st.st_uid && !st.st_gid && !(st.st_mode & (S_ISUID | S_ISGID | S_IWGRP | S_IWOTH)))
		return mkdirat(cdir, "upper", st.st_mode & 07777)
			       ? err_sys(e, "make the container's root")
			       : 0;
	upper = file_opendir(cdir, "upper.new", 0755, e);
	if (upper < 0)
		return -1;
	if (fchown(upper, st.st_uid, st.st_gid) || fchmod(upper, st.st_mode & 07777) ||
	    renameat(cdir, "upper.new", cdir, "upper"))
		return err_sys(e, "make the container's root");
	return 0;
}

/* overlay wants at least one lower: an image without layers gets an empty directory. */
static int add_lowers(const struct store *s, struct arena *a, const struct strs *diff_ids,
		      struct strs *ret, struct err *e)
{
	for (size_t i = diff_ids->n; i-- > 0;)
		strs_printf(a, ret, "l/%.*s", LAYERS_ALIAS, diff_ids->v[i]);
	if (diff_ids->n)
		return 0;
	if (mkdirat(s->aliases, "none", 0755) && errno != EEXIST)
		return err_sys(e, "make layers/l/none");
	strs_add(a, ret, arena_strdup(a, "l/none"));
	return 0;
}

static int overlay_prepare(const struct store *s, struct arena *a, const struct strs *diff_ids,
			   int cdir, const char *cpath, struct driver_rootfs *ret, struct err *e)
{
	struct driver_rootfs r = {.driver = driver_overlay.name};

	if (mkdirat(cdir, "work", 0700) && errno != EEXIST)
		return err_sys(e, "make overlay's work directory");
	if (make_upper(s, diff_ids, cdir, e) || add_lowers(s, a, diff_ids, &r.lowers, e))
		return -1;
	r.base = arena_printf(a, "%s/layers", s->root);
	r.upper = arena_printf(a, "%s/upper", cpath);
	r.work = arena_printf(a, "%s/work", cpath);
	r.dir = r.work; /* nobody has to see that below the mount */
	*ret = r;
	return 0;
}

const struct driver driver_overlay = {"overlay", overlay_probe, overlay_prepare};
