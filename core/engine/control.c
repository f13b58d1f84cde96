/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a container runs is never looked up first: the shim is asked, and says. Where none
 * answers the container has ended, or its shim was killed; then it is settled here, so that what
 * the caller sees next is true.
 */
#include "engine/control.h"
#include "container/shimcall.h"
#include "engine/containers.h"
#include "engine/netlinks.h"
#include "engine/runresources.h"
#include "engine/runspec.h"
#include "engine/signals.h"
#include "engine/start.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#define KILL_WAIT_MS 10000
#define UPDATE_TRIES 500 /* of 10 ms */
#define OWN_TIMEOUT 10	 /* seconds, where the container names none */

int control_settle(struct engine *en, struct arena *a, const char *ref, struct err *e)
{
	struct containers_one c;
	AUTO_FD int lock = -1;
	char id[65];

	if (containers_find(en, ref, id, e))
		return -1;
	/* a process that is killed loses its sockets a moment before its locks */
	lock = containers_lock_soon(en, id, e);
	if (lock < 0 || containers_load(en, a, id, &c, e)) /* as it is called now */
		return -1;
	return containers_settle(en, a, &c, e);
}

/* ---- stop and restart */

static int stop_message(const struct containers_one *c, uint32_t op, const char *signal,
			int64_t seconds, struct shim_msg *ret, struct err *e)
{
	int sig = 0;

	if (signal && *signal && signals_parse(signal, &sig, e))
		return -1;
	if (seconds == CONTROL_OWN_TIMEOUT)
		seconds = c->req.stop_timeout == REQUEST_NO_TIMEOUT ? OWN_TIMEOUT
								    : c->req.stop_timeout;
	*ret = (struct shim_msg){.version = SHIM_VERSION, .op = op, .arg = (uint32_t)sig};
	ret->flags = seconds < 0 || seconds >= SHIM_FOREVER ? SHIM_FOREVER : (uint32_t)seconds;
	return 0;
}

/* op: SHIM_STOP or SHIM_RESTART. 1: done; 0: it does not run (any more). */
static int ask_to_end(struct engine *en, struct arena *a, const struct containers_one *c,
		      uint32_t op, const char *signal, int64_t seconds, struct err *e)
{
	AUTO_FD int shim = -1;
	struct shim_reply r;
	struct shim_msg m;

	if (stop_message(c, op, signal, seconds, &m, e))
		return -1;
	shim = containers_shim(en, c->id, e);
	if (shim >= 0 && !shimcall(shim, &m, &r, e))
		return 1;
	if (e->kind == ERR_CONFLICT && op == SHIM_STOP)
		return 0; /* it is armed */
	if (e->kind != ERR_UNAVAILABLE)
		return e->kind == ERR_CONFLICT ? 0 : -1;
	if (control_settle(en, a, c->id, e) && e->kind != ERR_NOTFOUND && e->kind != ERR_CONFLICT)
		return -1;
	return 0;
}

int control_stop(struct engine *en, struct arena *a, const char *ref, const char *signal,
		 int64_t seconds, bool *ret_not, struct err *e)
{
	struct containers_one c;
	int done;

	if (containers_load(en, a, ref, &c, e))
		return -1;
	done = ask_to_end(en, a, &c, SHIM_STOP, signal, seconds, e);
	if (done < 0)
		return err_wrap(e, "cannot stop container: %s", ref);
	*ret_not = !done;
	return 0;
}

int control_restart(struct engine *en, struct arena *a, const char *ref, const char *signal,
		    int64_t seconds, struct err *e)
{
	struct containers_one c;
	bool already, fresh;
	int done;

	if (containers_load(en, a, ref, &c, e))
		return -1;
	/* links are looked up at the start; a shim, which starts again, knows nothing of them */
	fresh = netlinks_wanted(&c.req) && !c.req.auto_remove;
	done = ask_to_end(en, a, &c, fresh ? SHIM_STOP : SHIM_RESTART, signal, seconds, e);
	if (done >= 0 && fresh)
		done = 0;
	if (done < 0 || (!done && start_container(en, a, c.id, &already, e)))
		return err_wrap(e, "Cannot restart container %s", ref);
	return 0;
}

/* ---- one request to a shim that must be there */

static int ask(struct engine *en, const char *ref, uint32_t op, uint32_t arg, int *ret_shim,
	       struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = op, .arg = arg};
	struct shim_reply r;
	AUTO_FD int shim = -1;
	char id[65];

	if (containers_find(en, ref, id, e))
		return -1;
	shim = containers_shim(en, id, e);
	if (shim < 0 || shimcall(shim, &m, &r, e)) {
		if (e->kind == ERR_UNAVAILABLE || e->kind == ERR_CONFLICT)
			return err_set(e, ERR_CONFLICT, "container %s is not running", id);
		return -1;
	}
	if (ret_shim)
		*ret_shim = fd_steal(&shim);
	return 0;
}

int control_kill(struct engine *en, const char *ref, const char *signal, struct err *e)
{
	const struct shim_msg wait = {.version = SHIM_VERSION, .op = SHIM_WAIT};
	AUTO_FD int shim = -1;
	struct pollfd p;
	struct err why;
	int sig;

	if (signals_parse(signal, &sig, e) || ask(en, ref, SHIM_KILL, (uint32_t)sig, &shim, e))
		return err_wrap(e, "cannot kill container: %.200s", ref);
	if (sig != SIGKILL || shimcall_send(shim, &wait, -1, NULL, 0, &why))
		return 0;
	p = (struct pollfd){.fd = shim, .events = POLLIN};
	while (poll(&p, 1, KILL_WAIT_MS) < 0 && errno == EINTR)
		;
	return 0;
}

int control_resize(struct engine *en, const char *ref, unsigned rows, unsigned cols, struct err *e)
{
	if (rows > 0xffff || cols > 0xffff)
		return err_set(e, ERR_INVALID, "invalid terminal size");
	return ask(en, ref, SHIM_RESIZE, rows << 16 | cols, NULL, e)
		       ? err_wrap(e, "cannot resize container: %.200s", ref)
		       : 0;
}

/* ---- changes */

static int tell(struct engine *en, struct arena *a, const char *id, struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = SHIM_UPDATE};
	AUTO_BUF b = BUF_INIT;
	struct containers_one c;
	struct shim_reply r;
	struct spec s = {.id = id};
	AUTO_FD int shim = containers_shim(en, id, e);

	if (shim < 0 || containers_load(en, a, id, &c, e) ||
	    runresources_build(a, &c.req, false, &s.res, e))
		return -1;
	runspec_policy(&c.req, &s.policy);
	buf_append(&b, c.name, strlen(c.name) + 1);
	spec_encode_changes(&s, &b);
	return shimcall_send(shim, &m, -1, b.data, b.len, e) ||
			       shimcall_answer(shim, SHIM_UPDATE, &r, e)
		       ? -1
		       : 0;
}

/* Between the moment when a start takes the lock, and reads the record, and that in which its shim
 * listens there is nobody to be told. */
int control_update(struct engine *en, struct arena *a, const char *id, int *ret_lock, struct err *e)
{
	for (int i = 0; i < UPDATE_TRIES; i++) {
		*ret_lock = containers_lock(en, id, e);
		if (*ret_lock >= 0)
			return 0;
		if (e->kind != ERR_CONFLICT)
			return -1;
		if (!tell(en, a, id, e))
			return 0;
		if (e->kind != ERR_UNAVAILABLE && e->kind != ERR_CONFLICT)
			return -1;
		containers_nap(i);
	}
	return err_set(e, ERR_CONFLICT, "container %.12s neither runs nor ends", id);
}
