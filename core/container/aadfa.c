/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns become positions (one per byte set), the states of the automaton are sets of positions,
 * found breadth first from the beginnings of all rules. No alternatives and no nesting: then a
 * pattern is a straight line, a loop is a position that is passed over as well as stayed at, and
 * no parser or graph is needed.
 *
 * The tables are those of a row displacement: a state's row of 256 successors is laid into one
 * shared array at an offset where its entries meet only gaps; `check` says whose entry each is, and
 * what is not found there goes to the state's default, here its most frequent successor. State 0
 * is the trap, 1 the start. The states are not minimised and bytes not grouped: for the one profile
 * this serves that is 10 KB against 4, in kernel memory, once.
 */
#include "container/aadfa.h"

#include <stdbool.h>
#include <string.h>

#define STATES_MAX 4096
#define USER_EXEC 0x1u
#define USER_EXEC_MODES 0x3f80u
#define OTHER_SHIFT 14

struct position {
	uint64_t bytes[4]; /* what leads on */
	bool loop;	   /* may be stayed at, and is passed over */
	const struct aadfa_rule *end;
};

struct state {
	uint64_t *in;  /* positions */
	uint64_t hash; /* of in */
	uint16_t next[256];
	uint32_t allow, deny;
};

struct dfa {
	struct arena *a;
	struct position *p;
	size_t np, words;
	bool like[256]; /* the byte before leads wherever this one does */
	struct state *s[STATES_MAX];
	size_t ns;
	/* the tables */
	uint32_t *base;
	uint16_t *def, *next, *check;
	size_t used;
};

/* ---- patterns ---- */
static struct position *position(struct dfa *d, bool loop, bool all)
{
	struct position *p = &d->p[d->np++];

	p->loop = loop;
	memset(p->bytes, all ? 0xff : 0, sizeof(p->bytes));
	return p;
}

static void flip(struct position *p, unsigned char c)
{
	p->bytes[c / 64] ^= 1ull << (c % 64);
}

/* s stands behind "["; returns the place of "]", or NULL. */
static const char *set_of(struct dfa *d, const char *s)
{
	struct position *p = position(d, false, *s == '^');

	for (s += *s == '^'; *s && *s != ']'; s++) {
		unsigned char last = (unsigned char)(s[1] == '-' ? s[2] : *s);

		for (unsigned c = (unsigned char)*s; c <= last; c++)
			flip(p, (unsigned char)c);
		s += s[1] == '-' && s[2] ? 2 : 0;
	}
	return *s ? s : NULL;
}

/* One byte other than NUL, or also "/"; or a loop of these. */
static void names(struct dfa *d, bool loop, bool slash)
{
	struct position *p = position(d, loop, true);

	flip(p, 0);
	if (!slash)
		flip(p, '/');
}

static int compile(struct dfa *d, const struct aadfa_rule *r, struct err *e)
{
	const char *s = r->pattern;

	for (; *s; s++) {
		if (*s == '[') {
			s = set_of(d, s + 1);
			if (!s)
				return err_set(e, ERR_INVALID, "pattern %s: no ]", r->pattern);
		} else if (*s == '*') {
			bool both = s[1] == '*';

			if (s > r->pattern && s[-1] == '/')
				names(d, false, false);
			names(d, true, both);
			s += both;
		} else if (*s == '?') {
			names(d, false, false);
		} else if (*s == '@') {
			position(d, true, true);
		} else {
			flip(position(d, false, false), *s == '$' ? 0 : (unsigned char)*s);
		}
	}
	position(d, false, false)->end = r;
	return 0;
}

/* ---- states ---- */
static bool has(const uint64_t *set, size_t i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static void enter(const struct dfa *d, uint64_t *set, size_t i)
{
	for (;; i++) {
		set[i / 64] |= 1ull << (i % 64);
		if (!d->p[i].loop)
			return;
	}
}

static void step(const struct dfa *d, const uint64_t *from, unsigned c, uint64_t *to)
{
	memset(to, 0, d->words * sizeof(*to));
	for (size_t w = 0; w < d->words; w++)
		for (uint64_t left = from[w]; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);

			if (has(d->p[i].bytes, c))
				enter(d, to, i + !d->p[i].loop);
		}
}

/* The number of the state with these positions, made where it is new; -1: too many. */
static int state(struct dfa *d, const uint64_t *in)
{
	size_t size = d->words * sizeof(*in);
	uint64_t hash = 0;
	struct state *s;

	for (size_t w = 0; w < d->words; w++)
		hash = (hash ^ in[w]) * 0x9e3779b97f4a7c15ull;
	for (size_t i = 0; i < d->ns; i++)
		if (d->s[i]->hash == hash && !memcmp(d->s[i]->in, in, size))
			return (int)i;
	if (d->ns == STATES_MAX)
		return -1;
	s = arena_alloc(d->a, sizeof(*s));
	s->in = arena_alloc(d->a, size);
	memcpy(s->in, in, size);
	s->hash = hash;
	for (size_t i = 0; i < d->np; i++)
		if (has(in, i) && d->p[i].end) {
			s->allow |= d->p[i].end->allow;
			s->deny |= d->p[i].end->deny;
		}
	d->s[d->ns] = s;
	return (int)d->ns++;
}

/* Where no pattern tells a byte from its predecessor: most of the 256. */
static void find_runs(struct dfa *d)
{
	for (unsigned c = 1; c < 256; c++) {
		size_t i = 0;

		while (i < d->np && has(d->p[i].bytes, c) == has(d->p[i].bytes, c - 1))
			i++;
		d->like[c] = i == d->np;
	}
}

static int explore(struct dfa *d, const struct aadfa_rule *rules, size_t n, struct err *e)
{
	uint64_t *set = arena_array(d->a, d->words, sizeof(*set));
	size_t first = 0;

	find_runs(d);
	state(d, set); /* the empty set is the trap */
	for (size_t r = 0; r < n; r++) {
		enter(d, set, first);
		while (d->p[first].end != &rules[r])
			first++;
		first++;
	}
	state(d, set);
	for (size_t i = 1; i < d->ns; i++)
		for (unsigned c = 0; c < 256; c++) {
			int to = c && d->like[c] ? d->s[i]->next[c - 1] : -1;

			if (to < 0) {
				step(d, d->s[i]->in, c, set);
				to = state(d, set);
			}
			if (to < 0)
				return err_set(e, ERR_INVALID, "patterns give too many states");
			d->s[i]->next[c] = (uint16_t)to;
		}
	return 0;
}

/* ---- tables ---- */
static uint16_t most_frequent(const struct dfa *d, const uint16_t *next, uint16_t *count)
{
	uint16_t best = 0;

	memset(count, 0, d->ns * sizeof(*count));
	for (unsigned c = 0; c < 256; c++)
		if (++count[next[c]] > count[best])
			best = next[c];
	return best;
}

static bool fits(const uint16_t *check, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (check[bytes[i]])
			return false;
	return true;
}

static void lay_row(struct dfa *d, size_t i, uint16_t def)
{
	const uint16_t *next = d->s[i]->next;
	unsigned char bytes[256];
	size_t n = 0, base = 0;

	for (unsigned c = 0; c < 256; c++)
		if (next[c] != def)
			bytes[n++] = (unsigned char)c;
	while (!fits(d->check + base, bytes, n))
		base++;
	for (size_t k = 0; k < n; k++) {
		d->next[base + bytes[k]] = next[bytes[k]];
		d->check[base + bytes[k]] = (uint16_t)i;
	}
	d->def[i] = def;
	d->base[i] = (uint32_t)base;
	if (base + 256 > d->used)
		d->used = base + 256;
}

static void lay(struct dfa *d)
{
	uint16_t *count = arena_array(d->a, d->ns, sizeof(*count));

	d->base = arena_array(d->a, d->ns, sizeof(*d->base));
	d->def = arena_array(d->a, d->ns, sizeof(*d->def));
	d->next = arena_array(d->a, (d->ns + 1) * 256, sizeof(*d->next));
	d->check = arena_array(d->a, (d->ns + 1) * 256, sizeof(*d->check));
	d->used = 256;
	for (size_t i = 1; i < d->ns; i++)
		lay_row(d, i, most_frequent(d, d->s[i]->next, count));
}

static void big_endian(struct buf *b, uint32_t v, int bytes)
{
	while (bytes-- > 0)
		buf_char(b, (char)(v >> (8 * bytes)));
}

static void head(struct buf *b, unsigned id, unsigned width, size_t n)
{
	while (b->len % 8)
		buf_char(b, 0);
	big_endian(b, id, 2);
	big_endian(b, width, 2);
	big_endian(b, 0, 4);
	big_endian(b, (uint32_t)n, 4);
}

static void table16(struct buf *b, unsigned id, const uint16_t *v, size_t n)
{
	head(b, id, 2, n);
	for (size_t i = 0; i < n; i++)
		big_endian(b, v[i], 2);
}

static uint32_t allowed(const struct state *s)
{
	uint32_t v = s->allow & ~s->deny;

	if (s->deny & USER_EXEC)
		v &= ~USER_EXEC_MODES;
	if (s->deny >> OTHER_SHIFT & USER_EXEC)
		v &= ~(USER_EXEC_MODES << OTHER_SHIFT);
	return v;
}

/* Table numbers and the magic are those of the kernel's security/apparmor/include/match.h. */
static void write_tables(const struct dfa *d, struct buf *b)
{
	big_endian(b, 0x1b5e783d, 4);
	big_endian(b, 16, 4);
	big_endian(b, 0, 4); /* the size of all, which the kernel does not read */
	big_endian(b, 0, 4); /* no flags; an empty version and an empty name */
	head(b, 1, 4, d->ns);
	for (size_t i = 0; i < d->ns; i++)
		big_endian(b, allowed(d->s[i]), 4);
	head(b, 7, 4, d->ns);
	for (size_t i = 0; i < d->ns; i++) {
		uint32_t deny = d->s[i]->deny;

		big_endian(b, (deny & 0x7f) << 7 | (deny >> OTHER_SHIFT & 0x7f) << 21, 4);
	}
	head(b, 2, 4, d->ns);
	for (size_t i = 0; i < d->ns; i++)
		big_endian(b, d->base[i], 4);
	table16(b, 4, d->def, d->ns);
	table16(b, 8, d->next, d->used);
	table16(b, 3, d->check, d->used);
	while (b->len % 8)
		buf_char(b, 0);
}

int aadfa_build(struct arena *a, const struct aadfa_rule *rules, size_t n, struct buf *ret,
		struct err *e)
{
	struct dfa *d = arena_alloc(a, sizeof(*d));
	AUTO_BUF b = BUF_INIT;
	size_t most = 0;

	d->a = a;
	for (size_t i = 0; i < n; i++)
		most += 2 * strlen(rules[i].pattern) + 1;
	d->p = arena_array(a, most, sizeof(*d->p));
	for (size_t i = 0; i < n; i++)
		if (compile(d, &rules[i], e))
			return -1;
	d->words = d->np / 64 + 1;
	if (explore(d, rules, n, e))
		return -1;
	lay(d);
	write_tables(d, &b);
	buf_append(ret, b.data, b.len);
	return 0;
}
