/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a directory has changed is asked for each question, with one fstat: its mtime. Two
 * changes in one tick of the kernel's clock (up to 10 ms) may leave the same mtime, so a directory
 * that was young when it was read is read again each time until it is not. inotify would say it
 * better, but a user has 128 instances of it and a container would take one.
 *
 * An index is a hash table of names and addresses in one arena, a few KiB for a hundred containers.
 */
#include "network/dnsd_names.h"
#include "base/mem.h"
#include "network/endpoint.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define YOUNG_NS 50000000
#define FIRST_ENTRIES 64

struct host {
	struct addr ip4, ip6;
	const char *name;
};

struct entry {
	uint32_t hash, next; /* of those with the same bucket: an index + 1 */
	const char *name;    /* NULL: stands for an address of host */
	const struct host *host;
};

struct link {
	const char *alias, *to;
};

struct net {
	int dir;
	const char *name;
	struct link *links;
	size_t nlinks;
	/* the index, if there is one */
	struct arena a;
	struct entry *entries;
	uint32_t *buckets; /* a power of two of them */
	size_t n, cap, nbuckets;
	struct timespec mtime;
	bool held, settled;
};

struct extra {
	const char *name;
	struct addr a;
};

static struct {
	struct arena a;
	struct net *nets;
	size_t nnets;
	struct extra *extra;
	size_t nextra;
} names = {.a = ARENA_INIT};
static struct addr found[DNSD_NAMES_MAX];
static size_t nfound;

static char *lower(struct arena *a, const char *s, size_t n)
{
	char *p = arena_strndup(a, s, n);

	for (char *c = p; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	return p;
}

/* FNV-1a */
static uint32_t hash_of(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

/* ---- the index of one network */

static void drop(struct net *t)
{
	arena_release(&t->a);
	free(t->entries);
	t->entries = NULL;
	t->buckets = NULL;
	t->n = t->cap = t->nbuckets = 0;
	t->held = false;
}

static void add(struct net *t, uint32_t hash, const char *name, const struct host *h)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : FIRST_ENTRIES;
		t->entries = mem_realloc(t->entries, t->cap * sizeof(*t->entries));
	}
	t->entries[t->n++] = (struct entry){hash, 0, name, h};
}

static void add_endpoint(void *ctx, const struct endpoint *p)
{
	struct net *t = ctx;
	struct host *h;

	if (!p->names.n) /* of the default bridge: nobody's to ask for */
		return;
	h = arena_alloc(&t->a, sizeof(*h));
	h->ip4 = p->ip4.addr;
	h->ip6 = p->ip6.addr;
	h->name = arena_strdup(&t->a, *p->name ? p->name : p->names.v[0]);
	for (size_t i = 0; i < p->names.n; i++) {
		char *name = lower(&t->a, p->names.v[i], strlen(p->names.v[i]));

		add(t, hash_of(name, strlen(name)), name, h);
	}
	if (h->ip4.len)
		add(t, hash_of(h->ip4.b, h->ip4.len), NULL, h);
	if (h->ip6.len)
		add(t, hash_of(h->ip6.b, h->ip6.len), NULL, h);
}

static void build(struct net *t)
{
	struct err why;

	drop(t);
	/* what cannot be read now (too many open files) is tried again for the next question */
	t->held = !endpoint_each(t->dir, add_endpoint, t, &why);
	for (t->nbuckets = 1; t->nbuckets < t->n;)
		t->nbuckets *= 2;
	t->buckets = arena_array(&t->a, t->nbuckets, sizeof(*t->buckets));
	for (size_t i = t->n; i--;) { /* backwards: chains are in the order of adding */
		uint32_t *b = &t->buckets[t->entries[i].hash & (t->nbuckets - 1)];

		t->entries[i].next = *b;
		*b = (uint32_t)i + 1;
	}
}

static int64_t apart(const struct timespec *a, const struct timespec *b)
{
	int64_t s = (int64_t)a->tv_sec - b->tv_sec;

	if (s > 1 || s < -1)
		return INT64_MAX;
	return llabs(s * 1000000000 + a->tv_nsec - b->tv_nsec);
}

static void refresh(struct net *t)
{
	struct timespec now;
	struct stat st;

	clock_gettime(CLOCK_REALTIME, &now);
	if (fstat(t->dir, &st))
		return;
	if (t->held && t->settled && !apart(&st.st_mtim, &t->mtime))
		return;
	t->mtime = st.st_mtim;
	t->settled = apart(&now, &st.st_mtim) > YOUNG_NS;
	build(t);
}

/* The next entry with that hash, from index + 1 `at` on; 0: none. */
static uint32_t seek(const struct net *t, uint32_t at, uint32_t hash)
{
	while (at && t->entries[at - 1].hash != hash)
		at = t->entries[at - 1].next;
	return at;
}

static uint32_t first(const struct net *t, uint32_t hash)
{
	return seek(t, t->nbuckets ? t->buckets[hash & (t->nbuckets - 1)] : 0, hash);
}

static void gather(const struct addr *a)
{
	if (a->len && nfound < DNSD_NAMES_MAX)
		found[nfound++] = *a;
}

static bool find_in(struct net *t, const char *name)
{
	uint32_t hash = hash_of(name, strlen(name));
	bool any = false;

	refresh(t);
	for (uint32_t at = first(t, hash); at; at = seek(t, t->entries[at - 1].next, hash)) {
		const struct entry *n = &t->entries[at - 1];

		if (!n->name || strcmp(n->name, name))
			continue;
		any = true;
		gather(&n->host->ip4);
		gather(&n->host->ip6);
	}
	return any;
}

/* ---- all of them */

static const char *link_to(const struct net *t, const char *alias)
{
	for (size_t i = 0; i < t->nlinks; i++)
		if (!strcmp(t->links[i].alias, alias))
			return t->links[i].to;
	return NULL;
}

/* net "": on any network. A link hides whoever else has that name on its network. */
static bool find_on(const char *name, const char *net)
{
	for (size_t i = 0; i < names.nnets; i++) {
		struct net *t = &names.nets[i];
		const char *to = link_to(t, name);

		if ((!*net || !strcmp(t->name, net)) && to && find_in(t, to))
			return true;
	}
	for (size_t i = 0; i < names.nnets; i++) {
		struct net *t = &names.nets[i];

		if ((!*net || !strcmp(t->name, net)) && !link_to(t, name) && find_in(t, name))
			return true;
	}
	return false;
}

static bool find_extra(const char *name)
{
	bool any = false;

	for (size_t i = 0; i < names.nextra; i++)
		if (!strcmp(names.extra[i].name, name)) {
			gather(&names.extra[i].a);
			any = true;
		}
	return any;
}

bool dnsd_names_find(const char *name, const struct addr **ret, size_t *ret_n)
{
	char part[DNS_NAME];
	bool any;

	nfound = 0;
	any = find_extra(name) || find_on(name, "");
	/* "a.b.c" is "a.b" on "c" or "a" on "b.c" */
	for (size_t i = strlen(name); !any && i-- > 1;)
		if (name[i] == '.') {
			snprintf(part, sizeof(part), "%.*s", (int)i, name);
			any = find_on(part, name + i + 1);
		}
	*ret = found;
	*ret_n = nfound;
	return any;
}

bool dnsd_names_of(const struct addr *a, char ret[DNS_NAME])
{
	uint32_t hash = hash_of(a->b, a->len);

	for (size_t i = 0; i < names.nnets; i++) {
		struct net *t = &names.nets[i];

		refresh(t);
		for (uint32_t at = first(t, hash); at;
		     at = seek(t, t->entries[at - 1].next, hash)) {
			const struct entry *n = &t->entries[at - 1];

			if (n->name || (addr_cmp(&n->host->ip4, a) && addr_cmp(&n->host->ip6, a)))
				continue;
			snprintf(ret, DNS_NAME, "%s.%s", n->host->name, t->name);
			return true;
		}
	}
	return false;
}

bool dnsd_names_held(void)
{
	for (size_t i = 0; i < names.nnets; i++)
		if (names.nets[i].held)
			return true;
	return false;
}

void dnsd_names_forget(void)
{
	for (size_t i = 0; i < names.nnets; i++)
		drop(&names.nets[i]);
}

/* ---- what the container is told to know */

void dnsd_names_clear(void)
{
	dnsd_names_forget();
	for (size_t i = 0; i < names.nnets; i++)
		fd_autoclose(&names.nets[i].dir);
	names.nnets = names.nextra = 0;
	arena_release(&names.a);
}

static void set_links(struct net *t, const struct strs *links)
{
	t->links = arena_array(&names.a, links->n, sizeof(*t->links));
	for (size_t i = 0; i < links->n; i++) {
		const char *text = links->v[i], *colon = strchr(text, ':');
		size_t n = colon ? (size_t)(colon - text) : strlen(text);
		const char *alias = colon ? colon + 1 : text;

		/* containers call themselves by the short form of their IDs */
		t->links[t->nlinks++] = (struct link){lower(&names.a, alias, strlen(alias)),
						      lower(&names.a, text, n == 64 ? 12 : n)};
	}
}

static void set_extra(const struct strs *hosts)
{
	names.extra = arena_array(&names.a, hosts->n, sizeof(*names.extra));
	for (size_t i = 0; i < hosts->n; i++) {
		const char *text = hosts->v[i], *colon = strchr(text, ':');
		struct extra *x = &names.extra[names.nextra];

		if (!colon || addr_parse(colon + 1, &x->a))
			continue;
		x->name = lower(&names.a, text, (size_t)(colon - text));
		names.nextra++;
	}
}

int dnsd_names_set(const struct dnsd_conf *c, struct err *e)
{
	dnsd_names_clear();
	names.nets = arena_array(&names.a, c->nnetworks, sizeof(*names.nets));
	for (size_t i = 0; i < c->nnetworks; i++) {
		const struct dnsd_network *from = &c->networks[i];
		struct net *t = &names.nets[i];

		t->dir = fcntl(from->endpoints, F_DUPFD_CLOEXEC, 3);
		if (t->dir < 0) {
			err_sys(e, "keep a network's endpoints open");
			dnsd_names_clear();
			return -1;
		}
		names.nnets++;
		t->name = lower(&names.a, from->name, strlen(from->name));
		set_links(t, &from->links);
	}
	set_extra(&c->hosts);
	return 0;
}
