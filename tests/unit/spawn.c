/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of a container: exit codes, errors, identity, descriptors, terminal, init.
 */
#include "tests/unit/box.h"

TEST(exit_codes)
{
	EQ_INT(sh("echo hi; exit 7"), 7);
	EQ_STR(out, "hi\n");
	EQ_INT(sh("kill -9 $$; echo still here"), 0); /* pid 1 cannot be killed from inside */
	EQ_STR(out, "still here\n");
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
	refuses("/etc", "exec: \"/etc\": permission denied: it is a directory");
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

TEST(terminal)
{
	struct spec s = default_spec("l0", "tty; stty size; stat -c %t:%T /dev/console; "
					   "read x </dev/tty; echo got $x");
	struct spawn_io io = {.in = -1, .out = -1, .err = -1, .console_sock = -1};
	struct spawn_proc p;
	int pair[2], master;
	char byte[4];

	REQUIRE(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	io.console_sock = pair[1];
	s.tty = true;
	s.tty_rows = 33;
	s.tty_cols = 101;
	EQ_OK(spawn_start(&s, NULL, &io, -1, &p, &err), err);
	REQUIRE(conn_recv_fd(pair[0], byte, sizeof(byte), &master) == 1 && master >= 0);
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

	s.policy.restart = "no"; /* what stands for "not given" on the way */
	s.log.driver = "none";
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

static void once(void)
{
	RUN(encoding);
}

static void set(void)
{
	RUN(exit_codes);
	RUN(namespaces);
	RUN(privileges);
	RUN(lost_rules);
	RUN(users);
	RUN(hostile_passwd);
	RUN(descriptors);
	RUN(working_directory);
	RUN(terminal);
	RUN(limits);
	RUN(host_namespaces);
#ifndef __SANITIZE_ADDRESS__ /* a dynamic program cannot start in there */
	RUN(command_errors);
	RUN(init);
#else
	(void)test_command_errors;
	(void)test_init;
#endif
}

int main(int argc, char **argv)
{
	return box_main(argc, argv, once, set);
}
