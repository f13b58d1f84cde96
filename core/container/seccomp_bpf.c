/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program is written from its end to its start: when a jump is written, both places it may go
 * to exist already, so there are no labels to patch, and a return that was written before is used
 * again wherever it is still within reach (jumps go forward only, at most 255 instructions; farther
 * ones go through an unconditional jump, whose offset has 32 bits).
 *
 * Numbers are looked up in a balanced binary tree over ranges of equal decision. A list of
 * comparisons, as libseccomp writes by default, costs each container hundreds of instructions to
 * load: the kernel runs the filter for every number once at installation (its cache of constant
 * answers, 5.11). So installing costs about 0.12 us for each instruction and 5 us for each level,
 * and the tree is balanced by how many numbers lie on either side, not by how many ranges.
 */
#include "container/seccomp_bpf.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#define X32_BIT 0x40000000u
#define NEAR 250 /* leaves room for the jumps that a conditional one may need before itself */
#define NRETS 16

/* A place in the program, counted from its end: the last instruction is 0. */
typedef unsigned place;

struct gen {
	struct sock_filter code[BPF_MAXINSNS]; /* filled from the end */
	unsigned n;
	bool full;
	struct {
		uint32_t value;
		place at;
	} rets[NRETS];
	unsigned nrets;
	uint32_t def;
};

struct range {
	uint32_t start;
	const struct seccomp_bpf_rule *rule; /* NULL: ret */
	uint32_t ret;
	bool jump; /* to `at` instead */
	place at;
	unsigned
		before; /* numbers in all ranges before this one, as far as the kernel tries them */
};

#define NRANGES (2 * (SECCOMP_BPF_NR + SECCOMP_BPF_PRIVATE) + 4)
struct ranges {
	unsigned n;
	struct range v[NRANGES + 1];
};

static place emit(struct gen *g, uint16_t code, uint32_t k, unsigned jt, unsigned jf)
{
	if (g->n == BPF_MAXINSNS) {
		g->full = true;
		return g->n - 1;
	}
	g->code[BPF_MAXINSNS - 1 - g->n] = (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
	return g->n++;
}

static place ret(struct gen *g, uint32_t value)
{
	unsigned i;
	place at;

	for (i = 0; i < g->nrets; i++)
		if (g->rets[i].value == value)
			break;
	if (i < g->nrets && g->n - g->rets[i].at < NEAR / 2)
		return g->rets[i].at;
	at = emit(g, BPF_RET | BPF_K, value, 0, 0);
	if (i == NRETS)
		return at;
	g->rets[i].value = value;
	g->rets[i].at = at;
	if (i == g->nrets)
		g->nrets++;
	return at;
}

/* Goes to yes or no by comparing the accumulator with k. */
static place branch(struct gen *g, uint16_t op, uint32_t k, place yes, place no)
{
	if (yes == no)
		return yes;
	if (g->n - yes > NEAR)
		yes = emit(g, BPF_JMP | BPF_JA, g->n - 1 - yes, 0, 0);
	if (g->n - no > NEAR)
		no = emit(g, BPF_JMP | BPF_JA, g->n - 1 - no, 0, 0);
	return emit(g, (uint16_t)(BPF_JMP | op | BPF_K), k, g->n - 1 - yes, g->n - 1 - no);
}

/* Makes what is written next run into `to`. */
static void run_into(struct gen *g, place to)
{
	if (to != g->n - 1)
		emit(g, BPF_JMP | BPF_JA, g->n - 1 - to, 0, 0);
}

static place load(struct gen *g, uint32_t offset)
{
	return emit(g, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

/* One half of an argument against one half of a value, by op (EQ, GT or GE of BPF). */
static place half(struct gen *g, const struct seccomp_bpf_cond *c, bool high, uint16_t op,
		  place yes, place no)
{
	uint32_t value = (uint32_t)(high ? c->value >> 32 : c->value);
	uint32_t mask = (uint32_t)(high ? c->mask >> 32 : c->mask);

	/* both architectures are little-endian: the low half comes first */
	run_into(g, branch(g, op, value, yes, no));
	if (c->op == SECCOMP_BPF_MASKED_EQ)
		emit(g, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	return load(g,
		    (uint32_t)offsetof(struct seccomp_data, args) + c->arg * 8u + (high ? 4 : 0));
}

static place condition(struct gen *g, const struct seccomp_bpf_cond *c, place yes, place no)
{
	uint16_t op = BPF_JEQ;
	place low;

	switch (c->op) {
	case SECCOMP_BPF_NE:
	case SECCOMP_BPF_LT:
	case SECCOMP_BPF_LE: {
		place t = yes;

		yes = no; /* the opposite of EQ, GE, GT */
		no = t;
		break;
	}
	default:
		break;
	}
	if (c->op == SECCOMP_BPF_GT || c->op == SECCOMP_BPF_LE)
		op = BPF_JGT;
	else if (c->op == SECCOMP_BPF_GE || c->op == SECCOMP_BPF_LT)
		op = BPF_JGE;
	low = half(g, c, false, op, yes, no);
	if (c->low)
		return low;
	if (op == BPF_JEQ)
		return half(g, c, true, BPF_JEQ, low, no);
	/* high halves equal: the low ones decide; else the high ones do. */
	run_into(g, branch(g, BPF_JEQ, (uint32_t)(c->value >> 32), low, no));
	return half(g, c, true, BPF_JGT, yes, g->n - 1);
}

/* A chain of rules; written from the last one. */
static place chain(struct gen *g, const struct seccomp_bpf_rule *r)
{
	const struct seccomp_bpf_rule *v[64];
	unsigned n = 0;
	place next;

	for (; r; r = r->next) {
		if (n == sizeof(v) / sizeof(*v)) {
			g->full = true;
			break;
		}
		v[n++] = r;
		if (!v[n - 1]->nconds)
			break;
	}
	next = ret(g, g->def);
	while (n--) {
		place at = ret(g, v[n]->ret);

		for (unsigned i = v[n]->nconds; i-- > 0;)
			at = condition(g, &v[n]->conds[i], at, next);
		next = at;
	}
	return next;
}

static bool same(const struct range *a, const struct range *b)
{
	return a->rule == b->rule && (a->rule || a->ret == b->ret) && a->jump == b->jump;
}

/* v[n] exists, for where the last range ends. Depth is about the logarithm of the numbers covered.
 */
static place tree(struct gen *g, const struct range *v, unsigned n)
{
	unsigned half_of = (v[0].before + v[n].before) / 2, mid = 1;
	place low, high;

	if (n == 1 && v->jump)
		return v->at;
	if (n == 1)
		return v->rule ? chain(g, v->rule) : ret(g, v->ret);
	if (n == 3 && same(&v[0], &v[2]) && v[1].start + 1 == v[2].start) {
		high = tree(g, v, 1);
		low = tree(g, v + 1, 1);
		return branch(g, BPF_JEQ, v[1].start, low, high);
	}
	while (mid < n - 1 && v[mid].before < half_of)
		mid++;
	if (mid > 1 && half_of - v[mid - 1].before < v[mid].before - half_of)
		mid--;
	high = tree(g, v + mid, n - mid);
	low = tree(g, v, mid);
	return branch(g, BPF_JGE, v[mid].start, high, low);
}

static void add(struct ranges *r, uint32_t start, const struct seccomp_bpf_rule *rule,
		uint32_t value)
{
	struct range next = {.start = start, .rule = rule, .ret = value};

	if (rule && !rule->nconds) {
		next.ret = rule->ret;
		next.rule = NULL;
	}
	if (!r->n || !same(&r->v[r->n - 1], &next))
		r->v[r->n++] = next;
}

static void add_part(struct ranges *r, const struct seccomp_bpf_policy *p, enum seccomp_arch arch)
{
	const struct seccomp_bpf_part *part = &p->part[arch];

	for (int nr = 0; nr <= part->max && nr < SECCOMP_BPF_NR; nr++)
		add(r, (uint32_t)nr, p->chains[part->by_nr[nr]], p->def);
	add(r, (uint32_t)part->max + 1, NULL, part->beyond);
	for (unsigned i = 0; i < SECCOMP_BPF_PRIVATE; i++)
		if (part->private[i]) {
			add(r, 0xf0000 + i, p->chains[part->private[i]], 0);
			add(r, 0xf0000 + i + 1, NULL, part->beyond);
		}
}

static place numbers(struct gen *g, struct ranges *r)
{
	unsigned tried = SECCOMP_BPF_NR / 2; /* the kernel tries its own 0..~470 */

	for (unsigned i = 0; i < r->n; i++)
		r->v[i].before = r->v[i].start < tried ? r->v[i].start : tried + i;
	r->v[r->n].before = tried + r->n;
	return tree(g, r->v, r->n);
}

/* The numbers that only x32 has, which start here. */
#define X32_OWN 512

/* x86_64 and x32 share an audit architecture and differ by a bit of the number. Below 512 a number
 * means the same call on both, so both go through the tree of x86_64. What x32 lacks there it may
 * then be allowed or forbidden to call: the kernel has no such call and answers ENOSYS itself. That
 * saves a quarter of the program. Without x32 the number -1, with which a tracer cancels a call,
 * must not be taken for one of its numbers. */
static place part_x86_64(struct gen *g, struct ranges *r, const struct seccomp_bpf_policy *p)
{
	const struct seccomp_bpf_part *x32 = &p->part[SECCOMP_X32], *own = &p->part[SECCOMP_X86_64];
	place above;

	r->n = 0;
	if (!x32->used) {
		add_part(r, p, SECCOMP_X86_64);
		add(r, X32_BIT, NULL, SECCOMP_RET_KILL_PROCESS);
		add(r, UINT32_MAX, NULL, p->def);
		return numbers(g, r);
	}
	for (int nr = X32_OWN; nr <= x32->max; nr++)
		add(r, X32_BIT + (uint32_t)nr, p->chains[x32->by_nr[nr]], p->def);
	add(r, X32_BIT + (uint32_t)x32->max + 1, NULL, x32->beyond);
	above = branch(g, BPF_JGE, X32_BIT, numbers(g, r), ret(g, own->beyond));
	run_into(g, above);
	above = load(g, offsetof(struct seccomp_data, nr));

	r->n = 0;
	add_part(r, p, SECCOMP_X86_64);
	r->v[r->n++] = (struct range){.start = X32_OWN, .jump = true, .at = above};
	run_into(g, numbers(g, r));
	return emit(g, BPF_ALU | BPF_AND | BPF_K, ~X32_BIT, 0, 0);
}

uint16_t *seccomp_bpf_slot(struct seccomp_bpf_part *p, int nr)
{
	if (nr >= 0 && nr < SECCOMP_BPF_NR)
		return &p->by_nr[nr];
	if (nr >= 0xf0000 && nr < 0xf0000 + SECCOMP_BPF_PRIVATE)
		return &p->private[nr - 0xf0000];
	return NULL;
}

int seccomp_bpf_build(const struct seccomp_bpf_policy *p, struct arena *a, struct spec_seccomp *out,
		      struct err *e)
{
	static const struct {
		enum seccomp_arch arch;
		uint32_t audit;
	} audits[] = {{SECCOMP_ARM, AUDIT_ARCH_ARM},
		      {SECCOMP_I386, AUDIT_ARCH_I386},
		      {SECCOMP_AARCH64, AUDIT_ARCH_AARCH64},
		      {SECCOMP_X86_64, AUDIT_ARCH_X86_64}};
	struct ranges r; /* not cleared: of both only a few pages are ever touched */
	struct gen gen, *g = &gen;
	place next, at;

	g->n = g->nrets = 0;
	g->full = false;
	g->def = p->def;
	next = ret(g, SECCOMP_RET_KILL_PROCESS);
	for (unsigned i = 0; i < sizeof(audits) / sizeof(*audits); i++) {
		if (!p->part[audits[i].arch].used)
			continue;
		if (audits[i].arch == SECCOMP_X86_64) {
			at = part_x86_64(g, &r, p);
		} else {
			r.n = 0;
			add_part(&r, p, audits[i].arch);
			at = numbers(g, &r);
		}
		run_into(g, at);
		at = load(g, offsetof(struct seccomp_data, nr));
		next = branch(g, BPF_JEQ, audits[i].audit, at, next);
	}
	run_into(g, next);
	load(g, offsetof(struct seccomp_data, arch));
	if (g->full)
		return err_set(e, ERR_INVALID,
			       "seccomp: the rules need more than %d instructions, "
			       "which is what the kernel takes: use fewer rules with arguments",
			       BPF_MAXINSNS);
	out->enabled = true;
	out->len = (uint16_t)g->n;
	out->filter = arena_array(a, g->n, sizeof(*g->code));
	memcpy(out->filter, &g->code[BPF_MAXINSNS - g->n], g->n * sizeof(*g->code));
	return 0;
}
