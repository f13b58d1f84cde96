/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A --mount is one record of CSV whose fields are key=value, keys in any case. Each kind of mount
 * has its own options; those of another kind are refused, as is what does not fit together: the
 * rules are Docker's client's. Whether a source exists, or a driver, is the engine's to say.
 */
#include "applets/runvalues_mount.h"
#include "applets/applet.h"
#include "base/units.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Cleaned by words alone, as Go's filepath.Abs does: "a/../b" is b whatever a may be. */
static char *absolute(struct arena *a, const char *path, size_t n)
{
	char cwd[PATH_MAX], *all, *out;
	size_t len = 0;

	if (!getcwd(cwd, sizeof(cwd)))
		return arena_strndup(a, path, n);
	all = arena_printf(a, "%s/%.*s", cwd, (int)n, path);
	out = arena_alloc(a, strlen(all) + 2);
	for (const char *p = all; *p;) {
		size_t k = strcspn(p, "/");

		if (k == 2 && p[0] == '.' && p[1] == '.') {
			while (len && out[--len] != '/')
				;
		} else if (k && !(k == 1 && *p == '.')) {
			out[len++] = '/';
			memcpy(out + len, p, k);
			len += k;
		}
		p += k + (p[k] == '/');
	}
	if (!len)
		out[len++] = '/';
	out[len] = 0;
	return out;
}

/* ---- -v */

static int check_spec(const char *spec, struct err *e)
{
	size_t parts = 1;

	if (!*spec)
		return err_set(e, ERR_INVALID, "invalid empty volume spec");
	if (!strchr(spec, ':'))
		return 0;
	for (const char *p = spec;; p++) {
		size_t n = strcspn(p, ":");

		if (!n)
			return err_set(e, ERR_INVALID,
				       "invalid spec: %s: empty section between colons", spec);
		p += n;
		if (!*p)
			break;
		parts++;
	}
	if (parts > 3)
		return err_set(e, ERR_INVALID, "invalid spec: %s: too many colons", spec);
	return 0;
}

int runvalues_mount_volumes(struct json_w *w, const struct strs *v, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < v->n; i++) {
		if (check_spec(v->v[i], e))
			return -1;
		if (strchr(v->v[i], ':'))
			continue;
		if (!any)
			json_w_obj(w, "Volumes");
		any = true;
		json_w_obj(w, v->v[i]);
		json_w_end(w);
	}
	if (any)
		json_w_end(w);
	return 0;
}

/* Docker's client keeps each -v once: scripts that build their list twice work. */
static bool given_before(const struct strs *v, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(v->v[i], v->v[at]))
			return true;
	return false;
}

int runvalues_mount_binds(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	struct strs all = {0};

	for (size_t i = 0; i < v->n; i++) {
		char *spec = v->v[i], *colon = strchr(spec, ':');

		if (check_spec(spec, e))
			return -1;
		if (!colon || given_before(v, i))
			continue;
		if (*spec == '.')
			strs_printf(a, &all, "%s%s", absolute(a, spec, (size_t)(colon - spec)),
				    colon);
		else
			strs_add(a, &all, spec);
	}
	if (all.n)
		json_w_strs(w, "Binds", &all);
	return 0;
}

/* ---- --mount */

enum kind { ANY, BIND, VOLUME, TMPFS, IMAGE, KINDS };
static const char *const kind_names[] = {
	[BIND] = "bind", [VOLUME] = "volume", [TMPFS] = "tmpfs", [IMAGE] = "image"};

struct mount {
	const char *type, *source, *target, *consistency;
	bool readonly, used[KINDS]; /* used: an option of that kind was given */
	const char *propagation, *recursive;
	bool nonrecursive, create;
	const char *driver, *volume_subpath, *image_subpath;
	bool nocopy;
	struct strs labels, opts;
	int64_t size, mode;
};

enum form { STR, LOWER, BOOL, PAIR, SPECIAL };
#define AT(member) offsetof(struct mount, member)

static const struct key {
	const char *name;
	enum kind kind;
	enum form form;
	size_t at;
} keys[] = {
	{"type", ANY, LOWER, AT(type)},
	{"source", ANY, SPECIAL, 0},
	{"src", ANY, SPECIAL, 0},
	{"target", ANY, STR, AT(target)},
	{"dst", ANY, STR, AT(target)},
	{"destination", ANY, STR, AT(target)},
	{"readonly", ANY, BOOL, AT(readonly)},
	{"ro", ANY, BOOL, AT(readonly)},
	{"consistency", ANY, LOWER, AT(consistency)},
	{"bind-propagation", BIND, LOWER, AT(propagation)},
	{"bind-nonrecursive", BIND, BOOL, AT(nonrecursive)},
	{"bind-recursive", BIND, STR, AT(recursive)},
	{"bind-create-src", BIND, BOOL, AT(create)},
	{"volume-subpath", VOLUME, STR, AT(volume_subpath)},
	{"volume-nocopy", VOLUME, BOOL, AT(nocopy)},
	{"volume-label", VOLUME, PAIR, AT(labels)},
	{"volume-driver", VOLUME, STR, AT(driver)},
	{"volume-opt", VOLUME, PAIR, AT(opts)},
	{"image-subpath", IMAGE, STR, AT(image_subpath)},
	{"tmpfs-size", TMPFS, SPECIAL, 0},
	{"tmpfs-mode", TMPFS, SPECIAL, 0},
};

static int set_bool(const char *v, bool *ret)
{
	static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
	static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

	for (size_t i = 0; i < 6; i++)
		if (!strcmp(v, yes[i]) || !strcmp(v, no[i])) {
			*ret = !strcmp(v, yes[i]);
			return 0;
		}
	return -1;
}

static int set_special(struct arena *a, const struct key *k, const char *v, struct mount *m)
{
	char *end;

	if (k->kind == ANY) {
		m->source = !strcmp(v, ".") || !strncmp(v, "./", 2) ? absolute(a, v, strlen(v)) : v;
		return 0;
	}
	if (!strcmp(k->name, "tmpfs-size"))
		return units_bytes(v, &m->size);
	if (!isdigit((unsigned char)*v))
		return -1;
	m->mode = (int64_t)strtoull(v, &end, 8);
	return *end || m->mode > UINT32_MAX ? -1 : 0;
}

static char *lower(struct arena *a, const char *v)
{
	char *s = arena_strdup(a, v);

	for (char *p = s; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return s;
}

static int set_key(struct arena *a, const struct key *k, char *v, struct mount *m, struct err *e)
{
	void *at = (char *)m + k->at;
	int rc = 0;

	m->used[k->kind] = true;
	switch (k->form) {
	case STR:
		*(const char **)at = v;
		break;
	case LOWER:
		*(const char **)at = lower(a, v);
		break;
	case BOOL:
		rc = set_bool(v, at);
		break;
	case PAIR:
		strs_add(a, at, strchr(v, '=') ? v : arena_printf(a, "%s=", v));
		break;
	case SPECIAL:
		rc = set_special(a, k, v, m);
	}
	return rc ? err_set(e, ERR_INVALID, "invalid value for %s: %s", k->name, v) : 0;
}

static int field(struct arena *a, char *text, struct mount *m, struct err *e)
{
	char *v = strchr(text, '=');
	size_t n = v ? (size_t)(v - text) : strlen(text);

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct key *k = &keys[i];

		if (strlen(k->name) != n || strncasecmp(k->name, text, n) != 0)
			continue;
		if (v)
			return set_key(a, k, v + 1, m, e);
		if (k->form != BOOL)
			break;
		m->used[k->kind] = true;
		*(bool *)((char *)m + k->at) = true;
		return 0;
	}
	if (!v)
		return err_set(e, ERR_INVALID, "invalid field '%s' must be a key=value pair", text);
	return err_set(e, ERR_INVALID, "unexpected key '%s' in '%s'",
		       lower(a, arena_strndup(a, text, n)), text);
}

static int check_recursive(const struct mount *m, struct err *e)
{
	static const char *const modes[] = {"enabled", "disabled", "writable", "readonly"};
	size_t i = 0;

	while (i < 4 && strcmp(m->recursive, modes[i]))
		i++;
	if (i == 4)
		return err_set(e, ERR_INVALID,
			       "invalid value for bind-recursive: %s (must be \"enabled\", "
			       "\"disabled\", \"writable\", or \"readonly\")",
			       m->recursive);
	if (i >= 2 && !m->readonly)
		return err_set(e, ERR_INVALID,
			       "option 'bind-recursive=%s' requires 'readonly' to be specified in "
			       "conjunction",
			       m->recursive);
	if (i == 3 && (!m->propagation || strcmp(m->propagation, "rprivate")))
		return err_set(e, ERR_INVALID,
			       "option 'bind-recursive=readonly' requires "
			       "'bind-propagation=rprivate' to be specified in conjunction");
	return 0;
}

static int check_mount(const struct mount *m, struct err *e)
{
	static const enum kind order[] = {VOLUME, IMAGE, BIND, TMPFS};

	if (!*m->type)
		return err_set(e, ERR_INVALID, "type is required");
	if (!m->target || !*m->target)
		return err_set(e, ERR_INVALID, "target is required");
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (m->used[order[i]] && strcmp(m->type, kind_names[order[i]]))
			return err_set(e, ERR_INVALID,
				       "cannot mix '%s-*' options with mount type '%s'",
				       kind_names[order[i]], m->type);
	return m->recursive ? check_recursive(m, e) : 0;
}

static void text(struct json_w *w, const char *key, const char *v)
{
	if (v && *v)
		json_w_str(w, key, v);
}

static void flag(struct json_w *w, const char *key, bool v)
{
	if (v)
		json_w_bool(w, key, true);
}

static void write_bind(struct json_w *w, const struct mount *m)
{
	const char *r = m->recursive ? m->recursive : "";

	json_w_obj(w, "BindOptions");
	text(w, "Propagation", m->propagation);
	flag(w, "NonRecursive", m->nonrecursive || !strcmp(r, "disabled"));
	flag(w, "CreateMountpoint", m->create);
	flag(w, "ReadOnlyNonRecursive", !strcmp(r, "writable"));
	flag(w, "ReadOnlyForceRecursive", !strcmp(r, "readonly"));
	json_w_end(w);
}

static void write_volume(struct json_w *w, const struct mount *m)
{
	json_w_obj(w, "VolumeOptions");
	flag(w, "NoCopy", m->nocopy);
	if (m->labels.n)
		json_w_map(w, "Labels", &m->labels);
	text(w, "Subpath", m->volume_subpath);
	if (m->driver || m->opts.n) {
		json_w_obj(w, "DriverConfig");
		text(w, "Name", m->driver);
		if (m->opts.n)
			json_w_map(w, "Options", &m->opts);
		json_w_end(w);
	}
	json_w_end(w);
}

static void write_mount(struct json_w *w, const struct mount *m)
{
	json_w_obj(w, NULL);
	json_w_str(w, "Type", m->type);
	text(w, "Source", m->source);
	json_w_str(w, "Target", m->target);
	flag(w, "ReadOnly", m->readonly);
	text(w, "Consistency", m->consistency);
	if (m->used[BIND])
		write_bind(w, m);
	if (m->used[VOLUME])
		write_volume(w, m);
	if (m->used[IMAGE]) {
		json_w_obj(w, "ImageOptions");
		text(w, "Subpath", m->image_subpath);
		json_w_end(w);
	}
	if (m->used[TMPFS]) {
		json_w_obj(w, "TmpfsOptions");
		if (m->size)
			json_w_int(w, "SizeBytes", m->size);
		if (m->mode)
			json_w_int(w, "Mode", m->mode);
		json_w_end(w);
	}
	json_w_end(w);
}

/* One with a comma in it is quoted as a whole, "" inside is a quote. A quote elsewhere is an error,
 * or half of what was meant would be taken for the whole. */
static char *csv_field(struct arena *a, const char *all, const char **p, struct err *e)
{
	char *out = arena_alloc(a, strlen(*p) + 1), *o = out;
	bool quoted = **p == '"';

	if (quoted)
		(*p)++;
	for (; **p && (quoted || **p != ','); (*p)++) {
		if (**p == '"' && quoted && (*p)[1] == '"')
			(*p)++;
		else if (**p == '"')
			break;
		*o++ = **p;
	}
	if (quoted != (**p == '"') || (quoted && (*p)[1] && (*p)[1] != ',')) {
		err_set(e, ERR_INVALID, "parse error in '%s': a '\"' out of place", all);
		return NULL;
	}
	*p += quoted;
	return out;
}

static int one_mount(struct arena *a, struct json_w *w, const char *spec, struct err *e)
{
	struct mount m = {.type = "volume"};

	if (!*spec)
		return err_set(e, ERR_INVALID, "EOF: the value is empty");
	for (const char *p = spec;; p++) {
		char *f = csv_field(a, spec, &p, e);

		if (!f || field(a, f, &m, e))
			return -1;
		if (!*p)
			break;
	}
	if (check_mount(&m, e))
		return -1;
	write_mount(w, &m);
	return 0;
}

int runvalues_mount_mounts(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	if (!v->n)
		return 0;
	json_w_arr(w, "Mounts");
	for (size_t i = 0; i < v->n; i++)
		if (one_mount(a, w, v->v[i], e))
			return option_bad("--mount", v->v[i], e);
	json_w_arr_end(w);
	return 0;
}

void runvalues_mount_tmpfs(struct arena *a, struct json_w *w, const struct strs *v)
{
	if (!v->n)
		return;
	json_w_obj(w, "Tmpfs");
	for (size_t i = 0; i < v->n; i++) {
		const char *spec = v->v[i], *colon = strchr(spec, ':');
		size_t n = colon ? (size_t)(colon - spec) : strlen(spec);

		json_w_str(w, arena_strndup(a, spec, n), colon ? colon + 1 : "");
	}
	json_w_end(w);
}
