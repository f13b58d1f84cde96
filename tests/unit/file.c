/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, what a crash leaves of them, and locks between processes. Nothing waits for a clock:
 * processes tell each other through pipes that they are there. */
#include "base/file.h"
#include "base/mem.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int dir = -1;

static int entries(void)
{
	DIR *d = opendir(".");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static void has(const char *name, const char *want)
{
	AUTO_BUF b = BUF_INIT;
	struct err e;

	EQ_OK(file_read(dir, name, 100, &b, &e), e);
	EQ_STR(b.data, want);
}

TEST(write_replaces)
{
	struct err e = {0};
	struct stat st;

	umask(0);
	EQ_OK(file_write_atomic(dir, "f", "one", 3, 0640, FILE_SYNC, &e), e);
	has("f", "one");
	OK(!fstatat(dir, "f", &st, 0) && (st.st_mode & 07777) == 0640);
	EQ_OK(file_write_atomic(dir, "f", "two", 3, 0600, FILE_NOSYNC, &e), e);
	has("f", "two");
	/* a symlink is replaced, not followed */
	symlinkat("f", dir, "l");
	EQ_OK(file_write_atomic(dir, "l", "x", 1, 0600, FILE_NOSYNC, &e), e);
	has("f", "two");
	OK(!fstatat(dir, "l", &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode));
	unlinkat(dir, "l", 0);
	unlinkat(dir, "f", 0);
	EQ_INT(entries(), 0);
}

TEST(create_once)
{
	struct err e = {0};

	EQ_OK(file_create_atomic(dir, "n", "a", 1, 0600, FILE_SYNC, &e), e);
	EQ_INT(file_create_atomic(dir, "n", "b", 1, 0600, FILE_SYNC, &e), -1);
	EQ_INT(e.kind, ERR_CONFLICT);
	EQ_STR(e.text, "n exists already");
	has("n", "a");
	symlinkat("nowhere", dir, "dangling");
	EQ_INT(file_create_atomic(dir, "dangling", "b", 1, 0600, FILE_NOSYNC, &e), -1);
	EQ_INT(e.kind, ERR_CONFLICT);
	unlinkat(dir, "dangling", 0);
	unlinkat(dir, "n", 0);
	EQ_INT(entries(), 0);
}

/* Of many that create one name, one wins, and its content is whole. */
TEST(create_race)
{
	int status, won = 0;
	pid_t pids[8];
	char text[9] = "";

	fflush(stdout);
	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			struct err e;

			memset(text, 'a' + i, 8);
			_exit(file_create_atomic(dir, "r", text, 8, 0600, FILE_NOSYNC, &e) ? 1 : 0);
		}
	}
	for (int i = 0; i < 8; i++)
		if (waitpid(pids[i], &status, 0) == pids[i] && !status) {
			won++;
			memset(text, 'a' + i, 8);
		}
	EQ_INT(won, 1);
	has("r", text);
	unlinkat(dir, "r", 0);
	EQ_INT(entries(), 0);
}

/* A writer that is cut off leaves the old content, and no temporary where it could clean up. */
TEST(write_fails)
{
	struct rlimit old, small = {.rlim_cur = 4096};
	struct err e = {0};
	char big[10000];
	char name[300];

	memset(big, 'x', sizeof(big));
	EQ_OK(file_write_atomic(dir, "f", "old", 3, 0600, FILE_NOSYNC, &e), e);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	EQ_INT(file_write_atomic(dir, "f", big, sizeof(big), 0600, FILE_SYNC, &e), -1);
	EQ_INT(e.kind, ERR_SYS);
	EQ_INT(e.sys, EFBIG);
	EQ_INT(file_create_atomic(dir, "g", big, sizeof(big), 0600, FILE_SYNC, &e), -1);
	setrlimit(RLIMIT_FSIZE, &old);
	has("f", "old");
	EQ_INT(entries(), 1);
	/* what a crash leaves: a temporary beside it disturbs nobody */
	close(openat(dir, ".f.00000000.tmp", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	EQ_OK(file_write_atomic(dir, "f", "new", 3, 0600, FILE_NOSYNC, &e), e);
	has("f", "new");
	EQ_INT(entries(), 2);
	unlinkat(dir, ".f.00000000.tmp", 0);
	unlinkat(dir, "f", 0);
	mkdirat(dir, "d", 0755);
	EQ_INT(file_write_atomic(dir, "d", "x", 1, 0600, FILE_NOSYNC, &e), -1);
	unlinkat(dir, "d", AT_REMOVEDIR);
	EQ_INT(file_write_atomic(dir, "no/such", "x", 1, 0600, FILE_NOSYNC, &e), -1);
	memset(name, 'n', 255);
	name[255] = 0;
	EQ_INT(file_write_atomic(dir, name, "x", 1, 0600, FILE_NOSYNC, &e), -1);
	EQ_INT(entries(), 0);
}

/* Killed at any moment, a record is the old or the new one. */
TEST(write_killed)
{
	char a[5000], b[5000];
	AUTO_BUF got = BUF_INIT;
	struct err e = {0};
	struct stat st;

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	EQ_OK(file_write_atomic(dir, "f", a, sizeof(a), 0600, FILE_NOSYNC, &e), e);
	fflush(stdout);
	for (int i = 0; i < 20; i++) {
		int ready[2];
		pid_t pid;
		char c;

		REQUIRE(!pipe2(ready, O_CLOEXEC));
		pid = fork();
		if (!pid)
			for (int k = 0;; k++) {
				file_write_atomic(dir, "f", k % 2 ? a : b, sizeof(a), 0600,
						  FILE_NOSYNC, &e);
				if (k == i && write(ready[1], "x", 1) < 0)
					_exit(1);
			}
		EQ_INT(read(ready[0], &c, 1), 1);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(ready[0]);
		close(ready[1]);
		buf_clear(&got);
		EQ_OK(file_read(dir, "f", sizeof(a), &got, &e), e);
		OK(got.len == sizeof(a) &&
		   (!memcmp(got.data, a, sizeof(a)) || !memcmp(got.data, b, sizeof(b))));
	}
	OK(!fstatat(dir, "f", &st, 0) && st.st_size == sizeof(a));
}

TEST(reading)
{
	AUTO_BUF b = BUF_INIT;
	struct err e = {0};
	int fds[2];
	char big[100000];

	EQ_INT(file_read(dir, "none", 10, &b, &e), -1);
	EQ_INT(e.kind, ERR_NOTFOUND);
	EQ_INT(e.sys, ENOENT);
	EQ_OK(file_write_atomic(dir, "r", "12345", 5, 0600, FILE_NOSYNC, &e), e);
	buf_str(&b, ">");
	EQ_OK(file_read(dir, "r", 5, &b, &e), e);
	EQ_STR(b.data, ">12345");
	EQ_INT(file_read(dir, "r", 4, &b, &e), -1);
	EQ_INT(e.kind, ERR_INVALID);
	symlinkat("r", dir, "s");
	EQ_INT(file_read(dir, "s", 10, &b, &e), -1);
	EQ_INT(e.sys, ELOOP);
	/* a FIFO without a writer does not hold us up */
	mkfifoat(dir, "p", 0600);
	buf_clear(&b);
	EQ_OK(file_read(dir, "p", 10, &b, &e), e);
	EQ_INT(b.len, 0);
	OK(file_read(dir, ".", 10, &b, &e) == -1);
	/* endless and larger than the limit: a bounded read */
	{
		AUTO_FD int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

		EQ_INT(file_read_fd(zero, "zero", 100000, &b, &e), -1);
		EQ_INT(e.kind, ERR_INVALID);
		OK(b.len < 400000);
	}
	REQUIRE(!pipe2(fds, O_CLOEXEC));
	memset(big, 7, sizeof(big));
	if (!fork())
		_exit(file_write_all(fds[1], big, sizeof(big)) != 0);
	close(fds[1]);
	buf_clear(&b);
	EQ_OK(file_read_fd(fds[0], "pipe", sizeof(big), &b, &e), e);
	EQ_INT(b.len, sizeof(big));
	close(fds[0]);
	wait(NULL);
}

TEST(read_full)
{
	int fds[2];
	char b[10];

	REQUIRE(!pipe2(fds, O_CLOEXEC));
	EQ_INT(file_write_all(fds[1], "123456", 6), 0);
	EQ_INT(file_read_full(fds[0], b, 4), 1);
	OK(!memcmp(b, "1234", 4));
	close(fds[1]);
	EQ_INT(file_read_full(fds[0], b, 0), 1);
	EQ_INT(file_read_full(fds[0], b, 3), -1);
	EQ_INT(errno, EPIPE);
	EQ_INT(file_read_full(fds[0], b, 3), 0);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	REQUIRE(!pipe2(fds, O_CLOEXEC));
	close(fds[0]);
	EQ_INT(file_write_all(fds[1], "x", 1), -1);
	EQ_INT(errno, EPIPE);
	close(fds[1]);
}

/* Runs fn in a child and gives its exit status. */
static int in_child(int (*fn)(void))
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(fn());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_write_lock(void)
{
	struct err e;
	AUTO_FD int fd = file_lock_open(dir, "lock", &e);

	if (!file_lock(fd, F_WRLCK, 0, &e))
		return 0;
	return e.kind == ERR_CONFLICT ? 1 : 2;
}

static int try_read_lock(void)
{
	struct err e;
	AUTO_FD int fd = file_lock_open(dir, "lock", &e);

	return file_lock(fd, F_RDLCK, 0, &e) ? 1 : 0;
}

TEST(locks)
{
	struct err e = {0};
	AUTO_FD int fd = file_lock_open(dir, "lock", &e);
	AUTO_FD int other = file_lock_open(dir, "lock", &e);

	REQUIRE(fd >= 0 && other >= 0);
	OK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	EQ_INT(file_locked(fd, F_WRLCK), 0);
	EQ_OK(file_lock(fd, F_RDLCK, 0, &e), e);
	EQ_INT(in_child(try_read_lock), 0);
	EQ_INT(in_child(try_write_lock), 1);
	EQ_INT(file_locked(other, F_WRLCK), 1);
	EQ_INT(file_locked(other, F_RDLCK), 0);
	EQ_INT(file_locked(fd, F_WRLCK), 0); /* one's own lock does not count */
	EQ_OK(file_lock(fd, F_WRLCK, 0, &e), e);
	EQ_INT(in_child(try_read_lock), 1);
	EQ_INT(file_locked(other, F_RDLCK), 1);
	/* closing another descriptor of the same file drops nothing (POSIX locks would) */
	close(fd_steal(&other));
	EQ_INT(in_child(try_write_lock), 1);
	EQ_INT(file_unlock(fd), 0);
	EQ_INT(in_child(try_write_lock), 0);
}

/* A lock lives as long as any copy of its descriptor, and dies with a killed holder. */
TEST(lock_across_fork)
{
	struct err e = {0};
	AUTO_FD int probe = file_lock_open(dir, "lock", &e);
	int fd = file_lock_open(dir, "lock", &e), hold[2];
	char c;
	pid_t pid;

	REQUIRE(fd >= 0 && probe >= 0 && !pipe2(hold, O_CLOEXEC));
	EQ_OK(file_lock(fd, F_WRLCK, 1, &e), e);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (write(hold[1], "x", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	EQ_INT(read(hold[0], &c, 1), 1);
	close(fd);
	EQ_INT(file_locked(probe, F_WRLCK), 1); /* the child's copy holds it */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EQ_INT(file_locked(probe, F_WRLCK), 0);
	close(hold[0]);
	close(hold[1]);
}

static int wait_for_lock(void)
{
	struct err e;
	AUTO_FD int fd = file_lock_open(dir, "lock", &e);

	return file_lock(fd, F_WRLCK, 1, &e) ? 1 : 0;
}

TEST(lock_waits)
{
	struct err e = {0};
	int fd = file_lock_open(dir, "lock", &e), status;
	pid_t pid;

	EQ_OK(file_lock(fd, F_WRLCK, 0, &e), e);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(fd);
		_exit(wait_for_lock());
	}
	EQ_INT(waitpid(pid, &status, WNOHANG), 0);
	close(fd);
	EQ_INT(waitpid(pid, &status, 0), pid);
	EQ_INT(status, 0);
}

TEST(directories)
{
	struct err e = {0};
	struct stat st;
	char *cwd = getcwd(NULL, 0);
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/a/b//c/", cwd);
	free(cwd);
	EQ_OK(file_mkdirs(path, 0700, &e), e);
	EQ_OK(file_mkdirs(path, 0700, &e), e);
	EQ_OK(file_mkdirs("a/x/y", 0755, &e), e);
	OK(!stat("a/x/y", &st) && S_ISDIR(st.st_mode));
	EQ_OK(file_mkdirs("/", 0755, &e), e);
	EQ_INT(file_mkdirs("", 0755, &e), -1);
	EQ_OK(file_write_atomic(dir, "plain", "", 0, 0600, FILE_NOSYNC, &e), e);
	EQ_INT(file_mkdirs("plain/x", 0755, &e), -1);
	EQ_INT(file_mkdirs("plain", 0755, &e), -1);
	fd = file_opendir(dir, "fresh", 0700, &e);
	OK(fd >= 0 && !fstat(fd, &st) && (st.st_mode & 07777) == 0700);
	OK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	symlinkat("fresh", dir, "link");
	OK(file_opendir(dir, "link", 0700, &e) < 0);
	OK(file_opendir(dir, "plain", 0700, &e) < 0);
}

int main(void)
{
	test_tmp();
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RUN(write_replaces);
	RUN(create_once);
	RUN(create_race);
	RUN(write_fails);
	RUN(write_killed);
	RUN(reading);
	RUN(read_full);
	RUN(locks);
	RUN(lock_across_fork);
	RUN(lock_waits);
	RUN(directories);
	return test_done();
}
