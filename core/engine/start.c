/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker serves one connection in a process of its own, and a client that starts a container asks
 * on the same connection how it ended. So the shim's socket of the last start is kept: the answer
 * of the end is already on its way on it, and a container that lives for a millisecond is waited
 * for without a race. That is the one thing remembered here, and losing it costs only an error "No
 * such container" for a --rm container that was gone too early.
 */
#include "engine/start.h"
#include "base/file.h"
#include "base/keys.h"
#include "container/cgroup.h"
#include "container/shimcall.h"
#include "engine/containers.h"
#include "engine/control.h"
#include "engine/images.h"
#include "engine/initlayer.h"
#include "engine/netlinks.h"
#include "engine/netplan.h"
#include "engine/netup.h"
#include "engine/runfiles.h"
#include "engine/runspec.h"
#include "engine/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 100
#define ASK_TRIES 20
#define ARM_TRIES 300 /* until an earlier shim has let the lock go: three seconds */

static struct {
	char id[65];
	int sock;
} last = {"", -1};

/* The shim of a foreground run that was created here and is about to be started. */
static struct {
	char id[65];
	int sock; /* its launch socket */
} early = {"", -1};

/* ---- a new shim */

static const char *shims_cgroup(struct engine *en, struct arena *a)
{
	return arena_printf(a, "%s/shims", en->c.cgroup_parent);
}

static bool callers_ns(void)
{
	const char *ns = getenv("PROA_SHIM_NAMESPACES");

	return ns && !strcmp(ns, "caller");
}

/* A foreground run. */
static bool starts_soon(const struct request *r)
{
	return r->auto_remove && (r->attach_stdin || r->attach_stdout || r->attach_stderr);
}

static int fill_launch(struct engine *en, const struct containers_one *c, struct shim_launch *l,
		       struct err *e)
{
	l->auto_remove = c->req.auto_remove;
	l->stdin_once = c->req.stdin_once;
	l->soon = starts_soon(&c->req);
	l->caller_ns = callers_ns();
	memcpy(l->id, c->id, sizeof(c->id));
	if (snprintf(l->name, sizeof(l->name), "%s", c->name) >= (int)sizeof(l->name) ||
	    snprintf(l->data_root, sizeof(l->data_root), "%s", en->c.data_root) >=
		    (int)sizeof(l->data_root) ||
	    snprintf(l->exec_root, sizeof(l->exec_root), "%s", en->c.exec_root) >=
		    (int)sizeof(l->exec_root) ||
	    snprintf(l->shims_cgroup, sizeof(l->shims_cgroup), "%s/shims", en->c.cgroup_parent) >=
		    (int)sizeof(l->shims_cgroup))
		return err_set(e, ERR_INVALID, "the path of a root is too long");
	return 0;
}

static int make_spec(struct engine *en, struct arena *a, const struct containers_one *c,
		     struct spec *ret, struct err *e)
{
	AUTO_FD int dir = openat(en->containers, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct driver_rootfs rootfs;
	struct runspec_place p = {.id = c->id,
				  .cdir = c->cdir,
				  .rdir = c->rdir,
				  .rootfs = &rootfs,
				  .name = c->name,
				  .image = c->image,
				  .mounts = c->mounts,
				  .layers = arena_printf(a, "%s/layers", en->store.root)};

	if (dir < 0)
		return err_set(e, ERR_NOTFOUND, "No such container: %s", c->id);
	if (images_rootfs(en, a, NULL, dir, c->cdir, &rootfs, e) ||
	    initlayer_add(en, a, &rootfs, e))
		return -1;
	return runspec_build(en, a, &c->req, &p, ret, e);
}

/* What host-gateway stands for. */
static int find_gateways(struct engine *en, struct arena *a, struct runfiles_conf *f, struct err *e)
{
	struct networks_one o;

	if (!runfiles_wants_gateway(f->r))
		return 0;
	if (networks_get(en, a, NETWORKS_BRIDGE_NAME, &o, e))
		return -1;
	for (size_t i = 0; i < o.nsubnets; i++) {
		if (o.subnets[i].gateway.len == 4)
			f->gateway4 = o.subnets[i].gateway;
		else
			f->gateway6 = o.subnets[i].gateway;
	}
	return 0;
}

static bool has_variable(const struct strs *env, const char *one)
{
	size_t n = strcspn(one, "=") + 1;

	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->v[i], one, n))
			return true;
	return false;
}

static int add_links(struct arena *a, const struct netlinks *links, struct spec *s, int run,
		     struct err *e)
{
	for (size_t i = 0; i < links->n; i++)
		if (runfiles_hosts_add(run, &links->v[i].ip, &links->v[i].names, e))
			return -1;
	for (size_t i = 0; i < links->env.n; i++)
		if (!has_variable(&s->env, links->env.v[i]))
			strs_add(a, &s->env, links->env.v[i]);
	return 0;
}

/* The files in /etc and the text for netup.h. */
static int make_network(struct engine *en, struct arena *a, const struct containers_one *c,
			struct spec *s, int run, struct err *e)
{
	struct runfiles_conf f = {.r = &c->req, .hostname = s->hostname};
	AUTO_BUF text = BUF_INIT;
	struct json_w w = JSON_W(&text);
	struct netlinks links;
	struct netplan p;
	char host[256] = "localhost";

	if (!f.hostname) { /* the host's uts namespace */
		gethostname(host, sizeof(host) - 1);
		f.hostname = host;
	}
	if (find_gateways(en, a, &f, e) || netlinks_find(en, a, &c->req, c->name, &links, e))
		return -1;
	if (netplan_wanted(&c->req)) {
		f.resolver = runfiles_wants_resolver(&c->req);
		if (netplan_build(en, a, &f, c->id, c->name, &p, e))
			return e->kind != ERR_NOTFOUND
				       ? -1
				       : err_wrap(e, "failed to set up container networking");
		f.resolver = p.resolver;
		for (size_t i = 0; i < p.nendpoints; i++)
			f.ipv6 = f.ipv6 || p.endpoints[i].net.ipv6;
		netplan_write(&w, NULL, &p);
		s->network = arena_strndup(a, text.data, text.len);
	}
	return runfiles_make(&f, run, e) || add_links(a, &links, s, run, e) ? -1 : 0;
}

/* From here on anybody may ask for the start. ahead: attach may come before the shim is up, so it
 * finds a queue; not before all that can be refused was looked at, since a socket that nobody
 * serves is the sign of a shim that was killed. */
static int launch(struct engine *en, struct arena *a, const struct containers_one *c, int sock,
		  int lock, bool ahead, struct err *e)
{
	struct shim_launch *l = arena_alloc(a, sizeof(*l));
	AUTO_FD int run = openat(en->run_containers, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int listener = -1;
	struct spec s;

	if (run < 0)
		return err_sys(e, "open the container's directory in the exec root");
	if (fill_launch(en, c, l, e) || make_spec(en, a, c, &s, e) ||
	    make_network(en, a, c, &s, run, e))
		return -1;
	listener = ahead ? shimcall_listen(run, e) : -1;
	if ((!ahead || listener >= 0) && !shimcall_launch(sock, lock, listener, l, &s, e))
		return 0;
	if (ahead)
		unlinkat(run, SHIM_SOCK, 0);
	return -1;
}

static void remove_failed(struct engine *en, struct arena *a, const struct containers_one *c)
{
	struct home h = containers_home(en);
	struct err why;

	cgroup_teardown(containers_cgroup(en, a, &c->req, c->id), &why);
	if (home_hide(&h, c->id, c->name, &why))
		return;
	volumes_drop(en, a, json_get(c->record, "Mounts"), c->id);
	containers_clean(en, c->id);
}

/* The shim comes up while its spec is made. *ret_held: somebody has the lock. */
static int arm(struct engine *en, struct arena *a, const char *id, bool only_running,
	       bool *ret_held, struct err *e)
{
	AUTO_FD int lock = containers_lock(en, id, e), sock = -1, run = -1;
	struct containers_one c;

	*ret_held = lock < 0 && e->kind == ERR_CONFLICT;
	if (lock < 0)
		return -1;
	if (only_running)
		return err_set(e, ERR_CONFLICT, "container %s is not running", id);
	sock = shimcall_spawn(en->c.exec_root, NULL, shims_cgroup(en, a), e);
	if (sock < 0 || containers_load(en, a, id, &c, e) || containers_settle(en, a, &c, e))
		return -1;
	run = file_opendir(en->run_containers, id, 0700, e);
	if (run >= 0 && !launch(en, a, &c, sock, lock, false, e) && !shimcall_armed(sock, e))
		return fd_steal(&sock);
	if (c.req.auto_remove)
		remove_failed(en, a, &c);
	return -1;
}

/* The container's shim, started if there is none (an error if it is to run already). Another worker
 * may be doing the same, or the last shim be about to go: then the lock is taken and nobody listens
 * for a moment. */
static int reach(struct engine *en, struct arena *a, const char *id, bool only_running,
		 struct err *e)
{
	bool held;
	int sock;

	for (int i = 0; i < ARM_TRIES; i++) {
		sock = containers_shim(en, id, e);
		if (sock >= 0)
			return sock;
		sock = arm(en, a, id, only_running, &held, e);
		if (sock >= 0 || !held)
			return sock;
		containers_nap(i);
	}
	return err_set(e, ERR_CONFLICT,
		       "container %.12s is held by a shim that does not answer here (another "
		       "exec-root?)",
		       id);
}

/* ---- ahead of the start */

static bool own_network(const struct request *r)
{
	if (*r->userns && strcmp(r->userns, "host"))
		return false; /* it is made in there */
	return !strcmp(r->network, "none") || netplan_wanted(r);
}

static void forget_early(void)
{
	fd_autoclose(&early.sock);
	early.id[0] = 0;
}

void start_shim(struct engine *en, struct arena *a, const struct request *r)
{
	struct err why;

	forget_early();
	if (!starts_soon(r) || !own_network(r))
		return;
	early.sock = shimcall_spawn(en->c.exec_root,
				    arena_printf(a, "%c%s",
						 callers_ns() ? SHIM_BIRTH_CALLER : SHIM_BIRTH_HOST,
						 netup_early(en, a, r)),
				    shims_cgroup(en, a), &why);
}

void start_launch(struct engine *en, struct arena *a, const struct containers_one *c)
{
	AUTO_FD int lock = -1;
	struct err why;

	if (early.sock < 0)
		return;
	lock = containers_lock(en, c->id, &why);
	if (lock < 0 || launch(en, a, c, early.sock, lock, true, &why)) {
		forget_early();
		return;
	}
	memcpy(early.id, c->id, sizeof(c->id));
}

/* A connection to the shim that was launched here. */
static int take_early(const char *id)
{
	AUTO_FD int sock = -1;
	struct err why;

	if (early.sock < 0 || strcmp(early.id, id))
		return -1;
	sock = fd_steal(&early.sock);
	return shimcall_armed(sock, &why) ? -1 : fd_steal(&sock);
}

/* ---- attach and start */

/* Sends a request to the shim and waits for the answer: its socket. One that was just about to go
 * when it was reached says nothing; the next one will, unless it is told to go by somebody who
 * wants to remove the container, and will have done so in a moment. */
static int request(struct engine *en, struct arena *a, const char *id, const struct shim_msg *m,
		   int fd, const void *ahead, size_t n, struct err *e)
{
	struct shim_reply r;

	for (int try = 0;; try++) {
		AUTO_FD int shim = take_early(id);

		if (shim < 0)
			shim = reach(en, a, id, m->op == SHIM_ATTACH && m->flags & SHIM_RUNNING, e);
		if (shim < 0)
			return -1;
		if (!shimcall_send(shim, m, fd, ahead, n, e) &&
		    !shimcall_answer(shim, m->op, &r, e))
			return fd_steal(&shim);
		if (e->kind != ERR_UNAVAILABLE || try >= ASK_TRIES)
			return -1;
	}
}

int start_attach(struct engine *en, struct arena *a, const char *ref, uint32_t flags,
		 const char *detach_keys, int sock, const void *ahead, size_t n, struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = SHIM_ATTACH, .flags = flags};
	struct keys keys = {.n = 0};
	AUTO_BUF behind = BUF_INIT;
	AUTO_FD int shim = -1;
	char id[65];

	if (detach_keys && *detach_keys && keys_parse(&keys, detach_keys, e))
		return -1;
	if (containers_find(en, ref, id, e))
		return -1;
	m.arg = (uint32_t)keys.n;
	buf_append(&behind, keys.seq, keys.n);
	buf_append(&behind, ahead, n);
	shim = request(en, a, id, &m, sock, behind.data, behind.len, e);
	return shim < 0 ? -1 : 0;
}

static bool is_paused(struct engine *en, struct arena *a, const char *id)
{
	struct containers_one c;
	struct err why;

	return !containers_load(en, a, id, &c, &why) &&
	       cgroup_frozen(containers_cgroup(en, a, &c.req, id));
}

int start_container(struct engine *en, struct arena *a, const char *ref, bool *ret_already,
		    struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = SHIM_START};
	struct home h = containers_home(en);
	struct home_state s;
	char id[65];
	AUTO_FD int shim = -1;

	*ret_already = false;
	if (containers_find(en, ref, id, e))
		return -1;
	shim = request(en, a, id, &m, -1, NULL, 0, e);
	if (shim < 0) {
		struct err why;

		if (e->kind != ERR_CONFLICT || home_read_state(&h, id, &s, &why) || !s.running)
			return -1;
		*ret_already = true;
		return is_paused(en, a, id)
			       ? err_set(e, ERR_CONFLICT,
					 "cannot start a paused container, try unpause instead")
			       : 0;
	}
	fd_autoclose(&last.sock);
	last.sock = fd_steal(&shim);
	memcpy(last.id, id, sizeof(id));
	return 0;
}

/* ---- wait */

/* Where no shim has to be asked. */
static int wait_on_disk(struct engine *en, const char *id, enum start_condition cond,
			struct start_wait *ret, struct err *e)
{
	struct home h = containers_home(en);
	struct home_state s;

	if (home_read_state(&h, id, &s, e))
		return -1;
	ret->code = s.exit_code;
	ret->poll_removal = cond == START_REMOVED;
	return 0;
}

/* The shim ended without an answer: killed, or it was gone in the moment of asking. */
static int code_from_record(struct engine *en, struct arena *a, const char *id, int *ret,
			    struct err *e)
{
	struct home h = containers_home(en);
	struct home_state s;

	*ret = 137;
	if (control_settle(en, a, id, e))
		return e->kind == ERR_NOTFOUND ? 0 : -1;
	if (home_read_state(&h, id, &s, e))
		return -1;
	*ret = s.exit_code;
	return 0;
}

int start_wait(struct engine *en, struct arena *a, const char *ref, enum start_condition cond,
	       struct start_wait *ret, struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION,
			     .op = SHIM_WAIT,
			     .arg = cond == START_REMOVED};
	struct home h = containers_home(en);
	struct containers_one c;
	struct home_state s;
	bool ran;

	*ret = (struct start_wait){.sock = -1};
	if (last.sock >= 0 && !strcmp(last.id, ref)) {
		ret->sock = fd_steal(&last.sock);
		memcpy(ret->id, last.id, sizeof(last.id));
		return 0;
	}
	if (containers_load(en, a, ref, &c, e) || home_read_state(&h, c.id, &s, e))
		return -1;
	memcpy(ret->id, c.id, sizeof(c.id));
	if (!s.running && cond == START_NOT_RUNNING)
		return wait_on_disk(en, c.id, cond, ret, e);
	if (!s.running && cond == START_REMOVED && s.finished)
		return wait_on_disk(en, c.id, cond, ret, e);
	ret->poll_removal = cond == START_REMOVED && !c.req.auto_remove;
	/* where a run's end is asked for and its shim is gone, no new one will ever answer */
	ran = s.running && cond != START_NEXT_EXIT;
	ret->sock = ran ? containers_shim(en, c.id, e) : reach(en, a, c.id, false, e);
	if (ret->sock >= 0 && !shimcall_send(ret->sock, &m, -1, NULL, 0, e))
		return 0;
	fd_autoclose(&ret->sock);
	return ran && e->kind == ERR_UNAVAILABLE ? code_from_record(en, a, c.id, &ret->code, e)
						 : -1;
}

/* 0: sock is readable (or the time is over); -1: the client hung up. */
static int sleep_for(int sock, int client, int ms, struct err *e)
{
	struct pollfd p[2] = {{.fd = sock, .events = POLLIN}, {.fd = client, .events = POLLRDHUP}};
	int n;

	do
		n = poll(p, 2, ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "poll");
	if (!p[0].revents && p[1].revents)
		return err_set(e, ERR_UNAVAILABLE, "the client is gone");
	return 0;
}

/* Becomes readable when something leaves the directory, which *ret_dir watches; -1 where the kernel
 * has no dnotify. Of that, unlike inotify, there may be any number, and whoever removes the
 * container has nothing to do for those who wait, nor they to leave anything behind. */
static int watch(int containers, int *ret_dir)
{
	AUTO_FD int dir = openat(containers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	/* it stays blocked: one may be on its way when nobody waits any more */
	if (dir < 0 || sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || fcntl(dir, F_NOTIFY, DN_DELETE | DN_MULTISHOT))
		return -1;
	*ret_dir = fd_steal(&dir);
	return fd_steal(&fd);
}

static int wait_gone(struct engine *en, const char *id, int client, struct err *e)
{
	AUTO_FD int dir = -1, gone = watch(en->containers, &dir);
	struct signalfd_siginfo si;

	while (!faccessat(en->containers, id, F_OK, 0)) {
		if (sleep_for(gone, client, gone < 0 ? POLL_MS : -1, e))
			return -1;
		while (gone >= 0 && read(gone, &si, sizeof(si)) > 0)
			;
	}
	return 0;
}

int start_wait_end(struct engine *en, struct arena *a, struct start_wait *w, int client,
		   int *ret_code, struct err *e)
{
	AUTO_FD int sock = fd_steal(&w->sock);
	struct shim_reply r;

	*ret_code = w->code;
	if (sock >= 0) {
		if (sleep_for(sock, client, -1, e))
			return -1;
		if (!shimcall_answer(sock, SHIM_WAIT, &r, e))
			*ret_code = r.exit_code;
		else if (e->kind != ERR_UNAVAILABLE || code_from_record(en, a, w->id, ret_code, e))
			return -1;
	}
	return w->poll_removal ? wait_gone(en, w->id, client, e) : 0;
}
