/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ranges of /etc/subuid and /etc/subgid are laid one after another from ID 0 on, as Docker's
 * daemon does with --userns-remap. They are read at each start: nothing on disk depends on them.
 */
#include "engine/runuserns.h"
#include "base/file.h"
#include "base/buf.h"
#include "container/cgroup.h"
#include "container/join.h"
#include "container/userns.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define SUBID_MAX (1 << 20)
#define EXTENTS 16 /* a kernel before 4.15 takes 5 */

static int conflict(const struct request *r, const struct spec *s, struct err *e)
{
	const struct {
		bool given;
		const char *text;
	} all[] = {
		{r->privileged,
		 "privileged mode is incompatible with user namespaces.  You must run the "
		 "container in the host namespace when running privileged mode"},
		{s->ns[SPEC_NS_NET] == SPEC_NS_HOST,
		 "cannot share the host's network namespace when user namespaces are enabled"},
		{s->ns[SPEC_NS_PID] == SPEC_NS_HOST,
		 "cannot share the host PID namespace when user namespaces are enabled"},
		{s->ns[SPEC_NS_IPC] == SPEC_NS_HOST,
		 "cannot share the host's IPC namespace when user namespaces are enabled"},
		{s->ns[SPEC_NS_CGROUP] == SPEC_NS_HOST && cgroup_pure_v2(),
		 "cannot share the host's cgroup namespace when user namespaces are enabled"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].given)
			return err_set(e, ERR_INVALID, "%s", all[i].text);
	return 0;
}

int runuserns_build(const struct request *r, struct spec *s, struct err *e)
{
	const char *u = r->userns;
	size_t n = strlen(JOIN_PREFIX);

	if (!*u || !strcmp(u, "host"))
		return 0;
	if (strcmp(u, "private") && strcmp(u, "auto") && (strncmp(u, JOIN_PREFIX, n) || !u[n]))
		return err_set(e, ERR_INVALID,
			       "invalid USER mode: %.100s: use host, private, auto or "
			       "container:NAME",
			       u);
	s->userns = u;
	return conflict(r, s, e);
}

/* name:start:count. */
static bool extent(const char *line, const char *name, unsigned long *ret_start,
		   unsigned long *ret_count)
{
	size_t n = strlen(name);
	char *end;

	if (strncmp(line, name, n) || line[n] != ':')
		return false;
	*ret_start = strtoul(line + n + 1, &end, 10);
	if (*end != ':')
		return false;
	*ret_count = strtoul(end + 1, &end, 10);
	/* one with the host's root in it protects nobody */
	return (!*end || *end == '\n') && *ret_start && *ret_count && *ret_start < UINT32_MAX &&
	       *ret_count < UINT32_MAX - *ret_start;
}

/* The map that the file gives to the user; NULL: none. */
static const char *map_of(struct arena *a, const char *file, const char *name)
{
	AUTO_BUF in = BUF_INIT, map = BUF_INIT;
	unsigned long start, count, at = 0;
	struct err none;
	int n = 0;

	if (file_read(AT_FDCWD, file, SUBID_MAX, &in, &none))
		return NULL;
	buf_char(&in, 0);
	for (const char *line = in.data; line && *line && n < EXTENTS;) {
		if (extent(line, name, &start, &count) && count < UINT32_MAX - at) {
			buf_printf(&map, "%lu %lu %lu\n", at, start, count);
			at += count;
			n++;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return n ? arena_strndup(a, map.data, map.len) : NULL;
}

void runuserns_maps(struct arena *a, struct spec *s)
{
	static const char *const users[] = {"proa", "dockremap", "root"};

	if (!s->userns || strcmp(s->userns, "private"))
		return;
	for (size_t i = 0; i < sizeof(users) / sizeof(*users); i++) {
		s->uid_map = map_of(a, "/etc/subuid", users[i]);
		s->gid_map = s->uid_map ? map_of(a, "/etc/subgid", users[i]) : NULL;
		if (s->gid_map)
			return;
	}
	s->uid_map = s->gid_map = arena_printf(a, "0 %u %u\n", USERNS_FIRST, USERNS_RANGE);
}
