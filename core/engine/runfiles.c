/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written straight, without temporary and rename: nothing reads them before the container starts,
 * and the whole directory is made again with the next boot. A container may write to them, and a
 * second start gives it fresh ones, as Docker does.
 *
 * While it runs they can only be changed where they are, since each is mounted by itself. One
 * write brings the new text, with empty lines up to the old length, before the file is made
 * shorter: so nobody reads half a line or an empty file. What the container made of a file is read
 * with a bound, and lines of others are passed on as they are. A resolv.conf that is still ours has
 * a time of change whose fraction of a second is a certain number.
 */
#include "engine/runfiles.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "engine/hostcheck.h"
#include "engine/runresolv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOST_FILE_MAX 65536
#define HOSTS_MAX 262144
#define MARK 512837191 /* ns */

static const char localhost[] = "127.0.0.1\tlocalhost\n";
static const char localhost6[] = "::1\tlocalhost ip6-localhost ip6-loopback\n"
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

/* Whether it will have even ::1. */
static bool has_ipv6(const struct request *r)
{
	for (size_t i = 0; i < r->sysctls.n; i++)
		if (!strcmp(r->sysctls.v[i], "net.ipv6.conf.all.disable_ipv6=1"))
			return false;
	return !access("/proc/sys/net/ipv6", F_OK);
}

static void add_gateway(struct buf *b, const struct addr *ip, const char *name, size_t n)
{
	char text[ADDR_TEXT];

	if (ip->len)
		buf_printf(b, "%s\t%.*s\n", addr_text(ip, text), (int)n, name);
}

/* With the host's network the host's, or what was asked for: not both, as Docker. */
static int make_hosts(const struct runfiles_conf *c, int dir, struct err *e)
{
	const struct request *r = c->r;
	bool ipv6 = has_ipv6(r);
	AUTO_BUF b = BUF_INIT;
	char ip[ADDR_TEXT];
	size_t n;

	if (!strcmp(r->network, "host") && !r->extra_hosts.n)
		host_file("/etc/hosts", &b);
	if (!b.len)
		buf_printf(&b, "%s%s", localhost, ipv6 ? localhost6 : "");
	for (size_t i = 0; i < r->extra_hosts.n; i++) {
		if (hostcheck_extra_host(r->extra_hosts.v[i], ip, &n, e))
			return -1;
		if (*ip) {
			buf_printf(&b, "%s\t%.*s\n", ip, (int)n, r->extra_hosts.v[i]);
			continue;
		}
		add_gateway(&b, &c->gateway4, r->extra_hosts.v[i], n);
		if (ipv6)
			add_gateway(&b, &c->gateway6, r->extra_hosts.v[i], n);
	}
	return put(dir, "hosts", &b, e);
}

static void resolv_text(const struct runfiles_conf *c, struct buf *b)
{
	AUTO_BUF host = BUF_INIT;
	struct runresolv_conf rc = {.r = c->r, .resolver = c->resolver, .ipv6 = c->ipv6};

	host_file("/etc/resolv.conf", &host);
	rc.host = host.data ? host.data : "";
	runresolv_text(&rc, b);
}

static void mark(int fd)
{
	struct timespec t[2] = {{.tv_nsec = UTIME_OMIT}, {time(NULL), MARK}};

	futimens(fd, t);
}

static int make_resolv(const struct runfiles_conf *c, int dir, struct err *e)
{
	AUTO_FD int fd = openat(dir, "resolv.conf",
				O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	AUTO_BUF b = BUF_INIT;

	resolv_text(c, &b);
	if (fd < 0 || file_write_all(fd, b.data, b.len))
		return err_sys(e, "write the container's resolv.conf");
	mark(fd);
	return 0;
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
	struct runresolv_conf rc = {.r = r};
	AUTO_BUF host = BUF_INIT;

	host_file("/etc/resolv.conf", &host);
	rc.host = host.data ? host.data : "";
	return runresolv_unreachable(&rc);
}

bool runfiles_wants_gateway(const struct request *r)
{
	for (size_t i = 0; i < r->extra_hosts.n; i++)
		if (strstr(r->extra_hosts.v[i], RUNFILES_GATEWAY))
			return true;
	return false;
}

/* ---- of a running container */

static int open_made(int dir, const char *name, struct stat *st, struct err *e)
{
	AUTO_FD int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 || fstat(fd, st))
		return err_sys(e, "open the container's %s", name);
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_INVALID, "the container's %s is no file any more", name);
	return fd_steal(&fd);
}

/* From `at` on the file has this text instead of what there is up to `size`. */
static int replace(int fd, const char *text, size_t len, off_t at, off_t size)
{
	off_t end = at + (off_t)len;
	AUTO_BUF b = BUF_INIT;

	buf_append(&b, text, len);
	if (end < size)
		memset(buf_reserve(&b, (size_t)(size - end)), '\n', (size_t)(size - end));
	len = end < size ? (size_t)(size - at) : len;
	if (pwrite(fd, b.data, len, at) != (ssize_t)len)
		return -1;
	return end < size ? ftruncate(fd, end) : 0;
}

int runfiles_resolv(const struct runfiles_conf *c, int dir, struct err *e)
{
	AUTO_FD int fd = -1;
	AUTO_BUF b = BUF_INIT;
	struct stat st;

	fd = open_made(dir, "resolv.conf", &st, e);
	if (fd < 0)
		return -1;
	if (st.st_mtim.tv_nsec != MARK)
		return 0;
	resolv_text(c, &b);
	if (replace(fd, b.data, b.len, 0, st.st_size))
		return err_sys(e, "write the container's resolv.conf");
	mark(fd);
	return 0;
}

static int open_hosts(int dir, struct buf *b, struct err *e)
{
	AUTO_FD int fd = -1;
	struct stat st;

	fd = open_made(dir, "hosts", &st, e);
	if (fd < 0 || file_read_fd(fd, "the container's hosts", HOSTS_MAX, b, e))
		return -1;
	return fd_steal(&fd);
}

int runfiles_hosts_add(int dir, const struct addr *ip, const struct strs *names, struct err *e)
{
	AUTO_BUF old = BUF_INIT;
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int fd = open_hosts(dir, &old, e);
	char text[ADDR_TEXT];

	if (fd < 0)
		return -1;
	if (old.len && old.data[old.len - 1] != '\n')
		buf_char(&b, '\n');
	buf_str(&b, addr_text(ip, text));
	for (size_t i = 0; i < names->n; i++)
		buf_printf(&b, "%c%s", i ? ' ' : '\t', names->v[i]);
	buf_char(&b, '\n');
	return replace(fd, b.data, b.len, (off_t)old.len, (off_t)old.len)
		       ? err_sys(e, "write the container's hosts")
		       : 0;
}

int runfiles_hosts_drop(int dir, const struct addr *ip, struct err *e)
{
	AUTO_BUF old = BUF_INIT;
	AUTO_BUF left = BUF_INIT;
	AUTO_FD int fd = open_hosts(dir, &old, e);
	char text[ADDR_TEXT + 1];
	size_t n, first = SIZE_MAX;

	if (fd < 0)
		return -1;
	addr_text(ip, text);
	n = strlen(text);
	text[n++] = '\t';
	for (size_t at = 0, len; at < old.len; at += len) {
		const char *p = old.data + at, *end = memchr(p, '\n', old.len - at);

		len = end ? (size_t)(end + 1 - p) : old.len - at;
		if (len > n && !memcmp(p, text, n))
			first = first == SIZE_MAX ? at : first;
		else if (first != SIZE_MAX)
			buf_append(&left, p, len);
	}
	if (first == SIZE_MAX)
		return 0;
	return replace(fd, left.data, left.len, (off_t)first, (off_t)old.len)
		       ? err_sys(e, "write the container's hosts")
		       : 0;
}
