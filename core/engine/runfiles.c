/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written straight, without temporary and rename: nothing reads them before the container starts,
 * and the whole directory is made again with the next boot. A container may write to them, and a
 * second start gives it fresh ones, as Docker does.
 */
#include "engine/runfiles.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "engine/hostcheck.h"

#include <fcntl.h>
#include <string.h>

#define HOST_FILE_MAX 65536

static const char localhost[] = "127.0.0.1\tlocalhost\n"
				"::1\tlocalhost ip6-localhost ip6-loopback\n"
				"fe00::\tip6-localnet\n"
				"ff00::\tip6-mcastprefix\n"
				"ff02::1\tip6-allnodes\n"
				"ff02::2\tip6-allrouters\n";

static int put(int dir, const char *name, const struct buf *b, struct err *e)
{
	AUTO_FD int fd =
		openat(dir, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0 || file_write_all(fd, b->data, b->len))
		return err_sys(e, "write the container's %s", name);
	return 0;
}

/* A host file that is not there is an empty one. */
static void host_file(const char *path, struct buf *b)
{
	struct err why;

	if (file_read(AT_FDCWD, path, HOST_FILE_MAX, b, &why))
		buf_clear(b);
}

static int make_hosts(const struct runfiles_conf *c, int dir, struct err *e)
{
	const struct request *r = c->r;
	AUTO_BUF b = BUF_INIT;
	char ip[ADDR_TEXT];
	size_t n;

	if (!strcmp(r->network, "host"))
		host_file("/etc/hosts", &b);
	if (!b.len)
		buf_str(&b, localhost);
	for (size_t i = 0; i < r->extra_hosts.n; i++) {
		if (hostcheck_extra_host(r->extra_hosts.v[i], ip, &n, e))
			return -1;
		if (*ip)
			buf_printf(&b, "%s\t%.*s\n", ip, (int)n, r->extra_hosts.v[i]);
		else if (c->gateway4.len)
			buf_printf(&b, "%s\t%.*s\n", addr_text(&c->gateway4, ip), (int)n,
				   r->extra_hosts.v[i]);
	}
	return put(dir, "hosts", &b, e);
}

static void words(struct buf *b, const char *key, const struct strs *v)
{
	if (!v->n)
		return;
	buf_str(b, key);
	for (size_t i = 0; i < v->n; i++)
		buf_printf(b, " %s", v->v[i]);
	buf_char(b, '\n');
}

/* The host's lines of a kind that the request does not give. */
static void host_lines(struct buf *b, const struct buf *host, const char *key)
{
	const char *p = host->data;
	size_t n = strlen(key);

	while (p && *p) {
		size_t len = strcspn(p, "\n");

		if (!strncmp(p, key, n) && (p[n] == ' ' || p[n] == '\t')) {
			buf_append(b, p, len);
			buf_char(b, '\n');
		}
		p += len + (p[len] == '\n');
	}
}

static int make_resolv(const struct runfiles_conf *c, int dir, struct err *e)
{
	const struct request *r = c->r;
	AUTO_BUF host = BUF_INIT;
	AUTO_BUF b = BUF_INIT;

	host_file("/etc/resolv.conf", &host);
	if (!c->resolver && !r->dns.n && !r->dns_search.n && !r->dns_options.n)
		return put(dir, "resolv.conf", &host, e);
	if (c->resolver)
		buf_str(&b, "nameserver 127.0.0.11\n");
	for (size_t i = 0; !c->resolver && i < r->dns.n; i++)
		buf_printf(&b, "nameserver %s\n", r->dns.v[i]);
	if (!c->resolver && !r->dns.n)
		host_lines(&b, &host, "nameserver");
	if (!r->dns_search.n)
		host_lines(&b, &host, "search");
	else if (strcmp(r->dns_search.v[0], "."))
		words(&b, "search", &r->dns_search);
	if (!r->dns_options.n)
		host_lines(&b, &host, "options");
	else
		words(&b, "options", &r->dns_options);
	return put(dir, "resolv.conf", &b, e);
}

int runfiles_make(const struct runfiles_conf *c, int dir, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	buf_printf(&b, "%s\n", c->hostname);
	if (put(dir, "hostname", &b, e) || make_hosts(c, dir, e))
		return -1;
	return make_resolv(c, dir, e);
}

bool runfiles_wants_resolver(const struct request *r)
{
	(void)r;
	return false;
}

bool runfiles_wants_gateway(const struct request *r)
{
	for (size_t i = 0; i < r->extra_hosts.n; i++)
		if (strstr(r->extra_hosts.v[i], RUNFILES_GATEWAY))
			return true;
	return false;
}

int runfiles_hosts_add(int dir, const struct addr *ip, const struct strs *names, struct err *e)
{
	AUTO_FD int fd = openat(dir, "hosts", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	AUTO_BUF b = BUF_INIT;
	char text[ADDR_TEXT];

	buf_str(&b, addr_text(ip, text));
	for (size_t i = 0; i < names->n; i++)
		buf_printf(&b, "%c%s", i ? ' ' : '\t', names->v[i]);
	buf_char(&b, '\n');
	return fd < 0 || file_write_all(fd, b.data, b.len)
		       ? err_sys(e, "write the container's hosts")
		       : 0;
}

int runfiles_hosts_drop(int dir, const struct addr *ip, struct err *e)
{
	(void)dir;
	(void)ip;
	(void)e;
	return 0;
}
