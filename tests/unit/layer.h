/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer: what the tests of unpacking share. begin() makes a new layer directory and a new archive,
 * put() adds an entry with the attributes of T, end() unpacks the archive to R or E.
 */
#ifndef TESTS_UNIT_LAYER_H
#define TESTS_UNIT_LAYER_H

#include "base/fs.h"
#include "image/tar.h"
#include "image/unpack.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static struct tar_entry T; /* what the next put() takes mode, owner, attributes... from */
static struct buf A;	   /* the archive being made */
static struct tar_writer W;
static int top = -1; /* where the layer's directory lies */
static int L = -1;   /* the layer's directory */
static struct unpack_result R;
static struct err E;

__attribute__((unused)) static int collect(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)e;
	buf_append(ctx, data, n);
	return 0;
}

/* A new, empty layer directory and archive. */
__attribute__((unused)) static void begin(void)
{
	struct err e;

	if (L >= 0)
		close(L);
	EQ_OK(fs_remove_tree(top, "layer", &e), e);
	mkdir("layer", 0755);
	L = open("layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_clear(&A);
	tar_writer_init(&W, collect, &A);
	T = (struct tar_entry){.mode = 0644, .mtime_sec = 1500000000};
}

__attribute__((unused)) static void put(const char *name, char type, const char *arg)
{
	struct err e = {0};
	struct tar_entry t = T;

	t.name = name;
	t.type = type;
	t.link = type == TAR_SYMLINK || type == TAR_HARDLINK ? arg : "";
	if (type == TAR_DIR && t.mode == 0644)
		t.mode = 0755;
	t.size = type == TAR_FILE ? (int64_t)strlen(arg) : 0;
	EQ_OK(tar_writer_entry(&W, &t, &e), e);
	if (type == TAR_FILE)
		EQ_OK(tar_writer_data(&W, arg, strlen(arg), &e), e);
}

__attribute__((unused)) static int unpack_bytes(const char *data, size_t n, int recordfd,
						const struct unpack_limits *l)
{
	struct unpack *u = unpack_begin(L, recordfd, l, &E);

	if (!u)
		return -1;
	for (size_t at = 0, k; at < n; at += k) {
		k = n - at < 100000 ? n - at : 100000;
		if (unpack_write(u, data + at, k, &E)) {
			unpack_abort(u);
			return -1;
		}
	}
	return unpack_finish(u, &R, &E);
}

__attribute__((unused)) static int end(void)
{
	struct err e;

	E = (struct err){0};
	tar_writer_end(&W, &e);
	return unpack_bytes(A.data, A.len, -1, NULL);
}

__attribute__((unused)) static void refused(const char *why)
{
	OK(end() < 0, "expected: %s", why);
	OK(strstr(E.text, why), "not '%s' but '%s'", why, E.text);
}

__attribute__((unused)) static struct stat look(const char *name)
{
	struct stat st = {0};

	if (fstatat(L, name, &st, AT_SYMLINK_NOFOLLOW))
		st.st_mode = 0;
	return st;
}

__attribute__((unused)) static int is_whiteout(const char *name)
{
	struct stat st = look(name);

	return S_ISCHR(st.st_mode) && !st.st_rdev;
}

__attribute__((unused)) static int is_opaque(const char *name)
{
	char path[256], v[4] = {0};

	snprintf(path, sizeof(path), "layer/%s", name);
	return lgetxattr(path, "trusted.overlay.opaque", v, sizeof(v)) == 1 && *v == 'y';
}

__attribute__((unused)) static const char *text(int dirfd, const char *name)
{
	static char s[256];
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, s, sizeof(s) - 1);

	s[n > 0 ? n : 0] = 0;
	close(fd);
	return fd < 0 ? "(none)" : s;
}

#endif
