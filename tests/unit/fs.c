/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's resolution and the walk by hand answer every row of one table; what they open must
 * be the same object and what they refuse must carry the same errno. Rows that matter have their
 * answer written down as well.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int root = -1;

static void file_at(const char *path, const char *text)
{
	int fd = openat(root, path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("Bail out! %s: %s\n", path, strerror(errno));
	close(fd);
}

static void tree(void)
{
	static const char *const links[][2] = {
		{"rel", "dir/file"},
		{"abs", "/dir/file"},
		{"updir", "dir/.."},
		{"todir", "dir"},
		{"out", "../outside"},
		{"out2", "dir/../../outside"},
		{"absout", "/../outside"},
		{"pw", "/etc/passwd"},
		{"loop", "loop"},
		{"loop2", "loop3"},
		{"loop3", "loop2"},
		{"dangling", "nowhere"},
		{"dang2", "/nowhere/x"},
		{"dir/up", "../dir/file"},
		{"dir/sub/up", "../../../../../outside"},
		{"slash", "dir/"},
		{"fslash", "dir/file/"},
		{"rootlink", "/"},
		{"dot", "."},
		{"self", "self/x"},
	};
	char name[16];

	mkdirat(root, "dir", 0755);
	mkdirat(root, "dir/sub", 0755);
	file_at("dir/file", "in");
	file_at("../outside", "out");
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlinkat(links[i][1], root, links[i][0]))
			printf("# %s: %s\n", links[i][0], strerror(errno));
	/* c0 -> c1 -> ... -> c41 -> dir/file: more than 40 links up to c1. Just below that the
	 * kernel's answer varies: a lookup that it starts over keeps the count of the first try. */
	for (int i = 0; i < 42; i++) {
		char to[16];

		snprintf(name, sizeof(name), "c%d", i);
		snprintf(to, sizeof(to), "c%d", i + 1);
		symlinkat(i == 41 ? "dir/file" : to, root, name);
	}
}

static const char *const paths[] = {
	"",
	"/",
	"//",
	".",
	"./",
	"..",
	"../",
	"../..",
	"/..",
	"/../dir",
	"dir",
	"dir/",
	"/dir//file",
	"dir/file",
	"dir/file/",
	"dir/file/.",
	"dir/file/..",
	"dir/./sub/../file",
	"dir/../outside",
	"../outside",
	"dir/../../outside",
	"dir/sub/../../../outside",
	"rel",
	"abs",
	"rel/",
	"updir",
	"updir/dir/file",
	"todir",
	"todir/",
	"todir/file",
	"todir/..",
	"out",
	"out2",
	"absout",
	"pw",
	"loop",
	"loop/",
	"loop2",
	"dangling",
	"dangling/",
	"dangling/x",
	"dang2",
	"dir/up",
	"dir/sub/up",
	"slash",
	"slash/file",
	"fslash",
	"rootlink",
	"rootlink/dir/file",
	"dot",
	"dot/dir",
	"self",
	"none",
	"none/",
	"none/x",
	"none/..",
	"dir/none",
	"c0",
	"c1",
	"c1/",
	"c30",
	"c30/",
	"c41",
	"dir/sub/up/x",
	"dir/..",
	"dir/sub/../..",
	"dir/sub/../../..",
	"rel/..",
};

static const int flags[] = {
	O_RDONLY,
	O_PATH,
	O_PATH | O_NOFOLLOW,
	O_RDONLY | O_NOFOLLOW,
	O_RDONLY | O_DIRECTORY,
	O_PATH | O_DIRECTORY,
	O_PATH | O_DIRECTORY | O_NOFOLLOW,
	O_WRONLY,
	O_WRONLY | O_CREAT | O_EXCL,
};

struct answer {
	int err;
	dev_t dev;
	ino_t ino;
	mode_t mode;
};

static struct answer ask(int dirfd, const char *path, enum fs_scope scope, int fl, int walk)
{
	struct answer r = {0};
	struct err e = {0};
	struct stat st;
	AUTO_FD int fd = -1;

	fs_force_walk(walk);
	fd = fs_open(dirfd, path, scope, fl, 0600, &e);
	fs_force_walk(0);
	if (fd < 0) {
		r.err = e.sys;
		EQ_INT(e.sys != 0, 1);
		return r;
	}
	OK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	fstat(fd, &st);
	r = (struct answer){.dev = st.st_dev, .ino = st.st_ino, .mode = st.st_mode};
	return r;
}

static void unmake(void)
{
	unlinkat(root, "none", 0);
	unlinkat(root, "dir/none", 0);
	unlinkat(root, "nowhere", 0);
	unlinkat(root, "outside", 0);
}

static void same(int dirfd, const char *path, enum fs_scope scope, int fl)
{
	struct answer k = ask(dirfd, path, scope, fl, 0), w;

	if (fl & O_CREAT)
		unmake();
	w = ask(dirfd, path, scope, fl, 1);
	if (fl & O_CREAT) {
		unmake();
		k.ino = w.ino; /* two files */
	}
	OK(k.err == w.err && k.dev == w.dev && k.ino == w.ino && k.mode == w.mode,
	   "'%s' scope %d flags %#o: kernel %s, walk %s", path, scope, fl, strerror(k.err),
	   strerror(w.err));
}

static bool have_openat2(void)
{
	AUTO_FD int fd = fs_openat2(root, ".", O_PATH, 0, 0);

	return fd >= 0;
}

TEST(kernel_and_walk_agree)
{
	if (!have_openat2())
		SKIP("this kernel or sandbox has no openat2");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		for (size_t f = 0; f < sizeof(flags) / sizeof(*flags); f++) {
			same(root, paths[i], FS_IN_ROOT, flags[f]);
			same(root, paths[i], FS_BENEATH, flags[f]);
		}
}

TEST(proc_links_agree)
{
	static const char *const p[] = {
		"self/status",	     "self/fd/0",	   "self/exe",
		"self/cwd/x",	     "self/root/etc",	   "mounts",
		"self/ns/mnt",	     "thread-self/status", "net/dev",
		"self/../self/stat", "self/fd/9999",
	};
	AUTO_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];

	if (!have_openat2())
		SKIP("this kernel or sandbox has no openat2");
	for (size_t i = 0; i < sizeof(p) / sizeof(*p); i++) {
		same(proc, p[i], FS_BENEATH, O_PATH);
		same(proc, p[i], FS_IN_ROOT, O_PATH | O_NOFOLLOW);
		snprintf(path, sizeof(path), "/proc/%s", p[i]);
		same(slash, path, FS_IN_ROOT, O_PATH);
	}
	EQ_INT(ask(proc, "self/fd/0", FS_BENEATH, O_PATH, 1).err, ELOOP);
	EQ_INT(ask(slash, "/proc/self/exe", FS_IN_ROOT, O_PATH, 1).err, ELOOP);
	EQ_INT(ask(slash, "/proc/self/root/etc", FS_IN_ROOT, O_PATH, 0).err, ELOOP);
}

static void content(const char *path, enum fs_scope scope, const char *want, enum err_kind kind)
{
	struct err e = {0};
	AUTO_FD int fd = fs_open(root, path, scope, O_RDONLY, 0, &e);
	char b[8] = "";

	if (fd < 0) {
		OK(!want, "%s: %s", path, e.text);
		OK(e.kind == (int)kind, "%s: kind %d: %s", path, e.kind, e.text);
		return;
	}
	OK(read(fd, b, sizeof(b) - 1) >= 0);
	EQ_STR(b, want);
}

static void escapes(int walk)
{
	fs_force_walk(walk);
	content("/dir/file", FS_IN_ROOT, "in", 0);
	content("abs", FS_IN_ROOT, "in", 0);
	content("abs", FS_BENEATH, NULL, ERR_INVALID);
	content("/dir/file", FS_BENEATH, NULL, ERR_INVALID);
	content("rel", FS_BENEATH, "in", 0);
	content("../dir/file", FS_IN_ROOT, "in", 0);
	content("../../../dir/file", FS_IN_ROOT, "in", 0);
	content("out", FS_IN_ROOT, NULL, ERR_NOTFOUND);
	content("out2", FS_IN_ROOT, NULL, ERR_NOTFOUND);
	content("absout", FS_IN_ROOT, NULL, ERR_NOTFOUND);
	content("out", FS_BENEATH, NULL, ERR_INVALID);
	content("dir/sub/up", FS_IN_ROOT, NULL, ERR_NOTFOUND);
	content("dir/sub/up", FS_BENEATH, NULL, ERR_INVALID);
	content("dir/../../outside", FS_BENEATH, NULL, ERR_INVALID);
	content("pw", FS_IN_ROOT, NULL, ERR_NOTFOUND);
	content("loop", FS_IN_ROOT, NULL, ERR_INVALID);
	content("dir/file/x", FS_IN_ROOT, NULL, ERR_INVALID);
	content("c30", FS_IN_ROOT, "in", 0);
	content("c1", FS_IN_ROOT, NULL, ERR_INVALID);
	fs_force_walk(0);
}

TEST(escapes_kernel)
{
	escapes(0);
}

TEST(escapes_walk)
{
	escapes(1);
}

static void long_paths(int walk)
{
	char path[5000], name[300];
	struct err e = {0};
	int fd;

	fs_force_walk(walk);
	memset(name, 'n', 256);
	name[256] = 0;
	OK(fs_open(root, name, FS_IN_ROOT, O_RDONLY, 0, &e) < 0 && e.sys == ENAMETOOLONG);
	name[255] = 0;
	OK(fs_open(root, name, FS_IN_ROOT, O_RDONLY, 0, &e) < 0 && e.kind == ERR_NOTFOUND);
	for (size_t i = 0; i + 2 < sizeof(path); i += 2)
		memcpy(path + i, "./", 3);
	OK(fs_open(root, path, FS_IN_ROOT, O_RDONLY, 0, &e) < 0 && e.sys == ENAMETOOLONG);
	path[4094] = 0;
	fd = fs_open(root, path, FS_IN_ROOT, O_PATH, 0, &e);
	OK(fd >= 0);
	close(fd);
	for (size_t i = 0; i < 4000; i += 4)
		memcpy(path + i,
		       i % 8 ? "../"
			       "/"
			     : "dir/",
		       5);
	fd = fs_open(root, path, FS_BENEATH, O_PATH, 0, &e);
	OK(fd >= 0, "%s", e.text);
	close(fd);
	fs_force_walk(0);
}

TEST(long_paths)
{
	long_paths(0);
	long_paths(1);
}

static bool is_there(const char *path, mode_t type)
{
	struct stat st;

	return !fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) && (st.st_mode & S_IFMT) == type;
}

static void mkdirs(int walk)
{
	static const char *const good[] = {
		"new",
		"/new/a/b/",
		"new/a/../x",
		"todir/made",
		"rootlink/new/c",
		"../../new/up",
		"new/q/../r/./s",
		"/",
		".",
		"dir",
		"new/1/2/3/4/5/6/7/8",
	};
	static const char *const bad[] = {"dir/file", "dir/file/x", "dangling/x", "loop/x", ""};
	struct err e = {0};
	int fd;

	fs_force_walk(walk);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		fd = fs_mkdirs(root, good[i], 0755, &e);
		OK(fd >= 0, "%s: %s", good[i], e.text);
		close(fd);
	}
	OK(is_there("new/a/b", S_IFDIR) && is_there("new/x", S_IFDIR) &&
	   is_there("new/c", S_IFDIR));
	OK(is_there("dir/made", S_IFDIR) && is_there("new/up", S_IFDIR) &&
	   is_there("new/r/s", S_IFDIR) && is_there("new/q", S_IFDIR));
	for (size_t i = 0; i + 1 < sizeof(bad) / sizeof(*bad); i++) {
		fd = fs_mkdirs(root, bad[i], 0755, &e);
		OK(fd < 0 && e.kind == ERR_INVALID, "%s: %s", bad[i], e.text);
	}
	OK(!is_there("nowhere", S_IFDIR));
	unlinkat(root, "dir/made", AT_REMOVEDIR);
	EQ_OK(fs_remove_tree(root, "new", &e), e);
	OK(!is_there("new", S_IFDIR));
	fs_force_walk(0);
}

TEST(mkdirs)
{
	mkdirs(0);
	mkdirs(1);
}

static void parent(const char *path, enum fs_scope scope, mode_t make, const char *want_dir,
		   const char *want_name)
{
	struct err e = {0};
	char name[256] = "";
	struct stat a = {0}, b = {0};
	AUTO_FD int fd = fs_open_parent(root, path, scope, make, name, &e);

	if (!want_dir) {
		OK(fd < 0 && e.kind == ERR_INVALID, "%s: %s", path, e.text);
		EQ_STR(name, "");
		return;
	}
	OK(fd >= 0, "%s: %s", path, e.text);
	EQ_STR(name, want_name);
	OK(!fstat(fd, &a) && !fstatat(root, want_dir, &b, 0) && a.st_ino == b.st_ino, "%s", path);
}

static void parents(int walk)
{
	struct err e;
	char name[256];

	fs_force_walk(walk);
	parent("file", FS_BENEATH, 0, ".", "file");
	parent("/file", FS_IN_ROOT, 0, ".", "file");
	parent("dir/rel", FS_BENEATH, 0, "dir", "rel");
	parent("loop", FS_BENEATH, 0, ".", "loop");
	parent("todir/sub//", FS_BENEATH, 0, "dir", "sub");
	parent("rootlink/dir/x", FS_IN_ROOT, 0, "dir", "x");
	parent("dir/../x", FS_BENEATH, 0, ".", "x");
	parent("n1/n2/x", FS_BENEATH, 0755, "n1/n2", "x");
	parent("n1/n2/y", FS_BENEATH, 0755, "n1/n2", "y");
	EQ_OK(fs_remove_tree(root, "n1", &e), e);
	OK(fs_open_parent(root, "n1/x", FS_BENEATH, 0, name, &e) < 0 && e.kind == ERR_NOTFOUND);
	OK(fs_open_parent(root, "out/x", FS_BENEATH, 0755, name, &e) < 0 && e.kind == ERR_INVALID);
	for (size_t i = 0; i < 10; i++)
		parent((const char *const[]){"", "/", "//", ".", "..", "dir/..", "dir/.", "dir/../",
					     "/file2/..", "../x"}[i],
		       FS_BENEATH, 0755, NULL, NULL);
	parent("/x", FS_BENEATH, 0, NULL, NULL);
	fs_force_walk(0);
}

TEST(open_parent)
{
	parents(0);
	parents(1);
}

/* A directory that is moved out and back while the walk goes ".." must never show the outside. */
TEST(walk_against_renames)
{
	struct err e;
	int status;
	pid_t pid;

	mkdirat(root, "race", 0755);
	mkdirat(root, "race/in", 0755);
	mkdirat(root, "../far", 0755);
	file_at("race/mark", "in");
	file_at("../mark", "out");
	fflush(stdout);
	pid = fork();
	if (!pid)
		for (;;) {
			renameat(root, "race/in", root, "../far/in");
			renameat(root, "../far/in", root, "race/in");
		}
	fs_force_walk(1);
	for (int i = 0; i < 1000; i++) {
		AUTO_FD int fd = fs_open(root, "race/in/../../mark", FS_BENEATH, O_RDONLY, 0, &e);

		OK(fd < 0 && (e.kind == ERR_NOTFOUND), "%d", fd);
	}
	fs_force_walk(0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	fs_remove_tree(root, "race", &e);
}

static void deep(int walk, int depth)
{
	int at = openat(root, ".", O_PATH | O_CLOEXEC);
	struct rlimit old, few = {.rlim_cur = 100};
	struct err e = {0};

	for (int i = 0; i < depth && at >= 0; i++) {
		int next;

		mkdirat(at, "d", 0755);
		if (i % 100 == 0)
			symlinkat("/", at, "link");
		next = openat(at, "d", O_PATH | O_CLOEXEC);
		close(at);
		at = next;
	}
	OK(at >= 0);
	close(at);
	getrlimit(RLIMIT_NOFILE, &old);
	few.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &few);
	fs_force_walk(walk);
	EQ_OK(fs_remove_tree(root, "d", &e), e);
	fs_force_walk(0);
	setrlimit(RLIMIT_NOFILE, &old);
	OK(!is_there("d", S_IFDIR));
	unlinkat(root, "link", 0);
}

TEST(remove_deep)
{
	deep(0, 10000);
	deep(1, 300);
}

TEST(remove_wide)
{
	struct err e = {0};
	char name[64];
	int fd;

	mkdirat(root, "w", 0755);
	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "w/directory-with-a-name-%d", i);
		mkdirat(root, name, 0);
		strncat(name, "/x", 3);
		mkdirat(root, name, 0755);
		snprintf(name, sizeof(name), "w/file-%d", i);
		file_at(name, "");
	}
	symlinkat("../dir", root, "w/link");
	mkfifoat(root, "w/fifo", 0600);
	if (geteuid()) /* directories of mode 0 are for those who may */
		for (int i = 0; i < 600; i++) {
			snprintf(name, sizeof(name), "w/directory-with-a-name-%d", i);
			fchmodat(root, name, 0755, 0);
		}
	fd = dup(root);
	close(fd);
	EQ_OK(fs_remove_tree(root, "w", &e), e);
	OK(!is_there("w", S_IFDIR));
	OK(is_there("dir/file", S_IFREG));
	EQ_INT(dup(root), fd); /* no descriptor was left open */
	close(fd);
}

TEST(remove_others)
{
	struct err e = {0};

	EQ_OK(fs_remove_tree(root, "not there", &e), e);
	file_at("plain", "");
	EQ_OK(fs_remove_tree(root, "plain", &e), e);
	OK(!is_there("plain", S_IFREG));
	symlinkat("dir", root, "l");
	EQ_OK(fs_remove_tree(root, "l", &e), e);
	OK(is_there("dir/file", S_IFREG));
	for (size_t i = 0; i < 5; i++)
		OK(fs_remove_tree(root, (const char *const[]){"", ".", "..", "dir/sub", "/"}[i],
				  &e) &&
		   e.kind == ERR_INVALID);
	OK(fs_remove_tree(root, "dir/", &e) && is_there("dir/file", S_IFREG));
}

/* Runs in a process with a mount namespace of its own. 0, or the number of the line that failed. */
static int inside_mount(int walk)
{
	struct err e = {0};

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return __LINE__;
	/* the descriptor from before still lies in the old namespace */
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mkdirat(root, "m", 0755);
	mkdirat(root, "m/vol", 0755);
	if (mount("root/dir", "root/m/vol", NULL, MS_BIND, NULL))
		return __LINE__;
	fs_force_walk(walk);
	if (fs_remove_tree(root, "m", &e) != -1 || e.kind != ERR_CONFLICT)
		return __LINE__;
	if (!strstr(e.text, "unmount") || !is_there("dir/file", S_IFREG))
		return __LINE__;
	if (umount2("root/m/vol", 0) || fs_remove_tree(root, "m", &e))
		return __LINE__;
	return is_there("m", S_IFDIR) ? __LINE__ : 0;
}

TEST(remove_stops_at_mounts)
{
	int pipefd[2], got[2] = {-1, -1};
	pid_t pid;

	REQUIRE(!pipe2(pipefd, O_CLOEXEC));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
			_exit(0);
		for (int walk = 0; walk < 2; walk++)
			got[walk] = inside_mount(walk);
		_exit(write(pipefd[1], got, sizeof(got)) < 0);
	}
	close(pipefd[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (read(pipefd[0], got, sizeof(got)) <= 0)
		test_skipped = "no mount namespace: neither root nor user namespaces";
	else
		OK(!got[0] && !got[1], "lines %d and %d", got[0], got[1]);
	close(pipefd[0]);
}

int main(void)
{
	test_tmp();
	if (mkdir("root", 0755))
		return 1;
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	umask(022);
	tree();
	RUN(kernel_and_walk_agree);
	RUN(proc_links_agree);
	RUN(escapes_kernel);
	RUN(escapes_walk);
	RUN(long_paths);
	RUN(mkdirs);
	RUN(open_parent);
	RUN(walk_against_renames);
	RUN(remove_deep);
	RUN(remove_wide);
	RUN(remove_others);
	RUN(remove_stops_at_mounts);
	return test_done();
}
