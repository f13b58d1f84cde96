/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default policy is the table (seccomp_table.c) plus the few rules here that look at arguments.
 * Arguments that the kernel takes as int are compared in their low half only: a filter sees all 64
 * bits of the register, the kernel does not, so a rule such as "domain > 40" over 64 bits would let
 * socket(AF_ALG) through with any bit set in the upper half.
 *
 * Installing is the kernel's work, 35-40 us for this program; building it takes about as long as
 * opening a file, so filters are not cached on disk and cannot be stale.
 */
#include "container/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/json.h"
#include "container/seccomp_bpf.h"

#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define HAS(cap) (caps >> CAP_##cap & 1)
/* CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET} */
#define CLONE_NAMESPACES 0x7e020000u

#define ARG0(OP, VALUE, MASK, NEXT)                                                                \
	{                                                                                          \
		SECCOMP_RET_ALLOW, 1, {{0, SECCOMP_BPF_##OP, true, (VALUE), (MASK)}}, (NEXT)       \
	}

static const struct seccomp_bpf_rule allow = {.ret = SECCOMP_RET_ALLOW};
static const struct seccomp_bpf_rule nosys = {.ret = ERRNO(ENOSYS)};
static const struct seccomp_bpf_rule clone_rule = ARG0(MASKED_EQ, 0, CLONE_NAMESPACES, NULL);
static const struct seccomp_bpf_rule personalities[] = {
	ARG0(EQ, 0x0, 0, &personalities[1]),					/* PER_LINUX */
	ARG0(EQ, 0x8, 0, &personalities[2]),					/* PER_LINUX32 */
	ARG0(EQ, 0x20000, 0, &personalities[3]),				/* UNAME26 */
	ARG0(EQ, 0x20008, 0, &personalities[4]), ARG0(EQ, 0xffffffff, 0, NULL), /* only asks */
};
static const struct seccomp_bpf_rule sockets[] = {
	ARG0(LT, 38 /* AF_ALG */, 0, &sockets[1]),
	ARG0(EQ, 39, 0, &sockets[2]),
	ARG0(GT, 40 /* AF_VSOCK */, 0, NULL),
};

int seccomp_kernel_parse(const char *text, unsigned *ret_major, unsigned *ret_minor)
{
	size_t n = strspn(text, "0123456789");

	if (!n || text[n] != '.' || text[n + 1] < '0' || text[n + 1] > '9')
		return -1;
	*ret_major = (unsigned)strtoul(text, NULL, 10);
	*ret_minor = (unsigned)strtoul(text + n + 1, NULL, 10);
	return 0;
}

bool seccomp_kernel_is(unsigned major, unsigned minor)
{
	struct utsname u;
	unsigned a, b;

	if (uname(&u) < 0 || seccomp_kernel_parse(u.release, &a, &b))
		return false;
	return a > major || (a == major && b >= minor);
}

enum { NONE, ALLOW, NOSYS, CLONE, PERSONALITY, SOCKET };
static const struct seccomp_bpf_rule *chains[] = {
	NULL, &allow, &nosys, &clone_rule, &personalities[0], &sockets[0]};

static uint16_t chain_for(unsigned rule, uint64_t caps, bool old_ptrace)
{
	bool ok = false;

	switch (rule) {
	case SECCOMP_ALLOW:
		return ALLOW;
	case SECCOMP_DENY:
		return NONE;
	case SECCOMP_CLONE:
		return HAS(SYS_ADMIN) ? ALLOW : CLONE;
	case SECCOMP_CLONE3:
		return HAS(SYS_ADMIN) ? ALLOW : NOSYS;
	case SECCOMP_PERSONALITY:
		return PERSONALITY;
	case SECCOMP_SOCKET:
		return SOCKET;
	case SECCOMP_PTRACE: /* before 4.8 a tracer could change the call after the filter saw it */
		ok = !old_ptrace || HAS(SYS_PTRACE);
		break;
	case SECCOMP_BPF:
		ok = HAS(SYS_ADMIN) || HAS(BPF);
		break;
	case SECCOMP_PERFMON:
		ok = HAS(SYS_ADMIN) || HAS(PERFMON);
		break;
	case SECCOMP_SYSLOG:
		ok = HAS(SYS_ADMIN) || HAS(SYSLOG);
		break;
	default:
		ok = caps >> (rule - SECCOMP_CAP) & 1;
	}
	return ok ? ALLOW : NONE;
}

int seccomp_default_for(bool arm, uint64_t caps, struct arena *a, struct spec_seccomp *out,
			struct err *e)
{
	struct seccomp_bpf_policy *p = arena_alloc(a, sizeof(*p));
	unsigned first = arm ? SECCOMP_AARCH64 : SECCOMP_X86_64;
	unsigned end = arm ? SECCOMP_ARCHES : SECCOMP_AARCH64;
	bool old_ptrace = !seccomp_kernel_is(4, 8);

	p->def = ERRNO(EPERM);
	p->chains = chains;
	for (unsigned arch = first; arch < end; arch++) {
		p->part[arch].used = true;
		p->part[arch].max = seccomp_table_max(arch);
		p->part[arch].beyond = ERRNO(ENOSYS);
	}
	for (size_t i = 0; i < seccomp_table_rows; i++) {
		const struct seccomp_row *r = &seccomp_table[i];
		uint16_t chain = chain_for(r->rule, caps, old_ptrace), *slot;

		for (unsigned arch = first; arch < end; arch++) {
			slot = seccomp_bpf_slot(&p->part[arch], seccomp_table_nr(r, arch));
			if (slot)
				*slot = chain;
		}
	}
	return seccomp_bpf_build(p, a, out, e);
}

int seccomp_default(uint64_t caps, struct arena *a, struct spec_seccomp *ret, struct err *e)
{
#if defined(__x86_64__)
	return seccomp_default_for(false, caps, a, ret, e);
#elif defined(__aarch64__)
	return seccomp_default_for(true, caps, a, ret, e);
#else
	(void)caps, (void)a, (void)ret;
	return err_set(e, ERR_UNSUPPORTED,
		       "no default seccomp policy for this architecture: use "
		       "--security-opt seccomp=unconfined");
#endif
}

/* ---- for other runtimes */

#define LOW_NUMBERS 64 /* above all that an int argument compared with GT may name */

static void write_rule(struct json_w *w, uint16_t chain, uint64_t caps,
		       const struct seccomp_bpf_rule *r, const char *op, uint64_t value)
{
	bool old_ptrace = !seccomp_kernel_is(4, 8);

	json_w_obj(w, NULL);
	json_w_arr(w, "names");
	for (size_t i = 0; i < seccomp_table_rows; i++)
		if (chain_for(seccomp_table[i].rule, caps, old_ptrace) == chain)
			json_w_str(w, NULL, seccomp_table[i].name);
	json_w_arr_end(w);
	json_w_str(w, "action", r->ret == SECCOMP_RET_ALLOW ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO");
	if (r->ret != SECCOMP_RET_ALLOW)
		json_w_uint(w, "errnoRet", r->ret & SECCOMP_RET_DATA);
	if (op) {
		json_w_arr(w, "args");
		json_w_obj(w, NULL);
		json_w_uint(w, "index", r->conds[0].arg);
		json_w_uint(w, "value", r->conds[0].mask ? r->conds[0].mask : value);
		if (r->conds[0].mask)
			json_w_uint(w, "valueTwo", value);
		json_w_str(w, "op", op);
		json_w_end(w);
		json_w_arr_end(w);
	}
	json_w_end(w);
}

/* OCI compares all 64 bits of an argument. For LT, EQ and a masked EQ that only refuses more; GT
 * would let through what the kernel takes for a low number, so its numbers are written out. */
static void write_chain(struct json_w *w, uint16_t chain, uint64_t caps)
{
	for (const struct seccomp_bpf_rule *r = chains[chain]; r; r = r->next) {
		const struct seccomp_bpf_cond *c = &r->conds[0];

		if (!r->nconds)
			write_rule(w, chain, caps, r, NULL, 0);
		else if (c->op == SECCOMP_BPF_GT)
			for (uint64_t v = c->value + 1; v < LOW_NUMBERS; v++)
				write_rule(w, chain, caps, r, "SCMP_CMP_EQ", v);
		else
			write_rule(w, chain, caps, r,
				   c->op == SECCOMP_BPF_LT   ? "SCMP_CMP_LT"
				   : c->op == SECCOMP_BPF_EQ ? "SCMP_CMP_EQ"
							     : "SCMP_CMP_MASKED_EQ",
				   c->value);
	}
}

int seccomp_default_oci(uint64_t caps, struct buf *ret, struct err *e)
{
#if defined(__x86_64__)
	static const char *const arches[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#elif defined(__aarch64__)
	static const char *const arches[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
#else
	static const char *const arches[] = {NULL};
#endif
	struct json_w w = JSON_W(ret);

	if (!arches[0])
		return err_set(e, ERR_UNSUPPORTED,
			       "no default seccomp policy for this architecture: use "
			       "--security-opt seccomp=unconfined");
	json_w_obj(&w, NULL);
	json_w_str(&w, "defaultAction", "SCMP_ACT_ERRNO");
	json_w_uint(&w, "defaultErrnoRet", EPERM);
	json_w_arr(&w, "architectures");
	for (size_t i = 0; i < sizeof(arches) / sizeof(*arches); i++)
		json_w_str(&w, NULL, arches[i]);
	json_w_arr_end(&w);
	json_w_arr(&w, "syscalls");
	for (int chain = ALLOW; chain <= SOCKET; chain++)
		write_chain(&w, (uint16_t)chain, caps);
	json_w_arr_end(&w);
	json_w_end(&w);
	return 0;
}

bool seccomp_available(void)
{
	/* EFAULT for the missing program says that the mode exists; nothing is installed. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT;
}

int seccomp_install(const struct spec_seccomp *s, struct err *e)
{
	struct sock_fprog prog = {s->len, s->filter};

	if (!s->enabled)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0)
		return 0;
	if (errno == EACCES)
		return err_sys(e, "install the seccomp filter (needs CAP_SYS_ADMIN or "
				  "no-new-privileges)");
	return err_sys(e, "install the seccomp filter of %u instructions", s->len);
}
