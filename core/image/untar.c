/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being chrooted, a name cannot lead out, whatever symlinks the layer holds; what remains to be
 * done is to do it right (untar_make.c) and to read names as overlay and the OCI layer format do.
 *
 * A layer's directory starts empty, so what lies in it is what this archive put there: a whiteout
 * for a name that exists is not made (within a layer entries win, in whatever order they come); a
 * directory that meets its own whiteout hides what is below it: opaque. The mark needs a
 * capability that we gave up, so the parent sets it.
 */
#include "image/untar.h"
#include "base/file.h"
#include "image/confine.h"
#include "image/untar_make.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_FILES (TAR_MAX_NAME / 2 + 128) /* every level of the longest name, and some */

static int make_whiteout(struct untar *u, struct err *e)
{
	struct stat st;

	u->name += 4;
	if (!*u->name || !strcmp(u->name, ".") || !strcmp(u->name, ".."))
		return err_set(e, ERR_INVALID, "the layer deletes an impossible name: %s", u->path);
	if (!mknodat(u->dir->fd, u->name, S_IFCHR, makedev(0, 0))) {
		u->dir->dirty = 1;
		return 0;
	}
	if (errno == EPERM)
		return err_set(e, ERR_FORBIDDEN,
			       "the mark of a deleted file, %s, needs CAP_MKNOD on "
			       "kernels before 5.8",
			       u->path);
	if (errno != EEXIST)
		return untar_make_failed(u, "make the whiteout", e);
	if (fstatat(u->dir->fd, u->name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return 0;
	memmove(u->name - 4, u->name, strlen(u->name) + 1);
	return untar_make_opaque(u, u->path, u->len - 4, e);
}

/* 1: the name is dealt with (or to be passed over). 0: an ordinary name. */
static int whiteout(struct untar *u, size_t dir_len, struct err *e)
{
	const char *last = u->path + dir_len + (dir_len > 0);

	for (const char *p = u->path; *p;) {
		if (!strncmp(p, ".wh..wh.", 8)) { /* aufs's own files */
			if (p == last && !strcmp(p, ".wh..wh..opq"))
				return untar_dirs_enter(&u->dirs, u->path, dir_len, e) &&
						       !untar_make_opaque(u, u->path, dir_len, e)
					       ? 1
					       : -1;
			return 1;
		}
		if (!strncmp(p, ".wh.", 4)) {
			if (p != last)
				return err_set(e, ERR_INVALID, "%s: a deleted file has no content",
					       u->path);
			u->dir = untar_dirs_enter(&u->dirs, u->path, dir_len, e);
			return u->dir && !make_whiteout(u, e) ? 1 : -1;
		}
		p += strcspn(p, "/");
		p += *p == '/';
	}
	return 0;
}

static int check_owner(const struct untar *u, struct err *e)
{
	if (u->t->uid < 0 || u->t->uid >= UINT32_MAX || u->t->gid < 0 || u->t->gid >= UINT32_MAX)
		return err_set(e, ERR_INVALID, "%s: impossible owner %lld:%lld", u->path,
			       (long long)u->t->uid, (long long)u->t->gid);
	return 0;
}

/* A cleaned name, of TAR_MAX_NAME bytes, gets its other first part. */
int untar_rename(const struct untar_into *o, char *name, size_t *len, struct err *e)
{
	size_t cut, to;

	if (!o || !o->to)
		return 0;
	cut = strlen(o->from);
	to = strlen(o->to);
	if (strncmp(name, o->from, cut) || (cut && name[cut] && name[cut] != '/'))
		return err_set(e, ERR_INVALID, "the archive holds %.200s, which was not asked for",
			       name);
	if (*len - cut + to + 2 > TAR_MAX_NAME)
		return err_set(e, ERR_INVALID, "name too long: %.100s...", name);
	if (!cut && *name) /* all of it goes below the new directory */
		memmove(name + 1, name, ++*len), *name = '/';
	memmove(name + to, name + cut, *len - cut + 1);
	memcpy(name, o->to, to);
	*len += to - cut;
	name[*len] = 0;
	return 0;
}

/* The entry as the tree is to have it. */
static void adapt(struct untar *u)
{
	u->own = *u->t;
	if (u->into->uid >= 0) {
		u->own.uid = u->into->uid;
		u->own.gid = u->into->gid;
	}
	u->t = &u->own;
}

static int entry(struct untar *u, struct err *e)
{
	const char *slash;
	size_t dir_len;
	int rc;

	if (u->t->type == 'g')
		return 0;
	u->st.entries++;
	if (!strchr("01234567", u->t->type) || !u->t->type) {
		if (u->t->size)
			return err_set(e, ERR_INVALID,
				       "the layer's entry %s is of unknown type '%c'", u->t->name,
				       u->t->type);
		return 0;
	}
	if (u->into)
		adapt(u);
	if (untar_make_clean(u->t->name, u->path, &u->len, e) || check_owner(u, e) ||
	    untar_rename(u->into, u->path, &u->len, e))
		return -1;
	if (!u->len) /* a directory that is copied into stays what it is */
		return u->into ? 0 : untar_make_root(u, e);
	slash = strrchr(u->path, '/');
	dir_len = slash ? (size_t)(slash - u->path) : 0;
	u->name = u->path + dir_len + (slash != NULL);
	if (!u->into && strstr(u->path, ".wh.")) {
		rc = whiteout(u, dir_len, e);
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	u->dir = untar_dirs_enter(&u->dirs, u->path, dir_len, e);
	if (!u->dir || untar_make(u, e))
		return -1;
	if (!u->moved)
		return 0;
	u->moved = 0;
	return untar_dirs_leave(&u->dirs, e);
}

static ssize_t read_tar(void *ctx, void *buf, size_t n, struct err *e)
{
	ssize_t got;

	(void)ctx;
	do
		got = read(UNTAR_TAR, buf, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? err_sys(e, "read the tar stream") : got;
}

static int write_raw(void *ctx, const void *raw, size_t n, struct err *e)
{
	struct untar *u = ctx;

	return record_raw(u->rec, raw, n, e);
}

static int extract(struct untar *u, int64_t max_entries, struct err *e)
{
	int rc;

	u->r = tar_reader_new(read_tar, NULL, u->rec ? write_raw : NULL, u);
	u->dirs.natural = u->into != NULL;
	u->dirs.plain = u->into && u->into->plain;
	if (untar_dirs_init(&u->dirs, UNTAR_ROOT, e))
		return -1;
	while ((rc = tar_reader_next(u->r, &u->t, e)) > 0) {
		if (entry(u, e))
			return -1;
		if (max_entries && u->st.entries > max_entries)
			return err_set(e, ERR_INVALID, "the layer has more than %lld entries",
				       (long long)max_entries);
	}
	if (rc || tar_reader_drain(u->r, e) || untar_dirs_end(&u->dirs, e))
		return -1;
	return u->rec ? record_writer_end(u->rec, e) : 0;
}

/* "/" is the tree's, "." where it is unpacked. */
static int enter_tree(struct err *e)
{
#ifndef PROA_WEAK_CP
	if (confine_root(UNTAR_SLASH, e))
		return -1;
#endif
	close(UNTAR_SLASH);
	return fchdir(UNTAR_ROOT) ? err_sys(e, "enter the directory to unpack into") : 0;
}

static int confine(const struct untar_args *a, struct err *e)
{
	static const int calls[] = {
		SYS_read,
		SYS_write,
		SYS_pread64,
		SYS_pwrite64,
		SYS_lseek,
		SYS_close,
		SYS_openat,
		SYS_openat2,
		SYS_getdents64,
		SYS_fstat,
		SYS_statx,
		SYS_ftruncate,
		SYS_fchown,
		SYS_fchownat,
		SYS_fchmod,
		SYS_fchmodat,
		SYS_utimensat,
		SYS_fsetxattr,
		SYS_lsetxattr,
		SYS_fgetxattr,
		SYS_fremovexattr,
		SYS_lremovexattr,
		SYS_mkdirat,
		SYS_mknodat,
		SYS_symlinkat,
		SYS_linkat,
		SYS_unlinkat,
		SYS_name_to_handle_at,
		SYS_fchdir,
		SYS_getcwd,
		SYS_brk,
		SYS_munmap,
		SYS_mremap,
		SYS_madvise,
		SYS_futex,
		SYS_exit,
		SYS_exit_group,
		SYS_rt_sigreturn,
		SYS_restart_syscall,
#ifdef SYS_mmap
		SYS_mmap,
#endif
#ifdef SYS_mmap2
		SYS_mmap2,
#endif
#ifdef SYS_newfstatat
		SYS_newfstatat,
#endif
#ifdef SYS_fstatat64
		SYS_fstatat64,
		SYS_fstat64,
		SYS_ftruncate64,
		SYS__llseek,
#endif
#ifdef SYS_utimensat_time64
		SYS_utimensat_time64,
#endif
#ifdef SYS_lstat
		SYS_lstat,
		SYS_stat, /* musl's fstatat(AT_FDCWD) */
#endif
#ifdef SYS_fcntl
		SYS_fcntl,
#endif
#ifdef SYS_getrandom
		SYS_getrandom, /* the host libc's malloc */
#endif
#ifdef SYS_sigaltstack
		SYS_sigaltstack, /* sanitizers, before _exit; harmless */
#endif
	};
	const uint64_t caps = 1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER |
			      1ULL << CAP_FSETID | 1ULL << CAP_MKNOD | 1ULL << CAP_SETFCAP;

	if (confine_limits(a->parent, MAX_FILES, e))
		return -1;
	umask(0);
#ifdef PROA_WEAK_UNTAR
	return fchdir(UNTAR_ROOT) ? err_sys(e, "enter the layer's directory") : 0;
#endif
	if ((a->into ? enter_tree(e) : confine_root(UNTAR_ROOT, e)) || confine_caps(caps, e))
		return -1;
	return confine_calls(calls, sizeof(calls) / sizeof(*calls), e);
}

_Noreturn void untar_run(const struct untar_args *a)
{
	const int fds[] = {a->tarfd,	a->statusfd, a->recordfd,
			   a->opaquefd, a->layerfd,  a->into ? a->into->rootfd : -1};
	struct untar *u = mem_alloc(sizeof(*u));
	struct err *e = &u->st.err;
	int rc = (a->into && confine_user(a->into->userfd, e)) || confine_fds(fds, 6, e) ? -1 : 0;
	int status = rc ? a->statusfd : UNTAR_STATUS;

	u->into = a->into;
	if (!rc)
		rc = confine(a, e);
	if (!rc && a->recordfd >= 0) {
		u->rec = record_writer_new(UNTAR_RECORD, e);
		rc = u->rec ? 0 : -1;
	}
	if (!rc)
		rc = extract(u, a->max_entries, e);
	if (file_write_all(status, &u->st, sizeof(u->st)))
		_exit(2);
	_exit(rc ? 1 : 0);
}
