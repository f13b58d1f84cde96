/* SPDX-License-Identifier: Apache-2.0 */
/* proa-runc state, list, ps, events, features, spec. */
#include "applets/runc.h"
#include "applets/table.h"
#include "base/file.h"
#include "base/stamp.h"
#include "base/version.h"
#include "container/bundle_mount.h"
#include "container/bundle_write.h"
#include "container/caps.h"
#include "container/cgroup.h"
#include "container/cgroup_stat.h"
#include "container/defaults.h"
#include "container/ocirun.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
	const char *format, *bundle;
	bool quiet, stats, rootless;
	int64_t interval;
} opt = {.format = "table", .bundle = ".", .interval = 5000000000};

#define FORMAT                                                                                     \
	{                                                                                          \
		"format", 'f', OPTION_STR, &opt.format, "string", "table or json", NULL            \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL                                       \
	}
const struct option_def runc_look_list_options[] = {
	FORMAT, {"quiet", 'q', OPTION_BOOL, &opt.quiet, NULL, "Only IDs", NULL}, END};
const struct option_def runc_look_ps_options[] = {FORMAT, END};
const struct option_def runc_look_events_options[] = {
	{"stats", 0, OPTION_BOOL, &opt.stats, NULL, "Once, and end", NULL},
	{"interval", 0, OPTION_DURATION, &opt.interval, "duration", "Between two", NULL},
	END};
const struct option_def runc_look_spec_options[] = {{"bundle", 'b', OPTION_STR, &opt.bundle, "dir",
						     "Where to write (default: here)", NULL},
						    {"rootless", 0, OPTION_BOOL, &opt.rootless,
						     NULL, "Not supported", NULL},
						    END};

static int print(const struct buf *b, struct err *e)
{
	if (fwrite(b->data, 1, b->len, stdout) != b->len || fflush(stdout))
		return err_sys(e, "write to stdout");
	return 0;
}

static int want_format(bool *ret_json, struct err *e)
{
	*ret_json = !strcmp(opt.format, "json");
	return *ret_json || !strcmp(opt.format, "table")
		       ? 0
		       : err_set(e, ERR_INVALID, "--format %s: use table or json", opt.format);
}

/* A value as people read it. */
static int print_pretty(struct runc *r, const struct buf *b, struct err *e)
{
	const struct json *v = json_parse(r->c.a, b->data, b->len, b->len, "answer", e);
	AUTO_BUF out = BUF_INIT;

	if (!v)
		return -1;
	json_indent(&out, v, "", "  ");
	buf_char(&out, '\n');
	return print(&out, e);
}

int runc_look_state(struct runc *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	if (runc_open(r, e))
		return -1;
	ocihome_json(&w, &r->h, ocihome_status(&r->h), true);
	return print_pretty(r, &b, e);
}

static void list_row(struct buf *b, const struct ocihome *h)
{
	char created[STAMP_LEN];
	enum ocihome_status s = ocihome_status(h);

	stamp_format(h->created, created);
	buf_printf(b, "%s\t%d\t%s\t%s\t%s\troot\n", h->id, s == OCI_STOPPED ? 0 : h->pid,
		   ocihome_status_name(s), h->bundle ? h->bundle : "", created);
}

int runc_look_list(struct runc *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT, out = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct strs ids = {0};
	struct err why;
	bool json;

	if (want_format(&json, e) || ocihome_list(r->c.a, r->root, &ids, e))
		return -1;
	if (json && !opt.quiet)
		json_w_arr(&w, NULL);
	else if (!opt.quiet)
		buf_str(&b, "ID\tPID\tSTATUS\tBUNDLE\tCREATED\tOWNER\n");
	for (size_t i = 0; i < ids.n; i++) {
		AUTO_OCIHOME h = OCIHOME_INIT;

		if (opt.quiet)
			buf_printf(&b, "%s\n", ids.v[i]);
		else if (ocihome_open(r->c.a, r->root, ids.v[i], &h, &why))
			continue; /* it went meanwhile */
		else if (json)
			ocihome_json(&w, &h, ocihome_status(&h), true);
		else
			list_row(&b, &h);
	}
	if (json && !opt.quiet)
		json_w_arr_end(&w);
	if (json || opt.quiet)
		return b.len ? print(&b, e) : 0;
	table_align(&out, b.data, b.len);
	return print(&out, e);
}

static void ps_row(struct buf *b, int pid)
{
	AUTO_BUF text = BUF_INIT;
	char path[32];
	struct err why;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	if (file_read(AT_FDCWD, path, 1 << 20, &text, &why))
		return;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ')
			text.data[i] = ' ';
	buf_printf(b, "%-8d %s\n", pid, text.data ? text.data : "");
}

int runc_look_ps(struct runc *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	size_t n = 0;
	int *pids = NULL;
	bool json;

	if (want_format(&json, e) || runc_open(r, e))
		return -1;
	if (!r->h.spec.cgroup || cgroup_pids(r->h.spec.cgroup, r->c.a, &pids, &n))
		return ocirun_not_running(&r->h, e);
	if (json)
		json_w_arr(&w, NULL);
	else
		buf_str(&b, "PID      CMD\n");
	for (size_t i = 0; i < n; i++) {
		if (json)
			json_w_int(&w, NULL, pids[i]);
		else
			ps_row(&b, pids[i]);
	}
	if (json)
		json_w_arr_end(&w);
	return print(&b, e);
}

/* ---- events */

static void write_stats(struct json_w *w, const struct cgroup_stat *s)
{
	if (s->have_cpu) {
		json_w_obj(w, "cpu");
		json_w_obj(w, "usage");
		json_w_uint(w, "total", s->cpu);
		json_w_uint(w, "kernel", s->cpu_system);
		json_w_uint(w, "user", s->cpu_user);
		json_w_end(w);
		json_w_obj(w, "throttling");
		json_w_uint(w, "periods", s->periods);
		json_w_uint(w, "throttledPeriods", s->throttled);
		json_w_uint(w, "throttledTime", s->throttled_ns);
		json_w_end(w);
		json_w_end(w);
	}
	if (s->have_memory) {
		json_w_obj(w, "memory");
		json_w_obj(w, "usage");
		json_w_uint(w, "limit", s->memory_limit);
		json_w_uint(w, "usage", s->memory);
		json_w_uint(w, "max", s->memory_max);
		json_w_uint(w, "failcnt", s->failures);
		json_w_end(w);
		json_w_end(w);
	}
	if (s->have_pids) {
		json_w_obj(w, "pids");
		json_w_uint(w, "current", s->pids);
		if (s->pids_limit != UINT64_MAX)
			json_w_uint(w, "limit", s->pids_limit);
		json_w_end(w);
	}
}

int runc_look_events(struct runc *r, struct err *e)
{
	const struct timespec t = {opt.interval / 1000000000, opt.interval % 1000000000};

	if (runc_open(r, e))
		return -1;
	if (ocihome_status(&r->h) == OCI_STOPPED || !r->h.spec.cgroup)
		return ocirun_not_running(&r->h, e);
	do {
		AUTO_ARENA a = ARENA_INIT;
		AUTO_BUF b = BUF_INIT;
		struct json_w w = JSON_W(&b);
		struct cgroup_stat s;

		cgroup_stat_read(r->h.spec.cgroup, &a, &s);
		json_w_obj(&w, NULL);
		json_w_str(&w, "type", "stats");
		json_w_str(&w, "id", r->h.id);
		json_w_obj(&w, "data");
		write_stats(&w, &s);
		json_w_end(&w);
		json_w_end(&w);
		buf_char(&b, '\n');
		if (print(&b, e))
			return -1;
	} while (!opt.stats && !nanosleep(&t, NULL) && ocihome_status(&r->h) != OCI_STOPPED);
	return 0;
}

/* ---- what is the same for all */

static void words(struct json_w *w, const char *key, const char *list)
{
	json_w_arr(w, key);
	for (const char *p = list; *p;) {
		size_t n = strcspn(p, " ");

		json_w_strn(w, NULL, p, n);
		p += n + (p[n] == ' ');
	}
	json_w_arr_end(w);
}

int runc_look_features(struct runc *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_str(&w, "ociVersionMin", "1.0.0");
	json_w_str(&w, "ociVersionMax", "1.1.0");
	words(&w, "hooks",
	      "prestart createRuntime createContainer startContainer poststart poststop");
	bundle_mount_options(&w, "mountOptions");
	json_w_obj(&w, "linux");
	words(&w, "namespaces", "cgroup ipc mount network pid user uts");
	json_w_arr(&w, "capabilities");
	for (unsigned i = 0; caps_name(i); i++)
		json_w_str(&w, NULL, caps_name(i));
	json_w_arr_end(&w);
	json_w_obj(&w, "cgroup");
	json_w_bool(&w, "v1", true);
	json_w_bool(&w, "v2", true);
	json_w_bool(&w, "systemd", false);
	json_w_bool(&w, "systemdUser", false);
	json_w_end(&w);
	json_w_obj(&w, "seccomp");
	json_w_bool(&w, "enabled", true);
	words(&w, "actions",
	      "SCMP_ACT_ALLOW SCMP_ACT_ERRNO SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS "
	      "SCMP_ACT_KILL_THREAD SCMP_ACT_LOG SCMP_ACT_TRACE SCMP_ACT_TRAP");
	words(&w, "operators",
	      "SCMP_CMP_EQ SCMP_CMP_GE SCMP_CMP_GT SCMP_CMP_LE SCMP_CMP_LT SCMP_CMP_MASKED_EQ "
	      "SCMP_CMP_NE");
	json_w_end(&w);
	json_w_obj(&w, "apparmor");
	json_w_bool(&w, "enabled", true);
	json_w_end(&w);
	json_w_end(&w);
	json_w_end(&w);
	return print_pretty(r, &b, e);
}

/* A shell in the bundle's rootfs, locked up as one of Docker's. */
int runc_look_spec(struct runc *r, struct err *e)
{
	const struct defaults_mounts o = {.privileged = false};
	static const struct user root_user;
	AUTO_FD int dir = openat(AT_FDCWD, opt.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct spec s = {.cwd = "/", .hostname = "proa", .tty = true, .readonly = true};
	AUTO_BUF b = BUF_INIT, out = BUF_INIT;
	struct json_w w = JSON_W(&b);
	const struct json *v;

	if (opt.rootless)
		return err_set(e, ERR_UNSUPPORTED, "--rootless is not supported");
	if (dir < 0)
		return err_sys(e, "--bundle %s", opt.bundle);
	strs_add(r->c.a, &s.args, arena_strdup(r->c.a, "sh"));
	strs_add(r->c.a, &s.env, arena_strdup(r->c.a, "PATH=" DEFAULTS_PATH));
	strs_add(r->c.a, &s.env, arena_strdup(r->c.a, "TERM=xterm"));
	s.caps = caps_default();
	s.no_new_privs = true;
	s.res.swappiness = -1;
	defaults_mounts(r->c.a, &o, &s);
	defaults_masks(r->c.a, false, &s);
	bundle_write(&w, &s, &root_user, "rootfs", NULL);
	v = json_parse(r->c.a, b.data, b.len, b.len, "spec", e);
	if (!v)
		return -1;
	json_indent(&out, v, "", "\t");
	buf_char(&out, '\n');
	return file_create_atomic(dir, BUNDLE_CONFIG, out.data, out.len, 0644, FILE_NOSYNC, e)
		       ? err_wrap(e, "spec")
		       : 0;
}
