/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request is kept as it was sent and decoded again where another connection starts it; the spec
 * is made anew from the container's record, which says what the container's processes get.
 *
 * Who starts an exec without a shim holds the exec's lock meanwhile: a second one then finds the
 * first one's socket. A shim that is there decides by itself that it starts once only.
 *
 * Rejected: an index of execs by their ID. Looking into each running container costs a microsecond
 * each, and an index can be wrong.
 */
#include "engine/execs.h"
#include "base/file.h"
#include "base/keys.h"
#include "base/rand.h"
#include "container/caps.h"
#include "container/orphan.h"
#include "container/shimcall.h"
#include "engine/containers.h"
#include "engine/netlinks.h"
#include "engine/runspec.h"
#include "engine/status.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CONFIG_MAX (4 << 20)

struct config { /* ExecConfig */
	struct strs cmd, env;
	const char *user, *workdir, *keys;
	bool in, out, err, tty, privileged;
	unsigned rows, cols;
};

/* The exec that was created here and is about to be started: its shim's launch socket. */
static struct {
	char id[65];
	int sock;
	struct config x; /* in `a` */
	struct arena a;
} early = {.sock = -1};

static int size_of(const struct json *body, unsigned *rows, unsigned *cols, struct err *e)
{
	const struct json *v = json_get(body, "ConsoleSize");
	int64_t h = json_int(json_at(v, 0), 0), w = json_int(json_at(v, 1), 0);

	if (h < 0 || w < 0 || h > 0xffff || w > 0xffff)
		return err_set(e, ERR_INVALID, "ConsoleSize: sizes up to 65535 are possible");
	*rows = (unsigned)h;
	*cols = (unsigned)w;
	return 0;
}

static int decode(struct arena *a, const struct json *body, struct config *ret, struct err *e)
{
	struct config x = {.user = "", .workdir = "", .keys = ""};
	struct keys keys;

	if (json_want_strs(body, "Cmd", a, &x.cmd, NULL, e) ||
	    json_want_strs(body, "Env", a, &x.env, NULL, e) ||
	    json_want_str(body, "User", &x.user, e) ||
	    json_want_str(body, "WorkingDir", &x.workdir, e) ||
	    json_want_str(body, "DetachKeys", &x.keys, e) ||
	    json_want_bool(body, "AttachStdin", &x.in, e) ||
	    json_want_bool(body, "AttachStdout", &x.out, e) ||
	    json_want_bool(body, "AttachStderr", &x.err, e) ||
	    json_want_bool(body, "Tty", &x.tty, e) ||
	    json_want_bool(body, "Privileged", &x.privileged, e) ||
	    size_of(body, &x.rows, &x.cols, e))
		return -1;
	if (!x.cmd.n)
		return err_set(e, ERR_INVALID, "No exec command specified");
	if (*x.keys && keys_parse(&keys, x.keys, e))
		return -1;
	*ret = x;
	return 0;
}

/* ---- what it runs */

static int check_running(struct engine *en, struct arena *a, const struct containers_one *c,
			 const char *ref, struct home_state *ret, struct err *e)
{
	struct status st;

	if (status_of(en, a, c, &st, e))
		return -1;
	if (st.kind == STATUS_PAUSED)
		return err_set(e, ERR_CONFLICT,
			       "Container %s is paused, unpause the container before exec", ref);
	if (st.kind == STATUS_RESTARTING)
		return err_set(e, ERR_CONFLICT,
			       "Container %s is restarting, wait until the container is running",
			       c->id);
	if (st.kind != STATUS_RUNNING || st.state.pid <= 0)
		return err_set(e, ERR_CONFLICT, "container %s is not running", c->id);
	*ret = st.state;
	return 0;
}

static int build_spec(struct engine *en, struct arena *a, const struct containers_one *c,
		      const struct config *x, struct spec *s, struct err *e)
{
	struct request r = c->req;
	struct netlinks links;
	struct err why;

	r.tty = x->tty;
	if (*x->user)
		r.user = x->user;
	if (*x->workdir)
		r.workdir = x->workdir;
	r.env = (struct strs){0};
	if (!netlinks_find(en, a, &c->req, c->name, &links, &why)) /* while all of them run */
		r.env = links.env;
	for (size_t i = 0; i < c->req.env.n; i++)
		strs_add(a, &r.env, c->req.env.v[i]);
	for (size_t i = 0; i < x->env.n; i++)
		strs_add(a, &r.env, x->env.v[i]);
	if (runspec_process(en, a, &r, c->id, s, e))
		return -1;
	s->args = x->cmd;
	s->open_stdin = x->in;
	s->tty_rows = x->rows;
	s->tty_cols = x->cols;
	if (x->privileged) {
		s->caps = caps_all();
		s->seccomp.enabled = false;
		s->apparmor = NULL;
	}
	return 0;
}

static int launch(struct engine *en, struct arena *a, const struct containers_one *c,
		  const struct home_state *first, const struct config *x, const char *id, int dir,
		  int sock, struct err *e)
{
	struct shimexec_launch *l = arena_alloc(a, sizeof(*l));
	const char *ns = getenv("PROA_SHIM_NAMESPACES");
	AUTO_FD int listener = -1;
	struct spec s;

	if (build_spec(en, a, c, x, &s, e))
		return -1;
	l->pid = first->pid;
	l->born = first->born;
	l->caller_ns = ns && !strcmp(ns, "caller");
	memcpy(l->id, c->id, sizeof(l->id));
	memcpy(l->exec, id, sizeof(l->exec));
	if (snprintf(l->exec_root, sizeof(l->exec_root), "%s", en->c.exec_root) >=
		    (int)sizeof(l->exec_root) ||
	    snprintf(l->shims_cgroup, sizeof(l->shims_cgroup), "%s/shims", en->c.cgroup_parent) >=
		    (int)sizeof(l->shims_cgroup))
		return err_set(e, ERR_INVALID, "the path of a root is too long");
	listener = shimcall_listen(dir, e);
	if (listener < 0)
		return -1;
	if (!shimcall_launch_exec(sock, listener, l, &s, e))
		return 0;
	unlinkat(dir, SHIM_SOCK, 0);
	return -1;
}

static int spawn(struct engine *en, struct arena *a, struct err *e)
{
	return shimcall_spawn_exec(en->c.exec_root,
				   arena_printf(a, "%s/shims", en->c.cgroup_parent), e);
}

/* ---- create */

static int make_dir(struct engine *en, const char *container, const char *id, struct err *e)
{
	AUTO_FD int all = -1;
	char path[80];

	snprintf(path, sizeof(path), "%s/" SHIMEXEC_DIR, container);
	all = openat(en->run_containers, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (all < 0)
		all = file_opendir(en->run_containers, path, 0700, e);
	return all < 0 ? -1 : file_opendir(all, id, 0700, e);
}

static int write_config(const char *container, const struct json *body, int dir, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_int(&w, "Version", 1);
	json_w_str(&w, "ContainerID", container);
	json_w_val(&w, "Config", body);
	json_w_end(&w);
	return file_write_atomic(dir, "config.json", b.data, b.len, 0600, FILE_NOSYNC, e);
}

/* What a start needs to know again. */
static void keep_early(const char *id, const struct config *x, int *sock)
{
	fd_autoclose(&early.sock);
	arena_release(&early.a);
	early.sock = fd_steal(sock);
	early.x = *x;
	early.x.keys = arena_strdup(&early.a, x->keys);
	memcpy(early.id, id, sizeof(early.id));
}

int execs_create(struct engine *en, struct arena *a, const char *ref, const struct json *body,
		 char ret_id[65], struct err *e)
{
	AUTO_FD int sock = -1, dir = -1;
	struct containers_one c;
	struct home_state first;
	struct config x;

	if (decode(a, body, &x, e))
		return -1;
	/* it comes up while we read */
	sock = spawn(en, a, e);
	if (sock < 0 || containers_load(en, a, ref, &c, e) ||
	    check_running(en, a, &c, ref, &first, e))
		return -1;
	rand_hex(ret_id, 64);
	dir = make_dir(en, c.id, ret_id, e);
	if (dir < 0 || write_config(c.id, body, dir, e) ||
	    launch(en, a, &c, &first, &x, ret_id, dir, sock, e))
		return -1;
	keep_early(ret_id, &x, &sock);
	return 0;
}

/* ---- finding one */

static bool is_id(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

/* Its directory; ret_container is whose it is. */
static int find(struct engine *en, const char *id, char ret_container[65], struct err *e)
{
	AUTO_FD int all = openat(en->run_containers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1, ret = -1;
	struct dirent *de;
	char path[160];
	DIR *d = NULL;

	if (is_id(id) && all >= 0)
		fd = fcntl(all, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		d = fdopendir(fd);
	while (d && ret < 0 && (de = readdir(d))) {
		if (!is_id(de->d_name))
			continue;
		snprintf(path, sizeof(path), "%.64s/" SHIMEXEC_DIR "/%.64s", de->d_name, id);
		ret = openat(all, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (ret >= 0)
			memcpy(ret_container, de->d_name, 65);
	}
	if (d)
		closedir(d);
	else
		fd_autoclose(&fd);
	return ret >= 0 ? ret : err_set(e, ERR_NOTFOUND, "No such exec instance: %.200s", id);
}

static int read_config(struct arena *a, int dir, struct config *ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (file_read(dir, "config.json", CONFIG_MAX, &b, e))
		return -1;
	v = json_parse(a, b.data, b.len, CONFIG_MAX, "the exec's config.json", e);
	if (!v)
		return -1;
	if (json_int(json_get(v, "Version"), 0) != 1)
		return err_set(e, ERR_UNSUPPORTED, "the exec was written by a newer proa");
	return decode(a, json_get(v, "Config"), ret, e);
}

/* ---- start */

/* A socket to a shim of the exec, started if none is there. */
static int reach(struct engine *en, struct arena *a, const char *id, struct config *x,
		 struct err *e)
{
	char container[65];
	AUTO_FD int dir = find(en, id, container, e), lock = -1, sock = -1;
	struct shimexec_state st;
	struct containers_one c;
	struct home_state first;

	if (dir < 0 || read_config(a, dir, x, e))
		return -1;
	lock = file_lock_open(dir, "lock", e);
	if (lock < 0 || file_lock(lock, F_WRLCK, 1, e) || shimexec_read_state(dir, &st, e))
		return -1;
	if (st.started)
		return err_set(e, ERR_CONFLICT, "Error: Exec command %s has already run", id);
	sock = shimcall_connect(dir, e);
	if (sock >= 0)
		return fd_steal(&sock);
	sock = spawn(en, a, e);
	if (sock < 0 || containers_load(en, a, container, &c, e) ||
	    check_running(en, a, &c, container, &first, e) ||
	    launch(en, a, &c, &first, x, id, dir, sock, e) || shimcall_armed(sock, e))
		return -1;
	return fd_steal(&sock);
}

/* Its shim may not be up yet. *ret has only what attach needs. */
static int take_early(const char *id, struct config *ret)
{
	if (early.sock < 0 || strcmp(early.id, id))
		return -1;
	*ret = early.x;
	return fd_steal(&early.sock);
}

static int attach(int shim, const struct config *x, const struct execs_start *s, struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = SHIM_ATTACH, .flags = s->flags};
	AUTO_BUF ahead = BUF_INIT;
	struct keys keys;

	if (x->in)
		m.flags |= SHIM_STDIN;
	if (x->out)
		m.flags |= SHIM_STDOUT;
	if (x->err)
		m.flags |= SHIM_STDERR;
	if (*x->keys && !keys_parse(&keys, x->keys, e)) {
		m.arg = (uint32_t)keys.n;
		buf_append(&ahead, keys.seq, keys.n);
	}
	buf_append(&ahead, s->ahead, s->n);
	return shimcall_send(shim, &m, s->sock, ahead.data, ahead.len, e);
}

/* All that is to be said is sent before any answer is waited for: a shim that is just coming up
 * finds it when it is. */
static int send_start(int shim, const struct config *x, const struct execs_start *s, bool resize,
		      struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = SHIM_RESIZE};

	m.arg = s->rows << 16 | s->cols;
	if (resize && shimcall_send(shim, &m, -1, NULL, 0, e))
		return -1;
	if (!s->detach && attach(shim, x, s, e))
		return -1;
	m = (struct shim_msg){.version = SHIM_VERSION, .op = SHIM_START};
	return shimcall_send(shim, &m, -1, NULL, 0, e);
}

int execs_start(struct engine *en, struct arena *a, const char *id, const struct execs_start *s,
		struct err *e)
{
	struct shim_reply r;
	struct config x;
	AUTO_FD int shim = take_early(id, &x);
	bool is_early = shim >= 0, resize;

	if (!is_early)
		shim = reach(en, a, id, &x, e);
	if (shim < 0)
		return -1;
	resize = x.tty && s->rows && s->cols;
	if (send_start(shim, &x, s, resize, e) || (is_early && shimcall_armed(shim, e)) ||
	    (resize && shimcall_answer(shim, SHIM_RESIZE, &r, e)))
		return -1;
	return shimcall_answer(shim, s->detach ? SHIM_START : SHIM_ATTACH, &r, e);
}

int execs_resize(struct engine *en, const char *id, unsigned rows, unsigned cols, struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION,
			     .op = SHIM_RESIZE,
			     .arg = rows << 16 | (cols & 0xffff)};
	char container[65];
	AUTO_FD int dir = find(en, id, container, e), shim = -1;
	struct shim_reply r;

	if (dir < 0)
		return -1;
	if (rows > 0xffff || cols > 0xffff)
		return err_set(e, ERR_INVALID, "invalid terminal size");
	shim = shimcall_connect(dir, e);
	if (shim >= 0 && !shimcall(shim, &m, &r, e))
		return 0;
	return e->kind == ERR_UNAVAILABLE
		       ? err_set(e, ERR_CONFLICT, "exec %.12s is not running", id)
		       : -1;
}

/* ---- looking */

/* One that says it runs, though nobody is there, was killed with its shim. */
static int true_state(int dir, struct shimexec_state *ret, struct err *e)
{
	if (shimexec_read_state(dir, ret, e))
		return -1;
	if (ret->running && orphan_born(ret->pid) != ret->born && shimexec_read_state(dir, ret, e))
		return -1;
	if (ret->running && orphan_born(ret->pid) != ret->born) {
		ret->running = false;
		ret->exit_code = 137;
	}
	return 0;
}

static void write_process(struct json_w *w, struct config *x)
{
	struct strs args = {.v = x->cmd.v + 1, .n = x->cmd.n - 1};

	json_w_obj(w, "ProcessConfig");
	json_w_bool(w, "tty", x->tty);
	json_w_str(w, "entrypoint", x->cmd.v[0]);
	json_w_strs(w, "arguments", &args);
	json_w_bool(w, "privileged", x->privileged);
	if (*x->user)
		json_w_str(w, "user", x->user);
	json_w_end(w);
}

int execs_inspect(struct engine *en, struct arena *a, const char *id, struct buf *json,
		  struct err *e)
{
	struct json_w w = {.b = json, .verbatim = true};
	char container[65];
	AUTO_FD int dir = find(en, id, container, e);
	struct shimexec_state st;
	struct config x;

	if (dir < 0 || read_config(a, dir, &x, e) || true_state(dir, &st, e))
		return -1;
	json_w_obj(&w, NULL);
	json_w_str(&w, "ID", id);
	json_w_bool(&w, "Running", st.running);
	if (st.started && !st.running)
		json_w_int(&w, "ExitCode", st.exit_code);
	else
		json_w_null(&w, "ExitCode");
	write_process(&w, &x);
	json_w_bool(&w, "OpenStdin", x.in);
	json_w_bool(&w, "OpenStderr", x.err);
	json_w_bool(&w, "OpenStdout", x.out);
	json_w_bool(&w, "CanRemove", st.started && !st.running);
	json_w_str(&w, "ContainerID", container);
	json_w_str(&w, "DetachKeys", "");
	json_w_int(&w, "Pid", st.running ? st.pid : 0);
	json_w_end(&w);
	return 0;
}

void execs_ids(struct engine *en, struct arena *a, const char *container, struct strs *ret)
{
	char path[80];
	int all;
	struct dirent *de;
	DIR *d;

	snprintf(path, sizeof(path), "%.64s/" SHIMEXEC_DIR, container);
	all = openat(en->run_containers, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = all < 0 ? NULL : fdopendir(all);
	while (d && (de = readdir(d))) {
		struct shimexec_state st;
		struct err e;
		AUTO_FD int dir = is_id(de->d_name) ? openat(all, de->d_name,
							     O_RDONLY | O_DIRECTORY | O_CLOEXEC)
						    : -1;

		if (dir >= 0 && !true_state(dir, &st, &e) && (!st.started || st.running))
			strs_add(a, ret, arena_strdup(a, de->d_name));
	}
	if (d)
		closedir(d);
	else
		fd_autoclose(&all);
}
