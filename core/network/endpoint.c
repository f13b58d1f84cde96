/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers take no lock and need none: a file is there whole or not at all. One that cannot be read
 * (it went meanwhile, a later version writes something else) is left out, so that one bad file
 * takes no other container's name away.
 */
#include "network/endpoint.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 65536
#define ALL_MAX 65536 /* of one network: what an IPv4 /16 holds */

static void write_prefix(struct json_w *w, const char *key, const struct prefix *p)
{
	char text[PREFIX_TEXT];

	json_w_str(w, key, p->addr.len ? prefix_text(p, text) : "");
}

char *endpoint_mac(const uint8_t m[6], char ret[ENDPOINT_MAC])
{
	snprintf(ret, ENDPOINT_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		 m[5]);
	return ret;
}

int endpoint_write(int dir, const struct endpoint *p, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	char mac[ENDPOINT_MAC];

	json_w_obj(&w, NULL);
	json_w_str(&w, "Name", p->name);
	json_w_str(&w, "EndpointID", p->id);
	json_w_str(&w, "MacAddress", endpoint_mac(p->mac, mac));
	write_prefix(&w, "IPv4Address", &p->ip4);
	write_prefix(&w, "IPv6Address", &p->ip6);
	json_w_strs(&w, "DNSNames", &p->names);
	json_w_end(&w);
	return file_write_atomic(dir, p->container, b.data, b.len, 0600, FILE_NOSYNC, e);
}

void endpoint_remove(int dir, const char *container)
{
	unlinkat(dir, container, 0);
}

void endpoint_sweep(int dir, const char *container)
{
	size_t n = strlen(container);
	DIR *d = file_dir(dir);
	struct dirent *one;

	endpoint_remove(dir, container);
	while (d && (one = readdir(d)))
		if (one->d_name[0] == '.' && !strncmp(one->d_name + 1, container, n) &&
		    one->d_name[n + 1] == '.')
			unlinkat(dir, one->d_name, 0);
	if (d)
		closedir(d);
}

static int read_prefix(const struct json *v, const char *key, uint8_t len, struct prefix *ret)
{
	const char *text = json_str(json_get(v, key), "");
	struct prefix p = {.bits = 0};

	if (*text && (prefix_parse(text, &p) || p.addr.len != len))
		return -1;
	*ret = p;
	return 0;
}

static int read_mac(const struct json *v, uint8_t ret[6])
{
	const char *text = json_str(json_get(v, "MacAddress"), "");
	unsigned m[6];

	if (strlen(text) != 17 ||
	    sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) != 6)
		return -1;
	for (int i = 0; i < 6; i++)
		ret[i] = (uint8_t)m[i];
	return 0;
}

int endpoint_read(int dir, struct arena *a, const char *container, struct endpoint *ret,
		  struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct endpoint p = {.container = arena_strdup(a, container)};
	const struct json *v;

	if (file_read(dir, container, FILE_MAX, &b, e))
		return -1;
	v = json_parse(a, b.data, b.len, FILE_MAX, container, e);
	if (!v || json_want_strs(v, "DNSNames", a, &p.names, NULL, e))
		return -1;
	p.name = json_str(json_get(v, "Name"), "");
	p.id = json_str(json_get(v, "EndpointID"), "");
	if (read_mac(v, p.mac) || read_prefix(v, "IPv4Address", 4, &p.ip4) ||
	    read_prefix(v, "IPv6Address", 16, &p.ip6))
		return err_set(e, ERR_INVALID, "the endpoint file of %s has a bad address",
			       container);
	*ret = p;
	return 0;
}

typedef void each_name(void *ctx, const char *name);

static int names(int dir, each_name *each, void *ctx, struct err *e)
{
	char buf[8192] __attribute__((aligned(8)));
	long n;

	if (lseek(dir, 0, SEEK_SET) < 0)
		return err_sys(e, "read a network's endpoints");
	while ((n = fs_dents(dir, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n;) {
			const struct fs_dent *d = (const void *)(buf + at);

			at += d->reclen;
			if (d->name[0] != '.')
				each(ctx, d->name);
		}
	return n < 0 ? err_sys(e, "read a network's endpoints") : 0;
}

struct passing {
	int dir;
	endpoint_seen *seen;
	void *ctx;
};

static void pass(void *ctx, const char *name)
{
	const struct passing *p = ctx;
	AUTO_ARENA a = ARENA_INIT;
	struct endpoint one;
	struct err why;

	if (!endpoint_read(p->dir, &a, name, &one, &why))
		p->seen(p->ctx, &one);
}

int endpoint_each(int dir, endpoint_seen *seen, void *ctx, struct err *e)
{
	struct passing p = {dir, seen, ctx};

	return names(dir, pass, &p, e);
}

struct list {
	int dir;
	struct arena *a;
	struct endpoint *v;
	size_t n, cap;
};

static void keep(void *ctx, const char *name)
{
	struct list *l = ctx;
	struct err why;

	if (l->n == ALL_MAX)
		return;
	l->v = arena_grow(l->a, l->v, l->n, &l->cap, sizeof(*l->v));
	if (!endpoint_read(l->dir, l->a, name, &l->v[l->n], &why))
		l->n++;
}

static int by_container(const void *a, const void *b)
{
	const struct endpoint *x = a, *y = b;

	return strcmp(x->container, y->container);
}

int endpoint_all(int dir, struct arena *a, struct endpoint **ret, size_t *ret_n, struct err *e)
{
	struct list l = {.dir = dir, .a = a};

	if (names(dir, keep, &l, e))
		return -1;
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), by_container);
	*ret = l.v;
	*ret_n = l.n;
	return 0;
}
