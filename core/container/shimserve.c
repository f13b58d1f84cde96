/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be asked of a shim (shim.h). A signal that a person sends to end the container, and a
 * stop, put its policy out of force until a person starts it again; what arrives between two runs
 * counts as much as while it runs.
 */
#include "container/shimserve.h"
#include "container/shimexec.h"
#include "container/shimio.h"
#include "container/shimlog.h"
#include "container/shimpolicy.h"
#include "container/shimself.h"

#include <signal.h>
#include <string.h>

static struct shimself *const sh = &shim_self;

/* One that was armed and is not wanted. */
static void leave(struct shimpeer *p)
{
	shimpeer_reply(p, SHIM_KILL, NULL);
	shimpeer_answer(SHIMPEER_EXIT, NULL);
	shimpeer_answer(SHIMPEER_REMOVAL, NULL);
	sh->phase = ENDED;
	sh->l.auto_remove = 0;
	shimio_end();
}

static void kill_request(struct shimpeer *p, int sig)
{
	bool ends = shimpolicy_ends(&sh->spec.policy, sig);
	struct err e;

	if (!sig && sh->phase == ARMED) {
		leave(p);
		return;
	}
	if (sh->phase == ARMED || !sig) {
		err_set(&e, ERR_CONFLICT, "container %.12s is %srunning", sh->l.id,
			sh->phase == ARMED ? "not " : "");
		shimpeer_reply(p, SHIM_KILL, &e);
		return;
	}
	if (ends) {
		sh->state.manual = true;
		sh->again = false;
	}
	if (sh->phase == RUNNING && shimrun_signal(&sh->run, sig, ends, &e))
		shimpeer_reply(p, SHIM_KILL, &e);
	else
		shimpeer_reply(p, SHIM_KILL, NULL);
	if (sh->phase == BETWEEN && ends)
		shim_finish(NULL, NULL);
}

static void stop(struct shimpeer *p, const struct shim_msg *m)
{
	int sig = m->arg ? (int)m->arg : sh->spec.policy.stop_signal;
	bool again = m->op == SHIM_RESTART;
	struct err e;

	if (sh->phase == ARMED) {
		err_set(&e, ERR_CONFLICT, "container %.12s is not running", sh->l.id);
		shimpeer_reply(p, m->op, &e);
		return;
	}
	sh->again = again;
	sh->state.manual = !again;
	if (again) {
		sh->state.restarts = 0;
		sh->delay_ms = 0;
	}
	shimpeer_wait(p, again ? SHIMPEER_AGAIN : SHIMPEER_EXIT, m->op);
	if (sh->phase == RUNNING) {
		/* that it cannot be sent is no matter: SIGKILL comes */
		shimrun_signal(&sh->run, sig ? sig : SIGTERM, true, &e);
		shim_kill_after(m->flags);
	} else if (again) {
		shim_run_now();
	} else {
		shim_finish(NULL, NULL);
	}
}

static void resize(struct shimpeer *p, uint32_t size)
{
	unsigned rows = size >> 16, cols = size & 0xffff;
	struct err e;

	sh->spec.tty_rows = rows;
	sh->spec.tty_cols = cols;
	shimpeer_reply(p, SHIM_RESIZE, shimio_resize(rows, cols, &e) ? &e : NULL);
}

static void update(const struct shimpeer_request *q)
{
	struct arena fresh = ARENA_INIT;
	size_t n = strnlen(q->ahead, q->n);
	struct err e;

	if (n == q->n || n >= sizeof(sh->l.name)) {
		err_set(&e, ERR_INVALID, "update without a name");
		shimpeer_reply(q->from, SHIM_UPDATE, &e);
	} else if (spec_decode_changes(&fresh, q->ahead + n + 1, q->n - n - 1, &sh->spec, &e)) {
		arena_release(&fresh);
		shimpeer_reply(q->from, SHIM_UPDATE, &e);
	} else {
		if (sh->spec.network && strcmp(sh->l.name, q->ahead))
			sh->net->rename(q->ahead);
		memcpy(sh->l.name, q->ahead, n + 1);
		arena_release(&sh->changes);
		sh->changes = fresh;
		shimpeer_reply(q->from, SHIM_UPDATE, NULL);
	}
}

static void change_network(const struct shimpeer_request *q)
{
	AUTO_BUF text = BUF_INIT;
	struct err e;
	int rc;

	buf_append(&text, q->ahead, q->n);
	if (sh->phase != RUNNING) /* not yet, or not any more: ask again */
		rc = err_set(&e, ERR_UNAVAILABLE, "container %.12s is not running", sh->l.id);
	else if (!sh->spec.network)
		rc = err_set(&e, ERR_CONFLICT, "container %.12s has no networks of its own",
			     sh->l.id);
	else
		rc = sh->net->change(text.data ? text.data : "", &e);
	shimpeer_reply(q->from, SHIM_NETWORK, rc ? &e : NULL);
}

static void attach(struct shimpeer_request *q)
{
	size_t nkeys = q->msg.arg;
	struct err e;
	int rc = -1;

	if (q->fd < 0 || nkeys > SHIM_MAX_KEYS || nkeys > q->n)
		err_set(&e, ERR_INVALID, "attach without a descriptor, or with bad keys");
	else if (sh->phase == BETWEEN)
		err_set(&e, ERR_CONFLICT,
			"Container %s is restarting, wait until the container is running",
			sh->l.id);
	else
		rc = shimio_attach(fd_steal(&q->fd), q->msg.flags, q->ahead, nkeys,
				   q->ahead + nkeys, q->n - nkeys, &e);
	fd_autoclose(&q->fd);
	shimpeer_reply(q->from, SHIM_ATTACH, rc ? &e : NULL);
	/* The client's next request, start, is some hops away: use the time. A failure is told
	 * then. */
	if (sh->phase == ARMED)
		shimrun_prepare(&sh->run, &e);
}

void shimserve(struct shimpeer_request *q)
{
	struct shimpeer *p = q->from;
	struct err e;

	if (sh->phase == ENDED) { /* the record says all there is */
		fd_autoclose(&q->fd);
		shimpeer_drop(p);
		return;
	}
	if (q->msg.op == SHIM_ATTACH) {
		attach(q);
		return;
	}
	fd_autoclose(&q->fd);
	switch (q->msg.op) {
	case SHIM_START:
		shim_start(p);
		break;
	case SHIM_WAIT:
		shimpeer_wait(p, q->msg.arg ? SHIMPEER_REMOVAL : SHIMPEER_EXIT, SHIM_WAIT);
		break;
	case SHIM_KILL:
		kill_request(p, (int)q->msg.arg);
		break;
	case SHIM_STOP:
	case SHIM_RESTART:
		stop(p, &q->msg);
		break;
	case SHIM_RESIZE:
		resize(p, q->msg.arg);
		break;
	case SHIM_UPDATE:
		update(q);
		break;
	case SHIM_NETWORK:
		change_network(q);
		break;
	case SHIM_LOGS:
		shimlog_reader(shimpeer_take(p), q->msg.arg == 1);
		break;
	default:
		err_set(&e, ERR_UNSUPPORTED, "unknown shim request %u", q->msg.op);
		shimpeer_reply(p, q->msg.op, &e);
	}
}
