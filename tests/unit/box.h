/* SPDX-License-Identifier: Apache-2.0 */
/*
 * box: for unit tests that start containers without an engine: a spec with Docker's defaults, a
 * root made of the host's static busybox, and what a shell inside says. Needs root. Everything
 * happens in a mount namespace of the program's own with a tmpfs in it, so nothing is left behind.
 *
 * box_main runs a set of tests three times: with the kernel's newest mount calls, without
 * mount_setattr (5.2 to 5.11) and with mount(2) alone.
 */
#ifndef TESTS_UNIT_BOX_H
#define TESTS_UNIT_BOX_H
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "container/caps.h"
#include "container/console.h"
#include "container/defaults.h"
#include "container/init.h"
#include "container/mnt.h"
#include "container/rootfs.h"
#include "container/seccomp.h"
#include "container/selfexe.h"
#include "container/spawn.h"
#include "wire/conn.h"
#include "tests/unit/test.h"

#define OUT_MAX 65536

static struct arena arena;
static char top[600], out[OUT_MAX];
static struct err err;
static int self = -1;

static char *in_top(const char *rel)
{
	return arena_printf(&arena, "%s/%s", top, rel);
}

static void put_file(const char *rel, const char *text, mode_t mode)
{
	int fd = open(in_top(rel), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || file_write_all(fd, text, strlen(text)))
		printf("Bail out! cannot write %s\n", rel);
	fchmod(fd, mode);
	close(fd);
}

static void copy_busybox(const char *to)
{
	static char data[8 << 20];
	int in = open("/bin/busybox", O_RDONLY | O_CLOEXEC), fd;
	ssize_t n = read(in, data, sizeof(data));

	close(in);
	fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (n <= 0 || file_write_all(fd, data, (size_t)n))
		printf("Bail out! no /bin/busybox\n");
	close(fd);
}

/* A root called `name`: l0 below it. */
static void make_root(const char *name)
{
	static char made[32][16];
	static const char *const dirs[] = {"",	   "/bin", "/etc", "/proc",
					   "/sys", "/dev", "/tmp", "/root"};
	static const char *const tools[] = {"sh",    "cat",   "ls",	  "id",	      "true",
					    "false", "mount", "stat",	  "grep",     "tty",
					    "sleep", "kill",  "readlink", "hostname", "stty",
					    "awk",   "head",  "chmod"};

	for (size_t i = 0; i < 32; i++) {
		if (!strcmp(made[i], name)) /* an earlier round of the set */
			return;
		if (!*made[i]) {
			snprintf(made[i], sizeof(made[i]), "%s", name);
			break;
		}
	}
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		mkdir(in_top(arena_printf(&arena, "%s%s", name, dirs[i])), 0755);
	if (link(in_top("busybox"), in_top(arena_printf(&arena, "%s/bin/busybox", name))))
		printf("# link: %s\n", strerror(errno));
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (symlink("busybox", in_top(arena_printf(&arena, "%s/bin/%s", name, tools[i]))))
			printf("# symlink: %s\n", strerror(errno));
	put_file(arena_printf(&arena, "%s/etc/passwd", name),
		 "root:x:0:0:root:/root:/bin/sh\nbad:x:no:0::/:\nann:x:1000:1001::/home/ann:\n",
		 0644);
	put_file(arena_printf(&arena, "%s/etc/group", name),
		 "root:x:0:\nann:x:1001:\nwheel:x:10:bob,ann\naudio:x:29:ann\nx:x:77:anna\n", 0644);
	put_file(arena_printf(&arena, "%s/noexec", name), "#!/bin/sh\n", 0644);
	put_file(arena_printf(&arena, "%s/nointerp", name), "#!/no/such\n", 0755);
	put_file(arena_printf(&arena, "%s/private", name), "#!/bin/sh\necho secret\n", 0700);
}

/* Docker's defaults over root `name`, running a shell with `script` (NULL: args are left out). */
static struct spec default_spec(const char *name, const char *script)
{
	static int n;
	struct spec s = {0};
	struct defaults_mounts o = {0};

	s.id = arena_printf(&arena, "c%d", ++n);
	s.cwd = "";
	s.user = "";
	s.hostname = "box";
	s.caps = caps_default();
	s.res.swappiness = -1;
	s.base = top;
	strs_add(&arena, &s.lowers, arena_strdup(&arena, name));
	s.upper = arena_printf(&arena, "u%d", n);
	s.work = arena_printf(&arena, "w%d", n);
	s.dir = in_top(arena_printf(&arena, "m%d", n));
	mkdir(in_top(s.upper), 0755);
	mkdir(in_top(s.work), 0755);
	mkdir(s.dir, 0755);
	defaults_mounts(&arena, &o, &s);
	if (defaults_devices(&arena, false, &s, &err))
		printf("# devices: %s\n", err.text);
	defaults_masks(&arena, false, &s);
	defaults_sysctls(&arena, &s);
	if (seccomp_default(s.caps, &arena, &s.seccomp, &err))
		printf("# seccomp: %s\n", err.text);
	strs_add(&arena, &s.env, arena_strdup(&arena, "PATH=/usr/bin:/bin"));
	if (script) {
		strs_add(&arena, &s.args, arena_strdup(&arena, "sh"));
		strs_add(&arena, &s.args, arena_strdup(&arena, "-c"));
		strs_add(&arena, &s.args, arena_strdup(&arena, script));
	}
	return s;
}

__attribute__((unused)) static void command(struct spec *s, const char *a, const char *b)
{
	s->args = (struct strs){0};
	strs_add(&arena, &s->args, arena_strdup(&arena, a));
	if (b)
		strs_add(&arena, &s->args, arena_strdup(&arena, b));
}

__attribute__((unused)) static void add_mount(struct spec *s, struct spec_mount m)
{
	struct spec_mount *v = arena_array(&arena, s->nmounts + 1, sizeof(m));

	memcpy(v, s->mounts, s->nmounts * sizeof(m));
	v[s->nmounts++] = m;
	s->mounts = v;
}

static int exit_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void drain(int fd)
{
	size_t n = 0;
	ssize_t k;

	while (n < sizeof(out) - 1 && (k = read(fd, out + n, sizeof(out) - 1 - n)) > 0)
		n += (size_t)k;
	out[n] = 0;
}

/* Runs s with stdout and stderr to `out`. The exit status, or -1 with err. */
static int run(const struct spec *s)
{
	struct spawn_io io = {.in = -1, .out = -1, .err = -1, .console_sock = -1};
	struct spawn_proc p;
	int pipe[2], rc;

	out[0] = 0;
	memset(&err, 0, sizeof(err));
	if (pipe2(pipe, O_CLOEXEC))
		return -1;
	io.out = io.err = pipe[1];
	rc = spawn_start(s, NULL, &io, s->init ? self : -1, &p, &err);
	close(pipe[1]);
	if (!rc) {
		drain(pipe[0]);
		rc = exit_status(p.pid);
		close(p.pidfd);
		if (p.mntns >= 0)
			close(p.mntns);
	}
	close(pipe[0]);
	return rc;
}

__attribute__((unused)) static int sh(const char *script)
{
	struct spec s = default_spec("l0", script);
	int rc = run(&s);

	if (rc < 0)
		printf("# %s\n", err.text);
	return rc;
}

__attribute__((unused)) static bool says(const char *text)
{
	if (strstr(out, text))
		return true;
	printf("# no \"%s\" in: %s\n", text, out);
	return false;
}

/* Starts s without waiting for it; its output comes from *ret_out. */
__attribute__((unused)) static int start(const struct spec *s, struct spawn_proc *p, int *ret_out)
{
	struct spawn_io io = {.in = -1, .out = -1, .err = -1, .console_sock = -1};
	int pipe[2], rc;

	if (pipe2(pipe, O_CLOEXEC))
		return -1;
	io.out = io.err = pipe[1];
	rc = spawn_start(s, NULL, &io, -1, p, &err);
	close(pipe[1]);
	*ret_out = pipe[0];
	return rc;
}

static int box_main(int argc, char **argv, void (*once)(void), void (*set)(void))
{
	if (argc && !strcmp(argv[0], INIT_NAME))
		return init_main(argc, argv);
	setvbuf(stdout, NULL, _IONBF, 0);
	if (geteuid()) {
		test_skipped = "needs root";
		printf("ok 1 - spawn # SKIP needs root\n1..1\n");
		return 0;
	}
	snprintf(top, sizeof(top), "%s", test_tmp());
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", top, "tmpfs", 0, NULL)) {
		printf("Bail out! no mount namespace: %s\n", strerror(errno));
		return 1;
	}
	mount(NULL, top, NULL, MS_SHARED, NULL);
	copy_busybox(in_top("busybox"));
	make_root("l0");
	self = selfexe_open(top, &err);
	if (self < 0)
		printf("Bail out! %s\n", err.text);
	once();
	for (int old = 0; old < 3; old++) {
		printf("# %s\n", old == 0   ? "newest mount calls"
				 : old == 1 ? "without mount_setattr"
					    : "mount(2) alone, init from a copy");
		if (old == 2) {
			mnt_force_old(0);
			selfexe_force_copy(1);
			close(self);
			self = selfexe_open(top, &err);
		}
		mnt_force_old(old);
		set();
	}
	return test_done();
}

#endif
