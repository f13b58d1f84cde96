/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of every kind of file is packed, unpacked and packed again: the two archives are equal
 * byte by byte, which shows both ways at once. As root, since the tree has owners and devices.
 */
#include "image/pack.h"
#include "base/fs.h"
#include "image/unpack.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

static struct err E;

static int collect(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)e;
	buf_append(ctx, data, n);
	return 0;
}

static int dir(const char *name)
{
	mkdir(name, 0755);
	return open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void file(int d, const char *name, const char *content, mode_t mode)
{
	int fd = openat(d, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	EQ_INT(write(fd, content, strlen(content)), strlen(content));
	fchmod(fd, mode);
	close(fd);
}

static void tree(int d)
{
	struct timespec t[2] = {{7, 8}, {1234567890, 987654321}};
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "tree/socket"};
	int fd, s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	mkdirat(d, "dir", 0750);
	mkdirat(d, "dir/opaque", 02755);
	file(d, "dir/opaque/f", "content", 04711);
	file(d, "b", "b", 0644);
	file(d, "a\303\244", "name beyond ASCII", 0644);
	fchownat(d, "b", 3000000, 5, 0);
	linkat(d, "b", d, "dir/again", 0);
	symlinkat("/nowhere", d, "sym");
	mkfifoat(d, "fifo", 0640);
	mknodat(d, "null", S_IFCHR | 0666, makedev(1, 3));
	mknodat(d, "dir/gone", S_IFCHR, makedev(0, 0));
	linkat(d, "dir/gone", d, "gone2", 0); /* overlay shares its whiteouts' inode */
	fd = openat(d, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	EQ_INT(ftruncate(fd, 10 << 20), 0);
	EQ_INT(pwrite(fd, "middle", 6, 5 << 20), 6);
	EQ_INT(fsetxattr(fd, "user.z", "", 0, 0), 0);
	EQ_INT(fsetxattr(fd, "user.a", "\0\1", 2, 0), 0);
	EQ_INT(fsetxattr(fd, "trusted.hidden", "x", 1, 0), 0);
	close(fd);
	EQ_INT(setxattr("tree/dir/opaque", "trusted.overlay.opaque", "y", 1, 0), 0);
	EQ_INT(bind(s, (void *)&a, sizeof(a)), 0);
	close(s);
	utimensat(d, "sym", t, AT_SYMLINK_NOFOLLOW);
}

/* Goes to a tmpfs of this process's own for what would only keep a disk busy, where it may. */
static void leave_disk(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir("fast", 0755) || mount("none", "fast", "tmpfs", 0, NULL) || chdir("fast"))
		test_note("no tmpfs: %s", strerror(errno));
}

static int unpack_dir(const char *name, const struct buf *b)
{
	AUTO_FD int d = dir(name);
	struct unpack *u = unpack_begin(d, -1, NULL, &E);
	struct unpack_result r;

	if (!u)
		return -1;
	if (unpack_write(u, b->data, b->len, &E)) {
		unpack_abort(u);
		return -1;
	}
	return unpack_finish(u, &r, &E);
}

TEST(there_and_back)
{
	struct pack_opts o = {.diff = 1};
	AUTO_BUF one = BUF_INIT;
	AUTO_BUF two = BUF_INIT;
	AUTO_FD int d = dir("tree");
	char v[4];
	struct stat st;

	tree(d);
	EQ_OK(pack_tree(d, &o, collect, &one, &E), E);
	OK(one.len < 100000, "%zu bytes: a sparse file was written out", one.len);
	EQ_OK(unpack_dir("copy", &one), E);
	AUTO_FD int c = dir("copy");

	EQ_OK(pack_tree(c, &o, collect, &two, &E), E);
	OK(one.len == two.len && !memcmp(one.data, two.data, one.len), "%zu and %zu bytes", one.len,
	   two.len);
	OK(!fstatat(c, "gone2", &st, AT_SYMLINK_NOFOLLOW) && S_ISCHR(st.st_mode) && !st.st_rdev);
	OK(!fstatat(c, "b", &st, 0) && st.st_nlink == 2 && st.st_uid == 3000000);
	OK(!fstatat(c, "sparse", &st, 0) && st.st_size == 10 << 20 && st.st_blocks < 100);
	EQ_INT(lgetxattr("copy/dir/opaque", "trusted.overlay.opaque", v, 4), 1);
	OK(fstatat(c, "socket", &st, AT_SYMLINK_NOFOLLOW));
}

TEST(prefix_and_no_diff)
{
	struct pack_opts o = {.prefix = "root/"};
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int d = dir("plain");

	file(d, "f", "", 0644);
	EQ_OK(pack_tree(d, &o, collect, &b, &E), E);
	OK(memmem(b.data, b.len, "root/f", 7) != NULL);
	mknodat(d, "w", S_IFCHR, makedev(0, 0));
	OK(pack_tree(d, &o, collect, &b, &E) < 0 && strstr(E.text, "0:0"), "%s", E.text);
	unlinkat(d, "w", 0);
	file(d, ".wh.f", "", 0644);
	o.diff = 1;
	OK(pack_tree(d, &o, collect, &b, &E) < 0 && strstr(E.text, "deletions"), "%s", E.text);
}

/* 10,000 directories in one another: too long a name for a tar, and no reason to crash. */
TEST(deep)
{
	struct pack_opts o = {0};
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int top = dir("deep");
	int fd = fcntl(top, F_DUPFD_CLOEXEC, 0), depth = 0;
	struct err e = {0};

	for (int i = 0; i < 10000; i++) {
		int next;

		if (mkdirat(fd, "d", 0755))
			break;
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
		depth++;
	}
	close(fd);
	EQ_INT(depth, 10000);
	OK(pack_tree(top, &o, collect, &b, &E) < 0 && strstr(E.text, "4095"), "%s", E.text);
	AUTO_FD int cwd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	EQ_OK(fs_remove_tree(cwd, "deep", &e), e);
	buf_clear(&b);
	AUTO_FD int again = dir("deep");
	char name[4001] = {0};

	for (int i = 0; i < 2000; i++)
		memcpy(name + 2 * i, i < 1999 ? "e/" : "e", 2);
	for (size_t i = 1; i < 4000; i += 2) {
		name[i] = 0;
		mkdirat(again, name, 0755);
		name[i] = i < 3999 ? '/' : 0;
	}
	EQ_OK(pack_tree(again, &o, collect, &b, &E), E);
	EQ_OK(unpack_dir("deep2", &b), E);
	EQ_INT(faccessat(cwd, "deep2/e/e/e/e", F_OK, 0), 0);
	EQ_OK(fs_remove_tree(cwd, "deep2", &e), e);
	EQ_OK(fs_remove_tree(cwd, "deep", &e), e);
}

TEST(many_entries_and_links)
{
	struct pack_opts o = {0};
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int d = dir("many");
	char name[32], link[32];
	int links = 0;

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(link, sizeof(link), "g%d", i);
		file(d, name, "", 0644);
		linkat(d, name, d, link, 0);
	}
	EQ_OK(pack_tree(d, &o, collect, &b, &E), E);
	for (size_t at = 0; at + 512 <= b.len; at += 512)
		links += b.data[at + 156] == TAR_HARDLINK;
	EQ_INT(links, 2000);
}

int main(void)
{
	if (geteuid()) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	test_tmp();
	RUN(there_and_back);
	RUN(prefix_and_no_diff);
	leave_disk();
	RUN(deep);
	RUN(many_entries_and_links);
	return test_done();
}
