/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole file is read once (bounded) and scanned line by line; matching follows Docker's user
 * parser, with one difference: a line whose number is no number is skipped, where Docker would
 * take 0 and thus give root away for a typo.
 */
#include "container/user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/fs.h"

#define FILE_MAX (1 << 20)
#define ID_MAX 2147483647u

/* Appends the file's text; absent is empty. */
static int load(int root, const char *path, struct buf *b, struct err *e)
{
	struct err why = {0};
	AUTO_FD int found = -1;
	AUTO_FD int fd = -1;
	struct stat st;
	char again[32];

#ifdef PROA_WEAK_PASSWD
	fd = openat(root, path + 1, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? 0 : file_read_fd(fd, path, SIZE_MAX / 4, b, e);
#endif
	/* Looked at before it is opened: opening a device can have effects of its own. */
	found = fs_open(root, path, FS_IN_ROOT, O_PATH, 0, &why);
	if (found < 0) {
		if (why.kind == ERR_NOTFOUND)
			return 0;
		*e = why;
		return -1;
	}
	if (fstat(found, &st))
		return err_sys(e, "%s in the container", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%s in the container is not a regular file", path);
	snprintf(again, sizeof(again), "/proc/self/fd/%d", found);
	fd = openat(AT_FDCWD, again, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open %s in the container", path);
	if (file_read_fd(fd, path, FILE_MAX, b, e))
		return err_wrap(e, "in the container");
	return 0;
}

/* Cuts the next line into up to max fields at ':'; fields that are not there are "". Returns 0 at
 * the end. Empty lines and lines with NULs cut short do no harm: fields are strings. */
static int next_line(char **text, char **f, int max)
{
	static char none[1];
	char *p = *text, *end;

	if (!*p)
		return 0;
	end = p + strcspn(p, "\n");
	*text = *end ? end + 1 : end;
	*end = 0;
	for (int i = 0; i < max; i++) {
		f[i] = p ? p : none;
		if (!p)
			continue;
		p = i + 1 < max ? strchr(p, ':') : NULL;
		if (p)
			*p++ = 0;
	}
	return 1;
}

/* Decimal without sign, as far as an ID goes. */
static bool number(const char *s, unsigned *ret)
{
	unsigned long long v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || v > ID_MAX)
			return false;
		v = v * 10 + (unsigned)(*s - '0');
	}
	if (v > 0xffffffffu)
		return false;
	*ret = (unsigned)v;
	return true;
}

static int in_range(unsigned id, struct err *e)
{
	if (id > ID_MAX)
		return err_set(e, ERR_INVALID, "uids and gids must be in range 0-2147483647");
	return 0;
}

/* Also negative ones: an ID that is out of range, never a name to look for. */
static bool all_digits(const char *s)
{
	s += *s == '-';
	return *s && !s[strspn(s, "0123456789")];
}

static int find_user(struct arena *a, char *passwd, const char *want, struct user *u, struct err *e)
{
	unsigned id = 0, uid, gid;
	bool numeric = !*want || number(want, &id);
	char *f[7];

	u->home = "/";
	while (next_line(&passwd, f, 7)) {
		if (!number(f[2], &uid) || !number(f[3], &gid) || uid > ID_MAX || gid > ID_MAX)
			continue;
		if (numeric ? uid != id : strcmp(f[0], want) != 0)
			continue;
		u->uid = uid;
		u->gid = gid;
		u->name = arena_strdup(a, f[0]);
		if (*f[5])
			u->home = arena_strdup(a, f[5]);
		return 0;
	}
	if (!numeric && !all_digits(want))
		return err_set(e, ERR_INVALID,
			       "unable to find user %s: no matching entries in passwd file", want);
	u->uid = id;
	return all_digits(want) && !numeric ? in_range(ID_MAX + 1u, e) : in_range(id, e);
}

static void add_group(struct user *u, gid_t gid)
{
	for (size_t i = 0; i < u->ngroups; i++)
		if (u->groups[i] == gid)
			return;
	if (u->ngroups < USER_GROUPS_MAX)
		u->groups[u->ngroups++] = gid;
}

static bool lists(char *members, const char *name)
{
	for (char *m = members, *end; *m; m = *end ? end + 1 : end) {
		end = m + strcspn(m, ",");
		if ((size_t)(end - m) == strlen(name) && !strncmp(m, name, strlen(name)))
			return true;
	}
	return false;
}

/* group is const here: each search cuts a copy. */
static int find_group(const char *group, const char *want, gid_t *ret, struct err *e)
{
	AUTO_FREE char *copy = mem_strdup(group);
	unsigned id = 0, gid;
	bool numeric = number(want, &id);
	char *text = copy, *f[4];

	while (next_line(&text, f, 4)) {
		if (!number(f[2], &gid) || gid > ID_MAX)
			continue;
		if (numeric ? gid == id : !strcmp(f[0], want)) {
			*ret = gid;
			return 0;
		}
	}
	if (!numeric && !all_digits(want))
		return err_set(e, ERR_INVALID,
			       "unable to find group %s: no matching entries in group file", want);
	*ret = id;
	return in_range(numeric ? id : ID_MAX + 1u, e);
}

static void memberships(const char *group, struct user *u)
{
	AUTO_FREE char *copy = mem_strdup(group);
	char *text = copy, *f[4];
	unsigned gid;

	while (next_line(&text, f, 4))
		if (number(f[2], &gid) && gid <= ID_MAX && lists(f[3], u->name))
			add_group(u, gid);
}

static const char *as_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

int user_resolve(struct arena *a, int root, const char *spec, const struct strs *add,
		 struct user *ret, struct err *e)
{
	AUTO_BUF passwd = BUF_INIT;
	AUTO_BUF group = BUF_INIT;
	struct user u = {0};
	char *want = arena_strdup(a, spec ? spec : "");
	char *colon = strchr(want, ':');
	const char *want_group = colon ? colon + 1 : "";
	gid_t gid;

	if (colon)
		*colon = 0;
	if (load(root, "/etc/passwd", &passwd, e) || load(root, "/etc/group", &group, e))
		return -1;
	buf_char(&passwd, '\n'); /* and so data is never NULL */
	if (find_user(a, passwd.data, want, &u, e))
		return -1;
	if (*want_group && find_group(as_text(&group), want_group, &u.gid, e))
		return -1;
	u.groups = arena_array(a, USER_GROUPS_MAX, sizeof(gid_t));
	add_group(&u, u.gid);
	if (!*want_group && u.name)
		memberships(as_text(&group), &u);
	for (size_t i = 0; add && i < add->n; i++) {
		if (find_group(as_text(&group), add->v[i], &gid, e))
			return -1;
		add_group(&u, gid);
	}
	*ret = u;
	return 0;
}
