/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shim's mount namespace is a slave of the host's: what is unmounted there goes here too, so a
 * shim of months keeps no file system of the host busy. A bind can therefore follow the host's
 * mounts (rslave) but not pass its own on (rshared).
 *
 * A user's name is looked up in the root before the runtime has mounted anything, unlike in our own
 * containers: OCI takes numbers only, so a passwd that is bound in comes too late, as in Docker.
 *
 * A runtime's complaint is read from its --log; what it also prints on stderr goes into the pipes
 * of the container's output, which create hands on, and is taken out of them again. The terminal
 * comes over a socket with a path of any length, through /proc, because that of a container's
 * directory may be too long for one.
 *
 * The shim's loop stands still during a call; a runtime that hangs is killed after a while, with
 * what it has started: as long as the call lasts the shim is a subreaper, so all of it comes to it.
 */
#include "container/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "container/bundle_write.h"
#include "container/child.h"
#include "container/defaults.h"
#include "container/orphan.h"
#include "container/process.h"
#include "container/reap.h"
#include "container/rootfs.h"
#include "container/seccomp.h"
#include "container/user.h"
#include "wire/conn.h"

#define BUNDLE "bundle"
#define STATE "oci"
#define LOG "log.json"
#define PIDFILE "pid"
#define TTY "tty"
#define LOG_MAX (1 << 20)

static char *const clean_env[] = {(char[]){"PATH=" DEFAULTS_PATH}, NULL};

struct place {
	bool our_network;    /* see call */
	int dir;	     /* exec-root/containers/<id> */
	int bundle;	     /* below it */
	char path[PATH_MAX]; /* of dir */
};

static void leave(struct place *p)
{
	fd_autoclose(&p->dir);
	fd_autoclose(&p->bundle);
}
#define AUTO_PLACE __attribute__((cleanup(leave))) struct place

static int find_place(const struct home *h, const struct spec *s, struct place *p, struct err *e)
{
	char name[PATH_MAX];
	ssize_t n;

	snprintf(name, sizeof(name), "containers/%s", s->id);
	p->dir = openat(h->exec, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		return err_sys(e, "open %s in the exec root", name);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p->dir);
	n = readlink(name, p->path, sizeof(p->path) - 1);
	if (n < 0)
		return err_sys(e, "read %s", name);
	p->path[n] = 0;
	return 0;
}

/* ---- calling it */

static int end_call(const struct spec *s, pid_t pid, int *ret_status, struct err *e)
{
	int64_t born = orphan_born(pid);
	int rc = reap_within(pid, s->runtime_limit * 1000, ret_status);

	if (rc < 0)
		return err_sys(e, "wait for %s", s->runtime);
	if (!rc)
		return 0;
	if (born)
		reap_since(born);
	return err_set(e, ERR_SYS,
		       "%s did not answer within %lld s and was killed (PROA_RUNTIME_TIMEOUT of "
		       "who starts the container allows more)",
		       s->runtime, (long long)s->runtime_limit);
}

/* Returns its wait status, -1 with *e. Some take the network namespace they are started in for the
 * host's, where they set no net.* sysctls: so it is another than the container's. */
static int call(const struct spec *s, const struct strs *args, const int given[3], bool our_network,
		struct err *e)
{
	AUTO_FD int null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
	int fds[3], status, rc;
	struct err why;
	pid_t pid;

	for (int i = 0; i < 3; i++)
		fds[i] = given && given[i] >= 0 ? given[i] : null;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (!pid) {
		process_signals();
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (our_network && unshare(CLONE_NEWNET))
			log_debug("runtime", "stays in the container's network namespace");
		if (!process_fds(fds, 3, &why))
			execve(s->runtime, args->v, clean_env);
		_exit(127);
	}
	rc = pid < 0 ? err_sys(e, "fork for %s", s->runtime) : end_call(s, pid, &status, e);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	return rc ? -1 : status;
}

/* The last error of its log; NULL: none. */
static const char *complaint(struct arena *a, int bundle)
{
	const char *msg = NULL;
	AUTO_BUF b = BUF_INIT;
	struct err why;

	if (file_read(bundle, LOG, LOG_MAX, &b, &why))
		return NULL;
	for (size_t at = 0; at < b.len;) {
		const char *end = memchr(b.data + at, '\n', b.len - at);
		size_t n = end ? (size_t)(end - b.data) - at : b.len - at;
		const struct json *v = json_parse(a, b.data + at, n, LOG_MAX, LOG, &why);
		const char *level = v ? json_str(json_get(v, "level"), "") : "";

		if (!strcmp(level, "error") || !strcmp(level, "fatal"))
			msg = json_str(json_get(v, "msg"), msg);
		at += n + 1;
	}
	return msg;
}

static int command(const struct spec *s, const struct place *p, const char *what,
		   const struct strs *more, const int fds[3], struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct strs args = {0};
	const char *why;
	int status;

	strs_add(&a, &args, arena_strdup(&a, s->runtime));
	strs_add(&a, &args, arena_strdup(&a, "--root"));
	strs_printf(&a, &args, "%s/" STATE, p->path);
	strs_add(&a, &args, arena_strdup(&a, "--log"));
	strs_printf(&a, &args, "%s/" BUNDLE "/" LOG, p->path);
	strs_add(&a, &args, arena_strdup(&a, "--log-format"));
	strs_add(&a, &args, arena_strdup(&a, "json"));
	strs_add(&a, &args, arena_strdup(&a, what));
	for (size_t i = 0; more && i < more->n; i++)
		strs_add(&a, &args, more->v[i]);
	strs_add(&a, &args, arena_strdup(&a, s->id));
	status = call(s, &args, fds, p->our_network, e);
	if (status < 0)
		return err_wrap(e, "OCI runtime %s failed", what);
	if (!status)
		return 0;
	why = complaint(&a, p->bundle);
	if (why)
		return err_set(e, ERR_INVALID, "OCI runtime %s failed: %s", what, why);
	return err_set(e, ERR_SYS,
		       WIFEXITED(status) ? "OCI runtime %s failed: %s: exit status %d"
					 : "OCI runtime %s failed: %s: signal %d",
		       what, s->runtime,
		       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

/* ---- the bundle */

static int own_mounts(struct err *e)
{
	static bool own;

	if (own)
		return 0;
	if (unshare(CLONE_NEWNS))
		return err_sys(e, "cannot make a mount namespace for the runtime");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return err_sys(e, "cannot cut the mount namespace off the host's");
	own = true;
	return 0;
}

/* What OCI has no word for is done here, or was refused by the engine. */
static int settle_mounts(struct spec *s, struct err *e)
{
	for (size_t i = 0; i < s->nmounts; i++) {
		struct spec_mount *m = &s->mounts[i];

		if (m->propagation & MS_SHARED)
			return err_set(e, ERR_UNSUPPORTED,
				       "%s: shared mount propagation cannot be had with --runtime",
				       m->dest);
		if (m->make_source && access(m->source, F_OK) && errno == ENOENT &&
		    file_mkdirs(m->source, 0755, e))
			return -1;
		if (m->rro && !m->rro_force && !seccomp_kernel_is(5, 12))
			m->rro = false;
	}
	return 0;
}

/* A device that is forbidden though nothing before allowed more than to make its node. A v1 group
 * knows no exceptions from its exceptions, and runtimes refuse such a rule there. */
static bool is_moot(const struct spec *s, size_t at)
{
	const struct spec_device_rule *r = &s->rules[at];
	bool moot = false;

	if (r->allow || r->type == 'a')
		return false;
	for (size_t i = 0; i < at; i++) {
		const struct spec_device_rule *q = &s->rules[i];

		if (q->type == 'a')
			moot = !q->allow;
		else if (q->allow && q->type == r->type && strcmp(q->access, "m") &&
			 (q->major < 0 || r->major < 0 || q->major == r->major) &&
			 (q->minor < 0 || r->minor < 0 || q->minor == r->minor))
			moot = false;
	}
	return moot;
}

static void settle_rules(struct arena *a, const struct spec *s, struct spec *x)
{
	x->nrules = 0;
	x->rules = arena_array(a, s->nrules + 1, sizeof(*x->rules));
	for (size_t i = 0; i < s->nrules; i++)
		if (!is_moot(s, i))
			x->rules[x->nrules++] = s->rules[i];
}

/* Namespaces by path, and capabilities that nothing would guard. */
static void settle_process(struct arena *a, const struct spec *s, bool our_network, struct spec *x)
{
	*x = *s;
	settle_rules(a, s, x);
	for (int i = 0; i < SPEC_NS_COUNT; i++)
		if (s->ns_fd[i] > 0)
			x->ns_path[i] =
				arena_printf(a, "/proc/%d/fd/%d", (int)getpid(), s->ns_fd[i]);
	if (our_network) {
		x->ns[SPEC_NS_NET] = SPEC_NS_PATH;
		x->ns_path[SPEC_NS_NET] = arena_printf(a, "/proc/%d/ns/net", (int)getpid());
	}
	if (child_rules_lost(s, s->cgroup != NULL))
		x->caps &= ~CHILD_CAP_MKNOD;
}

static int write_bundle(struct spec *s, bool our_network, int root, int bundle, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	char real[PATH_MAX];
	struct user u;
	struct spec x;

	if (!realpath(s->dir, real))
		return err_sys(e, "find the root %s", s->dir);
	if (settle_mounts(s, e) || user_resolve(&a, root, s->user, &s->groups, &u, e))
		return -1;
	settle_process(&a, s, our_network, &x);
	bundle_write(&w, &x, &u, real, s->seccomp_oci);
	return file_write_atomic(bundle, "config.json", b.data, b.len, 0600, FILE_NOSYNC, e);
}

/* ---- create */

static int hand_terminal(int listener, const struct spawn_io *io, struct err *e)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	AUTO_FD int conn = poll(&p, 1, 0) > 0 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
	AUTO_FD int master = -1;
	char name[PATH_MAX];

	if (conn < 0 || conn_recv_fd(conn, name, sizeof(name), &master) < 0 || master < 0)
		return err_set(e, ERR_SYS, "the runtime sent no terminal");
	return conn_send_fd(io->console_sock, "P", 1, master)
		       ? err_sys(e, "cannot hand the terminal over")
		       : 0;
}

/* A child of ours by now, or of no use. */
static int read_pid(const struct spec *s, int bundle, pid_t *ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	siginfo_t si;
	long pid;

	if (file_read(bundle, PIDFILE, 32, &b, e))
		return err_wrap(e, "%s wrote no PID", s->runtime);
	buf_char(&b, 0);
	pid = strtol(b.data, NULL, 10);
	if (pid <= 1 || pid > INT_MAX || waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT))
		return err_set(e, ERR_UNSUPPORTED,
			       "%s started process %ld, which is not a child of its caller's",
			       s->runtime, pid);
	*ret = (pid_t)pid;
	return 0;
}

static int create(const struct spec *s, const struct place *p, const struct spawn_io *io,
		  struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_FD int listener = -1;
	const int fds[3] = {io->in, io->out, io->err};
	struct strs more = {0};
	int rc;

	strs_add(&a, &more, arena_strdup(&a, "--bundle"));
	strs_printf(&a, &more, "%s/" BUNDLE, p->path);
	strs_add(&a, &more, arena_strdup(&a, "--pid-file"));
	strs_printf(&a, &more, "%s/" BUNDLE "/" PIDFILE, p->path);
	if (s->tty) {
		listener = conn_unix_listen(p->bundle, TTY, SOCK_STREAM, 0600, e);
		if (listener < 0)
			return -1;
		strs_add(&a, &more, arena_strdup(&a, "--console-socket"));
		strs_printf(&a, &more, "/proc/%d/fd/%d/" TTY, (int)getpid(), p->bundle);
	}
	rc = command(s, p, "create", &more, s->tty ? NULL : fds, e);
	return rc || (s->tty && hand_terminal(listener, io, e)) ? -1 : 0;
}

/* What it printed before it failed is no output of the container's, and is in the error. */
static void drop_output(int end)
{
	char path[32], text[4096];
	AUTO_FD int fd = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", end);
	fd = end < 0 ? -1 : openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
		;
}

int runtime_create(const struct home *h, struct spec *s, bool our_network,
		   const struct spawn_io *io, struct spawn_proc *ret, struct err *e)
{
	AUTO_PLACE p = {our_network && s->ns[SPEC_NS_NET] == SPEC_NS_HOST, -1, -1, ""};
	struct rootfs r = {.root = -1};
	pid_t pid;
	int rc;

	/* the remains of a shim that was killed */
	if (find_place(h, s, &p, e) || fs_remove_tree(p.dir, BUNDLE, e) ||
	    fs_remove_tree(p.dir, STATE, e) || own_mounts(e))
		return -1;
	p.bundle = file_opendir(p.dir, BUNDLE, 0700, e);
	if (p.bundle < 0)
		return -1;
	rc = rootfs_mount(s, &r, e);
	if (!rc)
		rc = write_bundle(s, p.our_network, r.root, p.bundle, e);
	fd_autoclose(&r.root);
	if (chdir("/")) /* overlay_mount went elsewhere */
		log_debug("runtime", "chdir to /: %s", strerror(errno));
	if (rc || create(s, &p, io, e) || read_pid(s, p.bundle, &pid, e)) {
		runtime_delete(h, s);
		drop_output(io->out);
		drop_output(io->err);
		return -1;
	}
	*ret = (struct spawn_proc){pid, -1, -1, -1, -1};
	return 0;
}

/* ---- what follows */

int runtime_start(const struct home *h, const struct spec *s, struct spawn_proc *p, struct err *e)
{
	AUTO_PLACE at = {false, -1, -1, ""};

	if (!find_place(h, s, &at, e)) {
		at.bundle = file_opendir(at.dir, BUNDLE, 0700, e);
		if (at.bundle >= 0 && !command(s, &at, "start", NULL, NULL, e))
			return 0;
	}
	spawn_drop(p);
	runtime_delete(h, s);
	return -1;
}

void runtime_delete(const struct home *h, const struct spec *s)
{
	AUTO_PLACE at = {false, -1, -1, ""};
	AUTO_ARENA a = ARENA_INIT;
	struct strs force = {0};
	struct err e;

	strs_add(&a, &force, arena_strdup(&a, "--force"));
	if (find_place(h, s, &at, &e)) {
		if (e.kind != ERR_NOTFOUND)
			log_warn("runtime", "%s: %s", s->id, e.text);
	} else if (!faccessat(at.dir, STATE, F_OK, 0)) { /* else it never heard of this one */
		at.bundle = file_opendir(at.dir, BUNDLE, 0700, &e);
		if (at.bundle < 0 || command(s, &at, "delete", &force, NULL, &e))
			log_warn("runtime", "%s: %s", s->id, e.text);
	}
	if (s->dir && umount2(s->dir, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL)
		log_warn("runtime", "%s: unmount its root: %s", s->id, strerror(errno));
	if (at.dir >= 0 &&
	    (fs_remove_tree(at.dir, BUNDLE, &e) || fs_remove_tree(at.dir, STATE, &e)))
		log_warn("runtime", "%s: %s", s->id, e.text);
}
