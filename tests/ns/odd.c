/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odd: the oddest files that a file system holds, and what is to be seen of them. One static
 * program, for inside a container and outside.
 *
 *   make DIR      everything that there is: attributes, ACLs, modes, devices, links, holes of
 *                 gigabytes, times, names that are no text, a path of nearly 4,096 bytes
 *   look DIR      all about a tree, one line a file, sorted by name: two trees that are alike
 *                 give the same text. Sockets are left out, as tar has none
 *   names DIR     the paths in it, each with a NUL after it
 *   churn DIR     makes, links, renames and removes in DIR until it is killed; "ready" at first
 *   deeper DIR N  N levels of directories with names of 200 bytes
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define GIB (1LL << 30)
#define CHECK(call) check((call) >= 0, #call)

static void check(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "odd: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- make */

static void file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	CHECK(fd);
	CHECK(write(fd, text, strlen(text)));
	CHECK(fchmod(fd, mode));
	close(fd);
}

static void directory(const char *name, mode_t mode)
{
	CHECK(mkdir(name, 0700));
	CHECK(chmod(name, mode));
}

static void at(const char *name, int64_t sec, long nsec)
{
	struct timespec ts[2] = {{.tv_sec = sec, .tv_nsec = nsec},
				 {.tv_sec = sec, .tv_nsec = nsec}};

	CHECK(utimensat(AT_FDCWD, name, ts, AT_SYMLINK_NOFOLLOW));
}

static void holes(const char *name, const int64_t *where, int64_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	CHECK(fd);
	for (; *where >= 0; where++)
		CHECK(pwrite(fd, "data between holes", 18, *where));
	CHECK(ftruncate(fd, size));
	close(fd);
}

static void acl(const char *path, const char *name)
{
	/* user::rwx, user:1234:r-x, group::r--, mask::rwx, other::--- */
	static const unsigned char v[] = {2,   0,   0,	 0,   1,   0,	7,  0,	 255, 255, 255,
					  255, 2,   0,	 5,   0,   210, 4,  0,	 0,   4,   0,
					  4,   0,   255, 255, 255, 255, 16, 0,	 7,   0,   255,
					  255, 255, 255, 32,  0,   0,	0,  255, 255, 255, 255};

	CHECK(lsetxattr(path, name, v, sizeof(v), 0));
}

static void attributes(void)
{
	static const unsigned char caps[20] = {1, 0, 0, 2, 0, 4}; /* cap_net_bind_service=ep */
	char big[3000];

	memset(big, 'v', sizeof(big));
	file("user", "x", 0644);
	CHECK(lsetxattr("user", "user.binary", "a\0b\nc=d", 7, 0));
	CHECK(lsetxattr("user", "user.empty", "", 0, 0));
	CHECK(lsetxattr("user", "user.name=equals", "v", 1, 0));
	CHECK(lsetxattr("user", "user.big", big, sizeof(big), 0));
	directory("userdir", 0755);
	CHECK(lsetxattr("userdir", "user.of-dir", "1", 1, 0));
	file("caps", "x", 0755);
	CHECK(chown("caps", 1000, 1000));
	CHECK(lsetxattr("caps", "security.capability", caps, sizeof(caps), 0));
	file("acl", "x", 0640);
	acl("acl", "system.posix_acl_access");
	directory("acldir", 0750);
	acl("acldir", "system.posix_acl_default");
	file("acldir/inherits", "x", 0604);
	directory("acldir/sub", 0701);
	CHECK(mkfifo("acldir/fifo", 0600));
	CHECK(symlink("inherits", "acldir/link"));
	file("acldir/plain", "x", 0644);
	CHECK(removexattr("acldir/plain", "system.posix_acl_access"));
	CHECK(chmod("acldir/plain", 0644));
	CHECK(link("acldir/plain", "acldir/plain2"));
}

static void modes(void)
{
	file("suid", "x", 04755);
	file("sgid", "x", 02755);
	file("suid.owned", "x", 0600);
	CHECK(chown("suid.owned", 1000, 1001));
	CHECK(chmod("suid.owned", 06711));
	file("none", "x", 0);
	directory("sticky", 01777);
	directory("sgiddir", 02775);
	CHECK(chown("sgiddir", 0, 50));
	CHECK(chmod("sgiddir", 02775));
	file("sgiddir/child", "x", 0644);
	directory("sgiddir/dir", 0755);
	directory("locked", 0);
	file("owned", "x", 0644);
	CHECK(chown("owned", 123456789, 4294967294U));
}

static void specials(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	CHECK(mknod("block", S_IFBLK | 0660, makedev(7, 299)));
	CHECK(mkfifo("fifo", 0640));
	CHECK(bind(s, (struct sockaddr *)&a, sizeof(a)));
	close(s);
	file("links.a", "three names", 0644);
	directory("links", 0755);
	CHECK(link("links.a", "links/b"));
	CHECK(link("links.a", "zlast"));
	CHECK(link("fifo", "fifo.b"));
	CHECK(link("null", "null.b"));
	CHECK(symlink("nowhere/at/all", "dangling"));
	CHECK(link("dangling", "dangling.b"));
	CHECK(symlink("/etc/passwd", "absolute"));
	CHECK(symlink("../../../../../../etc", "up"));
	CHECK(lchown("up", 7, 8));
}

static void names(void)
{
	char n[4096];
	int here;

	file("new\nline", "x", 0644);
	file("\xff\xfe not utf-8 \xc3", "x", 0644);
	file(" spaces at both ends ", "x", 0644);
	file("-n", "x", 0644);
	file("back\\slash\"quote'*?[", "x", 0644);
	file("...", "x", 0644);
	file("17 path=pretends", "x", 0644);
	file("\x1b[31mred\r", "x", 0644);
	memset(n, 'n', 255);
	n[255] = 0;
	file(n, "x", 0644);
	n[0] = (char)0xe9; /* at no place a boundary of UTF-8 */
	directory(n, 0755);
	memset(n, 't', sizeof(n));
	n[4095] = 0;
	CHECK(symlink(n, "longtarget"));
	n[100] = 0;
	CHECK(symlink(n, "target100"));
	here = open(".", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 19; i++) {
		memset(n, 'a' + i, 200);
		n[200] = 0;
		directory(n, 0755);
		CHECK(chdir(n));
	}
	file("deep", "down", 0644);
	CHECK(link("deep", "deep2"));
	CHECK(fchdir(here));
	close(here);
}

static void sizes(void)
{
	static const int64_t some[] = {0, 5 * GIB, 9 * GIB - 18, -1}, one[] = {70000, -1},
			     no[] = {-1};
	static const int64_t many[] = {0, 1 << 20, 2 << 20, 3 << 20, 4 << 20, 5 << 20, 6 << 20, -1};

	holes("sparse", some, 9 * GIB);
	holes("hole", no, 9 * GIB);
	holes("ends", one, 1 << 20);
	holes("many", many, 8 << 20);
	file("empty", "", 0644);
	directory("emptydir", 0755);
	directory("crowd", 0755);
	for (int i = 0; i < 300; i++) {
		char n[32];

		snprintf(n, sizeof(n), "crowd/%d", i);
		file(n, n, 0644);
	}
}

static void times(void)
{
	file("ns", "x", 0644);
	at("ns", 1000000000, 123456789);
	file("before", "x", 0644);
	at("before", -300000001, 999999999);
	file("zero", "x", 0644);
	at("zero", 0, 0);
	file("late", "x", 0644);
	at("late", 9000000000, 1); /* past 2^33, where ustar's octal ends */
	at("dangling", 1234567890, 5);
	at("fifo", 1234567891, 500000000);
	at("null", 1234567892, 50);
	directory("timed", 0755);
	file("timed/child", "x", 0644);
	at("timed", 987654321, 987654321);
}

static int cmd_make(const char *dir)
{
	umask(0);
	CHECK(mkdir(dir, 0755));
	CHECK(chdir(dir));
	attributes();
	modes();
	specials();
	names();
	sizes();
	times();
	at(".", 1111111111, 111111111);
	return 0;
}

/* ---- look */

static void escaped(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c > 32 && c < 127 && c != '\\')
			putchar(c);
		else
			printf("\\%02x", c);
	}
}

static uint64_t hash(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

/* Of what is no zero, with where it stands: how a file system stores it makes no difference. */
static uint64_t content(const char *name, const struct stat *st)
{
	int fd = open(name, O_RDONLY | O_NOFOLLOW);
	uint64_t h = 0xcbf29ce484222325ULL;
	static char buf[65536];
	off_t pos = 0;

	CHECK(fd);
	while (pos < st->st_size) {
		ssize_t n;

		pos = lseek(fd, pos, SEEK_DATA);
		if (pos < 0)
			break;
		n = pread(fd, buf, sizeof(buf), pos);
		CHECK(n);
		for (ssize_t i = 0; i < n; i++)
			if (buf[i]) {
				off_t where = pos + i;

				h = hash(hash(h, &where, sizeof(where)), buf + i, 1);
			}
		pos += n;
	}
	close(fd);
	return h;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void look_xattrs(const char *name)
{
	char list[8192], value[8192], *v[64];
	ssize_t n = llistxattr(name, list, sizeof(list));
	size_t count = 0;

	for (char *p = list; n > 0 && p < list + n && count < 64; p += strlen(p) + 1)
		if (!strncmp(p, "user.", 5) || !strcmp(p, "security.capability") ||
		    !strncmp(p, "system.", 7))
			v[count++] = p;
	qsort(v, count, sizeof(*v), by_text);
	for (size_t i = 0; i < count; i++) {
		n = lgetxattr(name, v[i], value, sizeof(value));
		CHECK(n);
		printf(" %s:%zd:%016llx", v[i], n, (unsigned long long)hash(0, value, (size_t)n));
	}
}

/* Files with several names: the first name that one had. */
static const char *first_name(const struct stat *st, const char *path)
{
	static struct {
		dev_t dev;
		ino_t ino;
		char *path;
	} seen[256];
	size_t i = 0;

	for (; seen[i].path; i++)
		if (seen[i].dev == st->st_dev && seen[i].ino == st->st_ino)
			return seen[i].path;
	check(i < 255, "too many links");
	seen[i].dev = st->st_dev;
	seen[i].ino = st->st_ino;
	seen[i].path = strdup(path);
	return path;
}

static void look_one(const char *name, const char *path, const struct stat *st)
{
	char to[4097];
	ssize_t n;

	escaped(path, strlen(path));
	printf(" %o %u:%u", st->st_mode, st->st_uid, st->st_gid);
	printf(" %lld.%09ld", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
		const char *first = first_name(st, path);

		printf(" links=%u:", (unsigned)st->st_nlink);
		escaped(first, strlen(first));
	}
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		printf(" dev=%u:%u", major(st->st_rdev), minor(st->st_rdev));
	if (S_ISLNK(st->st_mode)) {
		n = readlink(name, to, sizeof(to));
		CHECK(n);
		printf(" to=%zd:%016llx", n, (unsigned long long)hash(0, to, (size_t)n));
	}
	if (S_ISREG(st->st_mode))
		printf(" size=%lld %s %016llx", (long long)st->st_size,
		       st->st_blocks * 512 < st->st_size / 2 ? "sparse" : "full",
		       (unsigned long long)content(name, st));
	look_xattrs(name);
	putchar('\n');
}

static int raw; /* names only */

/* The names of the working directory, sorted. */
static char **entries(size_t *ret)
{
	char **v = NULL;
	size_t n = 0;
	struct dirent *d;
	DIR *dir = opendir(".");

	check(dir != NULL, "opendir");
	while ((d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		v = realloc(v, (n + 1) * sizeof(*v));
		v[n++] = strdup(d->d_name);
	}
	closedir(dir);
	qsort(v, n, sizeof(*v), by_text);
	*ret = n;
	return v;
}

static void look_in(const char *name, const char *path)
{
	size_t n, len = strlen(path);
	int here = open(".", O_RDONLY | O_DIRECTORY);
	struct stat st;
	char **v;

	CHECK(here);
	CHECK(lstat(name, &st));
	CHECK(chdir(name));
	v = entries(&n);
	if (!raw)
		look_one(".", path, &st);
	for (size_t i = 0; i < n; i++) {
		char *p = malloc(len + strlen(v[i]) + 2);

		sprintf(p, "%s/%s", path, v[i]);
		CHECK(lstat(v[i], &st));
		if (raw)
			fwrite(p, 1, strlen(p) + 1, stdout);
		if (S_ISDIR(st.st_mode))
			look_in(v[i], p);
		else if (!raw && !S_ISSOCK(st.st_mode))
			look_one(v[i], p, &st);
		free(p);
		free(v[i]);
	}
	free(v);
	CHECK(fchdir(here));
	close(here);
}

/* ---- what moves */

static void leave(int sig)
{
	(void)sig;
	_exit(0);
}

static __attribute__((noreturn)) void cmd_churn(const char *dir)
{
	char a[32], b[32], c[32];

	signal(SIGTERM, leave); /* a pid 1 is killed by nothing that it does not handle */
	mkdir(dir, 0755);
	CHECK(chdir(dir));
	for (unsigned i = 0;; i++) {
		snprintf(a, sizeof(a), "a%u", i % 50);
		snprintf(b, sizeof(b), "z%u", (i * 7) % 50);
		snprintf(c, sizeof(c), "d%u", (i * 3) % 50);
		unlink(a);
		close(open(a, O_WRONLY | O_CREAT, 0644));
		unlink(b);
		if (link(a, b) && errno != EEXIST && errno != ENOENT)
			CHECK(-1);
		if (i % 2 ? mkdir(c, 0755) : rmdir(c))
			(void)!rename(a, c);
		else if (i % 2 && !symlink("x", a))
			unlink(a);
		if (i == 50 && puts("ready"))
			fflush(stdout);
	}
}

static int cmd_deeper(const char *dir, int n)
{
	char name[201];

	memset(name, 'd', 200);
	name[200] = 0;
	mkdir(dir, 0755);
	CHECK(chdir(dir));
	while (n--) {
		CHECK(mkdir(name, 0755));
		CHECK(chdir(name));
	}
	file("bottom", "x", 0644);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "make"))
		return cmd_make(argv[2]);
	if (!strcmp(what, "churn"))
		cmd_churn(argv[2]);
	if (!strcmp(what, "deeper") && argc > 3)
		return cmd_deeper(argv[2], atoi(argv[3]));
	raw = !strcmp(what, "names");
	if (!raw && strcmp(what, "look"))
		return 2;
	look_in(argv[2], raw ? argv[2] : "");
	return 0;
}
