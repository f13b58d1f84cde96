/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking, as root: what becomes of each kind of entry, overlay's marks, and what is refused.
 * Every attack is aimed at a file beside the layer's directory, which must stay as it was.
 */
#include "image/unpack.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "base/gzip.h"
#include "tests/unit/layer.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

TEST(kinds)
{
	struct stat st;

	begin();
	put("d/", TAR_DIR, "");
	T.mode = 04755, T.uid = 1000, T.gid = 2000, T.mtime_nsec = 123456789;
	put("d/suid", TAR_FILE, "x");
	put("d/link", TAR_HARDLINK, "d/suid");
	put("d/sym", TAR_SYMLINK, "suid");
	T.mode = 0600;
	put("d/fifo", TAR_FIFO, "");
	T.devmajor = 1, T.devminor = 3;
	put("d/null", TAR_CHAR, "");
	T.mode = 03777;
	put("sticky", TAR_DIR, "");
	T = (struct tar_entry){.mode = 0644, .mtime_sec = -5, .mtime_nsec = 5};
	put("implied/parents/f", TAR_FILE, "");
	put("d/late", TAR_FILE, "late");
	EQ_OK(end(), E);
	st = look("d/suid");
	EQ_INT(st.st_mode, S_IFREG | 04755);
	EQ_INT(st.st_uid, 1000);
	EQ_INT(st.st_gid, 2000);
	EQ_INT(st.st_mtim.tv_nsec, 123456789);
	EQ_INT(st.st_nlink, 2);
	EQ_INT(look("d/sym").st_uid, 1000);
	EQ_INT(look("d/sym").st_mtim.tv_nsec, 123456789);
	EQ_INT(look("d/fifo").st_mode, S_IFIFO | 0600);
	EQ_INT(look("d/null").st_rdev, makedev(1, 3));
	EQ_INT(look("sticky").st_mode, S_IFDIR | 03777);
	EQ_INT(look("implied/parents").st_mode, S_IFDIR | 0755);
	EQ_INT(look("implied/parents/f").st_mtime, -5);
	EQ_INT(look("d").st_mtime, 1500000000);
	EQ_INT(R.entries, 9);
	EQ_INT(R.unpacked, 5);
	EQ_STR(R.diff_id, R.blob_sha);
}

TEST(names)
{
	begin();
	put("/abs", TAR_FILE, "1");
	put("./dot//two/./three", TAR_FILE, "2");
	put("a/../up", TAR_FILE, "3");
	put("d/", TAR_DIR, "");
	T.mode = 0700;
	put("./", TAR_DIR, "");
	EQ_OK(end(), E);
	EQ_STR(text(L, "abs"), "1");
	EQ_STR(text(L, "dot/two/three"), "2");
	EQ_STR(text(L, "up"), "3");
	EQ_INT(look(".").st_mode, S_IFDIR | 0700);
	EQ_INT(look(".").st_mtime, 1500000000);
	begin();
	put("../victim", TAR_FILE, "bad");
	refused("leads out");
	begin();
	put("a/../../victim", TAR_FILE, "bad");
	refused("leads out");
	begin();
	put("/../victim", TAR_FILE, "bad");
	refused("leads out");
	begin();
	put("/", TAR_FILE, "bad");
	refused("root is no directory");
}

TEST(links_stay_inside)
{
	char cwd[512], out[600];

	REQUIRE(getcwd(cwd, sizeof(cwd)));
	snprintf(out, sizeof(out), "%s/victim", cwd);
	begin();
	put("l", TAR_SYMLINK, cwd);
	put("l/victim", TAR_FILE, "bad");
	refused("symlink");
	begin();
	put("l", TAR_SYMLINK, "../../../../..");
	put("l/x", TAR_FILE, "inside");
	put("real/", TAR_DIR, "");
	put("abs", TAR_SYMLINK, "/real");
	put("abs/y", TAR_FILE, "inside");
	EQ_OK(end(), E);
	EQ_STR(text(L, "x"), "inside");
	EQ_STR(text(L, "real/y"), "inside");
	begin();
	put("f", TAR_SYMLINK, out);
	put("f", TAR_FILE, "replaces the link");
	EQ_OK(end(), E);
	EQ_STR(text(L, "f"), "replaces the link");
	begin();
	put("h", TAR_HARDLINK, "../victim");
	refused("leads out");
	begin();
	put("h", TAR_HARDLINK, out);
	refused("not in this layer");
	begin();
	put("s", TAR_SYMLINK, out);
	put("h", TAR_HARDLINK, "s");
	put("h", TAR_FILE, "bad");
	EQ_OK(end(), E);
	begin();
	put("s", TAR_SYMLINK, cwd);
	put("h", TAR_HARDLINK, "s/victim");
	refused("not in this layer");
	begin();
	put("a", TAR_FILE, "self");
	put("./a", TAR_HARDLINK, "a");
	put("d/", TAR_DIR, "");
	put("b", TAR_HARDLINK, "d");
	refused("cannot be linked");
	EQ_STR(text(L, "a"), "self");
	begin();
	put("s", TAR_SYMLINK, "");
	refused("no target");
	begin(); /* an open level must not outlive the symlink it came through */
	put("l", TAR_SYMLINK, ".");
	put("l/l", TAR_FILE, "now a file");
	put("l/x", TAR_FILE, "");
	refused("not a directory");
}

TEST(not_through_other_things)
{
	begin();
	put("p", TAR_FIFO, "");
	put("p/x", TAR_FILE, "");
	refused("not a directory");
	begin();
	put("p", TAR_FIFO, "");
	put("p", TAR_FILE, "was a fifo");
	EQ_OK(end(), E);
	EQ_STR(text(L, "p"), "was a fifo");
	begin();
	put(".wh.w", TAR_FILE, "");
	put("w/x", TAR_FILE, "");
	refused("same layer deletes");
	begin();
	T.devmajor = 0;
	put("c", TAR_CHAR, "");
	refused("0:0");
	begin();
	T.devmajor = 4096;
	put("c", TAR_CHAR, "");
	refused("impossible device");
	begin();
	T.uid = 4294967295;
	put("c", TAR_FILE, "");
	refused("impossible owner");
	begin();
	put("c", 'Z', "");
	EQ_OK(end(), E);
}

TEST(whiteouts)
{
	begin();
	put("a/.wh.gone", TAR_FILE, "");
	put("a/.wh.back", TAR_FILE, "");
	put("a/back", TAR_FILE, "after");
	put("a/first", TAR_FILE, "before");
	put("a/.wh.first", TAR_FILE, "");
	put(".wh.newdir", TAR_FILE, "");
	put("newdir/", TAR_DIR, "");
	put("olddir/", TAR_DIR, "");
	put(".wh.olddir", TAR_FILE, "");
	put("o/f", TAR_FILE, "");
	put("o/.wh..wh..opq", TAR_FILE, "");
	put("deep/er/.wh..wh..opq", TAR_FILE, "");
	put("a/.wh..wh.plnk", TAR_FILE, "");
	put(".wh..wh.orph/x", TAR_FILE, "");
	put("sl", TAR_SYMLINK, "/o");
	put("replaced/.wh..wh..opq", TAR_FILE, "");
	put("replaced", TAR_FILE, "");
	EQ_OK(end(), E);
	OK(is_whiteout("a/gone"));
	EQ_STR(text(L, "a/back"), "after");
	EQ_STR(text(L, "a/first"), "before");
	OK(is_opaque("newdir") && is_opaque("olddir") && is_opaque("o") && is_opaque("deep/er"));
	OK(!is_opaque("a") && !is_opaque("deep"));
	EQ_INT(look("a/.wh..wh.plnk").st_mode, 0);
	EQ_INT(look(".wh..wh.orph").st_mode, 0);
	EQ_INT(look("o/.wh..wh..opq").st_mode, 0);
	for (int i = 0; i < 3; i++) {
		static const char *const bad[] = {"a/.wh.", "a/.wh..", "a/.wh..."};

		begin();
		put(bad[i], TAR_FILE, "");
		refused("impossible name");
	}
	begin();
	put(".wh.x/y", TAR_FILE, "");
	refused("no content");
}

TEST(duplicates)
{
	begin();
	put("f", TAR_FILE, "one");
	put("f", TAR_FILE, "two");
	put("d/x/y", TAR_FILE, "");
	put("d", TAR_FILE, "file over dir");
	put("e", TAR_FILE, "");
	put("e/", TAR_DIR, "");
	put("e/x", TAR_FILE, "in");
	T.mode = 0711;
	put("e/", TAR_DIR, "");
	put("s", TAR_SYMLINK, "e");
	put("s/", TAR_DIR, "");
	put("s/z", TAR_FILE, "not in e");
	put("n/", TAR_DIR, "");
	put("n", TAR_SYMLINK, "e");
	put("n/through", TAR_FILE, "in e");
	EQ_OK(end(), E);
	EQ_STR(text(L, "f"), "two");
	EQ_STR(text(L, "d"), "file over dir");
	EQ_STR(text(L, "e/x"), "in");
	EQ_INT(look("e").st_mode, S_IFDIR | 0711);
	EQ_STR(text(L, "s/z"), "not in e");
	EQ_STR(text(L, "e/through"), "in e");
	EQ_INT(look("e/z").st_mode, 0);
}

TEST(attributes)
{
	/* cap_net_raw=ep, revision 2; an ACL with a named user. */
	static const char cap[] = "\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	static const char acl[] =
		"\2\0\0\0\1\0\7\0\xff\xff\xff\xff\2\0\7\0\xe8\3\0\0\4\0\5\0\xff\xff"
		"\xff\xff\x10\0\7\0\xff\xff\xff\xff\x20\0\5\0\xff\xff\xff\xff";
	struct tar_xattr x[] = {{"security.capability", cap, 20},
				{"system.posix_acl_access", acl, 44},
				{"user.note", "hi", 2},
				{"security.selinux", "label", 5},
				{"trusted.other", "x", 1}};
	struct tar_xattr def = {"system.posix_acl_default", acl, 44};
	struct tar_xattr bad = {"trusted.overlay.redirect", "/etc", 4};
	char v[64];

	begin();
	T.xattrs = x, T.nxattrs = 5, T.uid = 5;
	put("f", TAR_FILE, "");
	T.xattrs = &x[2], T.nxattrs = 1;
	put("s", TAR_SYMLINK, "f");
	T.xattrs = &def;
	put("d/", TAR_DIR, "");
	T = (struct tar_entry){.mode = 0640};
	put("d/plain", TAR_FILE, "");
	put("d/sub/", TAR_DIR, "");
	T.mode = 02750, T.gid = 7;
	put("g/", TAR_DIR, "");
	T = (struct tar_entry){.mode = 0640};
	put("g/plain", TAR_FILE, "");
	EQ_OK(end(), E);
	EQ_INT(lgetxattr("layer/f", "security.capability", v, sizeof(v)), 20);
	EQ_MEM(v, cap, 20);
	EQ_INT(lgetxattr("layer/f", "system.posix_acl_access", v, sizeof(v)), 44);
	EQ_INT(lgetxattr("layer/f", "user.note", v, sizeof(v)), 2);
	EQ_INT(lgetxattr("layer/f", "trusted.other", v, sizeof(v)), -1);
	EQ_INT(lgetxattr("layer/d", "system.posix_acl_default", v, sizeof(v)), 44);
	EQ_INT(lgetxattr("layer/d/plain", "system.posix_acl_access", v, sizeof(v)), -1);
	EQ_INT(lgetxattr("layer/d/sub", "system.posix_acl_default", v, sizeof(v)), -1);
	EQ_INT(look("d/plain").st_mode, S_IFREG | 0640);
	EQ_INT(look("g").st_mode, S_IFDIR | 02750);
	EQ_INT(look("g/plain").st_gid, 0);
	begin();
	T.xattrs = &bad, T.nxattrs = 1;
	put("d/", TAR_DIR, "");
	refused("refused");
	begin();
	bad.name = "user.overlay.whiteout";
	T.xattrs = &bad, T.nxattrs = 1;
	put("f", TAR_FILE, "");
	refused("refused");
}

static uint32_t crc32_of(const char *p, size_t n)
{
	uint32_t c = ~0U;

	while (n--) {
		c ^= (unsigned char)*p++;
		for (int i = 0; i < 8; i++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return ~c;
}

/* Gzip from the zlib stream that codec can write: another header and another sum. */
static void gzip(const char *data, size_t n, struct buf *out)
{
	AUTO_FD int fd = memfd_create("z", MFD_CLOEXEC);
	struct gzip_out *d = gzip_out_new(fd, GZIP_ZLIB);
	AUTO_BUF z = BUF_INIT;
	/* Nobody gets to the end of a bomb. */
	uint32_t tail[2] = {n < 1 << 20 ? crc32_of(data, n) : 0, (uint32_t)n};
	struct err e = {0};

	EQ_OK(gzip_out_write(d, data, n, &e) || gzip_out_end(d, &e), e);
	gzip_out_free(d);
	lseek(fd, 0, SEEK_SET);
	EQ_OK(file_read_fd(fd, "z", 1 << 28, &z, &e), e);
	buf_append(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	buf_append(out, z.data + 2, z.len - 6);
	buf_append(out, tail, 8);
}

TEST(compressed)
{
	static const char pad[100];
	AUTO_BUF gz = BUF_INIT;
	struct err e;
	char sum[65];

	begin();
	put("f", TAR_FILE, "content");
	tar_writer_end(&W, &e);
	gzip(A.data, 700, &gz);
	gzip(A.data + 700, A.len - 700, &gz); /* two members are one stream */
	buf_append(&gz, pad, sizeof(pad));
	EQ_OK(unpack_bytes(gz.data, gz.len, -1, NULL), E);
	EQ_STR(text(L, "f"), "content");
	EQ_STR(R.compression, "gzip");
	sha256_hex_of(A.data, A.len, sum);
	EQ_STR(R.diff_id, sum);
	sha256_hex_of(gz.data, gz.len, sum);
	EQ_STR(R.blob_sha, sum);
	EQ_INT(R.tar_size, A.len);
	EQ_INT(R.blob_size, gz.len);
	OK(unpack_bytes(gz.data, 40, -1, NULL) < 0);
	OK(strstr(E.text, "ends early"), "%s", E.text);
	buf_append(&gz, "x", 1);
	OK(unpack_bytes(gz.data, gz.len, -1, NULL) < 0);
	OK(strstr(E.text, "follows"), "%s", E.text);
	gz.data[20] ^= 0x40;
	OK(unpack_bytes(gz.data, gz.len, -1, NULL) < 0);
	OK(strstr(E.text, "gzip"), "%s", E.text);
	OK(unpack_bytes("BZh91AY&SY", 10, -1, NULL) < 0);
	OK(strstr(E.text, "not supported"), "%s", E.text);
	OK(unpack_bytes("\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff", 9, -1, NULL) < 0);
	OK(strstr(E.text, "zstd"), "%s", E.text);
	EQ_OK(unpack_bytes("", 0, -1, NULL), E);
	EQ_INT(R.entries, 0);
}

TEST(limits)
{
	struct unpack_limits bytes = {.max_bytes = 2000}, entries = {.max_entries = 3};
	struct unpack_limits ratio = {.max_ratio = 20};
	AUTO_BUF big = BUF_INIT;
	AUTO_BUF gz = BUF_INIT;
	struct tar_entry t = {.name = "big", .type = TAR_FILE, .size = 100 << 20};
	struct err e;

	begin();
	for (int i = 0; i < 4; i++)
		put("f", TAR_FILE, "");
	tar_writer_end(&W, &e);
	OK(unpack_bytes(A.data, A.len, -1, &bytes) < 0 && strstr(E.text, "larger"), "%s", E.text);
	OK(unpack_bytes(A.data, A.len, -1, &entries) < 0 && strstr(E.text, "entries"), "%s",
	   E.text);
	begin();
	tar_writer_entry(&W, &t, &e);
	buf_append(&big, A.data, A.len);
	memset(buf_reserve(&big, (size_t)t.size), 0, (size_t)t.size);
	buf_advance(&big, (size_t)t.size);
	gzip(big.data, big.len, &gz);
	OK(unpack_bytes(gz.data, gz.len, -1, &ratio) < 0 && strstr(E.text, "bomb"), "%s", E.text);
}

/* Goes to a tmpfs of this process's own for what would only keep a disk busy, where it may. */
static void leave_disk(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir("fast", 0755) || mount("none", "fast", "tmpfs", 0, NULL) || chdir("fast"))
		test_note("no tmpfs: %s", strerror(errno));
	close(top);
	top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Whatever is damaged: an error or a result, never a hang, never a dead child. */
TEST(damaged)
{
	AUTO_BUF tar = BUF_INIT;
	AUTO_BUF gz = BUF_INIT;
	struct err e;

	begin();
	put("d/", TAR_DIR, "");
	put("d/f", TAR_FILE, "content");
	put("d/h", TAR_HARDLINK, "d/f");
	tar_writer_end(&W, &e);
	buf_append(&tar, A.data, A.len);
	gzip(tar.data, tar.len, &gz);
	for (size_t i = 0; i < tar.len; i += 23) {
		begin();
		tar.data[i] ^= (char)(1 << i % 8);
		if (unpack_bytes(tar.data, tar.len, -1, NULL))
			OK(!strstr(E.text, "signal"), "byte %zu: %s", i, E.text);
		tar.data[i] ^= (char)(1 << i % 8);
	}
	for (size_t i = 0; i < gz.len; i += 2) {
		begin();
		gz.data[i] ^= (char)(1 << i % 8);
		if (unpack_bytes(gz.data, gz.len, -1, NULL))
			OK(!strstr(E.text, "signal"), "byte %zu: %s", i, E.text);
		gz.data[i] ^= (char)(1 << i % 8);
		OK(unpack_bytes(gz.data, i, -1, NULL) < 0 || i < 4, "cut at %zu", i);
	}
}

TEST(deep)
{
	char name[4096] = {0};
	struct stat st;

	begin();
	for (int i = 0; i < 2000; i++)
		memcpy(name + 2 * i, "d/", 2);
	strncat(name, "f", 2);
	put(name, TAR_FILE, "deep");
	EQ_OK(end(), E);
	EQ_STR(text(L, name), "deep");
	memset(name, 'n', 300);
	name[300] = 0;
	st = look("d");
	OK(S_ISDIR(st.st_mode));
	begin();
	put(name, TAR_FILE, "");
	refused("too long");
}

TEST(full_disk)
{
	char big[65536];

	mkdir("full", 0755);
	if (mount("none", "full", "tmpfs", 0, "size=100k"))
		SKIP("mounting a tmpfs is not allowed here");
	begin();
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	for (int i = 0; i < 4; i++)
		put(i & 1 ? "a" : i ? "b" : "c", TAR_FILE, big);
	close(L);
	L = open("full", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	refused("no space left");
	close(L);
	L = -1;
	umount("full");
}

/* The children of a parent that is killed must end too. */
TEST(killed_parent)
{
	char path[64], kids[64];
	struct pollfd p;
	int sync[2], fd;
	pid_t pid;

	begin();
	REQUIRE(pipe2(sync, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		struct unpack *u = unpack_begin(L, -1, NULL, &E);

		if (!u || write(sync[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(sync[1]);
	EQ_INT(read(sync[0], path, 1), 1);
	close(sync[0]);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	memset(kids, 0, sizeof(kids));
	REQUIRE(fd >= 0 && read(fd, kids, sizeof(kids) - 1) > 0);
	close(fd);
	p = (struct pollfd){.fd = (int)syscall(SYS_pidfd_open, atoi(kids), 0), .events = POLLIN};
	REQUIRE(p.fd >= 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EQ_INT(poll(&p, 1, 30000), 1);
	close(p.fd);
}

TEST(nothing_outside_was_touched)
{
	struct stat st;

	EQ_STR(text(AT_FDCWD, "victim"), "untouched");
	EQ_INT(stat("victim", &st), 0);
	EQ_INT(st.st_nlink, 1);
}

int main(void)
{
	int fd;

	if (geteuid()) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	test_tmp();
	top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = open("victim", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, "untouched", 9) != 9)
		return 1;
	close(fd);
	RUN(kinds);
	RUN(names);
	RUN(links_stay_inside);
	RUN(not_through_other_things);
	RUN(whiteouts);
	RUN(duplicates);
	RUN(attributes);
	RUN(compressed);
	RUN(limits);
	RUN(full_disk);
	RUN(killed_parent);
	RUN(nothing_outside_was_touched);
	leave_disk();
	RUN(damaged);
	RUN(deep);
	return test_done();
}
