/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data-root/init/2: made under another name and renamed, so it is whole or absent; the number rises
 * when its content changes. Never synced: after a power cut it is the rename that is lost, or files
 * of no content.
 */
#include "engine/initlayer.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/rand.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define INIT_LAYER "init/2"
#define DEAD_AGE 600 /* seconds */

static const char *const dirs[] = {"dev", "dev/pts", "dev/shm", "dev/mqueue", "etc", "proc", "sys"};
/* /.dockerenv is how programs ask whether they run in a container. */
static const char *const files[] = {"etc/hosts", "etc/hostname", "etc/resolv.conf", ".dockerenv"};

static int fill(int dir, struct err *e)
{
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (mkdirat(dir, dirs[i], 0755))
			return err_sys(e, "make %s of the init layer", dirs[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		AUTO_FD int fd =
			openat(dir, files[i], O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

		if (fd < 0)
			return err_sys(e, "make %s of the init layer", files[i]);
	}
	if (fchmodat(dir, ".dockerenv", 0755, 0) || symlinkat("/proc/mounts", dir, "etc/mtab"))
		return err_sys(e, "fill the init layer");
	return 0;
}

/* What a maker that was killed left. One that is at work now is done long before. */
static void sweep(int init)
{
	DIR *d = file_dir(init);
	struct dirent *de;
	struct stat st;
	struct err why;

	if (!d)
		return;
	while ((de = readdir(d)))
		if (!strncmp(de->d_name, "new.", 4) &&
		    !fstatat(init, de->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    time(NULL) - st.st_mtime > DEAD_AGE)
			fs_remove_tree(init, de->d_name, &why);
	closedir(d);
}

static int make(struct engine *en, struct err *e)
{
	AUTO_FD int init = file_opendir(en->data, "init", 0711, e), dir = -1;
	char tmp[32];
	struct err why;

	if (init < 0)
		return -1;
	sweep(init);
	snprintf(tmp, sizeof(tmp), "new.");
	rand_hex(tmp + 4, 16);
	dir = file_opendir(init, tmp, 0755, e);
	if (dir < 0)
		return -1;
	if (fill(dir, e) || (renameat(init, tmp, en->data, INIT_LAYER) && errno != EEXIST &&
			     errno != ENOTEMPTY && err_sys(e, "init layer"))) {
		fs_remove_tree(init, tmp, &why);
		return -1;
	}
	/* somebody else may have been first */
	return fs_remove_tree(init, tmp, e);
}

/* A root without layers gets the two files that nothing is mounted on. */
static int add_files(const char *path, struct err *e)
{
	AUTO_FD int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	AUTO_FD int env = -1, etc = -1;
	char name[256];

	if (root < 0)
		return err_sys(e, "open the container's root");
	env = openat(root, ".dockerenv", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	if (env < 0 && errno != EEXIST)
		return err_sys(e, "make .dockerenv in the container's root");
	etc = fs_open_parent(root, "etc/mtab", FS_IN_ROOT, 0755, name, e);
	if (etc < 0)
		return -1;
	if (symlinkat("/proc/mounts", etc, name) && errno != EEXIST)
		return err_sys(e, "make etc/mtab in the container's root");
	return 0;
}

int initlayer_add(struct engine *en, struct arena *a, struct driver_rootfs *r, struct err *e)
{
	if (!r->base)
		return add_files(r->dir, e);
	if (faccessat(en->data, INIT_LAYER, F_OK, AT_SYMLINK_NOFOLLOW) && make(en, e))
		return -1;
	/* base is data-root/layers */
	strs_add(a, &r->lowers, arena_strdup(a, "../" INIT_LAYER));
	return 0;
}

int initlayer_open(struct engine *en, struct err *e)
{
	int fd;

	if (faccessat(en->data, INIT_LAYER, F_OK, AT_SYMLINK_NOFOLLOW) && make(en, e))
		return -1;
	fd = openat(en->data, INIT_LAYER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open the init layer") : fd;
}
