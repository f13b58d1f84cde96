/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users' profiles: Docker's JSON, which is OCI's with archMap, includes and excludes.
 *
 * Rules of one call are tried in the order of the file; one without arguments outranks those with,
 * wherever it stands, as libseccomp has it. A rule with the default's own action is dropped. Two
 * conditions on one argument in one rule mean two rules, as every OCI runtime reads it. What is not
 * understood is refused: skipping an action or a comparison could make the filter weaker. Only
 * unknown names are skipped, because profiles name calls of kernels to come.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "container/caps.h"
#include "container/seccomp.h"
#include "container/seccomp_bpf.h"

struct profile {
	struct arena *a;
	uint64_t caps;
	uint32_t def;
	struct seccomp_bpf_policy *policy;
	uint16_t nchains;
	unsigned unknown; /* names skipped */
	const char *first_unknown;
};

static const struct {
	const char *oci, *go;
} arch_names[SECCOMP_ARCHES] = {
	{"SCMP_ARCH_X86_64", "amd64"},	{"SCMP_ARCH_X86", "386"}, {"SCMP_ARCH_X32", "x32"},
	{"SCMP_ARCH_AARCH64", "arm64"}, {"SCMP_ARCH_ARM", "arm"},
};

#if defined(__aarch64__)
#define NATIVE SECCOMP_AARCH64
#else
#define NATIVE SECCOMP_X86_64
#endif

/* The program holds only what this kernel can run: names of other families are none of ours. */
static void arch_use(struct profile *p, const char *name)
{
	for (unsigned i = 0; i < SECCOMP_ARCHES; i++)
		if (!strcmp(name, arch_names[i].oci) &&
		    (i >= SECCOMP_AARCH64) == (NATIVE >= SECCOMP_AARCH64))
			p->policy->part[i].used = true;
}

static int architectures(struct profile *p, const struct json *top, struct err *e)
{
	const struct json *list = json_get(top, "architectures"), *map = json_get(top, "archMap"),
			  *v;
	struct json_iter it = json_iter(list);

	p->policy->part[NATIVE].used = true;
	if (json_len(list) && json_len(map))
		return err_set(e, ERR_INVALID,
			       "seccomp profile: both 'architectures' and 'archMap' "
			       "were specified, use one of them");
	while ((v = json_next(&it, NULL)))
		arch_use(p, json_str(v, ""));
	it = json_iter(map);
	while ((v = json_next(&it, NULL))) {
		struct json_iter sub = json_iter(json_get(v, "subArchitectures"));

		if (strcmp(json_str(json_get(v, "architecture"), ""), arch_names[NATIVE].oci))
			continue;
		while ((v = json_next(&sub, NULL)))
			arch_use(p, json_str(v, ""));
	}
	return 0;
}

static int action(const struct json *v, const struct json *errno_ret, uint32_t *out, struct err *e)
{
	static const struct {
		const char *name;
		uint32_t ret;
	} actions[] = {
		{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
		{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
		{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
		{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
		{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
		{"SCMP_ACT_LOG", SECCOMP_RET_LOG},
	};
	const char *name = json_str(v, "");
	int64_t data = json_int(errno_ret, EPERM);

	for (unsigned i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (strcmp(name, actions[i].name))
			continue;
		*out = actions[i].ret;
		if (*out != SECCOMP_RET_ERRNO && *out != SECCOMP_RET_TRACE)
			return 0;
		if (data < 0 || data > 4095)
			return err_set(e, ERR_INVALID,
				       "seccomp profile: errno %lld is out of range",
				       (long long)data);
		*out |= (uint32_t)data;
		return 0;
	}
	return err_set(e, ERR_INVALID, "seccomp profile: action \"%s\" is not supported", name);
}

static bool in_list(const struct json *list, const char *a, const char *b)
{
	struct json_iter it = json_iter(list);
	const struct json *v;

	while ((v = json_next(&it, NULL)))
		if (!strcmp(json_str(v, ""), a) || !strcmp(json_str(v, ""), b))
			return true;
	return false;
}

static int kernel_at_least(const struct json *v, bool *out, struct err *e)
{
	const char *text = json_str(v, NULL);
	unsigned major, minor;

	*out = true;
	if (!text)
		return 0;
	if (seccomp_kernel_parse(text, &major, &minor))
		return err_set(e, ERR_INVALID, "seccomp profile: minKernel \"%s\" is no version",
			       text);
	*out = seccomp_kernel_is(major, minor);
	return 0;
}

/* Names of capabilities that this program does not know cannot be held by the container. */
static bool has_cap(const struct profile *p, const struct json *name)
{
	struct err ignored;
	uint64_t bit;

	return caps_parse(json_str(name, ""), &bit, &ignored) == 0 && (p->caps & bit);
}

static int applies(const struct profile *p, const struct json *call, bool *out, struct err *e)
{
	const struct json *in = json_get(call, "includes"), *ex = json_get(call, "excludes"), *v;
	const struct json *arches = json_get(in, "arches");
	const char *oci = arch_names[NATIVE].oci, *go = arch_names[NATIVE].go;
	struct json_iter it = json_iter(json_get(ex, "caps"));
	bool kernel;

	*out = false;
	if (in_list(json_get(ex, "arches"), go, oci) ||
	    (json_len(arches) && !in_list(arches, go, oci)))
		return 0;
	while ((v = json_next(&it, NULL)))
		if (has_cap(p, v))
			return 0;
	it = json_iter(json_get(in, "caps"));
	while ((v = json_next(&it, NULL)))
		if (!has_cap(p, v))
			return 0;
	if (kernel_at_least(json_get(in, "minKernel"), &kernel, e) < 0)
		return -1;
	if (kernel && json_str(json_get(ex, "minKernel"), NULL)) {
		if (kernel_at_least(json_get(ex, "minKernel"), &kernel, e) < 0)
			return -1;
		kernel = !kernel;
	}
	*out = kernel;
	return 0;
}

static int number(const struct json *obj, const char *key, uint64_t *out, struct err *e)
{
	const struct json *v = json_get(obj, key);

	if (v && json_typeof(v) != JSON_INT && json_typeof(v) != JSON_NULL)
		return err_set(e, ERR_INVALID, "seccomp profile: \"%s\" is no whole number", key);
	*out = (uint64_t)json_int(v, 0);
	return 0;
}

static int condition(const struct json *v, struct seccomp_bpf_cond *c, struct err *e)
{
	static const char *const ops[] = {"SCMP_CMP_NE",       "SCMP_CMP_LT", "SCMP_CMP_LE",
					  "SCMP_CMP_EQ",       "SCMP_CMP_GE", "SCMP_CMP_GT",
					  "SCMP_CMP_MASKED_EQ"};
	const char *op = json_str(json_get(v, "op"), "");
	uint64_t index, two;

	if (number(v, "index", &index, e) < 0 || number(v, "value", &c->value, e) < 0 ||
	    number(v, "valueTwo", &two, e) < 0)
		return -1;
	if (index > 5)
		return err_set(e, ERR_INVALID,
			       "seccomp profile: a system call has no argument %llu",
			       (unsigned long long)index);
	c->arg = (uint8_t)index;
	for (c->op = 0; c->op < sizeof(ops) / sizeof(*ops); c->op++)
		if (!strcmp(op, ops[c->op]))
			break;
	if (c->op == sizeof(ops) / sizeof(*ops))
		return err_set(e, ERR_INVALID, "seccomp profile: comparison \"%s\" is not known",
			       op);
	if (c->op == SECCOMP_BPF_MASKED_EQ) {
		c->mask = c->value;
		c->value = two;
	}
	return 0;
}

/* Adds one rule to one number. Unconditional ones replace what is there; the first of them stays.
 */
static void put(struct profile *p, uint16_t *slot, const struct seccomp_bpf_rule *model, bool low)
{
	struct seccomp_bpf_rule *r = arena_alloc(p->a, sizeof(*r)), *last = NULL;

	if (!*slot)
		*slot = ++p->nchains;
	/* all rules are ours, in the arena */
	for (const struct seccomp_bpf_rule *i = p->policy->chains[*slot]; i; i = i->next)
		last = (struct seccomp_bpf_rule *)i;
	if (last && !last->nconds)
		return;
	*r = *model;
	for (unsigned i = 0; i < r->nconds; i++)
		r->conds[i].low = low && r->conds[i].arg == 0 && !(r->conds[i].value >> 32);
	r->next = NULL;
	if (last && r->nconds)
		last->next = r;
	else
		p->policy->chains[*slot] = r;
}

static void put_name(struct profile *p, const char *name, const struct seccomp_bpf_rule *model)
{
	/* these take an int (or look at the low half only) as first argument */
	bool low = !strcmp(name, "socket") || !strcmp(name, "socketpair") ||
		   !strcmp(name, "personality") || !strcmp(name, "clone");
	uint16_t *slot;

	for (unsigned arch = 0; arch < SECCOMP_ARCHES; arch++) {
		int nr = seccomp_table_resolve(arch, name);

		if (nr == SECCOMP_UNKNOWN) {
			if (!p->unknown++)
				p->first_unknown = name;
			return;
		}
		slot = seccomp_bpf_slot(&p->policy->part[arch], nr);
		if (p->policy->part[arch].used && slot)
			put(p, slot, model, low);
	}
}

/* One rule for all names of an entry. */
static void put_all(struct profile *p, const struct json *call,
		    const struct seccomp_bpf_rule *model)
{
	struct json_iter it = json_iter(json_get(call, "names"));
	const char *name = json_str(json_get(call, "name"), NULL);
	const struct json *v;

	if (name)
		put_name(p, name, model);
	while ((v = json_next(&it, NULL)))
		put_name(p, json_str(v, ""), model);
}

static int entry(struct profile *p, const struct json *call, struct err *e)
{
	struct seccomp_bpf_rule r = {0};
	struct json_iter it = json_iter(json_get(call, "args"));
	const struct json *v;
	unsigned seen = 0;
	bool on, split = false;

	if (json_get(call, "name") && json_len(json_get(call, "names")))
		return err_set(e, ERR_INVALID,
			       "seccomp profile: both 'name' and 'names' were "
			       "specified, use one of them");
	if (applies(p, call, &on, e) < 0 ||
	    action(json_get(call, "action"), json_get(call, "errnoRet"), &r.ret, e) < 0)
		return -1;
	if (!on || r.ret == p->def)
		return 0;
	while ((v = json_next(&it, NULL))) {
		if (r.nconds == 6)
			return err_set(e, ERR_INVALID,
				       "seccomp profile: more than 6 arguments in a rule");
		if (condition(v, &r.conds[r.nconds], e) < 0)
			return -1;
		split |= seen >> r.conds[r.nconds].arg & 1;
		seen |= 1u << r.conds[r.nconds++].arg;
	}
	if (!split) {
		put_all(p, call, &r);
		return 0;
	}
	for (unsigned i = 0; i < r.nconds; i++) {
		struct seccomp_bpf_rule one = {.ret = r.ret, .nconds = 1, .conds = {r.conds[i]}};

		put_all(p, call, &one);
	}
	return 0;
}

int seccomp_profile(const char *text, size_t len, uint64_t caps, struct arena *a,
		    struct spec_seccomp *ret, struct err *e)
{
	struct profile p = {.a = a, .caps = caps};
	const struct json *top, *v;
	struct json_iter it;
	bool is_errno;

	top = json_parse(a, text, len, SECCOMP_PROFILE_MAX, "seccomp profile", e);
	if (!top)
		return -1;
	if (json_typeof(top) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "seccomp profile: not a JSON object");
	if (json_get(top, "listenerPath"))
		return err_set(e, ERR_UNSUPPORTED,
			       "seccomp profile: listenerPath is not supported");
	if (json_get(top, "syscalls") && json_typeof(json_get(top, "syscalls")) == JSON_OBJ)
		return err_set(e, ERR_INVALID,
			       "seccomp profile: 'syscalls' is not a list of rules");
	if (json_len(json_get(top, "flags")))
		log_warn("container", "seccomp profile: flags are ignored");
	p.policy = arena_alloc(a, sizeof(*p.policy));
	p.policy->chains =
		arena_array(a, 1 + SECCOMP_ARCHES * (SECCOMP_BPF_NR + SECCOMP_BPF_PRIVATE),
			    sizeof(*p.policy->chains));
	if (action(json_get(top, "defaultAction"), json_get(top, "defaultErrnoRet"), &p.def, e) <
		    0 ||
	    architectures(&p, top, e) < 0)
		return -1;
	p.policy->def = p.def;
	is_errno = (p.def & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
	for (unsigned arch = 0; arch < SECCOMP_ARCHES; arch++) {
		p.policy->part[arch].max = seccomp_table_max(arch);
		p.policy->part[arch].beyond = is_errno ? SECCOMP_RET_ERRNO | ENOSYS : p.def;
	}
	it = json_iter(json_get(top, "syscalls"));
	while ((v = json_next(&it, NULL)))
		if (entry(&p, v, e) < 0)
			return -1;
	if (p.unknown)
		log_warn("container",
			 "seccomp profile: %u unknown system calls skipped, the first is %s",
			 p.unknown, p.first_unknown);
	return seccomp_bpf_build(p.policy, a, ret, e);
}

/* ---- for other runtimes */

/* What of an entry does not depend on Docker's conditions, which are settled here. */
static void write_entry(struct json_w *w, const struct json *call)
{
	static const char *const keys[] = {"action", "errnoRet", "args"};
	const struct json *v;

	json_w_obj(w, NULL);
	if ((v = json_get(call, "name"))) {
		json_w_arr(w, "names");
		json_w_val(w, NULL, v);
		json_w_arr_end(w);
	} else if ((v = json_get(call, "names"))) {
		json_w_val(w, "names", v);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if ((v = json_get(call, keys[i])) && json_typeof(v) != JSON_NULL)
			json_w_val(w, keys[i], v);
	json_w_end(w);
}

/* The profile is understood as ours first: what would be refused here is refused everywhere. */
int seccomp_profile_oci(const char *text, size_t len, uint64_t caps, struct arena *a,
			struct buf *ret, struct err *e)
{
	struct profile p = {.a = a, .caps = caps};
	struct json_w w = JSON_W(ret);
	const struct json *top, *v;
	struct spec_seccomp ours;
	struct json_iter it;

	if (seccomp_profile(text, len, caps, a, &ours, e))
		return -1;
	top = json_parse(a, text, len, SECCOMP_PROFILE_MAX, "seccomp profile", e);
	p.policy = arena_alloc(a, sizeof(*p.policy));
	if (!top || architectures(&p, top, e))
		return -1;
	json_w_obj(&w, NULL);
	json_w_val(&w, "defaultAction", json_get(top, "defaultAction"));
	if (json_typeof(json_get(top, "defaultErrnoRet")) == JSON_INT)
		json_w_val(&w, "defaultErrnoRet", json_get(top, "defaultErrnoRet"));
	json_w_arr(&w, "architectures");
	for (unsigned i = 0; i < SECCOMP_ARCHES; i++)
		if (p.policy->part[i].used)
			json_w_str(&w, NULL, arch_names[i].oci);
	json_w_arr_end(&w);
	json_w_arr(&w, "syscalls");
	it = json_iter(json_get(top, "syscalls"));
	while ((v = json_next(&it, NULL))) {
		bool on;

		if (applies(&p, v, &on, e))
			return -1;
		if (on)
			write_entry(&w, v);
	}
	json_w_arr_end(&w);
	json_w_end(&w);
	return 0;
}
