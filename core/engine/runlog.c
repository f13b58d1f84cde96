/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that Docker refuses when the container starts is refused at create here. Regular
 * expressions are those of base/pattern.h, which agree with Go's on what is written in labels-regex
 * and env-regex.
 */
#include "engine/runlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/pattern.h"
#include "container/shimlog.h"

#define BUFFER 1000000 /* Docker's max-buffer-size: "1m" */

static const char *option(const struct request *r, const char *key)
{
	size_t n = strlen(key);
	const char *v = NULL;

	for (size_t i = 0; i < r->log_opts.n; i++)
		if (!strncmp(r->log_opts.v[i], key, n) && r->log_opts.v[i][n] == '=')
			v = r->log_opts.v[i] + n + 1;
	return v;
}

static const char *driver_of(const struct request *r)
{
	return *r->log_driver ? r->log_driver : "json-file";
}

bool runlog_readable(const struct request *r)
{
	return strcmp(driver_of(r), "none") != 0;
}

const char *runlog_path(struct arena *a, const struct request *r, const char *cdir, const char *id)
{
	return runlog_readable(r) ? arena_printf(a, "%s/%s-json.log", cdir, id) : NULL;
}

/* ---- values */

/* Docker's sizes: 10, 10k, 1.5m, 2GB, 3 MiB. */
static int size(const char *text, int64_t unit, int64_t *ret, struct err *e)
{
	static const char units[] = "kmgtp";
	size_t digits = strspn(text, "0123456789.");
	const char *p = text + digits + (text[digits] == ' '), *u;
	double v = strtod(text, NULL);

	if (!digits || *text == '.' || strcspn(text, "0123456789") > 0)
		return err_set(e, ERR_INVALID, "invalid size: '%.100s'", text);
	u = *p ? strchr(units, *p | 0x20) : NULL;
	if (u) {
		for (const char *k = units; k <= u; k++)
			v *= (double)unit;
		p++;
	}
	p += *p == 'i' || *p == 'I';
	p += *p == 'b' || *p == 'B';
	if (*p || v > 9e18)
		return err_set(e, ERR_INVALID, "invalid size: '%.100s'", text);
	*ret = (int64_t)v;
	return 0;
}

static int number(const char *text, int64_t *ret, struct err *e)
{
	char *end;

	*ret = strtoll(text, &end, 10);
	if (!*text || *end)
		return err_set(e, ERR_INVALID, "strconv.Atoi: parsing \"%.100s\": invalid syntax",
			       text);
	return 0;
}

static int boolean(const char *text, bool *ret, struct err *e)
{
	static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
	static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

	for (int i = 0; i < 6; i++)
		if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
			*ret = !strcmp(text, yes[i]);
			return 0;
		}
	return err_set(e, ERR_INVALID, "strconv.ParseBool: parsing \"%.100s\": invalid syntax",
		       text);
}

static int limits(const struct request *r, struct spec_log *l, struct err *e)
{
	const char *max_size = option(r, "max-size"), *max_file = option(r, "max-file"),
		   *compress = option(r, "compress");

	l->max_size = max_size ? -1 : RUNLOG_MAX_SIZE;
	l->max_files = max_size ? 1 : RUNLOG_MAX_FILES;
	if (max_size && strcmp(max_size, "-1")) {
		if (size(max_size, 1000, &l->max_size, e))
			return -1;
		if (l->max_size <= 0)
			return err_set(e, ERR_INVALID, "max-size must be a positive number");
	}
	if (max_file && number(max_file, &l->max_files, e))
		return -1;
	if (l->max_files < 1)
		return err_set(e, ERR_INVALID, "max-file cannot be less than 1");
	if (l->max_files > SHIMLOG_MAX_FILES)
		return err_set(e, ERR_INVALID, "max-file cannot be more than %d",
			       SHIMLOG_MAX_FILES);
	if (compress && boolean(compress, &l->compress, e))
		return -1;
	if (l->compress && (l->max_files < 2 || l->max_size <= 0))
		return err_set(e, ERR_INVALID,
			       "compress cannot be true when max-file is less than 2 or max-size "
			       "is not set");
	return 0;
}

static int mode(const struct request *r, struct spec_log *l, struct err *e)
{
	const char *m = option(r, "mode"), *buffer = option(r, "max-buffer-size");

	if (m && *m && strcmp(m, "blocking") && strcmp(m, "non-blocking"))
		return err_set(e, ERR_INVALID, "logger: logging mode not supported: %.100s", m);
	l->nonblocking = m && !strcmp(m, "non-blocking");
	l->buffer = BUFFER;
	if (!buffer)
		return 0;
	if (!l->nonblocking)
		return err_set(e, ERR_INVALID,
			       "logger: max-buffer-size option is only supported with "
			       "'mode=non-blocking'");
	return size(buffer, 1024, &l->buffer, e)
		       ? err_wrap(e, "error parsing option max-buffer-size")
		       : 0;
}

static int known(const struct request *r, struct err *e)
{
	static const char *const names[] = {
		"max-size", "max-file",	 "compress", "labels", "labels-regex",
		"env",	    "env-regex", "tag",	     "mode",   "max-buffer-size",
	};

	for (size_t i = 0; i < r->log_opts.n; i++) {
		const char *o = r->log_opts.v[i];
		size_t n = strcspn(o, "="), k = 0;

		while (k < sizeof(names) / sizeof(*names) &&
		       (strlen(names[k]) != n || strncmp(names[k], o, n)))
			k++;
		if (k == sizeof(names) / sizeof(*names))
			return err_set(e, ERR_INVALID,
				       "unknown log opt '%.*s' for json-file log driver",
				       n > 100 ? 100 : (int)n, o);
	}
	return 0;
}

/* ---- attributes */

/* The part of a "key=value" list whose keys stand in `names` (by commas) or match `pattern`. */
static int pick(struct arena *a, const struct strs *from, const char *names, const char *pattern,
		struct strs *to, struct err *e)
{
	struct pattern re;

	if (pattern && *pattern && pattern_compile(pattern, &re))
		return err_set(e, ERR_INVALID, "error parsing regexp: `%.200s`", pattern);
	for (size_t i = 0; i < from->n; i++) {
		size_t n = strcspn(from->v[i], "=");
		const char *key = arena_strndup(a, from->v[i], n);
		bool take = pattern && *pattern && pattern_match(&re, key);

		for (const char *p = names; p && !take; p = strchr(p, ',')) {
			p += *p == ',';
			take = strcspn(p, ",") == n && !strncmp(p, key, n) && n;
		}
		if (take && from->v[i][n])
			strs_add(a, to, from->v[i]);
	}
	return 0;
}

/* Docker's tag template: fields of the container in braces. */
static int expand(struct arena *a, const char *tag, const struct request *r,
		  const struct runspec_place *p, const char **ret, struct err *e)
{
	const char *id = p ? p->id : "", *image = p ? p->image : "";
	const struct {
		const char *name, *value;
		int max;
	} fields[] = {
		{".ID", id, 12},
		{".FullID", id, 64},
		{".Name", p ? p->name : "", 300},
		{".ImageName", r->image, 1000},
		{".ImageID", image, 12},
		{".ImageFullID", image, 100},
		{".DaemonName", "docker", 10},
	};
	AUTO_BUF b = BUF_INIT;

	while (*tag) {
		size_t n = strcspn(tag, "{"), i = 0, len;
		const char *end, *name;

		buf_append(&b, tag, n);
		tag += n;
		if (strncmp(tag, "{{", 2)) {
			buf_append(&b, tag, *tag != 0);
			tag += *tag != 0;
			continue;
		}
		end = strstr(tag, "}}");
		name = tag + 2 + strspn(tag + 2, " ");
		len = strcspn(name, " }");
		while (i < 7 &&
		       (strlen(fields[i].name) != len || strncmp(name, fields[i].name, len)))
			i++;
		if (!end || i == 7 || name + len + strspn(name + len, " ") != end)
			return err_set(e, ERR_INVALID,
				       "log-opt tag: '%.100s': .ID .FullID .Name .ImageName "
				       ".ImageID .ImageFullID and .DaemonName can stand in {{ }}",
				       tag);
		buf_printf(&b, "%.*s", fields[i].max, fields[i].value);
		tag = end + 2;
	}
	*ret = arena_strdup(a, b.data ? b.data : "");
	return 0;
}

static int compare(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t nx = strcspn(x, "="), ny = strcspn(y, "=");
	int c = memcmp(x, y, nx < ny ? nx : ny);

	return c ? c : (nx > ny) - (nx < ny);
}

/* As Go writes a map: keys in order, each once, the last one counts. */
static void write_attrs(struct arena *a, struct strs *all, struct spec_log *l)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	for (size_t i = 1; i < all->n; i++) /* stable: insertion */
		for (size_t k = i; k && compare(&all->v[k - 1], &all->v[k]) > 0; k--) {
			char *t = all->v[k];

			all->v[k] = all->v[k - 1];
			all->v[k - 1] = t;
		}
	json_w_obj(&w, NULL);
	for (size_t i = 0; i < all->n; i++) {
		size_t n = strcspn(all->v[i], "=");

		if (i + 1 < all->n && !compare(&all->v[i], &all->v[i + 1]))
			continue;
		json_w_str(&w, arena_strndup(a, all->v[i], n), all->v[i] + n + 1);
	}
	json_w_end(&w);
	l->attrs = arena_strdup(a, b.data);
}

static int attributes(struct arena *a, const struct request *r, const struct runspec_place *p,
		      struct spec_log *l, struct err *e)
{
	const char *tag = option(r, "tag"), *text = "";
	struct strs all = {0};

	if (pick(a, &r->labels, option(r, "labels"), option(r, "labels-regex"), &all, e) ||
	    pick(a, &r->env, option(r, "env"), option(r, "env-regex"), &all, e) ||
	    (tag && expand(a, tag, r, p, &text, e)))
		return -1;
	if (*text)
		strs_printf(a, &all, "tag=%s", text);
	if (!all.n)
		return 0;
	write_attrs(a, &all, l);
	if (strlen(l->attrs) > SHIMLOG_MAX_ATTRS)
		return err_set(e, ERR_INVALID,
			       "the labels and variables of --log-opt are too long: %zu bytes, at "
			       "most %d",
			       strlen(l->attrs), SHIMLOG_MAX_ATTRS);
	return 0;
}

int runlog_build(struct arena *a, const struct request *r, const struct runspec_place *p,
		 struct spec_log *ret, struct err *e)
{
	struct spec_log l = {.driver = driver_of(r)};

	if (!strcmp(l.driver, "none")) {
		*ret = l;
		return r->log_opts.n
			       ? err_set(e, ERR_INVALID, "invalid logging opts for driver none")
			       : 0;
	}
	if (strcmp(l.driver, "json-file"))
		return err_set(e, ERR_INVALID,
			       "error looking up logging plugin %.100s: plugin \"%.100s\" not found"
			       " (there are json-file and none)",
			       l.driver, l.driver);
	if (mode(r, &l, e) || known(r, e) || limits(r, &l, e) || attributes(a, r, p, &l, e))
		return -1;
	l.path = p ? runlog_path(a, r, p->cdir, p->id) : NULL;
	*ret = l;
	return 0;
}
