/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer in the order of Docker's. What Docker has as a path is one here too, to what it really
 * is: MergedDir and SandboxKey lead through /proc of the container's first process, since its root
 * is mounted nowhere else and its network namespace has no other name. Files that are made at the
 * first start have no path before it, as in Docker.
 */
#include "engine/inspect.h"
#include "container/apparmor.h"
#include "engine/containers.h"
#include "engine/disksize.h"
#include "engine/execs.h"
#include "engine/images.h"
#include "engine/inspect_config.h"
#include "engine/inspect_host.h"
#include "engine/netshow.h"
#include "engine/runlog.h"
#include "engine/shape.h"
#include "engine/status.h"

#include <fcntl.h>
#include <string.h>

struct subject {
	struct engine *en;
	struct arena *a;
	struct containers_one c;
	struct status st;
	struct netshow net;
	bool started; /* at least once, or it was tried */
};

static void write_command(const struct subject *s, struct json_w *w)
{
	const struct request *r = &s->c.req;
	const struct strs *first = r->entrypoint.n ? &r->entrypoint : &r->cmd;

	json_w_str(w, "Path", first->n ? first->v[0] : "");
	json_w_arr(w, "Args");
	for (size_t i = 1; i < first->n; i++)
		json_w_str(w, NULL, first->v[i]);
	for (size_t i = 0; first != &r->cmd && i < r->cmd.n; i++)
		json_w_str(w, NULL, r->cmd.v[i]);
	json_w_arr_end(w);
}

static void write_health(const struct subject *s, struct json_w *w)
{
	const struct strs *test = &s->c.req.health.test;
	bool checked = test->n && strcmp(test->v[0], "NONE");
	struct shape_health h;

	shape_health(s->en, s->a, s->c.id, checked, &s->st, &h);
	if (h.object) {
		json_w_val(w, "Health", h.object);
	} else if (*h.status) {
		json_w_obj(w, "Health");
		json_w_str(w, "Status", h.status);
		json_w_int(w, "FailingStreak", 0);
		json_w_arr(w, "Log");
		json_w_arr_end(w);
		json_w_end(w);
	}
}

static void write_state(const struct subject *s, struct json_w *w)
{
	const struct home_state *h = &s->st.state;
	bool process = s->st.kind == STATUS_RUNNING || s->st.kind == STATUS_PAUSED;

	json_w_obj(w, "State");
	json_w_str(w, "Status", status_word(s->st.kind));
	json_w_bool(w, "Running", h->running);
	json_w_bool(w, "Paused", s->st.kind == STATUS_PAUSED);
	json_w_bool(w, "Restarting", s->st.kind == STATUS_RESTARTING);
	json_w_bool(w, "OOMKilled", h->oom);
	json_w_bool(w, "Dead", s->st.kind == STATUS_DEAD);
	json_w_int(w, "Pid", process ? h->pid : 0);
	json_w_int(w, "ExitCode", process ? 0 : h->exit_code);
	json_w_str(w, "Error", h->error);
	shape_time(w, "StartedAt", h->started);
	shape_time(w, "FinishedAt", h->finished);
	write_health(s, w);
	json_w_end(w);
}

static void write_paths(const struct subject *s, struct json_w *w)
{
	static const char *const files[][2] = {{"ResolvConfPath", "resolv.conf"},
					       {"HostnamePath", "hostname"},
					       {"HostsPath", "hosts"}};
	const char *log = runlog_path(s->a, &s->c.req, s->c.cdir, s->c.id);

	for (size_t i = 0; i < 3; i++)
		json_w_str(w, files[i][0],
			   s->started ? arena_printf(s->a, "%s/%s", s->c.rdir, files[i][1]) : "");
	json_w_str(w, "LogPath", log && s->started ? log : "");
}

static const char *apparmor(const struct request *r)
{
	const char *def = apparmor_default();

	for (size_t i = r->security_opt.n; def && i-- > 0;)
		if (!strncmp(r->security_opt.v[i], "apparmor", 8) && r->security_opt.v[i][8])
			return r->security_opt.v[i] + 9;
	if (def && r->privileged)
		return "unconfined";
	return def ? def : "";
}

static void write_execs(const struct subject *s, struct json_w *w)
{
	struct strs ids = {0};

	execs_ids(s->en, s->a, s->c.id, &ids);
	json_w_strs(w, "ExecIDs", ids.n ? &ids : NULL);
}

static void write_overlay(const struct subject *s, struct json_w *w, const struct strs *ids)
{
	AUTO_BUF lower = BUF_INIT;

	for (size_t i = ids->n; i-- > 0;)
		buf_printf(&lower, "%s%s/layers/%s/diff", lower.len ? ":" : "", s->en->store.root,
			   ids->v[i]);
	json_w_obj(w, "Data");
	json_w_str(w, "ID", s->c.id);
	json_w_str(w, "LowerDir", lower.data ? lower.data : "");
	json_w_str(w, "MergedDir",
		   s->st.state.pid ? arena_printf(s->a, "/proc/%d/root", s->st.state.pid)
				   : arena_printf(s->a, "%s/merged", s->c.cdir));
	json_w_str(w, "UpperDir", arena_printf(s->a, "%s/upper", s->c.cdir));
	json_w_str(w, "WorkDir", arena_printf(s->a, "%s/work", s->c.cdir));
	json_w_end(w);
}

static void write_driver(const struct subject *s, struct json_w *w, const char *driver,
			 const struct strs *ids)
{
	json_w_obj(w, "GraphDriver");
	if (strcmp(driver, driver_overlay.name))
		json_w_null(w, "Data");
	else
		write_overlay(s, w, ids);
	json_w_str(w, "Name", driver);
	json_w_end(w);
}

static void write_size(const struct subject *s, struct json_w *w)
{
	struct disksize d;
	struct err gone;

	if (disksize_of(s->en, s->c.id, &d, &gone))
		return;
	json_w_int(w, "SizeRw", d.rw);
	json_w_int(w, "SizeRootFs", d.rootfs);
}

static void write_all(const struct subject *s, struct json_w *w, bool size)
{
	AUTO_FD int cdir = openat(s->en->containers, s->c.id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct json *mounts = json_get(s->c.record, "Mounts");
	struct strs layers = {0};
	const char *driver = "";
	struct err e;

	if (cdir >= 0)
		images_layers(cdir, s->a, &driver, &layers, &e);
	json_w_obj(w, NULL);
	json_w_str(w, "Id", s->c.id);
	json_w_str(w, "Created", json_str(json_get(s->c.record, "Created"), ""));
	write_command(s, w);
	write_state(s, w);
	json_w_str(w, "Image", s->c.image);
	write_paths(s, w);
	json_w_str(w, "Name", arena_printf(s->a, "/%s", s->c.name));
	json_w_int(w, "RestartCount", s->st.state.restarts);
	json_w_str(w, "Driver", driver);
	json_w_str(w, "Platform", "linux");
	json_w_str(w, "MountLabel", "");
	json_w_str(w, "ProcessLabel", "");
	json_w_str(w, "AppArmorProfile", apparmor(&s->c.req));
	write_execs(s, w);
	inspect_host(w, s->en, s->a, &s->c);
	write_driver(s, w, driver, &layers);
	if (size)
		write_size(s, w);
	if (json_typeof(mounts) == JSON_ARR)
		json_w_val(w, "Mounts", mounts);
	else
		json_w_raw(w, "Mounts", "[]", 2);
	inspect_config(w, s->a, &s->c, netshow_mac(&s->net));
	netshow_settings(w, "NetworkSettings", &s->net);
	json_w_end(w);
}

int inspect_container(struct engine *en, const char *ref, bool size, struct buf *json,
		      struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct netshow_known known = {en, &a, NULL};
	struct subject s = {.en = en, .a = &a};
	struct json_w w = JSON_W(json);

	if (containers_load(en, &a, ref, &s.c, e) || status_of(en, &a, &s.c, &s.st, e))
		return -1;
	s.started = s.st.state.started || s.st.state.exit_code;
	netshow_load(en, &a, &known, &s.c, &s.st, &s.net);
	w.verbatim = true;
	write_all(&s, &w, size);
	return 0;
}
