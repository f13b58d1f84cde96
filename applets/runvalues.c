/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client decides what the words mean only as far as it must: where a relative path is relative
 * to, which file is read. What a value may be is the engine's decision, so that every client gets
 * the same one.
 */
#include "applets/runvalues.h"
#include "applets/applet.h"
#include "base/file.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENV_FILE_MAX (4 << 20)
#define PROFILE_MAX (4 << 20)

int runvalues_attach(const struct strs *v, bool *in, bool *out, bool *err, struct err *e)
{
	for (size_t i = 0; i < v->n; i++) {
		bool *set = !strcasecmp(v->v[i], "stdin")    ? in
			    : !strcasecmp(v->v[i], "stdout") ? out
			    : !strcasecmp(v->v[i], "stderr") ? err
							     : NULL;

		if (!set) {
			err_set(e, ERR_INVALID, "valid streams are STDIN, STDOUT and STDERR");
			return option_bad("-a, --attach", v->v[i], e);
		}
		*set = true;
	}
	return 0;
}

/* NAME alone takes our own environment's value. Where we have none, -e passes the name on, which
 * takes the image's away, and a file's line is nothing. */
static void add_env(struct arena *a, struct strs *ret, const char *kv, bool keep)
{
	const char *v = strchr(kv, '=') ? NULL : getenv(kv);

	if (v)
		strs_printf(a, ret, "%s=%s", kv, v);
	else if (strchr(kv, '=') || keep)
		strs_add(a, ret, arena_strdup(a, kv));
}

static int read_line(struct arena *a, const char *path, char *line, bool labels, struct strs *ret,
		     struct err *e)
{
	size_t name = strcspn(line, "=");

	if (!*line || *line == '#')
		return 0;
	if (!name)
		return err_set(e, ERR_INVALID,
			       "invalid env file (%s): no variable name on line '%s'", path, line);
	if (strcspn(line, " \t\v\f\r\n") < name)
		return err_set(e, ERR_INVALID,
			       "invalid env file (%s): variable '%.*s' contains whitespaces", path,
			       (int)name, line);
	if (!labels)
		add_env(a, ret, line, false);
	else if (line[name])
		strs_add(a, ret, line);
	return 0;
}

/* One KEY=value a line; empty lines and those that begin with '#' are skipped, blanks before
 * the name too. */
static int read_lines(struct arena *a, const char *path, bool labels, struct strs *ret,
		      struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	char *p;

	if (file_read(AT_FDCWD, path, ENV_FILE_MAX, &b, e))
		return e->kind == ERR_NOTFOUND
			       ? err_set(e, ERR_INVALID, "open %s: no such file or directory", path)
			       : -1;
	p = b.data;
	if (p && !strncmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	while (p && *p) {
		size_t n = strcspn(p, "\n");
		char *next = p + n + (p[n] == '\n');

		while (n && isspace((unsigned char)*p))
			p++, n--;
		if (n && p[n - 1] == '\r')
			n--;
		if (read_line(a, path, arena_strndup(a, p, n), labels, ret, e))
			return -1;
		p = next;
	}
	return 0;
}

int runvalues_env_check(const struct strs *v, struct err *e)
{
	for (size_t i = 0; i < v->n; i++)
		if (!*v->v[i] || v->v[i][0] == '=') {
			err_set(e, ERR_INVALID, "invalid environment variable: %.300s", v->v[i]);
			return option_bad("-e, --env", v->v[i], e);
		}
	return 0;
}

int runvalues_env(struct arena *a, const struct strs *files, const struct strs *v, struct strs *ret,
		  struct err *e)
{
	if (runvalues_env_check(v, e))
		return -1;
	for (size_t i = 0; i < files->n; i++)
		if (read_lines(a, files->v[i], false, ret, e))
			return -1;
	for (size_t i = 0; i < v->n; i++)
		add_env(a, ret, v->v[i], true);
	return 0;
}

int runvalues_labels(struct arena *a, const struct strs *files, const struct strs *v,
		     struct strs *ret, struct err *e)
{
	for (size_t i = 0; i < v->n; i++)
		if (!*v->v[i] || v->v[i][0] == '=') {
			err_set(e, ERR_INVALID, "invalid label '%.300s': empty name", v->v[i]);
			return option_bad("-l, --label", v->v[i], e);
		}
	for (size_t i = 0; i < files->n; i++)
		if (read_lines(a, files->v[i], true, ret, e))
			return -1;
	for (size_t i = 0; i < v->n; i++)
		strs_add(a, ret, v->v[i]);
	return 0;
}

void runvalues_commas(struct arena *a, struct strs *list)
{
	struct strs all = {0};

	for (size_t i = 0; i < list->n; i++)
		for (const char *s = list->v[i]; s;) {
			size_t n = strcspn(s, ",");

			if (n)
				strs_add(a, &all, arena_strndup(a, s, n));
			s = s[n] ? s + n + 1 : NULL;
		}
	*list = all;
}

/* The profile travels without its white space, as Docker's client sends it: one that is no JSON is
 * found here. */
static int profile(struct arena *a, const char *path, struct strs *all, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_BUF compact = BUF_INIT;
	const struct json *v;

	if (file_read(AT_FDCWD, path, PROFILE_MAX, &b, e)) {
		if (e->kind == ERR_NOTFOUND)
			err_set(e, ERR_INVALID, "open %s: no such file or directory", path);
		return err_wrap(e, "opening seccomp profile (%s) failed", path);
	}
	v = json_parse(a, b.data ? b.data : "", b.len, PROFILE_MAX, path, e);
	if (!v)
		return err_wrap(e, "compacting json for seccomp profile (%s) failed", path);
	json_dump(&compact, v);
	strs_printf(a, all, "seccomp=%s", compact.data);
	return 0;
}

static int security_option(struct arena *a, const char *opt, struct strs *all, bool *unmask,
			   struct err *e)
{
	size_t n = strcspn(opt, strchr(opt, '=') ? "=" : ":");
	const char *v = opt[n] ? opt + n + 1 : "";
	bool seccomp = n == 7 && !strncmp(opt, "seccomp", 7);

	if (!*v && strncmp(opt, "no-new-privileges", n > 17 ? n : 17))
		return err_set(e, ERR_INVALID, "Invalid --security-opt: \"%s\"", opt);
	if (!strcmp(opt, "systempaths=unconfined")) {
		*unmask = true;
		return 0;
	}
	if (seccomp && strcmp(v, "unconfined") && strcmp(v, "builtin"))
		return profile(a, v, all, e);
	if (seccomp)
		strs_printf(a, all, "seccomp=%s", v);
	else
		strs_add(a, all, arena_strdup(a, opt));
	return 0;
}

int runvalues_security(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	struct strs all = {0}, none = {0};
	bool unmask = false;

	for (size_t i = 0; i < v->n; i++)
		if (security_option(a, v->v[i], &all, &unmask, e))
			return -1;
	if (all.n)
		json_w_strs(w, "SecurityOpt", &all);
	if (unmask) {
		json_w_strs(w, "MaskedPaths", &none);
		json_w_strs(w, "ReadonlyPaths", &none);
	}
	return 0;
}

void runvalues_caps(struct arena *a, struct json_w *w, const char *key, const struct strs *v)
{
	struct strs all = {0};

	if (!v->n)
		return;
	for (size_t i = 0; i < v->n; i++) {
		bool bare = !strcasecmp(v->v[i], "ALL") || !strncasecmp(v->v[i], "CAP_", 4);
		char *name = arena_printf(a, "%s%s", bare ? "" : "CAP_", v->v[i]);

		for (char *p = name; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		strs_add(a, &all, name);
	}
	json_w_strs(w, key, &all);
}

int runvalues_map(struct arena *a, struct json_w *w, const char *key, const char *bad,
		  const struct strs *v, struct err *e)
{
	struct strs all = {0};

	if (!v->n)
		return 0;
	for (size_t i = 0; i < v->n; i++) {
		const char *kv = v->v[i];

		if (bad && (!strchr(kv, '=') || *kv == '='))
			return err_set(e, ERR_INVALID, "%s: '%s': want key=value", bad, kv);
		strs_add(a, &all, strchr(kv, '=') ? v->v[i] : arena_printf(a, "%s=", kv));
	}
	json_w_map(w, key, &all);
	return 0;
}

static const char *cpus(const char *text, int64_t *ret)
{
	int64_t whole = 0, nano = 0, unit = 100000000;
	const char *digits = text + (*text == '-'), *p = digits;

	while (isdigit((unsigned char)*p) && whole < 1000000)
		whole = whole * 10 + (*p++ - '0');
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p) && (unit || *p == '0'); p++, unit /= 10)
			nano += (*p - '0') * unit;
	if (isdigit((unsigned char)*p) && !unit)
		return "value is too precise";
	if (*p || p == digits)
		return "";
	*ret = (whole * 1000000000 + nano) * (*text == '-' ? -1 : 1);
	return NULL;
}

int runvalues_cpus(const char *text, int64_t *ret, struct err *e)
{
	const char *wrong = cpus(text, ret);

	if (!wrong)
		return 0;
	if (*wrong)
		err_set(e, ERR_INVALID, "%s", wrong);
	else
		err_set(e, ERR_INVALID,
			"failed to parse %.300s as a rational number: use a number such as 1.5",
			text);
	return option_bad("--cpus", text, e);
}

int runvalues_restart(struct json_w *w, const char *text, struct err *e)
{
	size_t n = strcspn(text, ":");
	int64_t max = 0;

	if (text[n] && !n)
		return err_set(e, ERR_INVALID,
			       "invalid restart policy format: no policy provided before colon");
	if (text[n] && text[n + 1] && units_number(text + n + 1, INT32_MIN, INT32_MAX, &max))
		return err_set(e, ERR_INVALID,
			       "invalid restart policy format: maximum retry count must be an "
			       "integer");
	json_w_obj(w, "RestartPolicy");
	json_w_strn(w, "Name", text, n);
	json_w_int(w, "MaximumRetryCount", max);
	json_w_end(w);
	return 0;
}

int runvalues_log(struct arena *a, struct json_w *w, const char *driver, const struct strs *opts,
		  struct err *e)
{
	if (driver && !strcmp(driver, "none") && opts->n)
		return err_set(e, ERR_INVALID, "invalid logging opts for driver none");
	if (!opts->n && !(driver && *driver))
		return 0;
	json_w_obj(w, "LogConfig");
	json_w_str(w, "Type", driver ? driver : "");
	if (runvalues_map(a, w, "Config", NULL, opts, e))
		return -1;
	json_w_end(w);
	return 0;
}
