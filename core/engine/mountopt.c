/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel has as a flag becomes a flag, the rest goes to the file system as it is. A
 * volume's options are root's own words (nfs with addr=, a block device): nothing of them is
 * looked up here, so a name in addr= must be a number, as mount(2) wants it.
 */
#include "engine/mountopt.h"

#include <string.h>
#include <sys/mount.h>

#include "base/buf.h"
#include "engine/volumes.h"

int mountopt_propagation(const char *s, unsigned long *ret)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} all[] = {
		{"", 0},
		{"private", MS_PRIVATE},
		{"rprivate", MS_PRIVATE | MS_REC},
		{"slave", MS_SLAVE},
		{"rslave", MS_SLAVE | MS_REC},
		{"shared", MS_SHARED},
		{"rshared", MS_SHARED | MS_REC},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(s, all[i].name)) {
			*ret = all[i].flags;
			return 0;
		}
	return -1;
}

/* 0: it is one of the kernel's flags. */
static int set_flag(const char *s, unsigned long *flags)
{
	static const struct {
		const char *name;
		unsigned long set, clear;
	} all[] = {
		{"ro", MS_RDONLY, 0},
		{"rw", 0, MS_RDONLY},
		{"exec", 0, MS_NOEXEC},
		{"noexec", MS_NOEXEC, 0},
		{"suid", 0, MS_NOSUID},
		{"nosuid", MS_NOSUID, 0},
		{"dev", 0, MS_NODEV},
		{"nodev", MS_NODEV, 0},
		{"sync", MS_SYNCHRONOUS, 0},
		{"async", 0, MS_SYNCHRONOUS},
		{"atime", 0, MS_NOATIME},
		{"noatime", MS_NOATIME, 0},
		{"diratime", 0, MS_NODIRATIME},
		{"nodiratime", MS_NODIRATIME, 0},
		{"relatime", MS_RELATIME, 0},
		{"norelatime", 0, MS_RELATIME},
		{"strictatime", MS_STRICTATIME, 0},
		{"nostrictatime", 0, MS_STRICTATIME},
		{"defaults", 0, 0},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(s, all[i].name)) {
			*flags = (*flags | all[i].set) & ~all[i].clear;
			return 0;
		}
	return -1;
}

static bool known(const char *const *list, const char *option)
{
	size_t n = strcspn(option, "=");

	for (; list && *list; list++)
		if (option[n] && strlen(*list) == n && !strncmp(*list, option, n))
			return true;
	return !list;
}

/* data: the words that the file system may get; NULL: any. */
static int split(struct arena *a, const char *text, const char *const *data, struct spec_mount *m,
		 struct err *e)
{
	char *copy = arena_strdup(a, text), *save = NULL;
	AUTO_BUF b = BUF_INIT;

	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		if (!set_flag(o, &m->flags) || !mountopt_propagation(o, &m->propagation))
			continue;
		if (!known(data, o))
			return err_set(e, ERR_INVALID, "invalid tmpfs option \"%s\"", o);
		buf_printf(&b, "%s%s", b.len ? "," : "", o);
	}
	m->data = arena_strdup(a, b.len ? b.data : "");
	return 0;
}

int mountopt_tmpfs(struct arena *a, const char *text, struct spec_mount *m, struct err *e)
{
	static const char *const data[] = {"size",	"mode", "uid",	"gid", "nr_inodes",
					   "nr_blocks", "mpol", "huge", NULL};

	return split(a, text, data, m, e);
}

/* "bind" and "rbind" among the options are flags of mount(2). */
static void take_bind(struct arena *a, struct spec_mount *m)
{
	char *copy = arena_strdup(a, m->data), *save = NULL;
	AUTO_BUF b = BUF_INIT;

	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		if (!strcmp(o, "bind") || !strcmp(o, "rbind")) {
			m->type = "bind";
			m->recursive |= *o == 'r';
		} else {
			buf_printf(&b, "%s%s", b.len ? "," : "", o);
		}
	}
	m->data = arena_strdup(a, b.len ? b.data : "");
}

int mountopt_volume(struct arena *a, const struct strs *options, struct spec_mount *m,
		    struct err *e)
{
	const char *type = volumes_value(options, "type"), *o = volumes_value(options, "o");
	const char *device = volumes_value(options, "device");

	if (split(a, o ? o : "", NULL, m, e))
		return -1;
	m->type = type ? type : "none";
	m->source = device ? device : "";
	take_bind(a, m);
	if (!strcmp(m->type, "bind") && m->source[0] != '/')
		return err_set(e, ERR_INVALID, "a volume's device %s is no absolute path",
			       m->source);
	return 0;
}
