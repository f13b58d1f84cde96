/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The health file is written by the shim, by rename, and everybody else only reads it: bounded, and
 * passed on as it is if it is JSON. What a container says in its probes' output is inside strings.
 * A container that ended counts as unhealthy, as in Docker, and so does one whose file went with a
 * reboot.
 */
#include "engine/shape.h"
#include "base/file.h"
#include "base/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEALTH_MAX (512 << 10) /* five outputs of 4 KiB, however they are escaped */

/* x, y: places in the list. By key, and of equal ones by place. */
static int by_key(const void *x, const void *y)
{
	char *const *a = *(char *const *const *)x, *const *b = *(char *const *const *)y;
	size_t na = strcspn(*a, "="), nb = strcspn(*b, "=");
	int d = memcmp(*a, *b, na < nb ? na : nb);

	if (!d)
		d = (na > nb) - (na < nb);
	return d ? d : (a > b) - (a < b);
}

static bool same_key(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return n == strcspn(b, "=") && !memcmp(a, b, n);
}

static struct strs sorted(struct arena *a, const struct strs *list)
{
	char ***places = arena_array(a, list->n + 1, sizeof(*places));
	struct strs out = {0};

	for (size_t i = 0; i < list->n; i++)
		places[i] = &list->v[i];
	qsort(places, list->n, sizeof(*places), by_key);
	for (size_t i = 0; i < list->n; i++)
		strs_add(a, &out, *places[i]);
	return out;
}

void shape_map(struct json_w *w, struct arena *a, const char *key, const struct strs *list)
{
	struct strs s = sorted(a, list);

	json_w_obj(w, key);
	for (size_t i = 0; i < s.n; i++) {
		size_t n = strcspn(s.v[i], "=");

		if (i + 1 < s.n && same_key(s.v[i], s.v[i + 1]))
			continue;
		json_w_str(w, arena_strndup(a, s.v[i], n), s.v[i][n] ? s.v[i] + n + 1 : "");
	}
	json_w_end(w);
}

void shape_set(struct json_w *w, struct arena *a, const char *key, const struct strs *list)
{
	struct strs s = sorted(a, list);

	json_w_obj(w, key);
	for (size_t i = 0; i < s.n; i++) {
		json_w_obj(w, s.v[i]);
		json_w_end(w);
	}
	json_w_end(w);
}

void shape_time(struct json_w *w, const char *key, int64_t ns)
{
	char text[STAMP_LEN] = STAMP_ZERO;

	if (ns)
		stamp_format(ns, text);
	json_w_str(w, key, text);
}

const char *shape_status(struct arena *a, const struct status *st, const char *health, int64_t now)
{
	const struct home_state *s = &st->state;
	char since[64];

	switch (st->kind) {
	case STATUS_CREATED:
		return "Created";
	case STATUS_REMOVING:
		return "Removal In Progress";
	case STATUS_DEAD:
		return "Dead";
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		stamp_human(now - s->started, since, sizeof(since));
		if (st->kind == STATUS_PAUSED)
			return arena_printf(a, "Up %s (Paused)", since);
		if (!*health)
			return arena_printf(a, "Up %s", since);
		return arena_printf(a, "Up %s (%s%s)", since,
				    strcmp(health, "starting") ? "" : "health: ", health);
	case STATUS_RESTARTING:
	case STATUS_EXITED:
		stamp_human(now - s->finished, since, sizeof(since));
		return arena_printf(a, "%s (%d) %s ago",
				    st->kind == STATUS_EXITED ? "Exited" : "Restarting",
				    s->exit_code, since);
	}
	return "";
}

const char *shape_command(struct arena *a, const struct strs *entrypoint, const struct strs *cmd)
{
	const struct strs *lists[] = {entrypoint, cmd};
	AUTO_BUF b = BUF_INIT;

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const char *s = lists[l]->v[i];
			bool quote = b.data && strchr(s, ' ');

			buf_printf(&b, "%s%s%s%s", b.data ? " " : "", quote ? "'" : "", s,
				   quote ? "'" : "");
		}
	return b.data ? arena_strndup(a, b.data, b.len) : "";
}

/* ---- networks */

const char *shape_network(const char *mode)
{
	return !*mode || !strcmp(mode, "default") ? "bridge" : mode;
}

/* ---- health */

void shape_health(struct engine *en, struct arena *a, const char *id, bool checked,
		  const struct status *st, struct shape_health *ret)
{
	bool runs = st->kind == STATUS_RUNNING || st->kind == STATUS_PAUSED;
	AUTO_BUF b = BUF_INIT;
	char path[80];
	struct err why;

	*ret = (struct shape_health){.status = ""};
	if (!checked || !st->state.started)
		return;
	snprintf(path, sizeof(path), "%s/health", id);
	if (!file_read(en->run_containers, path, HEALTH_MAX, &b, &why))
		ret->object = json_parse(a, b.data ? b.data : "", b.len, HEALTH_MAX, path, &why);
	ret->status = json_str(json_get(ret->object, "Status"), "");
	if (!*ret->status) {
		ret->object = NULL;
		ret->status = runs ? "starting" : "unhealthy";
	}
}
