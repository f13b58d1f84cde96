/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of mount(8)'s words serves reading and writing. A word that is in no table is a file
 * system's own option and goes to the kernel, which refuses what it does not know; but the words of
 * runtimes that ask for something only a runtime can do are refused here, because no kernel would
 * say what they mean.
 */
#include "container/bundle_mount.h"

#include <string.h>
#include <sys/mount.h>

#define MOUNTS_MAX 4096

#define RSLAVE (MS_SLAVE | MS_REC)
#define RPRIVATE (MS_PRIVATE | MS_REC)
#define RSHARED (MS_SHARED | MS_REC)

struct word {
	const char *name;
	unsigned long set, clear;
};
/* the first word of a flag is the one that is written */
static const struct word words[] = {
	{"ro", MS_RDONLY, 0},
	{"rw", 0, MS_RDONLY},
	{"nosuid", MS_NOSUID, 0},
	{"suid", 0, MS_NOSUID},
	{"nodev", MS_NODEV, 0},
	{"dev", 0, MS_NODEV},
	{"noexec", MS_NOEXEC, 0},
	{"exec", 0, MS_NOEXEC},
	{"sync", MS_SYNCHRONOUS, 0},
	{"async", 0, MS_SYNCHRONOUS},
	{"dirsync", MS_DIRSYNC, 0},
	{"mand", MS_MANDLOCK, 0},
	{"nomand", 0, MS_MANDLOCK},
	{"noatime", MS_NOATIME, 0},
	{"atime", 0, MS_NOATIME},
	{"nodiratime", MS_NODIRATIME, 0},
	{"diratime", 0, MS_NODIRATIME},
	{"relatime", MS_RELATIME, 0},
	{"norelatime", 0, MS_RELATIME},
	{"strictatime", MS_STRICTATIME, 0},
	{"nostrictatime", 0, MS_STRICTATIME},
	{"defaults", 0, 0},
	{"remount", 0, 0},
	{"tmpcopyup", 0, 0},
};
static const struct word propagations[] = {
	{"rprivate", RPRIVATE, 0},     {"private", MS_PRIVATE, 0},   {"rslave", RSLAVE, 0},
	{"slave", MS_SLAVE, 0},	       {"rshared", RSHARED, 0},	     {"shared", MS_SHARED, 0},
	{"unbindable", MS_PRIVATE, 0}, {"runbindable", RPRIVATE, 0},
};
static const char *const refused[] = {"idmap",	  "ridmap", "rnosuid", "rnodev", "rnoexec",
				      "rnoatime", "rsuid",  "rdev",    "rexec",	 "copy-symlink"};
#define COUNT(v) (sizeof(v) / sizeof(*(v)))

static const struct word *find(const struct word *t, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(t[i].name, name))
			return &t[i];
	return NULL;
}

static int parse_option(struct arena *a, const char *o, struct spec_mount *m, struct err *e)
{
	const struct word *w = find(words, COUNT(words), o);
	const struct word *p = find(propagations, COUNT(propagations), o);

	for (size_t i = 0; i < COUNT(refused); i++)
		if (!strcmp(o, refused[i]))
			return err_set(e, ERR_UNSUPPORTED, "option %s is not supported", o);
	if (w) {
		m->flags = (m->flags & ~w->clear) | w->set;
	} else if (p) {
		m->propagation = p->set;
	} else if (!strcmp(o, "bind") || !strcmp(o, "rbind")) {
		m->type = "bind";
		m->recursive = *o == 'r';
	} else if (!strcmp(o, "rro")) {
		m->flags |= MS_RDONLY;
		m->rro = m->rro_force = true;
	} else {
		m->data = m->data ? arena_printf(a, "%s,%s", m->data, o) : o;
	}
	return 0;
}

static int parse(struct arena *a, const struct json *v, const char *dir, struct spec_mount *m,
		 struct err *e)
{
	struct strs options = {0};

	if (json_want_str(v, "destination", &m->dest, e) || json_want_str(v, "type", &m->type, e) ||
	    json_want_str(v, "source", &m->source, e) ||
	    json_want_strs(v, "options", a, &options, NULL, e))
		return -1;
	if (!m->dest || !*m->dest)
		return err_set(e, ERR_INVALID, "without a destination");
	if (*m->dest != '/')
		m->dest = arena_printf(a, "/%s", m->dest);
	if (json_len(json_get(v, "uidMappings")))
		return err_set(e, ERR_UNSUPPORTED, "%s: mappings of IDs are not supported",
			       m->dest);
	m->recursive = true;
	for (size_t i = 0; i < options.n; i++)
		if (parse_option(a, options.v[i], m, e))
			return err_wrap(e, "%s", m->dest);
	if (!m->type || !*m->type)
		return err_set(e, ERR_INVALID, "%s: neither a type nor a bind", m->dest);
	if (!strcmp(m->type, "cgroup2"))
		m->type = "cgroup";
	if (!strcmp(m->type, "layers"))
		return err_set(e, ERR_INVALID, "%s: unknown type layers", m->dest);
	if (!m->source || !*m->source) {
		if (!strcmp(m->type, "bind"))
			return err_set(e, ERR_INVALID, "%s: bind without a source", m->dest);
		m->source = m->type;
	}
	if (!strcmp(m->type, "bind")) {
		m->data = NULL;
		if (*m->source != '/')
			m->source = arena_printf(a, "%s/%s", dir, m->source);
	}
	return 0;
}

int bundle_mount_parse(struct arena *a, const struct json *list, const char *dir, struct spec *s,
		       struct err *e)
{
	struct json_iter it = json_iter(list);
	const struct json *v;

	if (json_len(list) > MOUNTS_MAX)
		return err_set(e, ERR_INVALID, "mounts: more than %d", MOUNTS_MAX);
	s->nmounts = 0;
	s->mounts = arena_array(a, json_len(list) + 1, sizeof(*s->mounts));
	while ((v = json_next(&it, NULL)))
		if (parse(a, v, dir, &s->mounts[s->nmounts++], e))
			return err_wrap(e, "mounts");
	return 0;
}

/* ---- the other way */

static void write_options(struct json_w *w, const struct spec_mount *m)
{
	bool bind = !strcmp(m->type, "bind");

	json_w_arr(w, "options");
	if (bind)
		json_w_str(w, NULL, m->recursive ? "rbind" : "bind");
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].set && (m->flags & words[i].set) == words[i].set)
			json_w_str(w, NULL, words[i].name);
	if (m->rro)
		json_w_str(w, NULL, "rro");
	for (size_t i = 0; i < COUNT(propagations); i++)
		if (m->propagation == propagations[i].set) {
			json_w_str(w, NULL, propagations[i].name);
			break;
		}
	if (bind && !m->propagation)
		json_w_str(w, NULL, "rprivate");
	for (const char *p = m->data ? m->data : ""; *p;) {
		size_t n = strcspn(p, ",");

		if (n)
			json_w_strn(w, NULL, p, n);
		p += n + (p[n] == ',');
	}
	json_w_arr_end(w);
}

void bundle_mount_write(struct json_w *w, const struct spec *s)
{
	json_w_arr(w, "mounts");
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		json_w_obj(w, NULL);
		json_w_str(w, "destination", m->dest);
		json_w_str(w, "type", m->type);
		json_w_str(w, "source", m->source ? m->source : m->type);
		write_options(w, m);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

void bundle_mount_options(struct json_w *w, const char *key)
{
	json_w_arr(w, key);
	for (size_t i = 0; i < COUNT(words); i++)
		json_w_str(w, NULL, words[i].name);
	for (size_t i = 0; i < COUNT(propagations); i++)
		json_w_str(w, NULL, propagations[i].name);
	json_w_str(w, NULL, "bind");
	json_w_str(w, NULL, "rbind");
	json_w_str(w, NULL, "rro");
	json_w_arr_end(w);
}
