/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two trees that others wrote are never walked by names that somebody can exchange meanwhile.
 *
 * The source is the image's own root: its layers, read-only, in a mount namespace of a child that
 * has nothing else mounted for it, or the container's own tree that nobody else knows yet; the
 * place is resolved with that as "/". The target may be in use by another container, which could
 * put a symlink to the host where a directory was a moment ago. So the copy is made in tmp/, where
 * nobody can come, and its topmost entries are renamed into the volume: what appears there is
 * whole, and a crash leaves an empty volume or a whole copy of some entries.
 *
 * A volume with options may be another file system, to which nothing can be renamed: there the copy
 * is made in a directory of its own at the volume's top. copytree does not follow what is
 * exchanged either; a crash leaves that directory behind.
 */
#include "engine/copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/rand.h"
#include "container/overlay.h"
#include "engine/mountopt.h"
#include "image/copytree.h"

#define NOREPLACE 1u /* RENAME_NOREPLACE */

struct job {
	struct engine *en;
	struct arena *a;
	const struct mounts_plan *p;
	const struct driver_rootfs *root;
	const char *path; /* our own directory below the store's tmp/ */
	int tmp;
	bool durable;
};

static bool is_empty(int dir)
{
	DIR *d = file_dir(dir);
	struct dirent *de;
	bool empty = true;

	if (!d)
		return false;
	while (empty && (de = readdir(d)))
		empty = !strcmp(de->d_name, ".") || !strcmp(de->d_name, "..");
	closedir(d);
	return empty;
}

/* A tmpfs is new with each start. */
static bool wants_copy(const struct mounts_one *m)
{
	AUTO_FD int fd = -1;

	if (strcmp(m->type, "volume") || m->nocopy || m->other || *m->subpath)
		return false;
	if (m->options.n) {
		for (size_t i = 0; i < m->options.n; i++)
			if (!strcmp(m->options.v[i], "type=tmpfs"))
				return false;
		return true;
	}
	fd = openat(AT_FDCWD, m->source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && is_empty(fd);
}

/* ---- in the child */

static int open_root(struct job *j, struct err *e)
{
	const struct driver_rootfs *r = j->root;
	const char *dir = r->dir;
	int fd;

	if (r->base && r->lowers.n == 1) { /* which overlay does not take without an upper */
		dir = arena_printf(j->a, "%s/%s", r->base, r->lowers.v[0]);
	} else if (r->base) {
		dir = arena_printf(j->a, "%s/root", j->path);
		if (mkdirat(j->tmp, "root", 0700))
			return err_sys(e, "make a mount point");
		if (overlay_mount(r->base, &r->lowers, NULL, NULL, dir, e))
			return -1;
	}
	fd = openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open the image's root") : fd;
}

/* The volume's directory; with options, what they say is mounted first. */
static int open_volume(struct job *j, const struct mounts_one *m, struct err *e)
{
	struct spec_mount o = {.type = ""};
	const char *dir = m->source;
	int fd;

	if (m->options.n) {
		dir = arena_printf(j->a, "%s/volume", j->path);
		if (mountopt_volume(j->a, &m->options, &o, e))
			return -1;
		if (!strcmp(o.type, "bind"))
			o.flags = MS_BIND | (o.recursive ? MS_REC : 0);
		if ((mkdirat(j->tmp, "volume", 0700) && errno != EEXIST) ||
		    mount(o.source, dir, o.type, o.flags, o.data))
			return err_sys(e, "mount volume %s: %s", m->name, o.source);
	}
	fd = openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open volume %s", m->name) : fd;
}

/* What is already there stays: somebody else was faster. */
static int move_entries(int from, int to, struct err *e)
{
	DIR *d = file_dir(from);
	int rc = 0;
	struct dirent *de;

	if (!d)
		return err_sys(e, "read a copy");
	while (!rc && (de = readdir(d))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		if (syscall(SYS_renameat2, from, de->d_name, to, de->d_name, NOREPLACE) &&
		    errno != EEXIST)
			rc = err_sys(e, "move a copy into the volume");
	}
	closedir(d);
	return rc;
}

static int copy_through(struct job *j, int src, int dst, int at, struct err *e)
{
	AUTO_FD int stage = -1;
	struct err ignored;
	char name[40];
	int rc;

#ifdef PROA_WEAK_COPYUP
	if (at >= 0)
		return copytree_apply(src, dst, e);
#endif
	snprintf(name, sizeof(name), ".copy-");
	rand_hex(name + 6, 32);
	stage = file_opendir(at, name, 0700, e);
	if (stage < 0)
		return -1;
	rc = copytree_apply(src, stage, e);
	if (!rc && j->durable && syncfs(stage))
		rc = err_sys(e, "sync a copy");
	if (!rc)
		rc = copytree_attrs(stage, dst, e) || move_entries(stage, dst, e) ? -1 : 0;
	fs_remove_tree(at, name, &ignored);
	return rc;
}

static int copy_one(struct job *j, int root, const struct mounts_one *m, struct err *e)
{
	AUTO_FD int at = fs_open(root, m->dest, FS_IN_ROOT, O_PATH, 0, e), src = -1, dst = -1;
	struct stat st;

	if (at < 0)
		return e->kind == ERR_NOTFOUND ? 0 : err_wrap(e, "volume at %s", m->dest);
	if (fstat(at, &st))
		return err_sys(e, "look at %s", m->dest);
	if (!S_ISDIR(st.st_mode))
		return m->empty_check ? err_set(e, ERR_INVALID,
						"cannot mount volume over existing file, file "
						"exists %s",
						m->dest)
				      : 0;
	src = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dst = open_volume(j, m, e);
	if (src < 0 || dst < 0)
		return src < 0 ? err_sys(e, "open %s", m->dest) : -1;
	if (!is_empty(dst))
		return 0;
	return copy_through(j, src, dst, m->options.n ? dst : j->tmp, e);
}

static int copy_all(struct job *j, struct err *e)
{
	AUTO_FD int root = -1, tmp = -1;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_sys(e, "a mount namespace for the copy into a volume");
	/* by this namespace's mount, or nothing could be renamed from it into a volume */
	tmp = openat(AT_FDCWD, j->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tmp < 0)
		return err_sys(e, "open %s", j->path);
	j->tmp = tmp;
	root = open_root(j, e);
	if (root < 0)
		return -1;
	for (size_t i = 0; i < j->p->l.n; i++)
		if (wants_copy(&j->p->l.v[i]) && copy_one(j, root, &j->p->l.v[i], e))
			return err_wrap(e, "copy into volume %.64s", j->p->l.v[i].name);
	return 0;
}

/* ---- around it */

static int run_child(struct job *j, struct err *e)
{
	int p[2], status = 0;
	struct err why;
	ssize_t n;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC))
		return err_sys(e, "pipe");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		umask(0);
		if (!copy_all(j, &why))
			_exit(0);
		_exit(write(p[1], &why, sizeof(why)) == sizeof(why) ? 1 : 2);
	}
	close(p[1]);
	n = pid < 0 ? -1 : read(p[0], &why, sizeof(why));
	close(p[0]);
	if (pid < 0)
		return err_sys(e, "fork");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (n != (ssize_t)sizeof(why))
		return err_set(e, ERR_SYS, "the copy into a volume was killed");
	*e = why;
	return -1;
}

int copyup_fill(struct engine *en, struct arena *a, const struct mounts_plan *p,
		const struct driver_rootfs *root, struct store_pin *pin, bool durable,
		struct err *e)
{
	struct job j = {.en = en, .a = a, .p = p, .root = root, .durable = durable};
	AUTO_FD int tmp = -1;
	struct err ignored;
	char name[33];
	size_t i = 0;
	int rc;

	while (i < p->l.n && !wants_copy(&p->l.v[i]))
		i++;
	if (i == p->l.n)
		return 0;
	rand_hex(name, 32);
	if (store_pin_tmp(&en->store, pin, name, e))
		return -1;
	tmp = file_opendir(en->store.tmp, name, 0700, e);
	if (tmp < 0)
		return -1;
	j.path = arena_printf(a, "%s/tmp/%s", en->c.data_root, name);
	rc = run_child(&j, e);
	fs_remove_tree(en->store.tmp, name, &ignored);
	return rc;
}
