/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups: conversions and the device program without any rights; then, as root, real
 * groups: limits read back, devices refused, a tree of processes killed, deep sub-groups removed.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#include "base/mem.h"
#include "container/cgroup.h"
#include "container/cgroup_blkio.h"
#include "container/cgroup_devices.h"
#include "container/cgroup_hier.h"
#include "container/cgroup_limits.h"
#include "container/cgroup_stat.h"
#include "container/cgroup_tree.h"
#include "container/defaults.h"
#include "tests/unit/test.h"

static struct arena arena;
static char parent[64];

TEST(weights)
{
	EQ_INT(cgroup_limits_weight(2), 1);
	EQ_INT(cgroup_limits_weight(1024), 100);
	EQ_INT(cgroup_limits_weight(262144), 10000);
	EQ_INT(cgroup_limits_weight(512), 59);
	EQ_INT(cgroup_limits_weight(2048), 174);
	EQ_INT(cgroup_limits_weight(100000), 4340);
	for (uint64_t s = 3; s <= 262144; s++)
		if (cgroup_limits_weight(s) < cgroup_limits_weight(s - 1))
			test_fail(__FILE__, __LINE__, "falls at %llu", (unsigned long long)s);
	EQ_INT(cgroup_blkio_weight(10), 1);
	EQ_INT(cgroup_blkio_weight(500), 4950);
	EQ_INT(cgroup_blkio_weight(1000), 10000);
}

/* The few eBPF instructions that the program consists of. */
static int run(const struct bpf_insn *p, size_t n, uint32_t access, char type, uint32_t major,
	       uint32_t minor)
{
	uint32_t ctx[3] = {access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
			   major, minor};
	uint64_t r[11] = {0};

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *i = p + pc;
		uint64_t *d = &r[i->dst_reg], s = r[i->src_reg], k = (uint64_t)(int64_t)i->imm;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			*d = ctx[i->off / 4];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*d = s;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*d = k;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			*d &= k;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			*d >>= k;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += *d != k ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += *d == k ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			return -1;
		}
	}
	return -1;
}

/* As the v1 kernel has it: a deny rule only counts against allow rules of its own major number. */
static bool counts(const struct spec_device_rule *v, size_t i)
{
	for (size_t j = 0; j < i && !v[i].allow; j++)
		if (v[j].allow && v[j].type == v[i].type && v[j].major == v[i].major &&
		    (v[j].minor < 0 || v[j].minor == v[i].minor))
			return true;
	return v[i].allow;
}

static int plain(const struct spec_device_rule *v, size_t n, uint32_t access, char type,
		 int64_t major, int64_t minor)
{
	for (size_t i = n; i-- > 0;) {
		uint32_t a = (strchr(v[i].access, 'm') ? 1u : 0) |
			     (strchr(v[i].access, 'r') ? 2u : 0) |
			     (strchr(v[i].access, 'w') ? 4u : 0);

		if (v[i].type == 'a')
			return v[i].allow;
		if (v[i].type == type && (v[i].major < 0 || v[i].major == major) &&
		    (v[i].minor < 0 || v[i].minor == minor) && counts(v, i) &&
		    (v[i].allow ? !(access & ~a) : (access & a) != 0))
			return v[i].allow;
	}
	return 0;
}

TEST(device_program)
{
	static const int64_t numbers[] = {0, 1, 3, 5, 8, 9, 10, 136, 200, 229, 259};
	const size_t k = sizeof(numbers) / sizeof(*numbers);
	struct bpf_insn code[CGROUP_DEVICES_INSNS];
	const struct spec_device_rule extra[] = {{true, 'b', 8, -1, "r"},
						 {false, 'b', 8, 3, "rw"},
						 {true, 'c', 10, 229, "rwm"}};
	struct spec s = {0};
	int bad = 0;

	defaults_rules(&arena, false, &s);
	for (size_t round = 0; round < 4; round++) {
		size_t n = cgroup_devices_program(s.rules, s.nrules, code);

		REQUIRE(n > 0);
		for (size_t i = 0; i < k * k; i++)
			for (uint32_t access = 1; access < 8; access++)
				for (int b = 0; b < 2; b++) {
					int64_t major = numbers[i / k], minor = numbers[i % k];

					bad += run(code, n, access, b ? 'b' : 'c', (uint32_t)major,
						   (uint32_t)minor) != plain(s.rules, s.nrules,
									     access, b ? 'b' : 'c',
									     major, minor);
				}
		if (round < 3)
			defaults_rule_add(&arena, &s, &extra[round]);
	}
	EQ_INT(bad, 0);
	defaults_rules(&arena, true, &s);
	EQ_INT(run(code, cgroup_devices_program(s.rules, s.nrules, code), 7, 'b', 8, 0), 1);
}

static bool usable(void)
{
	const struct cgroup_hier *h;
	bool ok = false;
	struct err e;
	int n;

	h = cgroup_hier_all(&n, NULL);
	if (n && geteuid() == 0 && cgroup_hier_make(&h[0], parent, &ok, &e) < 0)
		return false;
	return ok;
}

#define NEEDS_GROUPS()                                                                             \
	do {                                                                                       \
		if (!usable())                                                                     \
			SKIP("needs root and control groups");                                     \
	} while (0)

static const char *group(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", parent, name);
	return path;
}

static long long value(enum cgroup_ctl c, const char *path, const char *v1, const char *v2)
{
	const struct cgroup_hier *h = cgroup_hier_of(c);
	char text[64];

	if (!h || cgroup_hier_read(h, path, h->v2 ? v2 : v1, text, sizeof(text)) < 0)
		return -1;
	return atoll(text);
}

TEST(limits)
{
	struct spec s = {.res = {.memory = 64 << 20,
				 .memory_swap = 64 << 20,
				 .cpu_quota = 50000,
				 .cpu_period = 100000,
				 .cpu_shares = 512,
				 .pids = 50,
				 .swappiness = -1}};
	struct cgroup cg;
	struct err e = {0};
	const char *path;

	NEEDS_GROUPS();
	s.cgroup = path = group("limits");
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	if (cgroup_hier_of(CGROUP_MEMORY))
		EQ_INT(value(CGROUP_MEMORY, path, "memory.limit_in_bytes", "memory.max"), 64 << 20);
	if (cgroup_hier_of(CGROUP_PIDS))
		EQ_INT(value(CGROUP_PIDS, path, "pids.max", "pids.max"), 50);
	if (cgroup_hier_of(CGROUP_CPU)) {
		EQ_INT(value(CGROUP_CPU, path, "cpu.cfs_quota_us", "cpu.max"), 50000);
		EQ_INT(value(CGROUP_CPU, path, "cpu.shares", "cpu.weight"),
		       cgroup_hier_of(CGROUP_CPU)->v2 ? 59 : 512);
	}
	s.res = (struct spec_resources){.memory = 128 << 20,
					.memory_swap = 256 << 20,
					.swappiness = -1};
	EQ_OK(cgroup_update(path, &s.res, &e), e);
	if (cgroup_hier_of(CGROUP_MEMORY))
		EQ_INT(value(CGROUP_MEMORY, path, "memory.limit_in_bytes", "memory.max"),
		       128 << 20);
	cgroup_close(&cg);
	EQ_OK(cgroup_teardown(path, &e), e);
	EQ_OK(cgroup_teardown(path, &e), e);
}

/* The second of two values is refused: the first is as it was. */
TEST(all_or_nothing)
{
	struct spec s = {.res = {.cpu_shares = 512, .pids = 50, .swappiness = -1}};
	struct spec_resources r = {.cpu_shares = 2048, .cpuset_cpus = "8191", .swappiness = -1};
	bool v2 = cgroup_hier_of(CGROUP_CPU) && cgroup_hier_of(CGROUP_CPU)->v2;
	struct cgroup cg;
	struct err e = {0};
	const char *path;

	NEEDS_GROUPS();
	s.cgroup = path = group("nothing");
	OK(!cgroup_exists(path));
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	OK(cgroup_exists(path));
	if (cgroup_hier_of(CGROUP_CPU) && cgroup_hier_of(CGROUP_CPUSET)) {
		OK(cgroup_update(path, &r, &e) < 0 && strstr(e.text, "the set of CPUs"), "%s",
		   e.text);
		EQ_INT(value(CGROUP_CPU, path, "cpu.shares", "cpu.weight"), v2 ? 59 : 512);
	}
	r = (struct spec_resources){.pids = -1, .swappiness = -1};
	EQ_OK(cgroup_update(path, &r, &e), e);
	if (cgroup_hier_of(CGROUP_PIDS))
		EQ_INT(value(CGROUP_PIDS, path, "pids.max", "pids.max"), 0); /* "max" */
	cgroup_close(&cg);
	EQ_OK(cgroup_teardown(path, &e), e);
}

/* The first disk there is; false: none. */
static bool disk(unsigned *ma, unsigned *mi)
{
	char line[256];
	FILE *f = fopen("/proc/partitions", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, " %u %u", ma, mi) == 2;
	if (f)
		fclose(f);
	return found;
}

TEST(block_devices)
{
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_BLKIO);
	struct spec_blkio v[] = {{SPEC_BLKIO_READ_BPS, 0, 0, 1 << 20},
				 {SPEC_BLKIO_WRITE_IOPS, 0, 0, 70}};
	struct spec s = {.res = {.blkio = v, .nblkio = 2, .swappiness = -1}};
	char text[512], want[64];
	struct cgroup cg;
	struct err e = {0};

	NEEDS_GROUPS();
	if (!h || !disk(&v[0].major, &v[0].minor))
		SKIP("no controller of block IO, or no disk");
	v[1].major = v[0].major;
	v[1].minor = v[0].minor;
	s.cgroup = group("disk");
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	if (h->v2) {
		snprintf(want, sizeof(want), "%u:%u rbps=1048576 wbps=max riops=max wiops=70",
			 v[0].major, v[0].minor);
		OK(cgroup_hier_read(h, s.cgroup, "io.max", text, sizeof(text)) > 0);
		OK(strstr(text, want), "%s", text);
	} else {
		snprintf(want, sizeof(want), "%u:%u 1048576", v[0].major, v[0].minor);
		OK(cgroup_hier_read(h, s.cgroup, "blkio.throttle.read_bps_device", text,
				    sizeof(text)) > 0);
		OK(strstr(text, want), "%s", text);
		snprintf(want, sizeof(want), "%u:%u 70", v[0].major, v[0].minor);
		OK(cgroup_hier_read(h, s.cgroup, "blkio.throttle.write_iops_device", text,
				    sizeof(text)) > 0);
		OK(strstr(text, want), "%s", text);
	}
	cgroup_close(&cg);
	EQ_OK(cgroup_teardown(s.cgroup, &e), e);
}

/* The groups above have none to give until they are given some. */
TEST(real_time)
{
	struct spec s = {
		.res = {.cpu_rt_period = 1000000, .cpu_rt_runtime = 2000, .swappiness = -1}};
	struct cgroup cg;
	struct err e = {0};

	NEEDS_GROUPS();
	s.cgroup = group("rt");
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	if (cgroup_realtime())
		EQ_INT(value(CGROUP_CPU, s.cgroup, "cpu.rt_runtime_us", "-"), 2000);
	cgroup_close(&cg);
	EQ_OK(cgroup_teardown(s.cgroup, &e), e);
}

static int join(const struct cgroup *cg)
{
	struct err e;
	int fd;

	if (cgroup_join(cg, &e) < 0)
		return -1;
	if (cg->v2dir < 0)
		return 0;
	fd = openat(cg->v2dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, "0", 1) == 1 ? 0 : -1;
}

/* One that is frozen does nothing, can be killed, and what is torn down may be frozen. */
TEST(freeze)
{
	struct spec s = {.res = {.swappiness = -1}};
	struct cgroup cg;
	struct err e = {0};
	int pipes[2], status;
	const char *path;
	uint64_t kills = 77;
	struct cgroup_stat stat;
	char c;
	pid_t pid;

	NEEDS_GROUPS();
	s.cgroup = path = group("freeze");
	OK(cgroup_freeze(path, &e) && (e.kind == ERR_NOTFOUND || e.kind == ERR_UNSUPPORTED));
	OK(!cgroup_frozen(path));
	OK(cgroup_oom_kills(path, &kills) < 0);
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	REQUIRE(pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == 0);
	pid = fork();
	if (pid == 0) {
		if (join(&cg) < 0)
			_exit(1);
		for (;;)
			if (write(pipes[1], "x", 1) < 0)
				pause();
	}
	for (int i = 0; i < 5000 && read(pipes[0], &c, 1) < 0; i++)
		usleep(1000);
	EQ_OK(cgroup_freeze(path, &e), e);
	OK(cgroup_frozen(path));
	EQ_OK(cgroup_freeze(path, &e), e);
	EQ_OK(cgroup_thaw(path, &e), e);
	OK(!cgroup_frozen(path));
	EQ_OK(cgroup_freeze(path, &e), e);
	EQ_OK(cgroup_kill(path, &e), e);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	cgroup_stat_read(path, &arena, &stat);
	EQ_INT(stat.have_cpu, cgroup_hier_of(CGROUP_CPUACCT) || cgroup_mode() == CGROUP_V2);
	OK(!stat.have_cpu || stat.cpu > 0);
	EQ_INT(stat.have_pids, cgroup_hier_of(CGROUP_PIDS) != NULL);
	EQ_INT(stat.have_memory, cgroup_hier_of(CGROUP_MEMORY) != NULL);
	EQ_INT(stat.have_io, cgroup_hier_of(CGROUP_BLKIO) != NULL);
	OK(!stat.have_memory || *stat.memory_stat);
	EQ_INT(cgroup_stat_memory(&stat, "nosuch"), 0);
	if (cgroup_hier_of(CGROUP_MEMORY)) {
		EQ_INT(cgroup_oom_kills(path, &kills), 0);
		EQ_INT(kills, 0);
	}
	cgroup_close(&cg);
	EQ_OK(cgroup_teardown(path, &e), e);
	close(pipes[0]);
	close(pipes[1]);
}

static int try_devices(const struct cgroup *cg)
{
	if (join(cg) < 0)
		return 1;
	if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
		return 2;
	if (mknod("node", S_IFBLK | 0600, makedev(8, 0)) < 0)
		return 3;
	if (open("node", O_RDONLY | O_CLOEXEC) >= 0 || errno != EPERM)
		return 4;
	unlink("node");
	if (mknod("node", S_IFCHR | 0600, makedev(10, 229)) < 0)
		return 5;
	if (open("node", O_RDONLY | O_CLOEXEC) >= 0 || errno != EPERM)
		return 6;
	return 0;
}

TEST(devices)
{
	struct spec s = {.res = {.swappiness = -1}};
	struct cgroup cg;
	struct err e = {0};
	int status = -1;
	pid_t pid;

	NEEDS_GROUPS();
	test_tmp();
	s.cgroup = group("devices");
	defaults_rules(&arena, false, &s);
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	pid = fork();
	if (pid == 0)
		_exit(try_devices(&cg));
	waitpid(pid, &status, 0);
	EQ_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
	unlink("node");
	cgroup_close(&cg);
	EQ_OK(cgroup_teardown(s.cgroup, &e), e);
}

/* Two processes in the group, two more in a sub-group far down; all must die, all groups go. */
TEST(kill_and_remove_trees)
{
	const struct cgroup_hier *h;
	struct spec s = {.res = {.swappiness = -1}};
	struct cgroup cg;
	struct err e = {0};
	char deep[256], text[16];
	pid_t pids[4];
	int n, depth = 12, *seen = NULL;
	size_t len, nseen = 0;

	NEEDS_GROUPS();
	s.cgroup = group("tree");
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	h = cgroup_hier_of(CGROUP_FREEZER);
	if (!h)
		h = cgroup_hier_all(&n, NULL);
	len = (size_t)snprintf(deep, sizeof(deep), "%s", s.cgroup);
	for (int i = 0; i < depth; i++) {
		bool ok;

		len += (size_t)snprintf(deep + len, sizeof(deep) - len, "/s%d", i);
		EQ_OK(cgroup_hier_make(h, deep, &ok, &e), e);
	}
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (;;)
				pause();
		}
		snprintf(text, sizeof(text), "%d", (int)pids[i]);
		EQ_INT(cgroup_hier_write(h, i < 2 ? s.cgroup : deep, "cgroup.procs", text), 0);
	}
	cgroup_close(&cg);
	REQUIRE(!cgroup_pids(s.cgroup, &arena, &seen, &nseen));
	EQ_INT(nseen, 4);
	for (size_t i = 0; i < nseen; i++)
		OK(seen[i] == pids[0] || seen[i] == pids[1] || seen[i] == pids[2] ||
		   seen[i] == pids[3]);
	EQ_INT(cgroup_tree_rmdir(h, s.cgroup), -1);
	/* our own children: they stay zombies until waited for, which empties the group */
	if (fork() == 0)
		_exit(cgroup_teardown(s.cgroup, &e) < 0);
	for (int i = 0; i < 5; i++) {
		int status;
		pid_t pid = wait(&status);

		OK(pid > 0);
		if (pid == pids[0] || pid == pids[1] || pid == pids[2] || pid == pids[3])
			OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		else
			EQ_INT(status, 0);
	}
	EQ_INT(cgroup_hier_open(h, s.cgroup, "", O_RDONLY), -1);
	EQ_OK(cgroup_kill(s.cgroup, &e), e);
}

/* Deeper than PATH_MAX, with two siblings at every level. */
TEST(deep_groups)
{
	const struct cgroup_hier *h;
	struct spec s = {.res = {.swappiness = -1}};
	struct cgroup cg;
	struct err e = {0};
	char name[201];
	int n, fd;

	NEEDS_GROUPS();
	memset(name, 'x', 200);
	name[200] = 0;
	s.cgroup = group("deep");
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	cgroup_close(&cg);
	h = cgroup_hier_all(&n, NULL);
	h = cgroup_hier_of(CGROUP_FREEZER) ? cgroup_hier_of(CGROUP_FREEZER) : h;
	fd = cgroup_hier_open(h, s.cgroup, "", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 30 && fd >= 0; i++) {
		int next;

		mkdirat(fd, "a", 0755);
		mkdirat(fd, name, 0755);
		mkdirat(fd, "b", 0755);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	if (fd >= 0)
		close(fd);
	EQ_OK(cgroup_teardown(s.cgroup, &e), e);
	EQ_INT(cgroup_hier_open(h, s.cgroup, "", O_RDONLY), -1);
}

/* In a child: afterwards every line of /proc/self/cgroup is the new group or the top. */
static int moved(const char *path)
{
	char line[512];
	struct err e;
	FILE *f;
	int bad = 0;

	if (cgroup_move(path, 0, &e) < 0)
		return 1;
	if (cgroup_move(path, getpid(), &e) < 0) /* twice is nothing */
		return 2;
	f = fopen("/proc/self/cgroup", "re");
	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strrchr(line, ':') + 1;

		line[strcspn(line, "\n")] = 0;
		bad |= strcmp(at, path) != 0 && strcmp(at, "/") != 0;
	}
	if (f)
		fclose(f);
	return f && !bad ? 0 : 3;
}

TEST(move)
{
	struct err e = {0};
	int status = -1;
	pid_t pid;

	NEEDS_GROUPS();
	pid = fork();
	if (pid == 0)
		_exit(moved(group("move")));
	waitpid(pid, &status, 0);
	EQ_INT(status, 0);
	EQ_OK(cgroup_teardown(group("move"), &e), e);
}

TEST(bad_paths)
{
	static const char *const bad[] = {"", "/", "x", "/a/../b", "/a//b", "/a/", "/.", "/a/.b"};
	struct cgroup cg;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct spec s = {.cgroup = bad[i], .res = {.swappiness = -1}};
		struct err e = {0};

		OK(cgroup_setup(&s, &cg, &e) < 0, "%s", bad[i]);
		OK(cgroup_teardown(bad[i], &e) < 0, "%s", bad[i]);
	}
}

/* Another process is between making a group and giving it cpus: what comes below has none. */
TEST(half_made_cpuset)
{
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_CPUSET);
	struct spec s = {.res = {.swappiness = -1}};
	char path[PATH_MAX], half[96];
	struct cgroup cg;
	struct err e = {0};
	int status = -1;
	pid_t pid;

	NEEDS_GROUPS();
	if (!h || h->v2)
		return; /* groups of v2 are born with their parent's cpus */
	snprintf(half, sizeof(half), "%s-half", parent);
	snprintf(path, sizeof(path), "%s%s", h->mount, half);
	REQUIRE(mkdir(path, 0755) == 0);
	s.cgroup = arena_printf(&arena, "%s/x", half);
	EQ_OK(cgroup_setup(&s, &cg, &e), e);
	pid = fork();
	if (!pid)
		_exit(join(&cg) < 0 || cgroup_move(arena_printf(&arena, "%s/y", half), 0, &e) < 0);
	waitpid(pid, &status, 0);
	EQ_INT(status, 0);
	cgroup_close(&cg);
	EQ_OK(cgroup_teardown(half, &e), e);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Figures, not a test. */
static void figures(void)
{
	double t, best[2] = {1e9, 1e9};
	struct spec s = {.res = {.swappiness = -1}};
	struct cgroup cg;
	struct err e;

	s.cgroup = group("figures");
	defaults_rules(&arena, false, &s);
	for (int i = 0; i < 50; i++) {
		t = now();
		if (cgroup_setup(&s, &cg, &e) < 0)
			return;
		t = now() - t;
		best[0] = t < best[0] ? t : best[0];
		cgroup_close(&cg);
		t = now();
		cgroup_teardown(s.cgroup, &e);
		t = now() - t;
		best[1] = t < best[1] ? t : best[1];
	}
	printf("# setup with default devices %.0f us, teardown %.0f us\n", best[0], best[1]);
}

int main(void)
{
	struct err e;

	snprintf(parent, sizeof(parent), "/proa-unit-%d", (int)getpid());
	RUN(weights);
	RUN(device_program);
	RUN(bad_paths);
	RUN(limits);
	RUN(all_or_nothing);
	RUN(block_devices);
	RUN(real_time);
	RUN(freeze);
	RUN(devices);
	RUN(kill_and_remove_trees);
	RUN(deep_groups);
	RUN(move);
	RUN(half_made_cpuset);
	test_done();
	if (usable())
		figures();
	cgroup_teardown(parent, &e);
	arena_release(&arena);
	return test_bad > 0;
}
