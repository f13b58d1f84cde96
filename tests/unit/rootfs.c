/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file system of a container: mounts, masks, devices, binds, hostile roots, many layers.
 */
#include "tests/unit/box.h"

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
	OK(strstr(err.text, "not a directory") != NULL, "%s", err.text);
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

/* 127 layers fit into one mount(2) by aliases as long as Docker's; 300 need "lowerdir+". */
TEST(many_layers)
{
	const int counts[] = {126, 299};

	mkdir(in_top("l"), 0755);
	for (size_t k = 0; k < 2; k++) {
		struct spec s = default_spec("l0", "ls / | grep -c '^layer'");

		s.lowers = (struct strs){0};
		for (int i = 0; i < counts[k]; i++) {
			char *dir = arena_printf(&arena, "l/ABCDEFGHIJKLMNOPQRSTUVW%03d", i);

			mkdir(in_top(dir), 0755);
			mkdir(in_top(arena_printf(&arena, "%s/layer%d", dir, i)), 0755);
			strs_add(&arena, &s.lowers, dir);
		}
		strs_add(&arena, &s.lowers, arena_strdup(&arena, "l0"));
		if (run(&s) < 0 && k && err.kind == ERR_UNSUPPORTED)
			continue; /* before Linux 6.5 */
		EQ_STR(out, k ? "299\n" : "126\n");
	}
}

static void once(void)
{
	RUN(no_pivot);
}

static void set(void)
{
	RUN(masks);
	RUN(mount_table);
	RUN(devices);
	RUN(symlinks);
	RUN(binds);
	RUN(propagation);
	RUN(read_only);
	RUN(directory_root);
	RUN(many_layers);
}

int main(int argc, char **argv)
{
	return box_main(argc, argv, once, set);
}
