/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private form is one table of texts and one of flags, so that what is written is what is read
 * back. Docker's form leaves out what is empty where its own does.
 */
#include "engine/mounts.h"

#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct mounts_one, member)

static const struct {
	const char *key;
	size_t at;
} texts[] =
	{
		{"Type", AT(type)},	  {"Name", AT(name)}, {"Source", AT(source)},
		{"Target", AT(dest)},	  {"Mode", AT(mode)}, {"Driver", AT(driver)},
		{"Subpath", AT(subpath)}, {"Data", AT(data)}, {"Propagation", AT(propagation)},
},
  flags[] = {
	  {"ReadOnly", AT(ro)},
	  {"NonRecursive", AT(flat)},
	  {"ReadOnlyNonRecursive", AT(flat_ro)},
	  {"ReadOnlyForceRecursive", AT(force_ro)},
	  {"CreateMountpoint", AT(make_source)},
	  {"Anonymous", AT(anonymous)},
};
#define NTEXTS (sizeof(texts) / sizeof(*texts))
#define NFLAGS (sizeof(flags) / sizeof(*flags))

static const char **text_of(struct mounts_one *m, size_t i)
{
	return (const char **)(void *)((char *)m + texts[i].at);
}

static bool *flag_of(struct mounts_one *m, size_t i)
{
	return (bool *)((char *)m + flags[i].at);
}

const char *mounts_clean(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2), *o = out;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !strncmp(path, "..", 2)) {
			while (o > out && *--o != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			*o++ = '/';
			memcpy(o, path, n);
			o += n;
		}
		path += n + (path[n] == '/');
	}
	if (o == out)
		*o++ = '/';
	*o = 0;
	return out;
}

struct mounts_one mounts_none(const char *type)
{
	struct mounts_one m = {.ro = false};

	for (size_t i = 0; i < NTEXTS; i++)
		*text_of(&m, i) = "";
	m.type = type;
	return m;
}

static struct mounts_one *find(const struct mounts *l, const char *dest)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].dest, dest))
			return &l->v[i];
	return NULL;
}

bool mounts_has(const struct mounts *l, const char *dest)
{
	return find(l, dest) != NULL;
}

static void push(struct mounts *l, const struct mounts_one *m)
{
	l->v = arena_grow(l->a, l->v, l->n, &l->cap, sizeof(*l->v));
	l->v[l->n++] = *m;
}

int mounts_add(struct mounts *l, struct mounts_one m, bool replace, struct err *e)
{
	struct mounts_one *old;

	if (m.dest[0] != '/')
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"%s\": invalid mount path: '%s' "
			       "mount path must be absolute",
			       m.type, m.dest);
	m.dest = mounts_clean(l->a, m.dest);
	if (!strcmp(m.dest, "/"))
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"%s\": invalid specification: "
			       "destination can't be '/'",
			       m.type);
	old = find(l, m.dest);
	if (old && !replace)
		return err_set(e, ERR_INVALID, "Duplicate mount point: %s", m.dest);
	if (old)
		*old = m;
	else if (l->n == MOUNTS_MAX)
		return err_set(e, ERR_INVALID, "more than %d mounts", MOUNTS_MAX);
	else
		push(l, &m);
	return 0;
}

/* ---- records */

static void write_docker(struct json_w *w, const struct mounts_one *m)
{
	json_w_obj(w, NULL);
	json_w_str(w, "Type", m->type);
	if (*m->name)
		json_w_str(w, "Name", m->name);
	json_w_str(w, "Source", m->source);
	json_w_str(w, "Destination", m->dest);
	if (*m->driver)
		json_w_str(w, "Driver", m->driver);
	json_w_str(w, "Mode", m->mode);
	json_w_bool(w, "RW", !m->ro);
	json_w_str(w, "Propagation",
		   *m->propagation || strcmp(m->type, "bind") ? m->propagation : "rprivate");
	json_w_end(w);
}

static void write_spec(struct json_w *w, struct mounts_one *m)
{
	json_w_obj(w, NULL);
	for (size_t i = 0; i < NTEXTS; i++)
		if (**text_of(m, i))
			json_w_str(w, texts[i].key, *text_of(m, i));
	for (size_t i = 0; i < NFLAGS; i++)
		if (*flag_of(m, i))
			json_w_bool(w, flags[i].key, true);
	if (m->options.n)
		json_w_map(w, "Options", &m->options);
	if (m->layers.n)
		json_w_strs(w, "Layers", &m->layers);
	json_w_end(w);
}

void mounts_write(struct json_w *w, const struct mounts *l)
{
	if (!l->n)
		return;
	json_w_arr(w, "Mounts");
	for (size_t i = 0; i < l->n; i++)
		write_docker(w, &l->v[i]);
	json_w_arr_end(w);
	json_w_arr(w, "MountSpecs");
	for (size_t i = 0; i < l->n; i++)
		write_spec(w, &l->v[i]);
	json_w_arr_end(w);
}

int mounts_read(struct arena *a, const struct json *specs, struct mounts *ret, struct err *e)
{
	struct json_iter it = json_iter(specs);
	struct mounts l = {.a = a};
	const struct json *v;

	while ((v = json_next(&it, NULL))) {
		struct mounts_one m = mounts_none("");

		for (size_t i = 0; i < NTEXTS; i++)
			if (json_want_str(v, texts[i].key, text_of(&m, i), e))
				return err_wrap(e, "the container's mounts");
		for (size_t i = 0; i < NFLAGS; i++)
			if (json_want_bool(v, flags[i].key, flag_of(&m, i), e))
				return err_wrap(e, "the container's mounts");
		if (json_want_map(v, "Options", a, &m.options, e) ||
		    json_want_strs(v, "Layers", a, &m.layers, NULL, e) ||
		    mounts_add(&l, m, false, e))
			return err_wrap(e, "the container's mounts");
	}
	*ret = l;
	return 0;
}
