/* SPDX-License-Identifier: Apache-2.0 */
/*
 * v1: the group starts with its parent's list, "everything" as a rule; "a" to devices.deny empties
 * it, then every allow rule is one write to one open file (1.5 us each; the kernel takes one rule a
 * write). A deny rule for what no rule before it allows changes nothing and is not written.
 *
 * v2: an eBPF program decides. Rules are tried from the last to the first, the first that matches
 * wins, and nothing matching is a refusal. An allow rule matches when it covers all of the
 * access, a deny rule when it touches any of it. The program is emitted here, some five
 * instructions a rule; it needs no helper, so no licence matters to the verifier.
 */
#include "container/cgroup_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

/* Where the last rule for everything is; what stands before it does not count. */
static size_t first_that_counts(const struct spec_device_rule *v, size_t n)
{
	for (size_t i = n; i-- > 0;)
		if (v[i].type == 'a')
			return i;
	return n;
}

/* Nothing is refused: everything was allowed and no deny rule follows. */
static bool allows_all(const struct spec_device_rule *v, size_t n, size_t first)
{
	if (first == n || !v[first].allow)
		return false;
	for (size_t i = first; i < n; i++)
		if (!v[i].allow)
			return false;
	return true;
}

static int write_rule(int fd, const struct spec_device_rule *r, struct err *e)
{
	char major[24] = "*", minor[24] = "*", text[80];

	if (r->major >= 0)
		snprintf(major, sizeof(major), "%lld", (long long)r->major);
	if (r->minor >= 0)
		snprintf(minor, sizeof(minor), "%lld", (long long)r->minor);
	snprintf(text, sizeof(text), "%c %s:%s %.3s", r->type, major, minor, r->access);
	if (write(fd, text, strlen(text)) < 0)
		return err_sys(e, "%s device %s in the control group", r->allow ? "allow" : "deny",
			       text);
	return 0;
}

static bool overlap(const struct spec_device_rule *a, const struct spec_device_rule *b)
{
	return (a->type == b->type || a->type == 'a' || b->type == 'a') &&
	       (a->major < 0 || b->major < 0 || a->major == b->major) &&
	       (a->minor < 0 || b->minor < 0 || a->minor == b->minor) &&
	       strpbrk(a->access, b->access);
}

/* Whether a deny rule takes back something; wildcards aside, since v1 keeps a list of exact
 * exceptions: "m for every device" is not taken back by a rule for one. v2 follows, so that fuse,
 * which Docker's list denies at its end, can be made and not opened on both. */
static bool denies_something(const struct spec_device_rule *v, size_t first, size_t i)
{
	if (first < i && v[first].allow)
		return true;
	for (size_t j = first; j < i; j++)
		if (v[j].allow && v[j].major == v[i].major && overlap(&v[j], &v[i]))
			return true;
	return false;
}

static int apply_v1(const struct cgroup_hier *h, const char *path, const struct spec_device_rule *v,
		    size_t n, struct err *e)
{
	size_t first = first_that_counts(v, n);
	AUTO_FD int allow = -1;
	AUTO_FD int deny = -1;

	if (first < n && !v[first].allow) {
		deny = cgroup_hier_open(h, path, "devices.deny", O_WRONLY);
		if (deny < 0 || write(deny, "a", 1) < 0)
			return err_sys(e, "deny devices in the control group %s", path);
	}
	for (size_t i = first < n ? first + 1 : 0; i < n; i++) {
		int *fd = v[i].allow ? &allow : &deny;

		if (!v[i].allow && !denies_something(v, first < n ? first : 0, i))
			continue;
		if (*fd < 0)
			*fd = cgroup_hier_open(h, path,
					       v[i].allow ? "devices.allow" : "devices.deny",
					       O_WRONLY);
		if (*fd < 0)
			return err_sys(e, "set device rules of the control group %s", path);
		if (write_rule(*fd, &v[i], e) < 0)
			return -1;
	}
	return 0;
}

struct prog {
	struct bpf_insn *v;
	size_t n;
};

static void insn(struct prog *p, int code, int dst, int src, int off, int imm)
{
	if (p->n < CGROUP_DEVICES_INSNS)
		p->v[p->n] = (struct bpf_insn){(uint8_t)code, (uint8_t)dst & 0xf,
					       (uint8_t)src & 0xf, (int16_t)off, imm};
	p->n++;
}

enum { R0, R1, ACCESS, TYPE, MAJOR, MINOR, SCRATCH };

static int access_bits(const char *s)
{
	return (strchr(s, 'm') ? BPF_DEVCG_ACC_MKNOD : 0) |
	       (strchr(s, 'r') ? BPF_DEVCG_ACC_READ : 0) |
	       (strchr(s, 'w') ? BPF_DEVCG_ACC_WRITE : 0);
}

/* One rule: tests that jump behind it, then the answer. */
static void rule(struct prog *p, const struct spec_device_rule *r)
{
	const int all = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
	int access = access_bits(r->access);
	bool partial = access != all;
	/* where "behind it" is: two instructions of the answer after the tests */
	int left = (r->type != 'a') + 3 * partial + (r->major >= 0) + (r->minor >= 0);

	if (r->type != 'a')
		insn(p, BPF_JMP | BPF_JNE | BPF_K, TYPE, 0, --left + 2,
		     r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (partial) {
		insn(p, BPF_ALU64 | BPF_MOV | BPF_X, SCRATCH, ACCESS, 0, 0);
		insn(p, BPF_ALU64 | BPF_AND | BPF_K, SCRATCH, 0, 0,
		     r->allow ? ~access & all : access);
		left -= 3;
		insn(p, BPF_JMP | (r->allow ? BPF_JNE : BPF_JEQ) | BPF_K, SCRATCH, 0, left + 2, 0);
	}
	if (r->major >= 0)
		insn(p, BPF_JMP | BPF_JNE | BPF_K, MAJOR, 0, --left + 2, (int)r->major);
	if (r->minor >= 0)
		insn(p, BPF_JMP | BPF_JNE | BPF_K, MINOR, 0, --left + 2, (int)r->minor);
	insn(p, BPF_ALU64 | BPF_MOV | BPF_K, R0, 0, 0, r->allow);
	insn(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

size_t cgroup_devices_program(const struct spec_device_rule *v, size_t n,
			      struct bpf_insn out[CGROUP_DEVICES_INSNS])
{
	size_t first = first_that_counts(v, n);
	struct prog p = {out, 0};

	insn(&p, BPF_LDX | BPF_MEM | BPF_W, ACCESS, R1, 0, 0);
	insn(&p, BPF_ALU64 | BPF_MOV | BPF_X, TYPE, ACCESS, 0, 0);
	insn(&p, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	insn(&p, BPF_ALU64 | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
	insn(&p, BPF_LDX | BPF_MEM | BPF_W, MAJOR, R1, offsetof(struct bpf_cgroup_dev_ctx, major),
	     0);
	insn(&p, BPF_LDX | BPF_MEM | BPF_W, MINOR, R1, offsetof(struct bpf_cgroup_dev_ctx, minor),
	     0);
	for (size_t i = n; i-- > (first < n ? first + 1 : 0);)
		if (*v[i].access && v[i].major <= INT32_MAX && v[i].minor <= INT32_MAX &&
		    (v[i].allow || denies_something(v, first < n ? first : 0, i)))
			rule(&p, &v[i]);
	insn(&p, BPF_ALU64 | BPF_MOV | BPF_K, R0, 0, 0, first < n && v[first].allow);
	insn(&p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return p.n <= CGROUP_DEVICES_INSNS ? p.n : 0;
}

static int bpf(int cmd, union bpf_attr *a)
{
	return (int)syscall(SYS_bpf, cmd, a, sizeof(*a));
}

static int load(const struct bpf_insn *v, size_t n)
{
	union bpf_attr a;
	int fd;

	memset(&a, 0, sizeof(a));
	a.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	a.insns = (uintptr_t)v;
	a.insn_cnt = (uint32_t)n;
	a.license = (uintptr_t) "Apache-2.0";
	memcpy(a.prog_name, "proa_devices", sizeof("proa_devices"));
	fd = bpf(BPF_PROG_LOAD, &a);
	return fd; /* the kernel makes it close-on-exec */
}

static int apply_v2(const struct cgroup_hier *h, const char *path, const struct spec_device_rule *v,
		    size_t n, struct err *e)
{
	struct bpf_insn code[CGROUP_DEVICES_INSNS];
	size_t len = cgroup_devices_program(v, n, code);
	AUTO_FD int dir = -1;
	AUTO_FD int prog = -1;
	union bpf_attr a;

	if (!len)
		return err_set(e, ERR_INVALID, "too many device rules (%zu) for a container", n);
	dir = cgroup_hier_open(h, path, "", O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return err_sys(e, "open the control group %s", path);
	prog = load(code, len);
	memset(&a, 0, sizeof(a));
	a.target_fd = (uint32_t)dir;
	a.attach_bpf_fd = (uint32_t)prog;
	a.attach_type = BPF_CGROUP_DEVICE;
	a.attach_flags = BPF_F_ALLOW_MULTI;
	if (prog >= 0 && bpf(BPF_PROG_ATTACH, &a) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL && errno != EPERM)
		return err_sys(e, "restrict the devices of control group %s", path);
	log_warn("container", "access to devices is not restricted: %s", strerror(errno));
	return 0;
}

static const struct cgroup_hier *means(void)
{
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_DEVICES), *v2;
	int n;

	if (h)
		return h;
	v2 = cgroup_hier_all(&n, NULL);
	for (int i = 0; i < n; i++)
		if (v2[i].v2)
			return &v2[i];
	return NULL;
}

bool cgroup_devices_enforced(void)
{
	return means() != NULL;
}

int cgroup_devices_apply(const char *path, const struct spec_device_rule *v, size_t n,
			 struct err *e)
{
	const struct cgroup_hier *h = means();

	if (!n || allows_all(v, n, first_that_counts(v, n)))
		return 0;
	if (!h) {
		log_debug("container",
			  "access to devices is not restricted: no control groups here");
		return 0;
	}
	return h->v2 ? apply_v2(h, path, v, n, e) : apply_v1(h, path, v, n, e);
}
