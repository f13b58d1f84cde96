/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Glushkov's automaton: its states are the places of the expression that take a character, so there
 * is nothing to close over while matching, and a set of states is a few words. libc's regcomp does
 * more than any filter wants, is 28 KB here and can be made to take gigabytes by an expression.
 *
 * The expression is read once, with two stacks, as arithmetic is: operands with the sets of their
 * first and last places, operators by how strongly they bind. "^" and "$" are places too, which
 * take signs that stand before and after the text.
 */
#include "base/pattern.h"

#include <string.h>

enum { OP_OPEN, OP_OR, OP_CAT };

struct operand {
	bool empty; /* may match nothing */
	struct pattern_set first, last;
};

struct parse {
	struct pattern *p;
	struct operand v[PATTERN_MAX + 2];
	unsigned char ops[2 * PATTERN_MAX + 2];
	unsigned nv, nops;
};

static void set_add(struct pattern_set *s, unsigned i)
{
	s->w[i / 32] |= 1U << i % 32;
}

static bool set_has(const struct pattern_set *s, unsigned i)
{
	return s->w[i / 32] >> i % 32 & 1;
}

static void set_join(struct pattern_set *s, const struct pattern_set *more)
{
	for (int i = 0; i < PATTERN_WORDS; i++)
		s->w[i] |= more->w[i];
}

static void set_turn(struct pattern_set *s)
{
	for (int i = 0; i < PATTERN_WORDS; i++)
		s->w[i] = ~s->w[i];
}

static void follow(struct pattern *p, const struct pattern_set *last,
		   const struct pattern_set *first)
{
	for (unsigned i = 0; i < p->n; i++)
		if (set_has(last, i))
			set_join(&p->follows[i], first);
}

/* The operator on top of the stack takes its two operands. */
static void apply(struct parse *s)
{
	struct operand *a = &s->v[s->nv - 2], *b = a + 1;

	if (s->ops[--s->nops] == OP_OR) {
		set_join(&a->first, &b->first);
		set_join(&a->last, &b->last);
		a->empty |= b->empty;
	} else {
		follow(s->p, &a->last, &b->first);
		if (a->empty)
			set_join(&a->first, &b->first);
		if (b->empty)
			set_join(&b->last, &a->last);
		a->last = b->last;
		a->empty &= b->empty;
	}
	s->nv--;
}

/* Those that bind as strongly as op or more. */
static void apply_down_to(struct parse *s, unsigned char op)
{
	while (s->nops && s->ops[s->nops - 1] >= op && s->ops[s->nops - 1] != OP_OPEN)
		apply(s);
}

static void push_op(struct parse *s, unsigned char op)
{
	apply_down_to(s, op);
	s->ops[s->nops++] = op;
}

/* An operand that takes nothing. */
static void push_empty(struct parse *s)
{
	s->v[s->nv++] = (struct operand){.empty = true};
}

static struct pattern_set *push_place(struct parse *s)
{
	struct operand *o = &s->v[s->nv++];
	unsigned i = s->p->n++;

	*o = (struct operand){.empty = false};
	set_add(&o->first, i);
	set_add(&o->last, i);
	return &s->p->takes[i];
}

static void repeat(struct parse *s, char c)
{
	struct operand *o = &s->v[s->nv - 1];

	if (c != '?')
		follow(s->p, &o->last, &o->first);
	if (c != '+')
		o->empty = true;
}

/* \d and the like. */
static bool add_class(struct pattern_set *to, char c)
{
	struct pattern_set set = {{0}};
	char low = (char)(c | 0x20);

	if (low != 'd' && low != 'w' && low != 's')
		return false;
	for (unsigned i = 1; i < 128; i++) {
		bool digit = i >= '0' && i <= '9';
		bool letter = (i | 0x20) >= 'a' && (i | 0x20) <= 'z';

		if (low == 's' ? i == ' ' || (i >= '\t' && i <= '\r' && i != '\v')
			       : digit || (low == 'w' && (letter || i == '_')))
			set_add(&set, i);
	}
	if (c != low)
		set_turn(&set);
	set_join(to, &set);
	return true;
}

/* Behind a backslash, outside of letters and digits: that sign itself. */
static bool add_escaped(struct pattern_set *to, char c)
{
	bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

	if (add_class(to, c))
		return true;
	if (!c || word)
		return false;
	set_add(to, (unsigned char)c);
	return true;
}

/* From behind "[": where it goes on behind "]", NULL if it is none. */
static const char *bracket(const char *t, struct pattern_set *to)
{
	bool turned = *t == '^', first = true;

	for (t += turned; first || *t != ']'; first = false) {
		unsigned char from = (unsigned char)*t, end;

		if (!from || (from == '[' && t[1] == ':'))
			return NULL;
		if (from == '\\') {
			if (!add_escaped(to, t[1]))
				return NULL;
			t += 2;
			continue;
		}
		end = from;
		if (t[1] == '-' && t[2] && t[2] != ']') {
			end = (unsigned char)t[2];
			t += 2;
		}
		if (end < from || end == '\\')
			return NULL;
		for (unsigned c = from; c <= end; c++)
			set_add(to, c);
		t++;
	}
	if (turned)
		set_turn(to);
	return t + 1;
}

/* One place: where it goes on behind it, NULL if it is none. */
static const char *place(struct parse *s, const char *t)
{
	unsigned i = s->p->n;
	struct pattern_set *to = push_place(s);
	char c = *t++;

	if (c == '^' || (c == '\\' && *t == 'A')) {
		set_add(&s->p->at_start, i);
	} else if (c == '$' || (c == '\\' && *t == 'z')) {
		set_add(&s->p->at_end, i);
	} else if (c == '[') {
		return bracket(t, to);
	} else if (c == '.') {
		set_add(to, '\n');
		set_turn(to);
	} else if (c == '\\') {
		if (!add_escaped(to, *t))
			return NULL;
	} else {
		set_add(to, (unsigned char)c);
	}
	return c == '\\' ? t + 1 : t;
}

static bool close_group(struct parse *s, bool operand)
{
	if (!operand)
		push_empty(s);
	apply_down_to(s, OP_OR);
	if (!s->nops)
		return false;
	s->nops--;
	return true;
}

/* operand: one stands right before this place, so that what comes is behind it. */
static int parse(struct parse *s, const char *t)
{
	bool operand = false;

	while (*t) {
		if (*t == '|') {
			if (!operand)
				push_empty(s);
			push_op(s, OP_OR);
			operand = false;
			t++;
		} else if (*t == ')') {
			if (!close_group(s, operand))
				return -1;
			operand = true;
			t++;
		} else if (*t == '*' || *t == '+' || *t == '?') {
			if (!operand)
				return -1;
			repeat(s, *t++);
			t += *t == '?';
			if (*t == '*' || *t == '+' || *t == '?')
				return -1;
		} else {
			if (operand)
				push_op(s, OP_CAT);
			operand = *t != '(';
			if (*t == '{' || (*t == '(' && t[1] == '?' && t[2] != ':'))
				return -1;
			if (operand) {
				t = place(s, t);
				if (!t)
					return -1;
			} else {
				s->ops[s->nops++] = OP_OPEN;
				t += t[1] == '?' ? 3 : 1;
			}
		}
	}
	if (!operand)
		push_empty(s);
	apply_down_to(s, OP_OR);
	return s->nops ? -1 : 0;
}

int pattern_compile(const char *text, struct pattern *ret)
{
	struct parse s = {.p = ret};

	memset(ret, 0, sizeof(*ret));
	if (strlen(text) > PATTERN_MAX || parse(&s, text))
		return -1;
	ret->begin = s.v[0].first;
	ret->end = s.v[0].last;
	ret->empty = s.v[0].empty;
	return 0;
}

/* c: a byte, or one of the two signs around the text. */
enum { BEFORE = 256, AFTER };

static bool takes(const struct pattern *p, unsigned i, int c)
{
	if (c == BEFORE)
		return set_has(&p->at_start, i);
	if (c == AFTER)
		return set_has(&p->at_end, i);
	return set_has(&p->takes[i], (unsigned)c);
}

/* True if it ends here. */
static bool step(const struct pattern *p, struct pattern_set *now, int c)
{
	struct pattern_set may = p->begin, next = {{0}};
	bool over = false;

	for (unsigned i = 0; i < p->n; i++)
		if (set_has(now, i))
			set_join(&may, &p->follows[i]);
	for (unsigned i = 0; i < p->n; i++)
		if (set_has(&may, i) && takes(p, i, c)) {
			set_add(&next, i);
			over |= set_has(&p->end, i);
		}
	*now = next;
	return over;
}

bool pattern_match(const struct pattern *p, const char *s)
{
	struct pattern_set now = {{0}};

	if (p->empty || step(p, &now, BEFORE))
		return true;
	for (; *s; s++)
		if (step(p, &now, (unsigned char)*s))
			return true;
	return step(p, &now, AFTER);
}
