/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is described by what the host's node is at the moment of the start, never by its name.
 * The node in the container keeps mode and owner; a rule with the access asked for goes to the
 * device cgroup. A directory is walked to a bounded depth without following symlinks, except that
 * the path given itself may be one (/dev/disk/by-id/...).
 */
#include "engine/rundevice.h"
#include "container/defaults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_DEVICES 4096
#define MAX_DEPTH 8

struct list {
	struct arena *a;
	struct spec *s;
	struct spec_device *v;
	size_t n;
};

static int add_node(struct list *l, const char *dest, const struct stat *st, const char *access,
		    struct err *e)
{
	struct spec_device d = {
		.path = dest,
		.type = S_ISBLK(st->st_mode) ? 'b' : 'c',
		.major = major(st->st_rdev),
		.minor = minor(st->st_rdev),
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
	};
	struct spec_device_rule rule = {true, d.type, d.major, d.minor, access};

	defaults_rule_add(l->a, l->s, &rule);
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].path, dest)) {
			l->v[i] = d;
			return 0;
		}
	if (l->n == MAX_DEVICES)
		return err_set(e, ERR_INVALID, "more than %d devices", MAX_DEVICES);
	l->v[l->n++] = d;
	return 0;
}

/* One level is read before the next is entered: `dirs` is the list of what is still to be read. */
static int add_directory(struct list *l, const char *host, const char *dest, const char *access,
			 struct err *e)
{
	struct strs from = {0}, to = {0};
	size_t base = strlen(host);

	strs_add(l->a, &from, arena_strdup(l->a, host));
	strs_add(l->a, &to, arena_strdup(l->a, dest));
	for (size_t i = 0; i < from.n; i++) {
		DIR *d = opendir(from.v[i]);
		struct dirent *de;
		int depth = 0, rc = 0;

		for (const char *p = from.v[i] + base; *p; p++)
			depth += *p == '/';
		while (d && !rc && (de = readdir(d))) {
			char *path, *there;
			struct stat st;

			if (de->d_name[0] == '.' ||
			    fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW))
				continue;
			path = arena_printf(l->a, "%s/%s", from.v[i], de->d_name);
			there = arena_printf(l->a, "%s/%s", to.v[i], de->d_name);
			if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH && from.n < MAX_DEVICES) {
				strs_add(l->a, &from, path);
				strs_add(l->a, &to, there);
			} else if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode)) {
				rc = add_node(l, there, &st, access, e);
			}
		}
		if (d)
			closedir(d);
		if (rc)
			return -1;
	}
	return 0;
}

static int check_access(const char *access, struct err *e)
{
	if (!*access || strspn(access, "rwm") != strlen(access))
		return err_set(e, ERR_INVALID,
			       "invalid device permissions '%s': letters of rwm are needed",
			       access);
	return 0;
}

static int add_device(struct list *l, const struct request_device *d, struct err *e)
{
	size_t before = l->n;
	struct stat st;

	if (stat(d->host, &st))
		return err_set(e, ERR_INVALID,
			       "error gathering device information while adding custom device "
			       "\"%s\": %s",
			       d->host,
			       errno == ENOENT ? "no such file or directory" : strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		if (add_directory(l, d->host, d->container, d->access, e))
			return -1;
		if (l->n > before)
			return 0;
	}
	if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
		return err_set(e, ERR_INVALID,
			       "error gathering device information while adding custom device "
			       "\"%s\": not a device node",
			       d->host);
	return add_node(l, d->container, &st, d->access, e);
}

static int number(const char **p, int64_t *ret)
{
	char *end;

	if (**p == '*') {
		(*p)++;
		*ret = -1;
		return 0;
	}
	if (**p < '0' || **p > '9')
		return -1;
	*ret = strtoll(*p, &end, 10);
	*p = end;
	return *ret > 0xfffff ? -1 : 0;
}

int rundevice_rule(const char *text, struct spec_device_rule *ret, struct err *e)
{
	struct spec_device_rule r = {.allow = true, .type = text[0]};
	const char *p = text + 2;

	if (!*text || !strchr("abc", *text) || text[1] != ' ' || number(&p, &r.major) ||
	    *p++ != ':' || number(&p, &r.minor) || *p++ != ' ' || check_access(p, e))
		return err_set(e, ERR_INVALID,
			       "invalid device cgroup format '%s' (example: 'c 1:3 mr')", text);
	r.access = p;
	*ret = r;
	return 0;
}

int rundevice_build(struct arena *a, const struct request *r, bool check, struct spec *s,
		    struct err *e)
{
	struct list l = {.a = a, .s = s};

	defaults_rules(a, r->privileged, s);
	for (size_t i = 0; i < r->device_rules.n; i++) {
		struct spec_device_rule rule;

		if (rundevice_rule(r->device_rules.v[i], &rule, e))
			return -1;
		defaults_rule_add(a, s, &rule);
	}
	for (size_t i = 0; i < r->ndevices; i++)
		if (check_access(r->devices[i].access, e))
			return -1;
	if (check)
		return 0;
	if (defaults_devices(a, r->privileged, s, e))
		return -1;
	s->privileged_dev = r->privileged;
	if (!r->ndevices)
		return 0;
	l.v = arena_array(a, MAX_DEVICES, sizeof(*l.v));
	for (size_t i = 0; i < s->ndevices && l.n < MAX_DEVICES; i++)
		l.v[l.n++] = s->devices[i];
	for (size_t i = 0; i < r->ndevices; i++)
		if (add_device(&l, &r->devices[i], e))
			return -1;
	s->devices = l.v;
	s->ndevices = l.n;
	return 0;
}
