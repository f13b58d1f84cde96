/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's rules and words. A mode has at most one word of each kind; z and Z need SELinux and the
 * consistency words another machine: they are taken and mean nothing here. A mount's options of
 * another type are refused, not passed over.
 */
#include "engine/mounts_parse.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/mountopt.h"

enum kind { RW, LABEL, COPY, PROPAGATION, CONSISTENCY, KINDS };

static const struct {
	const char *word;
	enum kind kind;
} words[] = {
	{"rw", RW},
	{"ro", RW},
	{"z", LABEL},
	{"Z", LABEL},
	{"nocopy", COPY},
	{"private", PROPAGATION},
	{"rprivate", PROPAGATION},
	{"slave", PROPAGATION},
	{"rslave", PROPAGATION},
	{"shared", PROPAGATION},
	{"rshared", PROPAGATION},
	{"consistent", CONSISTENCY},
	{"cached", CONSISTENCY},
	{"delegated", CONSISTENCY},
	{"default", CONSISTENCY},
};
#define NWORDS (sizeof(words) / sizeof(*words))

/* -1: no word of a mode. */
static int find_word(const char *s)
{
	for (size_t i = 0; i < NWORDS; i++)
		if (!strcmp(words[i].word, s))
			return (int)i;
	return -1;
}

/* ret[kind]: the word, or NULL. 0: a valid mode. */
static int split_mode(struct arena *a, const char *mode, const char *ret[KINDS])
{
	char *copy = arena_strdup(a, mode), *save = NULL;

	memset(ret, 0, KINDS * sizeof(*ret));
	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		int i = find_word(o);

		if (i < 0 || ret[words[i].kind])
			return -1;
		ret[words[i].kind] = words[i].word;
	}
	return 0;
}

static bool is(const char *word, const char *want)
{
	return word && !strcmp(word, want);
}

int mounts_parse_mode(struct arena *a, const char *mode, bool *ret_ro, struct err *e)
{
	const char *w[KINDS];

	if (split_mode(a, mode, w) || w[PROPAGATION])
		return err_set(e, ERR_INVALID, "invalid mode: %s", mode);
	*ret_ro = is(w[RW], "ro");
	return 0;
}

/* ---- -v */

static int apply_mode(struct arena *a, const char *mode, struct mounts_one *m, struct err *e)
{
	const char *w[KINDS];

	if (split_mode(a, mode, w))
		return err_set(e, ERR_INVALID, "invalid mode: %s", mode);
	if (w[COPY] && !strcmp(m->type, "bind"))
		return err_set(e, ERR_INVALID, "invalid mode: %s: nocopy is for volumes", mode);
	if (w[PROPAGATION] && !strcmp(m->type, "volume"))
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"volume\": field BindOptions must "
			       "not be specified");
	m->ro = is(w[RW], "ro");
	m->nocopy = w[COPY] != NULL;
	m->propagation = w[PROPAGATION] ? w[PROPAGATION] : "";
	m->mode = mode;
	return 0;
}

/* What stands between colons; more than three parts are none. */
static int split(struct arena *a, const char *text, char *part[3])
{
	char *copy = arena_strdup(a, text);
	int n = 0;

	for (;;) {
		char *colon = strchr(copy, ':');

		if (n == 3)
			return -1;
		part[n++] = copy;
		if (!colon)
			return n;
		*colon = 0;
		copy = colon + 1;
	}
}

int mounts_parse_bind(struct mounts *l, const char *text, const char *driver, struct err *e)
{
	struct mounts_one m = mounts_none("volume");
	const char *w[KINDS], *mode = "";
	char *part[3];
	int n = split(l->a, text, part);

	if (n < 0 || !*part[0] || (n > 1 && !*part[1]))
		return err_set(e, ERR_INVALID, "invalid volume specification: '%s'", text);
	if (n == 2 && part[0][0] == '/' && !split_mode(l->a, part[1], w)) {
		mode = part[1];
		n = 1;
	} else if (n == 3) {
		mode = part[2];
	}
	m.dest = n == 1 ? part[0] : part[1];
	if (n > 1 && part[0][0] == '/') {
		m.type = "bind";
		m.source = mounts_clean(l->a, part[0]);
		m.make_source = true;
	} else {
		m.driver = *driver ? driver : "local";
		m.anonymous = m.empty_check = n == 1;
		m.name = n == 1 ? "" : part[0];
	}
	if (apply_mode(l->a, mode, &m, e))
		return strncmp(e->text, "invalid mode", 12)
			       ? err_wrap(e, "invalid volume specification: '%s'", text)
			       : -1;
	if (!*m.mode && *m.name)
		m.mode = "z";
	if (mounts_add(l, m, false, e))
		return strncmp(e->text, "Duplicate", 9)
			       ? err_wrap(e, "invalid volume specification: '%s'", text)
			       : -1;
	return 0;
}

/* ---- --mount */

static int bad(const struct mounts_one *m, const char *why, struct err *e)
{
	return err_set(e, ERR_INVALID, "invalid mount config for type \"%s\": %s", m->type, why);
}

static int parse_bind(struct mounts *l, const struct json *v, struct mounts_one *m, struct err *e)
{
	const struct json *o;
	struct stat st;
	int word;

	if (json_want_obj(v, "BindOptions", &o, e) || json_want_str(v, "Source", &m->source, e) ||
	    json_want_str(o, "Propagation", &m->propagation, e) ||
	    json_want_bool(o, "NonRecursive", &m->flat, e) ||
	    json_want_bool(o, "ReadOnlyNonRecursive", &m->flat_ro, e) ||
	    json_want_bool(o, "ReadOnlyForceRecursive", &m->force_ro, e) ||
	    json_want_bool(o, "CreateMountpoint", &m->make_source, e))
		return err_wrap(e, "Mounts");
	if (!*m->source)
		return bad(m, "field Source must not be empty", e);
	if (m->source[0] != '/')
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"bind\": invalid mount path: '%s' "
			       "mount path must be absolute",
			       m->source);
	word = find_word(m->propagation);
	if (*m->propagation && (word < 0 || words[word].kind != PROPAGATION))
		return err_set(
			e, ERR_INVALID,
			"invalid mount config for type \"bind\": invalid propagation mode: %s",
			m->propagation);
	if (m->force_ro && (!m->ro || m->flat || m->flat_ro))
		return bad(m, "ReadOnlyForceRecursive needs ReadOnly, and no other recursion", e);
	if (m->flat_ro && !m->ro)
		return bad(m, "ReadOnlyNonRecursive needs ReadOnly", e);
	if (m->force_ro && *m->propagation && strcmp(m->propagation, "rprivate") != 0)
		return bad(m, "ReadOnlyForceRecursive needs propagation rprivate", e);
	m->source = mounts_clean(l->a, m->source);
	if (!m->make_source && stat(m->source, &st) && errno == ENOENT)
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"bind\": bind source path does not "
			       "exist: %s",
			       m->source);
	return 0;
}

/* Below the volume or the image, by its words already; whoever opens it makes sure. */
static int check_subpath(const struct mounts_one *m, struct err *e)
{
	const char *p = m->subpath;

	if (*p == '/')
		return bad(m, "subpath must be a relative path within the volume", e);
	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 2 && !strncmp(p, "..", 2))
			return bad(m, "subpath must be a relative path within the volume", e);
		p += n + (p[n] == '/');
	}
	return 0;
}

static int parse_volume(struct mounts *l, const struct json *v, struct mounts_one *m, struct err *e)
{
	const struct json *o, *d;

	m->driver = "";
	if (json_want_obj(v, "VolumeOptions", &o, e) || json_want_str(v, "Source", &m->name, e) ||
	    json_want_bool(o, "NoCopy", &m->nocopy, e) ||
	    json_want_map(o, "Labels", l->a, &m->labels, e) ||
	    json_want_str(o, "Subpath", &m->subpath, e) ||
	    json_want_obj(o, "DriverConfig", &d, e) || json_want_str(d, "Name", &m->driver, e) ||
	    json_want_map(d, "Options", l->a, &m->options, e))
		return err_wrap(e, "Mounts");
	m->anonymous = !*m->name;
	if (m->anonymous && *m->subpath)
		return bad(m, "must not set Subpath when using anonymous volumes", e);
	if (!*m->driver)
		m->driver = "local";
	m->mode = "z";
	return check_subpath(m, e);
}

static int parse_tmpfs(struct mounts *l, const struct json *v, struct mounts_one *m, struct err *e)
{
	const struct json *o, *x;
	AUTO_BUF b = BUF_INIT;
	int64_t size = 0, mode = 0;
	struct json_iter it;
	const char *source = "";
	struct spec_mount ignored = {.flags = 0};

	if (json_want_obj(v, "TmpfsOptions", &o, e) || json_want_str(v, "Source", &source, e) ||
	    json_want_int(o, "SizeBytes", &size, e) || json_want_int(o, "Mode", &mode, e))
		return err_wrap(e, "Mounts");
	if (*source)
		return bad(m, "field Source must not be specified", e);
	if (size < 0 || mode < 0 || mode > 07777)
		return bad(m, "size or mode out of range", e);
	if (m->ro)
		buf_str(&b, "ro,");
	if (size)
		buf_printf(&b, "size=%lld,", (long long)size);
	if (mode)
		buf_printf(&b, "mode=%llo,", (long long)mode);
	it = json_iter(json_get(o, "Options"));
	while ((x = json_next(&it, NULL))) {
		const char *k = json_str(json_at(x, 0), ""), *val = json_str(json_at(x, 1), NULL);

		buf_printf(&b, "%s%s%s,", k, val ? "=" : "", val ? val : "");
	}
	m->data = arena_strdup(l->a, b.data ? b.data : "");
	return mountopt_tmpfs(l->a, m->data, &ignored, e);
}

static int parse_image(const struct json *v, struct mounts_one *m, struct err *e)
{
	const struct json *o;

	if (json_want_obj(v, "ImageOptions", &o, e) || json_want_str(v, "Source", &m->source, e) ||
	    json_want_str(o, "Subpath", &m->subpath, e))
		return err_wrap(e, "Mounts");
	if (!*m->source)
		return bad(m, "field Source must not be empty", e);
	m->ro = true; /* as it is said to be; layers are shared */
	return check_subpath(m, e);
}

/* Options of another type. */
static int check_extra(const struct json *v, const struct mounts_one *m, struct err *e)
{
	static const struct {
		const char *field, *type;
	} all[] = {{"BindOptions", "bind"},
		   {"VolumeOptions", "volume"},
		   {"TmpfsOptions", "tmpfs"},
		   {"ImageOptions", "image"}};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(m->type, all[i].type) && json_get(v, all[i].field) &&
		    json_typeof(json_get(v, all[i].field)) != JSON_NULL)
			return err_set(e, ERR_INVALID,
				       "invalid mount config for type \"%s\": field %s must not "
				       "be specified",
				       m->type, all[i].field);
	return 0;
}

int mounts_parse_mount(struct mounts *l, const struct json *v, struct err *e)
{
	struct mounts_one m = mounts_none("");
	int rc;

	if (json_want_str(v, "Type", &m.type, e) || json_want_str(v, "Target", &m.dest, e) ||
	    json_want_bool(v, "ReadOnly", &m.ro, e))
		return err_wrap(e, "Mounts");
	if (!*m.dest)
		return bad(&m, "field Target must not be empty", e);
	if (check_extra(v, &m, e))
		return -1;
	if (!strcmp(m.type, "bind"))
		rc = parse_bind(l, v, &m, e);
	else if (!strcmp(m.type, "volume"))
		rc = parse_volume(l, v, &m, e);
	else if (!strcmp(m.type, "tmpfs"))
		rc = parse_tmpfs(l, v, &m, e);
	else if (!strcmp(m.type, "image"))
		rc = parse_image(v, &m, e);
	else if (!strcmp(m.type, "cluster"))
		return err_set(e, ERR_UNSUPPORTED,
			       "mount type cluster needs a swarm, which is not built yet");
	else
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"%s\": mount type unknown", m.type);
	return rc ? -1 : mounts_add(l, m, false, e);
}
