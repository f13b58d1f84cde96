/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel shows in each of these files what it takes, so putting back is writing what was read.
 * Files of several lines (a value for each device) are only written at the start of a container,
 * where nothing is put back: of them the first line is the default.
 */
#include "container/cgroup_put.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

void cgroup_put_discard(struct cgroup_put *p, const char *what, const char *why)
{
	if (!why)
		why = errno == ENOENT ? "this kernel does not support it" : strerror(errno);
	if (!p->strict)
		log_warn("container", "%s is not limited: %s", what, why);
	else if (!p->failed)
		err_set(p->e, ERR_INVALID, "%s cannot be limited: %s", what, why);
	p->failed = true;
}

const struct cgroup_hier *cgroup_put_need(struct cgroup_put *p, enum cgroup_ctl c, const char *what)
{
	const struct cgroup_hier *h = cgroup_hier_of(c);

	if (!h)
		cgroup_put_discard(p, what, "there is no control group for it on this machine");
	return h;
}

static void remember(struct cgroup_put *p, const struct cgroup_hier *h, const char *file)
{
	char *text;

	if (!p->strict || p->n == CGROUP_PUT_MAX)
		return;
	text = p->was[p->n].text;
	if (cgroup_hier_read(h, p->path, file, text, sizeof(p->was[0].text)) <= 0)
		return;
	text[strcspn(text, "\n")] = 0;
	p->was[p->n].h = h;
	p->was[p->n++].file = file;
}

/* A missing file on v2 may only mean that somebody disabled the controller above us. */
int cgroup_put_try(struct cgroup_put *p, const struct cgroup_hier *h, const char *file,
		   const char *value)
{
	remember(p, h, file);
	if (cgroup_hier_write(h, p->path, file, value) == 0)
		return 0;
	if (errno != ENOENT || !h->v2)
		return -1;
	cgroup_hier_enable(h, p->path);
	return cgroup_hier_write(h, p->path, file, value);
}

void cgroup_put_text(struct cgroup_put *p, const struct cgroup_hier *h, const char *file,
		     const char *value, const char *what)
{
	if (p->strict && p->failed)
		return;
	if (cgroup_put_try(p, h, file, value) < 0)
		cgroup_put_discard(p, what, NULL);
}

void cgroup_put_int(struct cgroup_put *p, const struct cgroup_hier *h, const char *file,
		    int64_t value, const char *what)
{
	char text[32];

	/* both versions take their own word for "no limit"; everywhere else -1 does not occur */
	if (value < 0 && (h->v2 || !strcmp(file, "pids.max")))
		snprintf(text, sizeof(text), "max");
	else
		snprintf(text, sizeof(text), "%lld", (long long)value);
	cgroup_put_text(p, h, file, text, what);
}

void cgroup_put_undo(struct cgroup_put *p)
{
	while (p->n > 0) {
		p->n--;
		/* a set that was empty is emptied by a line without anything */
		cgroup_hier_write(p->was[p->n].h, p->path, p->was[p->n].file,
				  p->was[p->n].text[0] ? p->was[p->n].text : "\n");
	}
}
