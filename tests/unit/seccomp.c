/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default policy against tests/data/defaults/seccomp.json: a small BPF interpreter runs our
 * program for every number of every architecture, with many arguments and capability sets, and a
 * plain evaluation of the JSON must say the same. Then profiles, and a real filter in a child.
 */
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "container/caps.h"
#include "container/seccomp.h"
#include "container/seccomp_table.h"
#include "tests/unit/test.h"

#include <fcntl.h>

#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define X32 0x40000000u
#define NR 1024

static struct arena arena;
static const struct json *data; /* seccomp.json */
static const char *const arch_name[] = {"x86_64", "i386", "x32", "aarch64", "arm"};
static const uint32_t audit[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_X86_64,
				 AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM};

/* Classic BPF as seccomp allows it. */
static uint32_t interpret(const struct spec_seccomp *s, const struct seccomp_data *d)
{
	const struct sock_filter *p = s->filter;
	uint32_t a = 0;

	for (unsigned pc = 0; pc < s->len; pc++) {
		const struct sock_filter *i = p + pc;

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (i->k % 4 || i->k + 4 > sizeof(*d))
				return 0xbad;
			memcpy(&a, (const char *)d + i->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			return 0xbad;
		}
	}
	return 0xbad;
}

static uint32_t ask(const struct spec_seccomp *s, unsigned arch, uint32_t nr, const uint64_t *args)
{
	struct seccomp_data d = {.nr = (int)nr, .arch = audit[arch]};

	if (args)
		memcpy(d.args, args, sizeof(d.args));
	return interpret(s, &d);
}

static const struct json *load(const char *name)
{
	struct buf b = BUF_INIT;
	const struct json *v = NULL;
	struct err e;

	if (file_read(AT_FDCWD, test_data(name), 4 << 20, &b, &e) == 0)
		v = json_parse(&arena, b.data, b.len, 4 << 20, name, &e);
	buf_release(&b);
	return v;
}

static uint64_t cap(const char *name)
{
	uint64_t bit = 0;
	struct err e;

	EQ_OK(caps_parse(name, &bit, &e), e);
	return bit;
}

static bool has_arch(const struct json *list, const char *native)
{
	for (size_t i = 0; i < json_len(list); i++)
		if (!strcmp(json_str(json_at(list, i), ""), native))
			return true;
	return false;
}

static bool rule_applies(const struct json *r, uint64_t caps, const char *native)
{
	const struct json *all = json_get(r, "if_caps_all"), *any = json_get(r, "unless_caps_any");
	const struct json *on = json_get(r, "if_arch");

	for (size_t i = 0; i < json_len(all); i++)
		if (!(caps & cap(json_str(json_at(all, i), ""))))
			return false;
	for (size_t i = 0; i < json_len(any); i++)
		if (caps & cap(json_str(json_at(any, i), "")))
			return false;
	if (on && !has_arch(on, native))
		return false;
	return !has_arch(json_get(r, "unless_arch"), native);
}

static bool args_hold(const struct json *list, const uint64_t *args)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = json_at(list, i);
		uint32_t arg = (uint32_t)args[json_int(json_get(c, "index"), 0)];
		uint32_t value = (uint32_t)json_int(json_get(c, "value"), 0);
		const char *op = json_str(json_get(c, "op"), "");
		bool ok = false;

		if (!strcmp(op, "eq"))
			ok = arg == value;
		else if (!strcmp(op, "lt"))
			ok = arg < value;
		else if (!strcmp(op, "gt"))
			ok = arg > value;
		else if (!strcmp(op, "masked_eq"))
			ok = (arg & value) == (uint32_t)json_int(json_get(c, "value2"), 0);
		if (!ok)
			return false;
	}
	return true;
}

/* What the JSON says of a call by name. */
static uint32_t plain(const char *name, uint64_t caps, const char *native, const uint64_t *args)
{
	const struct json *rules = json_get(json_get(data, "syscalls"), name);

	for (size_t i = 0; i < json_len(rules); i++) {
		const struct json *r = json_at(rules, i);

		if (!rule_applies(r, caps, native) || !args_hold(json_get(r, "args"), args))
			continue;
		return json_str(json_get(r, "action"), "")[0] == 'a'
			       ? ALLOW
			       : ERRNO((uint32_t)json_int(json_get(r, "errno"), 0));
	}
	return ERRNO(EPERM);
}

static const char *names[SECCOMP_ARCHES][NR];
static int highest[SECCOMP_ARCHES];

/* Names by number, from the JSON; for 32-bit ARM, which it has no numbers of, from our table. */
static void number_names(void)
{
	for (unsigned arch = 0; arch < SECCOMP_ARCHES; arch++) {
		struct json_iter it =
			json_iter(json_get(json_get(data, "numbers"), arch_name[arch]));
		const struct json *v;
		const char *key;

		while ((v = json_next(&it, &key)))
			names[arch][json_int(v, 0)] = key;
		for (size_t i = 0; i < seccomp_table_rows && arch == SECCOMP_ARM; i++) {
			int nr = seccomp_table_nr(&seccomp_table[i], arch);

			if (nr >= 0 && nr < NR)
				names[arch][nr] = seccomp_table[i].name;
		}
		for (int nr = 451; nr < 470 && arch == SECCOMP_X32; nr++)
			names[arch][nr] = names[SECCOMP_X86_64][nr];
		for (int nr = 0; nr < NR; nr++)
			if (names[arch][nr])
				highest[arch] = nr;
	}
}

/* Arguments worth a try. */
static const uint64_t first[] = {
	0,	     1,		  2,	      8,	  16,	      37,	  38,
	39,	     40,	  41,	      0x11,	  0x20000,    0x20008,	  0xffffffff,
	0x100000026, 0x1ffffffff, 0x7e020000, 0x10000000, 0x02000000, 0x00020000, 0x01000000 | 0x11,
	0x80000000,  UINT64_MAX,  0x3d0f00};

static int compare(const struct spec_seccomp *s, unsigned arch, uint64_t caps)
{
	const char *native = arch >= SECCOMP_AARCH64 ? "aarch64" : "x86_64";
	uint32_t bit = arch == SECCOMP_X32 ? X32 : 0;
	int bad = 0;

	for (uint32_t nr = 0; nr < NR; nr++)
		for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
			uint64_t args[6] = {first[i], first[i]};
			uint32_t want = nr > (uint32_t)highest[arch] ? ERRNO(ENOSYS) : ERRNO(EPERM);
			uint32_t got = ask(s, arch, nr | bit, args);

			if (names[arch][nr])
				want = plain(names[arch][nr], caps, native, args);
			/* what x32 lacks the kernel refuses, whatever the filter says */
			if (arch == SECCOMP_X32 && nr < 512 && !names[arch][nr])
				want = ask(s, SECCOMP_X86_64, nr, args);
			if (got != want && bad++ < 5)
				printf("# %s %u (%s) arg %llx caps %llx: %x, not %x\n",
				       arch_name[arch], nr,
				       names[arch][nr] ? names[arch][nr] : "none",
				       (unsigned long long)first[i], (unsigned long long)caps, got,
				       want);
		}
	return bad;
}

static void against_json(bool arm)
{
	static const uint64_t sets[] = {0, UINT64_MAX};
	struct spec_seccomp s;
	struct err e;
	int bad = 0;

	REQUIRE(data);
	for (int i = -3; i < 41; i++) {
		uint64_t caps = i == -3 ? caps_default()
				: i < 0 ? sets[i + 2]
					: caps_default() ^ 1ull << i;
		AUTO_ARENA a = ARENA_INIT;

		EQ_OK(seccomp_default_for(arm, caps, &a, &s, &e), e);
		for (unsigned arch = arm ? SECCOMP_AARCH64 : 0; arch < (arm ? 5 : 3); arch++)
			bad += compare(&s, arch, caps);
		if (i == -3)
			printf("# %u instructions\n", s.len);
	}
	EQ_INT(bad, 0);
}

TEST(x86_policy_is_the_table)
{
	against_json(false);
}
TEST(arm_policy_is_the_table)
{
	against_json(true);
}

TEST(table_is_sorted_and_complete)
{
	const struct json *calls = json_get(data, "syscalls"), *v;
	struct json_iter it = json_iter(calls);
	const char *key;

	for (size_t i = 1; i < seccomp_table_rows; i++)
		OK(strcmp(seccomp_table[i - 1].name, seccomp_table[i].name) < 0, "%s",
		   seccomp_table[i].name);
	while ((v = json_next(&it, &key)))
		if (strncmp(key, "s390", 4) && strncmp(key, "riscv", 5) &&
		    strcmp(key, "swapcontext"))
			OK(seccomp_table_resolve(SECCOMP_X86_64, key) != SECCOMP_UNKNOWN, "%s",
			   key);
	EQ_INT(seccomp_table_resolve(SECCOMP_X86_64, "nonsense"), SECCOMP_UNKNOWN);
	EQ_INT(seccomp_table_resolve(SECCOMP_X86_64, "socketcall"), SECCOMP_ABSENT);
	EQ_INT(seccomp_table_resolve(SECCOMP_I386, "socket"), 359);
	EQ_INT(seccomp_table_resolve(SECCOMP_X32, "execve"), 520);
	EQ_INT(seccomp_table_resolve(SECCOMP_ARM, "set_tls"), 0xf0005);
	/* not in the table, known to libseccomp */
	EQ_INT(seccomp_table_resolve(SECCOMP_X86_64, "swapcontext"), SECCOMP_ABSENT);
}

TEST(foreign_architectures_die)
{
	struct spec_seccomp s;
	struct seccomp_data d = {.nr = 0, .arch = AUDIT_ARCH_PPC64LE};
	struct err e;

	EQ_OK(seccomp_default_for(false, caps_default(), &arena, &s, &e), e);
	EQ_INT(interpret(&s, &d), SECCOMP_RET_KILL_PROCESS);
	d.arch = AUDIT_ARCH_AARCH64;
	EQ_INT(interpret(&s, &d), SECCOMP_RET_KILL_PROCESS);
	EQ_OK(seccomp_default_for(true, caps_default(), &arena, &s, &e), e);
	d.arch = AUDIT_ARCH_X86_64;
	EQ_INT(interpret(&s, &d), SECCOMP_RET_KILL_PROCESS);
	/* 32-bit ARM's private calls: breakpoint, cacheflush, set_tls; not usr26 */
	EQ_INT(ask(&s, SECCOMP_ARM, 0xf0001, NULL), ALLOW);
	EQ_INT(ask(&s, SECCOMP_ARM, 0xf0002, NULL), ALLOW);
	EQ_INT(ask(&s, SECCOMP_ARM, 0xf0003, NULL), ERRNO(ENOSYS));
	EQ_INT(ask(&s, SECCOMP_ARM, 0xf0005, NULL), ALLOW);
	EQ_INT(ask(&s, SECCOMP_ARM, 0xf0007, NULL), ERRNO(ENOSYS));
}

static int profile(const char *text, uint64_t caps, struct spec_seccomp *s, struct err *e)
{
	return seccomp_profile(text, strlen(text), caps, &arena, s, e);
}

#if defined(__aarch64__)
#define NATIVE SECCOMP_AARCH64
#else
#define NATIVE SECCOMP_X86_64
#endif

static uint32_t call(const struct spec_seccomp *s, const char *name, uint64_t a0, uint64_t a1)
{
	uint64_t args[6] = {a0, a1};

	return ask(s, NATIVE, (uint32_t)seccomp_table_resolve(NATIVE, name), args);
}

TEST(comparisons)
{
	static const char *const ops[] = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
	static const uint64_t v[] = {0,		  1,	       5,
				     0x100000000, 0x100000001, 0x100000005,
				     0x200000001, 0xffffffff,  0x7fffffffffffffff,
				     UINT64_MAX};
	const size_t n = sizeof(v) / sizeof(*v);
	struct spec_seccomp s;
	char text[400];
	struct err e;

	for (unsigned op = 0; op < 7; op++)
		for (size_t i = 0; i < n - 1; i++) {
			snprintf(
				text, sizeof(text),
				"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
				"{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7,"
				"\"args\":[{\"index\":1,\"op\":\"SCMP_CMP_%s\",\"value\":%llu,"
				"\"valueTwo\":5}]}]}",
				ops[op], (unsigned long long)v[i]);
			EQ_OK(profile(text, 0, &s, &e), e);
			for (size_t j = 0; j < n; j++) {
				uint64_t a = v[j], b = v[i];
				bool want[] = {a != b, a<b, a <= b, a == b, a >= b, a> b,
					       (a & b) == 5};

				OK(call(&s, "ioctl", 0, a) == (want[op] ? ERRNO(7) : ALLOW),
				   "%llx %s %llx", (unsigned long long)a, ops[op],
				   (unsigned long long)b);
			}
		}
}

TEST(profiles)
{
	struct spec_seccomp s;
	struct err e;

	EQ_OK(profile("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		      "{\"names\":[\"read\",\"write\",\"no_such_call\"],\"action\":\"SCMP_ACT_ALLOW\"},"
		      "{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\","
		      "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
		      "{\"names\":[\"setns\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":9,"
		      "\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
		      "{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\","
		      "\"includes\":{\"minKernel\":\"2.6\",\"arches\":[\"amd64\",\"arm64\"]}},"
		      "{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ALLOW\","
		      "\"includes\":{\"minKernel\":\"99.1\"}},"
		      "{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		      "{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":1},"
		      "{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":2}]},"
		      "{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"}]}",
		      cap("SYS_ADMIN"), &s, &e),
	      e);
	EQ_INT(call(&s, "read", 0, 0), ALLOW);
	EQ_INT(call(&s, "mount", 0, 0), ALLOW);
	EQ_INT(call(&s, "setns", 0, 0), ERRNO(EPERM));
	EQ_INT(call(&s, "getpid", 0, 0), ALLOW);
	EQ_INT(call(&s, "getppid", 0, 0), ERRNO(EPERM));
	EQ_INT(call(&s, "socket", 1, 0), ALLOW);
	EQ_INT(call(&s, "socket", 0x500000002, 0), ALLOW);
	EQ_INT(call(&s, "socket", 3, 0), ERRNO(EPERM));
	EQ_INT(call(&s, "dup", 0, 0), SECCOMP_RET_KILL_PROCESS);
	EQ_INT(ask(&s, NATIVE, 600, NULL), ERRNO(ENOSYS));
	EQ_INT(ask(&s, SECCOMP_I386, 3, NULL), SECCOMP_RET_KILL_PROCESS);
	if (NATIVE == SECCOMP_X86_64) {
		EQ_INT(ask(&s, SECCOMP_X32, X32 | 1, NULL), SECCOMP_RET_KILL_PROCESS);
		EQ_INT(ask(&s, SECCOMP_X86_64, UINT32_MAX, NULL), ERRNO(EPERM));
	}
	EQ_OK(profile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"archMap\":[{\"architecture\":"
		      "\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]}],"
		      "\"syscalls\":[{\"name\":\"mkdir\",\"action\":\"SCMP_ACT_LOG\"}]}",
		      0, &s, &e),
	      e);
	if (NATIVE == SECCOMP_X86_64) {
		EQ_INT(ask(&s, SECCOMP_I386, 39, NULL), SECCOMP_RET_LOG);
		EQ_INT(ask(&s, SECCOMP_X32, X32 | 83, NULL), SECCOMP_RET_LOG);
		EQ_INT(ask(&s, SECCOMP_X86_64, 83, NULL), SECCOMP_RET_LOG);
		EQ_INT(ask(&s, SECCOMP_X86_64, 9999, NULL), ALLOW);
	}
}

TEST(bad_profiles)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{",
		"{}",
		"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":-3}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":{\"read\":1}}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"read\",\"names\":[\"a\"],"
		"\"action\":\"SCMP_ACT_KILL\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"read\",\"action\":"
		"\"SCMP_ACT_KILL\",\"args\":[{\"index\":6,\"op\":\"SCMP_CMP_EQ\",\"value\":1}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"read\",\"action\":"
		"\"SCMP_ACT_KILL\",\"args\":[{\"index\":0,\"op\":\"==\",\"value\":1}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"read\",\"action\":"
		"\"SCMP_ACT_KILL\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":\"1\"}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"a\"],\"archMap\":[{}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}",
	};
	struct spec_seccomp s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = {0};

		OK(profile(bad[i], 0, &s, &e) < 0 && e.text[0], "%s", bad[i]);
	}
}

/* Many rules with arguments: the tree's jumps must stay right beyond 255 instructions. */
TEST(large_profiles)
{
	AUTO_BUF b = BUF_INIT;
	struct spec_seccomp s;
	struct err e = {0};

	buf_str(&b, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[");
	for (int nr = 0; nr < 300; nr++)
		if (names[NATIVE][nr])
			buf_printf(
				&b,
				"%s{\"name\":\"%s\",\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":%d,"
				"\"args\":[{\"index\":1,\"op\":\"SCMP_CMP_GT\",\"value\":%d}]}",
				nr ? "," : "", names[NATIVE][nr], nr + 2, nr);
	buf_str(&b, "]}");
	EQ_OK(profile(b.data, 0, &s, &e), e);
	printf("# %u instructions\n", s.len);
	for (uint64_t nr = 0; nr < 300; nr++) {
		uint64_t over[6] = {0, nr + 1}, at[6] = {0, nr};

		if (!names[NATIVE][nr])
			continue;
		EQ_INT(ask(&s, NATIVE, (uint32_t)nr, over), SECCOMP_RET_TRACE | (nr + 2));
		EQ_INT(ask(&s, NATIVE, (uint32_t)nr, at), ERRNO(EPERM));
	}
	buf_clear(&b);
	buf_str(&b, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"name\":\"close\","
		    "\"action\":\"SCMP_ACT_LOG\"}");
	for (int i = 0; i < 6000; i++)
		buf_printf(&b,
			   ",{\"name\":\"%s\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":1,"
			   "\"op\":\"SCMP_CMP_EQ\",\"value\":%d}]}",
			   names[NATIVE][63 + i % 200], i);
	buf_str(&b, "]}");
	OK(profile(b.data, 0, &s, &e) < 0);
	OK(strstr(e.text, "instructions") != NULL, "%s", e.text);
}

static int blocked(long nr, long a0, long a1, int want)
{
	errno = 0;
	return syscall(nr, a0, a1, 0, 0, 0, 0) == -1 && errno == want;
}

/* In a child with the default filter: which of the checks failed, as exit status. */
static int under_filter(void)
{
	struct spec_seccomp s;
	struct err e;

	if (seccomp_default(caps_default(), &arena, &s, &e) < 0)
		return 1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_install(&s, &e) < 0)
		return 2;
	if (!blocked(SYS_unshare, 0, 0, EPERM))
		return 3;
	if (!blocked(SYS_clone3, 0, 0, ENOSYS))
		return 4;
	if (!blocked(SYS_keyctl, -1, 0, EPERM))
		return 5;
	if (!blocked(999, 0, 0, ENOSYS))
		return 6;
	if (!blocked(SYS_socket, 38, SOCK_SEQPACKET, EPERM))
		return 7;
	if (!blocked(SYS_socket, 0x100000028, SOCK_STREAM, EPERM))
		return 8;
	if (!blocked(SYS_mount, 0, 0, EPERM) || !blocked(425 /* io_uring_setup */, 0, 0, EPERM))
		return 9;
	if (!blocked(SYS_personality, 0x40000, 0, EPERM))
		return 10;
	if (syscall(SYS_personality, 0xffffffff) < 0 || getppid() < 1)
		return 11;
	return 0;
}

TEST(installed_filter)
{
	pid_t pid;
	int status = 0;

	if (!seccomp_available())
		SKIP("this kernel has no seccomp filters");
	pid = fork();
	if (pid == 0)
		_exit(under_filter());
	REQUIRE(pid > 0);
	EQ_INT(waitpid(pid, &status, 0), pid);
	EQ_INT(status, 0);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Figures, not a test: what building and installing cost at best. */
static void figures(void)
{
	double t, built = 1e9, installed = 1e9;
	struct spec_seccomp s = {0};
	struct err e;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (int i = 0; i < 60; i++) {
		AUTO_ARENA a = ARENA_INIT;

		t = now();
		seccomp_default(caps_default(), &a, &s, &e);
		built = now() - t < built ? now() - t : built;
		if (fork() == 0) {
			t = now();
			seccomp_install(&s, &e);
			t = now() - t;
			_exit(t < 250 ? (int)t : 255);
		}
		int status = 255 << 8;

		wait(&status);
		t = WEXITSTATUS(status);
		installed = t < installed ? t : installed;
	}
	printf("# %u instructions: built in %.1f us, installed in %.0f us\n", s.len, built,
	       installed);
}

/* ---- for other runtimes */

/* Two programs, asked everything. OCI compares all 64 bits of an argument: what is written for it
 * may refuse more of those that have high ones, and never allows more. */
static int differ(const struct spec_seccomp *ours, const struct spec_seccomp *oci)
{
	int bad = 0;

	for (unsigned arch = NATIVE; arch < (NATIVE == SECCOMP_X86_64 ? 3 : 5); arch++)
		for (uint32_t nr = 0; nr < NR; nr++)
			for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
				uint64_t args[6] = {first[i], first[i]};
				uint32_t bit = arch == SECCOMP_X32 ? X32 : 0;
				/* address families that no kernel has: written one by one */
				uint64_t limit =
					names[arch][nr] && !strcmp(names[arch][nr], "socket")
						? 63
						: UINT32_MAX;
				uint32_t want = ask(ours, arch, nr | bit, args);
				uint32_t got = ask(oci, arch, nr | bit, args);

				if (got == want || (first[i] > limit && got != ALLOW))
					continue;
				if (bad++ < 5)
					printf("# %s %u (%s) arg %llx: %x, not %x\n",
					       arch_name[arch], nr,
					       names[arch][nr] ? names[arch][nr] : "none",
					       (unsigned long long)first[i], got, want);
			}
	return bad;
}

TEST(oci_default)
{
	struct spec_seccomp ours, oci;
	struct err e;

	for (int i = -1; i < 41; i++) {
		uint64_t caps = i < 0 ? caps_default() : caps_default() ^ 1ull << i;
		AUTO_ARENA a = ARENA_INIT;
		AUTO_BUF b = BUF_INIT;

		EQ_OK(seccomp_default(caps, &a, &ours, &e), e);
		EQ_OK(seccomp_default_oci(caps, &b, &e), e);
		/* a reader that knows nothing of capabilities */
		EQ_OK(seccomp_profile(b.data, b.len, 0, &a, &oci, &e), e);
		EQ_INT(differ(&ours, &oci), 0);
	}
}

TEST(oci_profile)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"archMap\":["
		"{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\"]},"
		"{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]}],"
		"\"syscalls\":["
		"{\"names\":[\"read\",\"write\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":null},"
		"{\"name\":\"mkdirat\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13},"
		"{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
		"\"value\":8,\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
		"\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}],"
		"\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
		"{\"names\":[\"clone\",\"mount\"],\"action\":\"SCMP_ACT_ALLOW\","
		"\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
		"{\"names\":[\"nosuchcall\"],\"action\":\"SCMP_ACT_TRAP\"}]}";
	const uint64_t sets[] = {0, cap("CAP_SYS_ADMIN"), UINT64_MAX};
	struct spec_seccomp ours, oci;
	struct err e;

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		AUTO_ARENA a = ARENA_INIT;
		AUTO_BUF b = BUF_INIT;
		const struct json *v;

		EQ_OK(profile(text, sets[i], &ours, &e), e);
		EQ_OK(seccomp_profile_oci(text, sizeof(text) - 1, sets[i], &a, &b, &e), e);
		EQ_OK(seccomp_profile(b.data, b.len, 0, &a, &oci, &e), e);
		EQ_INT(differ(&ours, &oci), 0);
		v = json_parse(&a, b.data, b.len, b.len, "oci", &e);
		OK(v && !json_get(v, "archMap"), "no archMap");
		OK(!strstr(b.data, "cludes"), "no conditions");
		EQ_INT(json_len(json_get(v, "architectures")), 2);
	}
}

TEST(oci_refused)
{
	static const char *const texts[] = {"", "{}", "{\"defaultAction\":\"SCMP_ACT_X\"}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		AUTO_BUF b = BUF_INIT;
		struct err e = {0};

		EQ_INT(seccomp_profile_oci(texts[i], strlen(texts[i]), 0, &arena, &b, &e), -1);
		OK(*e.text && !b.len, "text %zu says why, and nothing is written", i);
	}
}

int main(void)
{
	data = load("data/defaults/seccomp.json");
	number_names();
	RUN(table_is_sorted_and_complete);
	RUN(x86_policy_is_the_table);
	RUN(arm_policy_is_the_table);
	RUN(foreign_architectures_die);
	RUN(comparisons);
	RUN(profiles);
	RUN(bad_profiles);
	RUN(large_profiles);
	RUN(installed_filter);
	RUN(oci_default);
	RUN(oci_profile);
	RUN(oci_refused);
	test_done();
	if (seccomp_available())
		figures();
	arena_release(&arena);
	return test_bad > 0;
}
