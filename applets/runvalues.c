/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client decides what the words mean only as far as it must: where a relative path is relative
 * to, which file is read. What a value may be is the engine's decision, so that every client gets
 * the same one.
 */
#include "applets/runvalues.h"
#include "applets/applet.h"
#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENV_FILE_MAX (4 << 20)
#define PROFILE_MAX (4 << 20)

int runvalues_attach(const struct strs *v, bool *in, bool *out, bool *err, struct err *e)
{
	for (size_t i = 0; i < v->n; i++) {
		if (!strcasecmp(v->v[i], "stdin"))
			*in = true;
		else if (!strcasecmp(v->v[i], "stdout"))
			*out = true;
		else if (!strcasecmp(v->v[i], "stderr"))
			*err = true;
		else
			return err_set(e, ERR_INVALID,
				       "valid streams are STDIN, STDOUT and STDERR");
	}
	return 0;
}

static void add_env(struct arena *a, struct strs *ret, const char *kv)
{
	const char *v;

	if (strchr(kv, '=')) {
		strs_add(a, ret, arena_strdup(a, kv));
		return;
	}
	v = getenv(kv);
	if (v)
		strs_printf(a, ret, "%s=%s", kv, v);
}

/* One KEY=value a line; empty lines and those that begin with '#' are skipped, blanks before
 * the name too. labels: a name without value has an empty one. */
static int read_lines(struct arena *a, const char *path, bool labels, struct strs *ret,
		      struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	char *p;

	if (file_read(AT_FDCWD, path, ENV_FILE_MAX, &b, e))
		return e->kind == ERR_NOTFOUND
			       ? err_set(e, ERR_INVALID, "open %s: no such file or directory", path)
			       : -1;
	for (p = b.data; p && *p;) {
		size_t n = strcspn(p, "\n");
		char *line, *next = p + n + (p[n] == '\n');
		size_t name;

		while (n && isspace((unsigned char)*p))
			p++, n--;
		if (n && p[n - 1] == '\r')
			n--;
		line = arena_strndup(a, p, n);
		p = next;
		if (!*line || *line == '#')
			continue;
		name = strcspn(line, "=");
		if (!name || strcspn(line, " \t") < name)
			return err_set(
				e, ERR_INVALID,
				"invalid env file (%s): variable '%.*s' contains whitespaces", path,
				(int)name, line);
		if (labels)
			strs_add(a, ret, line);
		else
			add_env(a, ret, line);
	}
	return 0;
}

int runvalues_env(struct arena *a, const struct strs *files, const struct strs *v, struct strs *ret,
		  struct err *e)
{
	for (size_t i = 0; i < files->n; i++)
		if (read_lines(a, files->v[i], false, ret, e))
			return -1;
	for (size_t i = 0; i < v->n; i++) {
		if (!*v->v[i] || v->v[i][0] == '=')
			return err_set(e, ERR_INVALID, "invalid environment variable: %s", v->v[i]);
		add_env(a, ret, v->v[i]);
	}
	return 0;
}

int runvalues_labels(struct arena *a, const struct strs *files, const struct strs *v,
		     struct strs *ret, struct err *e)
{
	for (size_t i = 0; i < files->n; i++)
		if (read_lines(a, files->v[i], true, ret, e))
			return -1;
	for (size_t i = 0; i < v->n; i++) {
		if (!*v->v[i] || v->v[i][0] == '=')
			return err_set(e, ERR_INVALID, "invalid label: '%s'", v->v[i]);
		strs_add(a, ret, v->v[i]);
	}
	for (size_t i = 0; i < ret->n; i++)
		if (!strchr(ret->v[i], '='))
			ret->v[i] = arena_printf(a, "%s=", ret->v[i]);
	return 0;
}

static int port(struct json_w *w, const char *text, struct err *e)
{
	const char *slash = strchr(text, '/'), *proto = slash ? slash + 1 : "tcp";
	char key[64];
	char *end;
	long from = strtol(text, &end, 10), to = from;

	if (end != text && *end == '-')
		to = strtol(end + 1, &end, 10);
	if (end == text || (*end && end != slash) || from < 1 || to > 65535 || to < from ||
	    (strcmp(proto, "tcp") && strcmp(proto, "udp") && strcmp(proto, "sctp")))
		return err_set(e, ERR_INVALID, "invalid range format for --expose: %s", text);
	for (; from <= to; from++) {
		snprintf(key, sizeof(key), "%ld/%s", from, proto);
		json_w_obj(w, key);
		json_w_end(w);
	}
	return 0;
}

int runvalues_ports(struct json_w *w, const struct strs *v, struct err *e)
{
	if (!v->n)
		return 0;
	json_w_obj(w, "ExposedPorts");
	for (size_t i = 0; i < v->n; i++)
		if (port(w, v->v[i], e))
			return -1;
	json_w_end(w);
	return 0;
}

void runvalues_volumes(struct json_w *w, const struct strs *v)
{
	bool any = false;

	for (size_t i = 0; i < v->n; i++) {
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
}

static const char *absolute(struct arena *a, const char *path, size_t n)
{
	char cwd[PATH_MAX];

	if (path[0] != '.' || !getcwd(cwd, sizeof(cwd)))
		return arena_strndup(a, path, n);
	return arena_printf(a, "%s/%.*s", cwd, (int)n, path);
}

/* Docker's client keeps each -v once: scripts that build their list twice work. */
static bool given_before(const struct strs *v, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(v->v[i], v->v[at]))
			return true;
	return false;
}

void runvalues_binds(struct arena *a, struct json_w *w, const struct strs *v)
{
	struct strs all = {0};

	for (size_t i = 0; i < v->n; i++) {
		const char *colon = strchr(v->v[i], ':');

		if (colon && !given_before(v, i))
			strs_printf(a, &all, "%s%s",
				    absolute(a, v->v[i], (size_t)(colon - v->v[i])), colon);
	}
	if (all.n)
		json_w_strs(w, "Binds", &all);
}

/* ---- --mount */

struct mount_flags {
	const char *type, *source, *target, *propagation, *recursive;
	bool readonly, create, bind_nonrecursive;
	int64_t size, mode;
	struct strs tmpfs;
};

static int mount_bool(const char *key, const char *v, bool *ret, struct err *e)
{
	if (!v || !strcmp(v, "true") || !strcmp(v, "1"))
		*ret = true;
	else if (!strcmp(v, "false") || !strcmp(v, "0"))
		*ret = false;
	else
		return err_set(e, ERR_INVALID, "invalid value for %s: %s", key, v);
	return 0;
}

static bool is(const char *key, const char *a, const char *b, const char *c)
{
	return !strcmp(key, a) || (b && !strcmp(key, b)) || (c && !strcmp(key, c));
}

static int mount_number(const char *key, const char *v, struct mount_flags *m, struct err *e)
{
	char *end;

	if (is(key, "tmpfs-size", NULL, NULL)) {
		if (!option_bytes(v, &m->size))
			return 0;
		return err_set(e, ERR_INVALID, "invalid value for %s: %s", key, v);
	}
	m->mode = (int64_t)strtoul(v, &end, 8);
	if (!*v || *end || m->mode > 07777)
		return err_set(e, ERR_INVALID, "invalid value for %s: %s", key, v);
	return 0;
}

static int mount_field(struct arena *a, const char *key, const char *v, struct mount_flags *m,
		       struct err *e)
{
	if (is(key, "readonly", "ro", NULL))
		return mount_bool(key, v, &m->readonly, e);
	if (is(key, "bind-nonrecursive", NULL, NULL))
		return mount_bool(key, v, &m->bind_nonrecursive, e);
	if (is(key, "bind-create-src", NULL, NULL))
		return mount_bool(key, v, &m->create, e);
	if (is(key, "volume-nocopy", NULL, NULL))
		return mount_bool(key, v, &(bool){false}, e);
	if (!v)
		return err_set(e, ERR_INVALID, "invalid field '%s' must be a key=value pair", key);
	if (is(key, "type", NULL, NULL))
		m->type = v;
	else if (is(key, "source", "src", NULL))
		m->source = v[0] == '.' ? absolute(a, v, strlen(v)) : v;
	else if (is(key, "target", "dst", "destination"))
		m->target = v;
	else if (is(key, "bind-propagation", NULL, NULL))
		m->propagation = v;
	else if (is(key, "bind-recursive", NULL, NULL))
		m->recursive = v;
	else if (is(key, "tmpfs-size", "tmpfs-mode", NULL))
		return mount_number(key, v, m, e);
	else if (!is(key, "consistency", NULL, NULL) && strncmp(key, "volume-", 7) &&
		 strncmp(key, "image-", 6))
		return err_set(e, ERR_INVALID, "unknown option '%s' in '%s=%s'", key, key, v);
	return 0;
}

static int recursive_mode(const char *v, struct json_w *w, bool readonly, struct err *e)
{
	if (!strcmp(v, "enabled"))
		return 0;
	if (!strcmp(v, "disabled"))
		json_w_bool(w, "NonRecursive", true);
	else if (!strcmp(v, "writable"))
		json_w_bool(w, "ReadOnlyNonRecursive", true);
	else if (!strcmp(v, "readonly"))
		json_w_bool(w, "ReadOnlyForceRecursive", true);
	else
		return err_set(e, ERR_INVALID,
			       "invalid value for bind-recursive: %s (must be \"enabled\", "
			       "\"disabled\", \"writable\", or \"readonly\")",
			       v);
	if (!readonly && strcmp(v, "disabled"))
		return err_set(e, ERR_INVALID,
			       "option 'bind-recursive=%s' requires 'readonly' to be specified", v);
	return 0;
}

static int write_mount(struct json_w *w, const struct mount_flags *m, struct err *e)
{
	json_w_obj(w, NULL);
	json_w_str(w, "Type", m->type);
	if (m->source)
		json_w_str(w, "Source", m->source);
	if (m->target)
		json_w_str(w, "Target", m->target);
	if (m->readonly)
		json_w_bool(w, "ReadOnly", true);
	if (!strcmp(m->type, "bind")) {
		json_w_obj(w, "BindOptions");
		if (m->propagation)
			json_w_str(w, "Propagation", m->propagation);
		if (m->create)
			json_w_bool(w, "CreateMountpoint", true);
		if (m->bind_nonrecursive)
			json_w_bool(w, "NonRecursive", true);
		if (m->recursive && recursive_mode(m->recursive, w, m->readonly, e))
			return -1;
		json_w_end(w);
	}
	if (m->size || m->mode) {
		json_w_obj(w, "TmpfsOptions");
		json_w_int(w, "SizeBytes", m->size);
		json_w_int(w, "Mode", m->mode);
		json_w_end(w);
	}
	json_w_end(w);
	return 0;
}

/* The fields are CSV: one with a comma in it is quoted as a whole, "" inside is a quote. */
static char *csv_field(struct arena *a, const char **p)
{
	char *out = arena_alloc(a, strlen(*p) + 1), *o = out;
	bool quoted = **p == '"';

	if (quoted)
		(*p)++;
	for (; **p && (quoted || **p != ','); (*p)++) {
		if (quoted && **p == '"') {
			(*p)++;
			if (**p != '"')
				break;
		}
		*o++ = **p;
	}
	while (**p && **p != ',')
		(*p)++;
	if (**p)
		(*p)++;
	return out;
}

static int one_mount(struct arena *a, struct json_w *w, const char *text, struct err *e)
{
	struct mount_flags m = {.type = "volume"};
	const char *p = text;

	if (!*text)
		return err_set(e, ERR_INVALID, "invalid argument \"\" for --mount: value is empty");
	while (*p) {
		char *key = csv_field(a, &p), *v = strchr(key, '=');

		if (v)
			*v++ = 0;
		for (char *k = key; *k; k++)
			*k = (char)tolower((unsigned char)*k);
		if (mount_field(a, key, v, &m, e))
			return -1;
	}
	if (!m.target)
		return err_set(e, ERR_INVALID,
			       "invalid argument \"%s\" for --mount: target is "
			       "required",
			       text);
	return write_mount(w, &m, e);
}

int runvalues_mounts(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	if (!v->n)
		return 0;
	json_w_arr(w, "Mounts");
	for (size_t i = 0; i < v->n; i++)
		if (one_mount(a, w, v->v[i], e))
			return -1;
	json_w_arr_end(w);
	return 0;
}

void runvalues_tmpfs(struct arena *a, struct json_w *w, const struct strs *v)
{
	if (!v->n)
		return;
	json_w_obj(w, "Tmpfs");
	for (size_t i = 0; i < v->n; i++) {
		const char *text = v->v[i], *colon = strchr(text, ':');
		size_t n = colon ? (size_t)(colon - text) : strlen(text);

		json_w_str(w, arena_strndup(a, text, n), colon ? colon + 1 : "");
	}
	json_w_end(w);
}

static bool is_access(const char *s)
{
	return *s && strspn(s, "rwm") == strlen(s);
}

static int one_device(struct arena *a, struct json_w *w, const char *text, struct err *e)
{
	char *copy = arena_strdup(a, text), *part[3] = {copy, NULL, NULL};
	const char *dest, *access = "rwm";
	int n = 1;

	for (char *p = copy; (p = strchr(p, ':'));) {
		*p++ = 0;
		if (n == 3)
			return err_set(e, ERR_INVALID, "invalid device specification: %s", text);
		part[n++] = p;
	}
	dest = part[0];
	if (n == 3) {
		dest = part[1];
		access = part[2];
	} else if (n == 2 && is_access(part[1])) {
		access = part[1];
	} else if (n == 2) {
		dest = part[1];
	}
	if (!*part[0] || !is_access(access))
		return err_set(e, ERR_INVALID, "invalid device specification: %s", text);
	json_w_obj(w, NULL);
	json_w_str(w, "PathOnHost", part[0]);
	json_w_str(w, "PathInContainer", dest);
	json_w_str(w, "CgroupPermissions", access);
	json_w_end(w);
	return 0;
}

int runvalues_devices(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	if (!v->n)
		return 0;
	json_w_arr(w, "Devices");
	for (size_t i = 0; i < v->n; i++)
		if (one_device(a, w, v->v[i], e))
			return -1;
	json_w_arr_end(w);
	return 0;
}

static int profile(struct arena *a, const char *path, struct strs *all, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (file_read(AT_FDCWD, path, PROFILE_MAX, &b, e))
		return err_wrap(e, "opening seccomp profile (%s) failed", path);
	strs_printf(a, all, "seccomp=%s", b.data ? b.data : "");
	return 0;
}

int runvalues_security(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	struct strs all = {0}, none = {0};
	bool unmask = false;

	for (size_t i = 0; i < v->n; i++) {
		const char *opt = v->v[i];

		if (!strcmp(opt, "systempaths=unconfined")) {
			unmask = true;
		} else if (!strncmp(opt, "seccomp=", 8) && strcmp(opt + 8, "unconfined") &&
			   strcmp(opt + 8, "builtin")) {
			if (profile(a, opt + 8, &all, e))
				return -1;
		} else {
			strs_add(a, &all, v->v[i]);
		}
	}
	if (all.n)
		json_w_strs(w, "SecurityOpt", &all);
	if (unmask) {
		json_w_strs(w, "MaskedPaths", &none);
		json_w_strs(w, "ReadonlyPaths", &none);
	}
	return 0;
}

static int limit_value(const char *text, char end, int64_t *ret, const char **rest)
{
	char *stop;

	errno = 0;
	*ret = strtoll(text, &stop, 10);
	if (stop == text || errno || (*stop && *stop != end) || *ret < -1)
		return -1;
	*rest = *stop ? stop + 1 : NULL;
	return 0;
}

static int one_ulimit(struct json_w *w, const char *text, struct err *e)
{
	const char *eq = strchr(text, '='), *rest = NULL;
	char name[32];
	int64_t soft, hard;

	if (!eq || (size_t)(eq - text) >= sizeof(name) || limit_value(eq + 1, ':', &soft, &rest))
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", text);
	hard = soft;
	if (rest && limit_value(rest, 0, &hard, &rest))
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", text);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - text), text);
	json_w_obj(w, NULL);
	json_w_str(w, "Name", name);
	json_w_int(w, "Soft", soft);
	json_w_int(w, "Hard", hard);
	json_w_end(w);
	return 0;
}

int runvalues_ulimits(struct json_w *w, const struct strs *v, struct err *e)
{
	if (!v->n)
		return 0;
	json_w_arr(w, "Ulimits");
	for (size_t i = 0; i < v->n; i++)
		if (one_ulimit(w, v->v[i], e))
			return -1;
	json_w_arr_end(w);
	return 0;
}

int runvalues_map(struct json_w *w, const char *key, const char *flag, const struct strs *v,
		  struct err *e)
{
	if (!v->n)
		return 0;
	for (size_t i = 0; i < v->n; i++)
		if (!strchr(v->v[i], '=') || v->v[i][0] == '=')
			return err_set(e, ERR_INVALID,
				       "invalid argument \"%s\" for --%s: use "
				       "key=value",
				       v->v[i], flag);
	json_w_map(w, key, v);
	return 0;
}

int runvalues_cpus(const char *text, int64_t *ret, struct err *e)
{
	int64_t whole = 0, nano = 0, unit = 100000000;
	const char *p = text;

	while (isdigit((unsigned char)*p) && whole < 1000000)
		whole = whole * 10 + (*p++ - '0');
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
			nano += (*p - '0') * unit;
	if (*p || p == text || (!whole && !nano && strcspn(text, "123456789") < strlen(text)))
		return err_set(e, ERR_INVALID,
			       "invalid argument \"%s\" for --cpus: use a number "
			       "such as 1.5",
			       text);
	*ret = whole * 1000000000 + nano;
	return 0;
}

void runvalues_restart(struct json_w *w, const char *text)
{
	size_t n = strcspn(text, ":");

	json_w_obj(w, "RestartPolicy");
	json_w_strn(w, "Name", text, n);
	json_w_int(w, "MaximumRetryCount", text[n] ? atoi(text + n + 1) : 0);
	json_w_end(w);
}
