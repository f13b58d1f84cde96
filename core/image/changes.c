/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line, one instruction: no continuation, no variables, no stages. What a build does with a
 * whole Dockerfile belongs to the build room, which stands above this one.
 *
 * CMD, ENTRYPOINT, VOLUME and HEALTHCHECK's CMD take a JSON list of strings; what is no such list
 * is the shell form, run by /bin/sh -c, as Docker decides it.
 */
#include "image/changes.h"
#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE (1 << 16)

static const char *skip(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* The exec form, or 0 where text is none. */
static int exec_form(struct arena *a, const char *text, struct strs *ret)
{
	struct strs list = {0};
	const struct json *v;
	struct json_iter it;
	struct err ignored;

	if (*text != '[')
		return 0;
	v = json_parse(a, text, strlen(text), MAX_LINE, "list", &ignored);
	if (json_typeof(v) != JSON_ARR)
		return 0;
	it = json_iter(v);
	while ((v = json_next(&it, NULL))) {
		if (json_typeof(v) != JSON_STR)
			return 0;
		strs_add(a, &list, arena_strdup(a, json_str(v, "")));
	}
	*ret = list;
	return 1;
}

static void command(struct arena *a, const char *text, struct strs *ret)
{
	struct strs list = {0};

	if (exec_form(a, text, ret))
		return;
	strs_add(a, &list, arena_strdup(a, "/bin/sh"));
	strs_add(a, &list, arena_strdup(a, "-c"));
	strs_add(a, &list, arena_strdup(a, text));
	*ret = list;
}

/* The next word, with quotes and backslashes undone; NULL at the end. */
static char *word(struct arena *a, const char **text)
{
	const char *p = skip(*text);
	char *ret, *out, quote = 0;

	if (!*p)
		return NULL;
	ret = out = arena_alloc(a, strlen(p) + 1);
	for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'')
			quote = quote ? 0 : *p;
		else if (*p == '\\' && quote != '\'' && p[1])
			*out++ = *++p;
		else
			*out++ = *p;
	}
	*text = p;
	return ret;
}

/* "key=value" into the list, replacing the same key. */
static void set_pair(struct arena *a, struct strs *list, char *pair)
{
	size_t n = strcspn(pair, "=") + 1;

	for (size_t i = 0; i < list->n; i++) {
		if (!strncmp(list->v[i], pair, n)) {
			list->v[i] = pair;
			return;
		}
	}
	strs_add(a, list, pair);
}

/* ENV and LABEL: k=v k="v w", or the old form `k rest of the line`. */
static int pairs(struct arena *a, const char *what, const char *text, struct strs *list,
		 struct err *e)
{
	const char *p = text;
	char *w = word(a, &p);

	if (w && !strchr(w, '=')) {
		p = skip(p);
		if (!*p)
			return err_set(e, ERR_INVALID, "%s must have two arguments", what);
		set_pair(a, list, arena_printf(a, "%s=%s", w, p));
		return 0;
	}
	for (; w; w = word(a, &p)) {
		if (!strchr(w, '=') || *w == '=')
			return err_set(e, ERR_INVALID, "%s \"%s\": want key=value", what, w);
		set_pair(a, list, w);
	}
	return 0;
}

static int expose_one(struct arena *a, const char *w, struct changes *c, struct err *e)
{
	char *end;
	long from = strtol(w, &end, 10), to = from;
	const char *proto;

	if (isdigit((unsigned char)*w) && *end == '-')
		to = strtol(end + 1, &end, 10);
	proto = *end == '/' ? end + 1 : "tcp";
	if (!isdigit((unsigned char)*w) || (*end && *end != '/') || from < 1 || to > 65535 ||
	    to < from || (strcmp(proto, "tcp") && strcmp(proto, "udp") && strcmp(proto, "sctp")))
		return err_set(e, ERR_INVALID, "EXPOSE \"%s\": want PORT[-PORT][/tcp|udp|sctp]", w);
	for (; from <= to; from++)
		set_pair(a, &c->exposed, arena_printf(a, "%ld/%s=", from, proto));
	return 0;
}

static int words(struct arena *a, const char *text, struct changes *c, int volume, struct err *e)
{
	struct strs list = {0};
	char *w;

	if (!volume || !exec_form(a, text, &list))
		while ((w = word(a, &text)))
			strs_add(a, &list, w);
	for (size_t i = 0; i < list.n; i++) {
		if (!*list.v[i])
			return err_set(e, ERR_INVALID,
				       "VOLUME specified can not be an empty string");
		if (volume)
			set_pair(a, &c->volumes, arena_printf(a, "%s=", list.v[i]));
		else if (expose_one(a, list.v[i], c, e))
			return -1;
	}
	return 0;
}

static int duration(const char *text, int64_t *ret, struct err *e)
{
	int64_t ns;

	if (units_duration(text, &ns) || ns < 0)
		return err_set(e, ERR_INVALID, "\"%s\" is no duration: want 30s, 1m30s, ...", text);
	*ret = ns;
	return 0;
}

static int health_option(char *w, struct changes *c, struct err *e)
{
	char *value = strchr(w, '=');

	if (value) {
		*value++ = 0;
		if (!strcmp(w, "--interval"))
			return duration(value, &c->interval, e);
		if (!strcmp(w, "--timeout"))
			return duration(value, &c->timeout, e);
		if (!strcmp(w, "--start-period"))
			return duration(value, &c->start_period, e);
		if (!strcmp(w, "--start-interval"))
			return duration(value, &c->start_interval, e);
	}
	if (!value || strcmp(w, "--retries"))
		return err_set(e, ERR_INVALID, "HEALTHCHECK: unknown flag %s", w);
	c->retries = strtol(value, &value, 10);
	return *value || c->retries < 0 ? err_set(e, ERR_INVALID, "HEALTHCHECK: bad --retries") : 0;
}

static int health(struct arena *a, const char *text, struct changes *c, struct err *e)
{
	struct strs list = {0};
	char *w = word(a, &text);

	for (; w && !strncmp(w, "--", 2); w = word(a, &text))
		if (health_option(w, c, e))
			return -1;
	c->health = (struct strs){0};
	if (w && !strcasecmp(w, "NONE")) {
		strs_add(a, &c->health, arena_strdup(a, "NONE"));
		return 0;
	}
	text = skip(text);
	if (!w || strcasecmp(w, "CMD") || !*text)
		return err_set(e, ERR_INVALID, "HEALTHCHECK: want NONE or CMD command");
	if (exec_form(a, text, &list)) {
		strs_add(a, &c->health, arena_strdup(a, "CMD"));
		for (size_t i = 0; i < list.n; i++)
			strs_add(a, &c->health, list.v[i]);
		return 0;
	}
	strs_add(a, &c->health, arena_strdup(a, "CMD-SHELL"));
	strs_add(a, &c->health, arena_strdup(a, text));
	return 0;
}

static void workdir(struct arena *a, const char *text, struct changes *c)
{
	const char *base = c->workdir ? c->workdir : "/";

	if (*text == '/')
		c->workdir = arena_strdup(a, text);
	else
		c->workdir = arena_printf(a, "%s%s%s", base, base[1] ? "/" : "", text);
}

int changes_apply(struct arena *a, const char *line, struct changes *c, struct err *e)
{
	const char *p = skip(line), *rest;
	size_t n = strcspn(p, " \t");
	char name[16], *text;

	if (strlen(line) > MAX_LINE || n >= sizeof(name))
		return err_set(e, ERR_INVALID, "unknown instruction in --change \"%.60s\"", line);
	for (size_t i = 0; i <= n; i++)
		name[i] = i < n ? (char)toupper((unsigned char)p[i]) : 0;
	rest = skip(p + n);
	text = arena_strdup(a, rest);
	for (size_t k = strlen(text); k && isspace((unsigned char)text[k - 1]); k--)
		text[k - 1] = 0;
	if (!*text)
		return err_set(e, ERR_INVALID, "--change %s: the instruction needs an argument",
			       name);
	if (!strcmp(name, "CMD"))
		return command(a, text, &c->cmd), c->has_cmd = true, 0;
	if (!strcmp(name, "ENTRYPOINT"))
		return command(a, text, &c->entrypoint), c->has_entrypoint = true, 0;
	if (!strcmp(name, "ENV") || !strcmp(name, "LABEL"))
		return pairs(a, name, text, *name == 'E' ? &c->env : &c->labels, e);
	if (!strcmp(name, "EXPOSE") || !strcmp(name, "VOLUME"))
		return words(a, text, c, *name == 'V', e);
	if (!strcmp(name, "HEALTHCHECK"))
		return health(a, text, c, e);
	if (!strcmp(name, "ONBUILD"))
		return strs_add(a, &c->onbuild, text), 0;
	if (!strcmp(name, "STOPSIGNAL"))
		return c->stopsignal = text, 0;
	if (!strcmp(name, "USER"))
		return c->user = text, 0;
	if (!strcmp(name, "WORKDIR"))
		return workdir(a, text, c), 0;
	return err_set(e, ERR_INVALID, "%s is not a valid change command", name);
}

static int cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* {"80/tcp":{}}, sorted as Go's maps are. */
static void write_set(struct json_w *w, const char *key, const struct strs *s)
{
	AUTO_ARENA a = ARENA_INIT;
	char **v = arena_array(&a, s->n + 1, sizeof(*v));

	if (!s->n)
		return;
	memcpy(v, s->v, s->n * sizeof(*v));
	qsort(v, s->n, sizeof(*v), cmp);
	json_w_obj(w, key);
	for (size_t i = 0; i < s->n; i++) {
		char *name = arena_strndup(&a, v[i], strlen(v[i]) - 1); /* without its '=' */

		json_w_obj(w, name);
		json_w_end(w);
	}
	json_w_end(w);
}

static void write_health(const struct changes *c, struct json_w *w)
{
	if (!c->health.n)
		return;
	json_w_obj(w, "Healthcheck");
	json_w_strs(w, "Test", &c->health);
	if (c->interval)
		json_w_int(w, "Interval", c->interval);
	if (c->timeout)
		json_w_int(w, "Timeout", c->timeout);
	if (c->start_period)
		json_w_int(w, "StartPeriod", c->start_period);
	if (c->start_interval)
		json_w_int(w, "StartInterval", c->start_interval);
	if (c->retries)
		json_w_int(w, "Retries", c->retries);
	json_w_end(w);
}

void changes_write(const struct changes *c, struct json_w *w)
{
	if (c->user)
		json_w_str(w, "User", c->user);
	write_set(w, "ExposedPorts", &c->exposed);
	if (c->env.n)
		json_w_strs(w, "Env", &c->env);
	if (c->has_entrypoint)
		json_w_strs(w, "Entrypoint", &c->entrypoint);
	if (c->has_cmd)
		json_w_strs(w, "Cmd", &c->cmd);
	write_health(c, w);
	write_set(w, "Volumes", &c->volumes);
	if (c->workdir)
		json_w_str(w, "WorkingDir", c->workdir);
	if (c->onbuild.n)
		json_w_strs(w, "OnBuild", &c->onbuild);
	if (c->labels.n)
		json_w_map(w, "Labels", &c->labels);
	if (c->stopsignal)
		json_w_str(w, "StopSignal", c->stopsignal);
}
