/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clone of a private mount can be made shared, but its peers are nobody: what somebody asked for
 * would silently not happen. So the mount that the source lies on is looked up where the container
 * will be made, which is pid 1's mount namespace unless that cannot be read. What is mounted while
 * we look makes an old answer, no harm.
 */
#include "engine/mountprop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/file.h"
#include "base/mountinfo.h"

#define MOUNTINFO_MAX (8 << 20)

static int is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1)
		return 1;
	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/* Of one line: the mount point, and the optional fields behind the mount's options. */
static int split(char *line, char **ret_point, char **ret_fields)
{
	char *p = line, *end;

	for (int i = 0; i < 4; i++) {
		p = strchr(p, ' ');
		if (!p)
			return -1;
		p++;
	}
	end = strchr(p, ' ');
	if (!end)
		return -1;
	*end = 0;
	*ret_point = p;
	*ret_fields = end + 1;
	mountinfo_unescape(p);
	end = strstr(end + 1, " - ");
	if (end)
		*end = 0;
	return 0;
}

/* The longest mount point that holds path, the last of equals: it is on top. */
static const char *find(char *text, const char *path, const char **ret_fields)
{
	const char *best = NULL;
	char *next, *point, *fields;

	for (char *line = text; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		if (split(line, &point, &fields) || !is_below(path, point))
			continue;
		if (!best || strlen(point) >= strlen(best)) {
			best = point;
			*ret_fields = fields;
		}
	}
	return best;
}

int mountprop_check(const char *source, unsigned long flags, struct err *e)
{
	const char *point, *fields = "";
	AUTO_BUF b = BUF_INIT;
	char real[PATH_MAX];
	struct err why;

	if (!(flags & (MS_SHARED | MS_SLAVE)))
		return 0;
	if (!realpath(source, real)) /* one that will be made, or is an error of the mount */
		return 0;
	if (file_read(AT_FDCWD, "/proc/1/mountinfo", MOUNTINFO_MAX, &b, &why) || !b.len)
		return 0;
	point = find(b.data, real, &fields);
	if (!point || strstr(fields, "shared:") ||
	    (!(flags & MS_SHARED) && strstr(fields, "master:")))
		return 0;
	return err_set(e, ERR_INVALID, "path %s is mounted on %s but it is not a shared%s mount",
		       source, point, flags & MS_SHARED ? "" : " or slave");
}
