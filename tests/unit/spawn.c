/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers without an engine: a spec with Docker's defaults, a root made of the host's static
 * busybox, and what a shell inside sees. Needs root. Everything happens in a mount namespace of the
 * program's own with a tmpfs in it, so nothing is left behind.
 *
 * The whole set runs three times: with the kernel's newest mount calls, without mount_setattr
 * (5.2 to 5.11) and with mount(2) alone.
 */
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

static void command(struct spec *s, const char *a, const char *b)
{
	s->args = (struct strs){0};
	strs_add(&arena, &s->args, arena_strdup(&arena, a));
	if (b)
		strs_add(&arena, &s->args, arena_strdup(&arena, b));
}

static void add_mount(struct spec *s, struct spec_mount m)
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
	struct spawn_io io = {-1, -1, -1, -1};
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

static int sh(const char *script)
{
	struct spec s = default_spec("l0", script);
	int rc = run(&s);

	if (rc < 0)
		printf("# %s\n", err.text);
	return rc;
}

static bool says(const char *text)
{
	if (strstr(out, text))
		return true;
	printf("# no \"%s\" in: %s\n", text, out);
	return false;
}

TEST(exit_codes)
{
	EQ_INT(sh("echo hi; exit 7"), 7);
	EQ_STR(out, "hi\n");
	EQ_INT(sh("kill -9 $$; echo no"), 0 * 128);
	struct spec s = default_spec("l0", NULL);

	command(&s, "true", NULL);
	EQ_INT(run(&s), 0);
	command(&s, "/bin/false", NULL);
	EQ_INT(run(&s), 1);
}

static void refuses(const char *name, const char *text)
{
	struct spec s = default_spec("l0", NULL);

	command(&s, name, NULL);
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, text);
	s.init = true;
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, text);
}

TEST(command_errors)
{
	refuses("nope", "exec: \"nope\": executable file not found in $PATH");
	refuses("/nope", "exec: \"/nope\": stat /nope: no such file or directory");
	refuses("/noexec", "exec: \"/noexec\": permission denied");
	refuses("/etc", "exec: \"/etc\": is a directory");
	refuses("/noexec/x", "exec: \"/noexec/x\": stat /noexec/x: not a directory");
	struct spec s = default_spec("l0", NULL);

	command(&s, "/nointerp", NULL);
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, "exec /nointerp: no such file or directory");
	s.user = "ann"; /* root's capabilities do not help the user's lookup */
	command(&s, "/private", NULL);
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, "exec: \"/private\": permission denied");
}

TEST(namespaces)
{
	static const char *const kinds[] = {"pid", "net", "ipc", "uts", "mnt", "cgroup"};
	char host[64];

	EQ_INT(sh("for i in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$i; done; "
		  "hostname; echo pid $$; cat /sys/class/net/lo/operstate; "
		  "cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ls /proc | grep -c '^[0-9]'"),
	       0);
	for (size_t i = 0; i < 6; i++) {
		ssize_t n = readlink(arena_printf(&arena, "/proc/self/ns/%s", kinds[i]), host, 63);

		REQUIRE(n > 0);
		host[n] = 0;
		OK(!strstr(out, host), "shares %s", host);
	}
	OK(says("box\npid 1\nunknown\n0\n"));
}

TEST(privileges)
{
	EQ_INT(sh("grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status"), 0);
	OK(says("CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\n"
		"CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n"
		"CapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n"));
	struct spec s =
		default_spec("l0",
			     "id; grep -E '^(Cap|NoNew|Groups)' /proc/self/status; echo $HOME");

	s.user = "ann";
	s.no_new_privs = true;
	EQ_INT(run(&s), 0);
	OK(says("uid=1000(ann) gid=1001(ann) groups=10(wheel),29(audio),1001(ann)\n"));
	OK(says("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\n"));
	OK(says("NoNewPrivs:\t1\n/home/ann\n"));
	s = default_spec("l0", "mount -t tmpfs x /tmp; echo $?");
	s.caps |= 1u << 21;
	s.seccomp.enabled = false;
	EQ_INT(run(&s), 0);
	EQ_STR(out, "0\n");
}

/* Device rules without a control group to enforce them. */
TEST(lost_rules)
{
	struct spec s = default_spec("l0", "grep CapBnd /proc/self/status; cat /sda; "
					   "grep ' / / ' /proc/self/mountinfo; echo >/dev/null");

	mknod(in_top("l0/sda"), S_IFCHR | 0666, 1 << 8 | 5);
	defaults_rules(&arena, false, &s);
	EQ_INT(run(&s), 0);
	OK(says("CapBnd:\t00000000a00425fb\n"));
	OK(says("cat: can't open '/sda': Permission denied"));
	OK(says(" / / rw,nodev,relatime "));
}

TEST(users)
{
	struct spec s = default_spec("l0", "id -u; id -g; id -G; echo $HOME; echo x >/dev/stderr");

	s.user = "1000:29";
	EQ_INT(run(&s), 0);
	EQ_STR(out, "1000\n29\n29\n/home/ann\nx\n");
	s.user = "4711";
	strs_add(&arena, &s.groups, arena_strdup(&arena, "audio"));
	strs_add(&arena, &s.groups, arena_strdup(&arena, "5"));
	EQ_INT(run(&s), 0);
	EQ_STR(out, "4711\n0\n0 5 29\n/\nx\n");
	s.user = "nobody";
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, "unable to find user nobody: no matching entries in passwd file");
	s.user = "bad";
	EQ_INT(run(&s), -1);
	s.user = "ann:nope";
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, "unable to find group nope: no matching entries in group file");
	s.user = "4294967295";
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, "uids and gids must be in range 0-2147483647");
	s.user = "99999999999999999999";
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, "uids and gids must be in range 0-2147483647");
}

TEST(hostile_passwd)
{
	struct spec s;

	make_root("lp");
	unlink(in_top("lp/etc/passwd"));
	s = default_spec("lp", "id -u");
	EQ_INT(run(&s), 0); /* none: root is 0 all the same */
	mkfifo(in_top("lp/etc/passwd"), 0644);
	s = default_spec("lp", "id -u");
	EQ_INT(run(&s), -1);
	EQ_STR(err.text, "/etc/passwd in the container is not a regular file");
	unlink(in_top("lp/etc/passwd"));
	REQUIRE(!symlink(in_top("busybox"), in_top("lp/etc/passwd"))); /* leads nowhere inside */
	s = default_spec("lp", "id -u");
	EQ_INT(run(&s), 0);
	unlink(in_top("lp/etc/passwd"));
	put_file("lp/etc/passwd", "", 0644);
	REQUIRE(!truncate(in_top("lp/etc/passwd"), 2 << 20));
	s = default_spec("lp", "id -u");
	EQ_INT(run(&s), -1);
}

TEST(descriptors)
{
	int extra = open("/", O_RDONLY | O_DIRECTORY); /* not close-on-exec: a leak of the host */

	EQ_INT(sh("i=0; while [ $i -lt 64 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; "
		  "readlink /proc/$$/fd/0; echo /proc/$$/fd/0 | grep -q . && umask"),
	       0);
	EQ_STR(out, "0\n1\n2\n/dev/null\n0022\n");
	close(extra);
}

TEST(masks)
{
	static const char *const files[] = {"/proc/kcore", "/proc/keys", "/proc/timer_list",
					    "/proc/interrupts"};
	static const char *const closed[] = {"/proc/sys/kernel/hostname", "/proc/sysrq-trigger",
					     "/sys/x", "/sys/firmware/x"};

	for (size_t i = 0; i < 4; i++) { /* a kernel need not have all of them */
		if (access(files[i], F_OK))
			continue;
		EQ_INT(sh(arena_printf(&arena, "stat -c %%t:%%T %s; cat %s", files[i], files[i])),
		       0);
		EQ_STR(out, "1:3\n");
	}
	for (size_t i = 0; i < 4; i++) {
		if (closed[i][1] == 'p' && access(closed[i], F_OK))
			continue;
		EQ_INT(sh(arena_printf(&arena, "(echo x >%s) 2>&1", closed[i])), 1);
		OK(says("Read-only file system"), "%s", closed[i]);
	}
	EQ_INT(sh("ls -A /sys/firmware /proc/scsi 2>/dev/null | grep -v :"), 1);
	EQ_INT(sh("grep ' /sys/firmware ' /proc/self/mountinfo"), 0);
	OK(says("ro,nosuid,nodev,noexec"));
}

TEST(mount_table)
{
	EQ_INT(sh("awk '{print $5, $6}' /proc/self/mountinfo"), 0);
	OK(says("/ rw,relatime\n"));
	OK(says("/proc rw,nosuid,nodev,noexec,relatime\n"));
	OK(says("/dev rw,nosuid\n"));
	OK(says("/dev/pts rw,nosuid,noexec,relatime\n"));
	OK(says("/sys ro,nosuid,nodev,noexec,relatime\n"));
	OK(says("/dev/mqueue rw,nosuid,nodev,noexec,relatime\n"));
	OK(says("/dev/shm rw,nosuid,nodev,noexec,relatime\n"));
	OK(says("/proc/sys ro,nosuid,nodev,noexec,relatime\n"));
	OK(!strstr(out, top), "a mount of the host shows: %s", out);
	EQ_INT(sh("awk '{for (i = 7; $i != \"-\"; i++) print $i}' /proc/self/mountinfo"), 0);
	EQ_STR(out, ""); /* no shared, no master */
}

TEST(devices)
{
	EQ_INT(sh("cd /dev; stat -c '%n %F %t:%T %a' null zero full random urandom tty; "
		  "for i in fd stdin stdout stderr ptmx; do readlink $i; done; "
		  "echo gone >/dev/null; head -c 4 /dev/zero >/dev/shm/x; stat -c %s /dev/shm/x"),
	       0);
	EQ_STR(out, "null character special file 1:3 666\nzero character special file 1:5 666\n"
		    "full character special file 1:7 666\nrandom character special file 1:8 666\n"
		    "urandom character special file 1:9 666\ntty character special file 5:0 666\n"
		    "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n"
		    "4\n");
}

TEST(working_directory)
{
	struct spec s = default_spec("l0", "pwd; stat -c '%a %u' .");

	s.cwd = "/made/for/you";
	EQ_INT(run(&s), 0);
	EQ_STR(out, "/made/for/you\n755 0\n");
	s.readonly = true;
	s.cwd = "/other";
	EQ_INT(run(&s), 0);
	s = default_spec("l0", "pwd");
	for (int i = 0; i < 16; i++) {
		s.cwd = arena_printf(&arena, "/proc/self/fd/%d/..", i);
		EQ_INT(run(&s), -1);
		s.cwd = arena_printf(&arena, "/proc/self/fd/%d", i);
		EQ_INT(run(&s), -1);
	}
	s.cwd = "/../../..";
	EQ_INT(run(&s), 0);
	EQ_STR(out, "/\n");
	s.cwd = "/etc/passwd";
	EQ_INT(run(&s), -1);
}

static void with_link(const char *name, const char *to, bool fine, const char *text)
{
	static int n;
	const char *root = arena_printf(&arena, "ls%d", n++);
	struct spec s;

	make_root(root);
	if (rmdir(in_top(arena_printf(&arena, "%s/%s", root, name))))
		rename(in_top(arena_printf(&arena, "%s/%s", root, name)),
		       in_top(arena_printf(&arena, "%s/moved%d", root, n++)));
	REQUIRE(!symlink(to, in_top(arena_printf(&arena, "%s/%s", root, name))));
	s = default_spec(root, "echo fine");
	EQ_INT(run(&s), fine ? 0 : -1);
	if (text && !strstr(err.text, text))
		OK(0, "%s -> %s: %s", name, to, err.text);
}

TEST(symlinks)
{
	with_link("proc", "/tmp", false, "the image's /proc must be an ordinary directory");
	with_link("sys", "tmp", false, "the image's /sys must be an ordinary directory");
	with_link("dev", "/proc/self/fd", false, "the image's /dev must be an ordinary directory");
	put_file("marker", "untouched", 0644);
	struct spec_mount m = {.type = "bind", .source = in_top("marker"), .dest = "/etc/marker"};
	struct spec s;

	make_root("le");
	if (access(in_top("le/real"), F_OK))
		rename(in_top("le/etc"), in_top("le/real"));
	unlink(in_top("le/etc"));
	REQUIRE(!symlink("../../../../real", in_top("le/etc")));
	s = default_spec("le", "cat /real/marker");
	add_mount(&s, m);
	EQ_INT(run(&s), 0);
	EQ_STR(out, "untouched");
	/* To a place that only the host has. */
	unlink(in_top("le/etc"));
	REQUIRE(!symlink(arena_printf(&arena, "../../../../../..%s", top), in_top("le/etc")));
	s = default_spec("le", "cat /etc/marker");
	add_mount(&s, m);
	EQ_INT(run(&s), -1);
	OK(strstr(err.text, "Not a directory") != NULL, "%s", err.text);
}

TEST(binds)
{
	struct spec s = default_spec("l0", "cat /data/x /deep/er/f; (echo >/data/y) 2>&1; "
					   "echo >/rw/new; awk '$5 == \"/data\"{print $6}' "
					   "/proc/self/mountinfo; stat -c %a /tmp; cat /ln/x");

	mkdir(in_top("vol"), 0755);
	mkdir(in_top("rw"), 0755);
	mkdir(in_top("l0/target"), 0755);
	if (symlink("/target", in_top("l0/ln")))
		errno = 0;
	put_file("vol/x", "one\n", 0644);
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("vol"),
					  .dest = "/data",
					  .flags = MS_RDONLY,
					  .recursive = true,
					  .rro = true});
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("vol/x"),
					  .dest = "/deep/er/f"});
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("rw"),
					  .dest = "/rw",
					  .propagation = MS_REC | MS_SLAVE});
	add_mount(&s, (struct spec_mount){.type = "tmpfs",
					  .source = "tmpfs",
					  .dest = "/tmp",
					  .flags = MS_NOSUID | MS_NODEV,
					  .data = "size=1m"});
	add_mount(&s, (struct spec_mount){.type = "bind", .source = in_top("vol"), .dest = "/ln"});
	if (!mnt_have_detached())
		s.mounts[s.nmounts - 3].propagation = 0;
	EQ_INT(run(&s), 0);
	OK(says("one\none\nsh: can't create /data/y: Read-only file system\nro,relatime\n755\none\n"));
	EQ_INT(access(in_top("rw/new"), F_OK), 0);
	s = default_spec("l0", "cat /x");
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("made/by/v"),
					  .dest = "/x",
					  .make_source = true});
	EQ_INT(run(&s), 1);
	EQ_INT(access(in_top("made/by/v"), F_OK), 0);
	s = default_spec("l0", "true");
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("vol"),
					  .dest = "/bin/busybox"});
	EQ_INT(run(&s), -1);
	OK(strstr(err.text, "not a directory") != NULL, "%s", err.text);
	s = default_spec("l0", "true");
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("vol"),
					  .dest = "/proc/sys"});
	EQ_INT(run(&s), -1);
	OK(strstr(err.text, "because it is inside /proc") != NULL, "%s", err.text);
	s = default_spec("l0", "cat /proc/meminfo");
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("vol/x"),
					  .dest = "/proc/meminfo"});
	EQ_INT(run(&s), 0);
	EQ_STR(out, "one\n");
}

/* Starts s without waiting for it; its output comes from *ret_out. */
static int start(const struct spec *s, struct spawn_proc *p, int *ret_out)
{
	struct spawn_io io = {-1, -1, -1, -1};
	int pipe[2], rc;

	if (pipe2(pipe, O_CLOEXEC))
		return -1;
	io.out = io.err = pipe[1];
	rc = spawn_start(s, NULL, &io, -1, p, &err);
	close(pipe[1]);
	*ret_out = pipe[0];
	return rc;
}

/* A bind that stays connected sees what the host mounts later, and with rshared the host sees what
 * the container mounts. */
TEST(propagation)
{
	struct spec s =
		default_spec("l0", "mount -t tmpfs in /rw/in && echo >/rw/in/f; echo here; "
				   "until [ -e /rw/late/seen ]; do sleep 0.01; done; echo saw");
	unsigned long how[] = {MS_REC | MS_SLAVE, MS_REC | MS_SHARED};
	struct spawn_proc p;
	char byte;
	int fd = -1;

	mkdir(in_top("sh"), 0755);
	mkdir(in_top("sh/in"), 0755);
	mkdir(in_top("sh/late"), 0755);
	s.caps |= 1u << 21;
	s.seccomp.enabled = false;
	add_mount(&s, (struct spec_mount){.type = "bind",
					  .source = in_top("sh"),
					  .dest = "/rw",
					  .recursive = true});
	for (size_t i = 0; i < 2; i++) {
		s.mounts[s.nmounts - 1].propagation = how[i];
		if (how[i] & MS_SHARED && !mnt_have_detached()) {
			EQ_INT(run(&s), -1);
			continue;
		}
		EQ_OK(start(&s, &p, &fd), err);
		EQ_INT(read(fd, &byte, 1), 1);
		EQ_INT(!access(in_top("sh/in/f"), F_OK), i == 1);
		REQUIRE(!mount("tmpfs", in_top("sh/late"), "tmpfs", 0, NULL));
		put_file("sh/late/seen", "", 0644);
		drain(fd);
		OK(says("saw\n"));
		EQ_INT(exit_status(p.pid), 0);
		close(fd);
		close(p.pidfd);
		close(p.mntns);
		umount2(in_top("sh/late"), MNT_DETACH);
		umount2(in_top("sh/in"), MNT_DETACH);
	}
}

/* As on an initramfs, whose root pivot_root refuses. */
TEST(no_pivot)
{
	rootfs_force_move(1);
	EQ_INT(sh("awk '{print $5}' /proc/self/mountinfo; cd /../..; ls; echo x >/x && cat /x"), 0);
	rootfs_force_move(0);
	OK(says("/\n/proc\n/dev\n"));
	OK(says("bin\ndev\netc\n"));
	OK(!strstr(out, top), "the host shows: %s", out);
}

TEST(read_only)
{
	struct spec s =
		default_spec("l0", "(echo >/x) 2>&1; (echo >/etc/x) 2>&1; echo >/dev/shm/x");

	s.readonly = true;
	EQ_INT(run(&s), 0);
	EQ_STR(out, "sh: can't create /x: Read-only file system\n"
		    "sh: can't create /etc/x: Read-only file system\n");
}

TEST(directory_root)
{
	struct spec s = default_spec("l0", "echo >/made");

	make_root("ld");
	s.rootfs = SPEC_ROOTFS_DIR;
	s.dir = in_top("ld");
	EQ_INT(run(&s), 0);
	EQ_INT(access(in_top("ld/made"), F_OK), 0);
	s.readonly = true;
	EQ_INT(run(&s), 1);
}

TEST(many_layers)
{
	struct spec s = default_spec("l0", "ls / | grep -c '^layer'");

	s.lowers = (struct strs){0};
	mkdir(in_top("l"), 0755);
	for (int i = 0; i < 126; i++) { /* aliases as long as Docker's */
		char *dir = arena_printf(&arena, "l/ABCDEFGHIJKLMNOPQRSTUVW%03d", i);

		mkdir(in_top(dir), 0755);
		mkdir(in_top(arena_printf(&arena, "%s/layer%d", dir, i)), 0755);
		strs_add(&arena, &s.lowers, dir);
	}
	strs_add(&arena, &s.lowers, arena_strdup(&arena, "l0"));
	EQ_INT(run(&s), 0);
	EQ_STR(out, "126\n");
}

TEST(terminal)
{
	struct spec s = default_spec("l0", "tty; stty size; stat -c %t:%T /dev/console; "
					   "read x </dev/tty; echo got $x");
	struct spawn_io io = {-1, -1, -1, -1};
	struct spawn_proc p;
	int pair[2], master;

	REQUIRE(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	io.console_sock = pair[1];
	s.tty = true;
	s.tty_rows = 33;
	s.tty_cols = 101;
	EQ_OK(spawn_start(&s, NULL, &io, -1, &p, &err), err);
	master = console_recv(pair[0], &err);
	REQUIRE(master >= 0);
	EQ_INT(write(master, "hello\n", 6), 6);
	drain(master);
	EQ_INT(exit_status(p.pid), 0);
	OK(says("/dev/pts/0\r\n"));
	OK(says("33 101\r\n"));
	OK(says("88:0\r\n"));
	OK(says("got hello\r\n"));
	close(master);
	close(pair[0]);
	close(pair[1]);
	close(p.pidfd);
	close(p.mntns);
}

TEST(init)
{
	struct spec s = default_spec("l0", "echo $$; readlink /proc/1/exe >/dev/null; exit 9");

	s.init = true;
	EQ_INT(run(&s), 9);
	EQ_STR(out, "2\n");
	s = default_spec("l0", "kill -TERM $$");
	s.init = true;
	EQ_INT(run(&s), 143);
	s = default_spec("l0", "(sleep 0.01 & sleep 0.01 &) ; sleep 0.2; grep -l Z /proc/*/stat; "
			       "(echo x >/proc/1/exe) 2>&1; ls /proc/1/fd | wc -l");
	s.init = true;
	EQ_INT(run(&s), 0);
	OK(says("can't create /proc/1/exe: Read-only file system") ||
	   says("can't create /proc/1/exe: Permission denied"));
	s = default_spec("l0", "trap 'echo got; exit 3' USR1; kill -USR1 1; sleep 2; exit 4");
	s.init = true;
	EQ_INT(run(&s), 3);
	EQ_STR(out, "got\n");
}

TEST(limits)
{
	struct spec_rlimit l = {RLIMIT_NOFILE, 77, 88};
	struct spec s = default_spec("l0", "ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj");

	s.rlimits = &l;
	s.nrlimits = 1;
	s.oom_score_adj = 500;
	EQ_INT(run(&s), 0);
	EQ_STR(out, "77\n88\n500\n");
	signal(SIGHUP, SIG_IGN);
	s = default_spec("l0", NULL);
	command(&s, "grep", "-E");
	strs_add(&arena, &s.args, arena_strdup(&arena, "^Sig(Blk|Ign)"));
	strs_add(&arena, &s.args, arena_strdup(&arena, "/proc/self/status"));
	EQ_INT(run(&s), 0);
	signal(SIGHUP, SIG_DFL);
	EQ_STR(out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(host_namespaces)
{
	struct spec s =
		default_spec("l0", "readlink /proc/self/ns/net; readlink /proc/self/ns/pid; "
				   "hostname");
	char net[64] = "", name[64] = "";

	s.ns[SPEC_NS_NET] = s.ns[SPEC_NS_UTS] = SPEC_NS_HOST;
	s.ns[SPEC_NS_PID] = SPEC_NS_PATH;
	s.ns_path[SPEC_NS_PID] = "/proc/self/ns/pid";
	s.sysctls = (struct strs){0};
	EQ_INT(run(&s), 0);
	REQUIRE(readlink("/proc/self/ns/net", net, 63) > 0);
	OK(says(net));
	REQUIRE(readlink("/proc/self/ns/pid", net, 63) > 0);
	OK(says(net));
	gethostname(name, sizeof(name));
	OK(says(name));
}

TEST(encoding)
{
	AUTO_BUF one = BUF_INIT;
	AUTO_BUF two = BUF_INIT;
	struct spec s = default_spec("l0", "echo decoded"), d;

	spec_encode(&s, &one);
	REQUIRE(!spec_decode(&arena, one.data, one.len, &d, &err));
	spec_encode(&d, &two);
	EQ_INT(one.len, two.len);
	EQ_MEM(one.data, two.data, one.len);
	EQ_INT(run(&d), 0);
	EQ_STR(out, "decoded\n");
	for (size_t n = 0; n < one.len; n += 1 + one.len / 97)
		EQ_INT(spec_decode(&arena, one.data, n, &d, &err), -1);
}

static void all(const char *how, int old)
{
	printf("# %s\n", how);
	mnt_force_old(old);
	RUN(exit_codes);
	RUN(namespaces);
	RUN(privileges);
	RUN(lost_rules);
	RUN(users);
	RUN(hostile_passwd);
	RUN(descriptors);
	RUN(masks);
	RUN(mount_table);
	RUN(devices);
	RUN(working_directory);
	RUN(symlinks);
	RUN(binds);
	RUN(propagation);
	RUN(no_pivot);
	RUN(read_only);
	RUN(directory_root);
	RUN(many_layers);
	RUN(terminal);
	RUN(limits);
	RUN(host_namespaces);
#ifndef __SANITIZE_ADDRESS__ /* a dynamic program cannot start in there */
	RUN(command_errors);
	RUN(init);
#endif
}

int main(int argc, char **argv)
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
	RUN(encoding);
	all("mount_setattr and the mount calls before it", 0);
	all("without mount_setattr", 1);
	mnt_force_old(0);
	selfexe_force_copy(1);
	self = selfexe_open(top, &err);
	all("mount(2) alone, init from a copy", 2);
	return test_done();
}
