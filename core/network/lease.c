/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lowest free address is found from one reading of the directory; then making the link decides,
 * and who loses looks again. Nobody is asked whether he lives while there are free ones: that costs
 * a look at a lock for each, and whoever cleans up after the dead removes theirs by name.
 *
 * A dead one's link is removed under a flock on the directory and only if it still says the same,
 * so that of two who find it one removes it; making the new one is open to everybody again.
 */
#include "network/lease.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define OWNER_MAX 128
#define TRIES 1000
#define LEASES_MAX (1 << 20)

struct pool {
	struct prefix range;
	struct addr first;
	uint64_t last;	 /* offsets from first; first itself is no host's address */
	uint64_t *taken; /* sorted */
	size_t n, cap;
};

/* a - from, of addresses that share all but their last 64 bits. */
static bool distance(const struct addr *from, const struct addr *a, uint64_t *ret)
{
	int low = a->len > 8 ? 8 : 0;
	uint64_t x = 0, y = 0;

	if (from->len != a->len || memcmp(from->b, a->b, (size_t)low))
		return false;
	for (int i = low; i < a->len; i++) {
		x = x << 8 | from->b[i];
		y = y << 8 | a->b[i];
	}
	*ret = y - x;
	return y >= x;
}

static int add(struct pool *p, const struct addr *a, struct err *e)
{
	uint64_t d, *grown;

	if (!distance(&p->first, a, &d) || d > p->last)
		return 0;
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 256;

		grown = cap <= LEASES_MAX ? realloc(p->taken, cap * sizeof(*grown)) : NULL;
		if (!grown)
			return err_set(e, ERR_SYS, "too many addresses are leased");
		p->taken = grown;
		p->cap = cap;
	}
	p->taken[p->n++] = d;
	return 0;
}

static int cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

typedef int each_lease(void *ctx, const char *name, struct err *e);

static int each(int dir, each_lease *f, void *ctx, struct err *e)
{
	char buf[8192] __attribute__((aligned(8)));
	long n;

	if (lseek(dir, 0, SEEK_SET) < 0)
		return err_sys(e, "read the leases");
	while ((n = fs_dents(dir, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n;) {
			const struct fs_dent *d = (const void *)(buf + at);

			if (d->name[0] != '.' && f(ctx, d->name, e))
				return -1;
			at += d->reclen;
		}
	return n < 0 ? err_sys(e, "read the leases") : 0;
}

static int note(void *ctx, const char *name, struct err *e)
{
	struct addr a;

	return addr_parse(name, &a) ? 0 : add(ctx, &a, e);
}

static void span(struct pool *p, const struct lease_want *w)
{
	const struct prefix *r = w->range.addr.len ? &w->range : &w->subnet;
	struct addr last = prefix_last(r), net = prefix_first(&w->subnet),
		    cast = prefix_last(&w->subnet);

	p->first = prefix_first(r);
	if (!distance(&p->first, &last, &p->last))
		p->last = UINT64_MAX;
	p->range = *r;
	/* a subnet's first address is no host's, nor is its last in IPv4, but for /31 and longer */
	if (w->subnet.bits < w->subnet.addr.len * 8 - 1) {
		struct err why;

		add(p, &net, &why);
		if (cast.len == 4)
			add(p, &cast, &why);
	}
}

static int lowest(int dir, const struct lease_want *w, struct addr *ret, struct err *e)
{
	struct pool p = {.n = 0};
	uint64_t at = 0;
	int rc = -1;

	span(&p, w);
	for (size_t i = 0; i < w->nreserved; i++)
		if (add(&p, &w->reserved[i], e))
			goto out;
	if (each(dir, note, &p, e))
		goto out;
	if (p.n)
		qsort(p.taken, p.n, sizeof(*p.taken), cmp);
	for (size_t i = 0; i < p.n && p.taken[i] <= at; i++)
		if (p.taken[i] == at)
			at++;
	if (at > p.last) {
		char text[PREFIX_TEXT];

		err_set(e, ERR_CONFLICT,
			"no available IPv%d addresses on this network's address pools: %s",
			p.first.len == 4 ? 4 : 6, prefix_text(&p.range, text));
		goto out;
	}
	*ret = p.first;
	addr_add(ret, at);
	rc = 0;
out:
	free(p.taken);
	return rc;
}

static bool owner_is(int dir, const char *name, const char *owner)
{
	char text[OWNER_MAX];
	ssize_t n = readlinkat(dir, name, text, sizeof(text));

	return n > 0 && (size_t)n == strlen(owner) && !memcmp(text, owner, (size_t)n);
}

static void remove_if(int dir, const char *name, const char *owner)
{
	file_flock(dir);
	if (owner_is(dir, name, owner))
		unlinkat(dir, name, 0);
	flock(dir, LOCK_UN);
}

struct bury {
	int dir;
	lease_alive *alive;
	void *ctx;
	size_t n; /* that are gone */
};

/* Of one whose owner is dead: away with it. */
static int bury(void *ctx, const char *name, struct err *e)
{
	struct bury *b = ctx;
	char owner[OWNER_MAX];
	ssize_t n = readlinkat(b->dir, name, owner, sizeof(owner) - 1);

	(void)e;
	if (n > 0) {
		owner[n] = 0;
		if (b->alive(b->ctx, owner))
			return 0;
		remove_if(b->dir, name, owner);
	} /* else its owner was quicker */
	b->n++;
	return 0;
}

/* 0 made, 1 taken by somebody who lives, 2 not any more: try again. */
static int make(int dir, const struct addr *a, const char *owner, struct bury *b, struct err *e)
{
	char name[ADDR_TEXT];
	size_t before = b->n;

	addr_text(a, name);
	if (!symlinkat(owner, dir, name))
		return 0;
	if (errno != EEXIST)
		return err_sys(e, "lease the address %s", name);
	if (owner_is(dir, name, owner))
		return 0;
	bury(b, name, e);
	return b->n > before ? 2 : 1;
}

static int take_fixed(int dir, const struct lease_want *w, const char *owner, struct bury *b,
		      struct err *e)
{
	struct addr first = prefix_first(&w->subnet), last = prefix_last(&w->subnet);
	bool whole = w->subnet.bits < w->subnet.addr.len * 8 - 1;
	int rc = 2;

	if (whole &&
	    (!addr_cmp(&w->fixed, &first) || (first.len == 4 && !addr_cmp(&w->fixed, &last))))
		return err_set(e, ERR_CONFLICT, "Address already in use");
	for (size_t i = 0; i < w->nreserved; i++)
		if (!addr_cmp(&w->reserved[i], &w->fixed))
			return err_set(e, ERR_CONFLICT, "Address already in use");
	for (int i = 0; i < TRIES && rc == 2; i++)
		rc = make(dir, &w->fixed, owner, b, e);
	return rc > 0 ? err_set(e, ERR_CONFLICT, "Address already in use") : rc;
}

int lease_take(int dir, const struct lease_want *w, const char *owner, lease_alive *alive,
	       void *ctx, struct addr *ret, struct err *e)
{
	struct bury b = {dir, alive, ctx, 0};
	struct addr a;
	bool asked = false;

	if (w->fixed.len) {
		if (take_fixed(dir, w, owner, &b, e))
			return -1;
		*ret = w->fixed;
		return 0;
	}
	for (int i = 0; i < TRIES; i++) {
		int rc;

		if (lowest(dir, w, &a, e)) {
			if (e->kind != ERR_CONFLICT || asked || each(dir, bury, &b, e))
				return -1;
			asked = true;
			continue;
		}
		rc = make(dir, &a, owner, &b, e);
		if (rc < 0)
			return -1;
		if (!rc) {
			*ret = a;
			return 0;
		}
	}
	return err_set(e, ERR_UNAVAILABLE, "too many want an address of this network: try again");
}

void lease_drop(int dir, const struct addr *a, const char *owner)
{
	char name[ADDR_TEXT];

	remove_if(dir, addr_text(a, name), owner);
}
