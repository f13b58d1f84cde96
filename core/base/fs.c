/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways to the same answer. openat2 resolves in the kernel, atomically against renames; the
 * walk below does it by hand for kernels before 5.6 and for sandboxes that refuse the call.
 *
 * The walk goes down one component at a time with O_PATH | O_NOFOLLOW, reads symlinks itself and
 * splices their text in front of what is left. It never opens "..": it keeps the names it came
 * through and goes down again from the root without the last one. So it holds two descriptors
 * whatever the depth, and a directory that somebody moves out of the root meanwhile cannot carry
 * us out with it, which a ".." would.
 *
 * Magic links (/proc/PID/fd/N and the like) look like symlinks whose text means nothing or names
 * an object outside the root. The kernel tells them apart, a reader of their text must guess: on
 * procfs only a relative text without ':' is an honest link (self, thread-self, mounts, net).
 *
 * EAGAIN from openat2 says that a rename or mount elsewhere raced with a ".."; a few retries are
 * enough on a quiet machine, and on a busy one the walk answers.
 */
#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define RETRIES 64
#define MAX_LINKS 40		/* the kernel's own limit */
#define WALK_MAX (4 * PATH_MAX) /* of a path with its symlinks spliced in */
#define PROC_MAGIC 0x9fa0

static bool walk_forced;

void fs_force_walk(int on)
{
	walk_forced = on;
}

static int raw_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
			       .resolve = resolve};

	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		how.mode = mode & 07777;
	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

/* A sandbox may answer EPERM where an old kernel says ENOSYS, and EPERM has honest causes too:
 * asking for "." once tells them apart. */
static bool have_openat2(void)
{
	static int known; /* 1 yes, -1 no */
	int fd;

	if (!known) {
		fd = raw_openat2(AT_FDCWD, ".", O_PATH, 0, 0);
		known = fd < 0 && (errno == ENOSYS || errno == EPERM) ? -1 : 1;
		fd_autoclose(&fd);
	}
	return known > 0 && !walk_forced;
}

int fs_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	int fd;

	if (!have_openat2()) {
		errno = ENOSYS;
		return -1;
	}
	for (int i = 0; i < RETRIES; i++) {
		fd = raw_openat2(dirfd, path, flags, mode, resolve);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

/* ---- the walk */

struct walk {
	int root, cur; /* cur is owned */
	enum fs_scope scope;
	int links;
	size_t done_len;
	char done[WALK_MAX];	 /* "a/b/c": names from root to cur, none of them a symlink */
	char rest[WALK_MAX + 1]; /* what is still to be resolved */
};

static int fail(int err)
{
	errno = err;
	return -1;
}

static int reopen(int dirfd, const char *name)
{
	return openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int walk_move(struct walk *w, int fd)
{
	if (fd < 0)
		return -1;
	fd_autoclose(&w->cur);
	w->cur = fd;
	return 0;
}

/* Goes to the directory named by w->done, from the root down. */
static int walk_again(struct walk *w)
{
	AUTO_FD int fd = reopen(w->root, ".");
	char name[NAME_MAX + 1];

	for (size_t i = 0; i < w->done_len && fd >= 0;) {
		size_t n = strcspn(w->done + i, "/");
		int next;

		memcpy(name, w->done + i, n);
		name[n] = 0;
		next = reopen(fd, name);
		fd_autoclose(&fd);
		fd = next;
		i += n + (w->done[i + n] == '/');
	}
	return walk_move(w, fd_steal(&fd));
}

static int walk_root(struct walk *w)
{
	w->done_len = 0;
	w->done[0] = 0;
	return walk_again(w);
}

static int walk_up(struct walk *w)
{
	char *slash;

	if (!w->done_len)
		return w->scope == FS_BENEATH ? fail(EXDEV) : 0;
	slash = strrchr(w->done, '/');
	w->done_len = slash ? (size_t)(slash - w->done) : 0;
	w->done[w->done_len] = 0;
	return walk_again(w);
}

/* Takes over fd, the directory that is called name in cur. */
static int walk_down(struct walk *w, const char *name, int fd)
{
	size_t n = strlen(name);

	if (walk_move(w, fd))
		return -1;
	if (w->done_len + n + 2 > sizeof(w->done))
		return fail(ENAMETOOLONG);
	if (w->done_len)
		w->done[w->done_len++] = '/';
	memcpy(w->done + w->done_len, name, n + 1);
	w->done_len += n;
	return 0;
}

static bool is_magic(int link, const char *text)
{
	struct statfs fs;

	if (fstatfs(link, &fs) || fs.f_type != PROC_MAGIC)
		return false;
	return text[0] == '/' || text[0] == '(' || strchr(text, ':');
}

/* Puts the text of the symlink before what is left of the path (which starts with a slash or is
 * empty). */
static int walk_follow(struct walk *w, int link, const char *left)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
	size_t m = strlen(left);

	if (n < 0)
		return -1;
	text[n] = 0;
	if (++w->links > MAX_LINKS || is_magic(link, text))
		return fail(ELOOP);
	if (text[0] == '/' && w->scope == FS_BENEATH)
		return fail(EXDEV);
	if (!n)
		return fail(ENOENT);
	if ((size_t)n + m >= sizeof(w->rest))
		return fail(ENAMETOOLONG);
	memmove(w->rest + n, left, m + 1);
	memcpy(w->rest, text, (size_t)n);
	return text[0] == '/' ? walk_root(w) : 0;
}

/* The last component. Returns an fd, -1, or -2 where a symlink was spliced in. */
static int walk_last(struct walk *w, const char *name, int flags, mode_t mode)
{
	AUTO_FD int probe = openat(w->cur, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int fd = -1;
	struct stat st;
	bool follow = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);

	if (probe < 0 && (errno != ENOENT || !(flags & O_CREAT)))
		return -1;
	if (probe >= 0 && follow) {
		if (fstat(probe, &st))
			return -1;
		if (S_ISLNK(st.st_mode))
			return walk_follow(w, probe, "") ? -1 : -2;
	}
	fd = openat(w->cur, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	/* with O_PATH a symlink that came after the probe would be opened itself */
	if (follow && (flags & O_PATH) && (fstat(fd, &st) || S_ISLNK(st.st_mode)))
		return fail(ELOOP);
	return fd_steal(&fd);
}

/* A component that more follows. `left` is what follows, with its slash. */
static int walk_step(struct walk *w, const char *name, const char *left)
{
	AUTO_FD int fd = -1;
	struct stat st;

	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, ".."))
		return walk_up(w);
	fd = openat(w->cur, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return -1;
	if (S_ISLNK(st.st_mode))
		return walk_follow(w, fd, left) ? -1 : 1;
	return S_ISDIR(st.st_mode) ? walk_down(w, name, fd_steal(&fd)) : fail(ENOTDIR);
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int walk_path(struct walk *w, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	size_t at = 0, n;
	int rc;

	for (;;) {
		const char *left;

		at += strspn(w->rest + at, "/");
		n = strcspn(w->rest + at, "/");
		if (!n) /* "/", "a/..", "a/": the directory we stand in */
			return openat(w->cur, ".", flags | O_CLOEXEC, mode);
		if (n > NAME_MAX)
			return fail(ENAMETOOLONG);
		memcpy(name, w->rest + at, n);
		name[n] = 0;
		left = w->rest + at + n;
		if (!left[strspn(left, "/")] && !is_dots(name)) {
			if (*left && (flags & O_CREAT))
				return fail(EISDIR);
			if (!*left) {
				rc = walk_last(w, name, flags, mode);
				if (rc != -2)
					return rc;
				at = 0;
				continue;
			}
		}
		rc = walk_step(w, name, left);
		if (rc < 0)
			return -1;
		at = rc ? 0 : at + n;
	}
}

static int walk_open(int root, const char *path, enum fs_scope scope, int flags, mode_t mode)
{
	AUTO_FREE struct walk *w = NULL;
	size_t n = strlen(path);
	int fd;

	if (!n)
		return fail(ENOENT);
	if (n >= PATH_MAX)
		return fail(ENAMETOOLONG);
	if (path[0] == '/' && scope == FS_BENEATH)
		return fail(EXDEV);
	w = mem_alloc(sizeof(*w));
	w->root = root;
	w->cur = -1;
	w->scope = scope;
	memcpy(w->rest, path, n + 1);
	fd = walk_root(w) ? -1 : walk_path(w, flags, mode);
	fd_autoclose(&w->cur);
	return fd;
}

/* ---- what the header promises */

static int open_path(int root, const char *path, enum fs_scope scope, int flags, mode_t mode)
{
	uint64_t resolve = RESOLVE_NO_MAGICLINKS;
	int fd;

	resolve |= scope == FS_IN_ROOT ? RESOLVE_IN_ROOT : RESOLVE_BENEATH;
	fd = fs_openat2(root, path, flags, mode, resolve);
	if (fd < 0 && (errno == ENOSYS || errno == EAGAIN))
		fd = walk_open(root, path, scope, flags, mode);
	return fd;
}

static int path_error(const char *what, const char *path, struct err *e)
{
	int saved = errno;

	if (saved == EXDEV)
		err_set(e, ERR_INVALID, "%s %s: the path leads out of its root", what, path);
	else
		err_sys(e, "%s %s", what, path);
	if (saved == ENOENT)
		e->kind = ERR_NOTFOUND;
	else if (saved == ELOOP || saved == ENOTDIR || saved == ENAMETOOLONG)
		e->kind = ERR_INVALID;
	e->sys = saved;
	errno = saved;
	return -1;
}

int fs_open(int root, const char *path, enum fs_scope scope, int flags, mode_t mode, struct err *e)
{
	int fd = open_path(root, path, scope, flags, mode);

	return fd < 0 ? path_error("open", path, e) : fd;
}

/* Where the component that ends at `end` begins. */
static size_t component(const char *path, size_t end)
{
	while (end && path[end - 1] != '/')
		end--;
	return end;
}

/* Opens the longest prefix of path that exists; *ret_len is its length (0: the root itself). */
static int open_existing(int root, const char *path, enum fs_scope scope, size_t *ret_len)
{
	char tmp[PATH_MAX];
	size_t n = strlen(path);
	int fd;

	memcpy(tmp, path, n + 1);
	for (;;) {
		while (n > 1 && tmp[n - 1] == '/')
			n--;
		tmp[n] = 0;
		fd = open_path(root, n ? tmp : ".", scope, O_PATH | O_DIRECTORY, 0);
		if (fd >= 0 || errno != ENOENT || !n) {
			*ret_len = n;
			return fd;
		}
		n = component(tmp, n);
	}
}

/* The directory behind path[0..end), whose last component is missing in dir. */
static int make_one(int root, const char *path, size_t end, enum fs_scope scope, int dir,
		    mode_t mode)
{
	char name[PATH_MAX];
	size_t start = component(path, end);

	memcpy(name, path, end);
	name[end] = 0;
	if (is_dots(name + start)) /* "new/..": nothing to make; the way back may be a link */
		return open_path(root, name, scope, O_PATH | O_DIRECTORY, 0);
	if (mkdirat(dir, name + start, mode) && errno != EEXIST)
		return -1;
	return reopen(dir, name + start);
}

static int make_path(int root, const char *path, enum fs_scope scope, mode_t mode, struct err *e)
{
	AUTO_FD int fd = -1;
	size_t at = 0;

	if (strlen(path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return path_error("create directory", path, e);
	}
	fd = open_existing(root, path, scope, &at);
	while (fd >= 0) {
		int next;

		at += strspn(path + at, "/");
		if (!path[at])
			return fd_steal(&fd);
		at += strcspn(path + at, "/");
		next = make_one(root, path, at, scope, fd, mode);
		fd_autoclose(&fd);
		fd = next;
	}
	return path_error("create directory", path, e);
}

int fs_mkdirs(int root, const char *path, mode_t mode, struct err *e)
{
	return make_path(root, path, FS_IN_ROOT, mode, e);
}

int fs_open_parent(int root, const char *path, enum fs_scope scope, mode_t make_mode, char *name,
		   struct err *e)
{
	char dir[PATH_MAX], last[NAME_MAX + 1] = "";
	size_t end = strlen(path), start;
	int fd;

	while (end && path[end - 1] == '/')
		end--;
	start = component(path, end);
	if (end - start <= NAME_MAX && start < sizeof(dir)) {
		memcpy(last, path + start, end - start);
		memcpy(dir, path, start);
	}
	if (!*last || is_dots(last))
		return err_set(e, ERR_INVALID, "'%s' does not end in a file name", path);
	if (!start)
		dir[start++] = '.';
	dir[start] = 0;
	if (make_mode)
		fd = make_path(root, dir, scope, make_mode, e);
	else
		fd = fs_open(root, dir, scope, O_PATH | O_DIRECTORY, 0, e);
	if (fd >= 0)
		memcpy(name, last, strlen(last) + 1);
	return fd;
}

long fs_dents(int dirfd, void *buf, size_t size)
{
	return syscall(SYS_getdents64, dirfd, buf, size);
}
