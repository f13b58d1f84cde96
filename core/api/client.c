/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A local engine is the same code behind the same HTTP: dial() forks a worker that runs the
 * server's function on one end of a socketpair (architecture.md 4). The worker leaves the
 * terminal's session, so that Ctrl-C reaches the client alone and a request is not torn in the
 * middle; it closes the client's other connections, or their ends would never be seen.
 */
#include "api/client.h"
#include "api/server.h"
#include "base/file.h"
#include "base/version.h"
#include "wire/conn.h"
#include "wire/send.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CONNS 16
#define MAX_ANSWER (256 << 20)

static int open_conns[MAX_CONNS]; /* fd + 1; 0: free */

static void remember(int fd, bool open)
{
	for (int i = 0; i < MAX_CONNS; i++)
		if (open_conns[i] == (open ? 0 : fd + 1)) {
			open_conns[i] = open ? fd + 1 : 0;
			return;
		}
}

/* A worker may outlive the client by what it cleans up: who reads our output through a pipe must
 * not wait for that. stderr stays, for warnings. */
static void leave_stdio(void)
{
	AUTO_FD int null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0 && dup2(null, 0) == 0)
		dup2(null, 1);
}

static int dial_local(const struct client *c, struct client_conn *ret, struct err *e)
{
	int sp[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return err_sys(e, "socketpair");
	pid = fork();
	if (pid < 0) {
		err_sys(e, "fork");
		close(sp[0]);
		close(sp[1]);
		return -1;
	}
	if (!pid) {
		close(sp[0]);
		for (int i = 0; i < MAX_CONNS; i++)
			if (open_conns[i])
				close(open_conns[i] - 1);
#ifndef PROA_WEAK_TIOCSTI
		setsid();
#endif
		umask(022);
		leave_stdio();
		_exit(server_serve(sp[1], &c->engine));
	}
	close(sp[1]);
	ret->fd = sp[0];
	ret->worker = pid;
	return 0;
}

static int dial_socket(const char *path, struct client_conn *ret, struct err *e)
{
	ret->fd = conn_unix(AT_FDCWD, path, SOCK_STREAM, e);
	ret->worker = 0;
	return ret->fd < 0 ? -1 : 0;
}

static int dial_host(const char *host, struct client_conn *ret, struct err *e)
{
	if (!strncmp(host, "unix://", 7))
		host += 7;
	if (host[0] != '/')
		return err_set(e, ERR_UNSUPPORTED,
			       "cannot connect to '%s': only unix:///path is served so far", host);
	if (!dial_socket(host, ret, e))
		return 0;
	return err_wrap(e, "cannot reach the engine at %s, is proad running?", host);
}

int client_dial(const struct client *c, struct client_conn *ret, struct err *e)
{
	char path[4096];
	int rc = -1;

	if (c->host && !c->local) {
		rc = dial_host(c->host, ret, e);
	} else {
		const char *root = c->engine.exec_root;

		snprintf(path, sizeof(path), "%s/proa.sock", root ? root : ENGINE_EXEC_ROOT);
		if (!c->local)
			rc = dial_socket(path, ret, e);
		if (rc && (c->local || e->kind == ERR_UNAVAILABLE))
			rc = dial_local(c, ret, e);
	}
	if (rc)
		return -1;
	remember(ret->fd, true);
	ret->h = http_new(ret->fd, false);
	return 0;
}

void client_close(struct client_conn *cc)
{
	if (!cc->h)
		return;
	http_free(cc->h);
	remember(cc->fd, false);
	close(cc->fd);
	if (cc->worker)
		waitpid(cc->worker, NULL, WNOHANG); /* what it still does is not ours to wait for */
	*cc = (struct client_conn){.fd = -1};
}

static enum err_kind kind_of(int status)
{
	switch (status) {
	case 400:
		return ERR_INVALID;
	case 401:
		return ERR_UNAUTHORIZED;
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOTFOUND;
	case 409:
		return ERR_CONFLICT;
	case 501:
		return ERR_UNSUPPORTED;
	case 503:
		return ERR_UNAVAILABLE;
	default:
		return ERR_SYS;
	}
}

static int answer(struct client_conn *cc, struct arena *a, struct client_answer *ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct err why;
	const char *text;
	int rc = http_read_head(cc->h, a, &ret->msg, e);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_UNAVAILABLE,
			       "the engine closed the connection without an answer");
	ret->status = ret->msg.status;
	if (ret->status < 400)
		return 0;
	if (http_read_all(cc->h, 1 << 20, &b, e))
		return -1;
	text = json_str(json_get(json_parse(a, b.data, b.len, 1 << 20, "error", &why), "message"),
			NULL);
	if (!text)
		text = send_reason(ret->status);
	return err_set(e, kind_of(ret->status), "%s", text);
}

static const char *versioned(struct arena *a, const char *target)
{
	return arena_printf(a, "/v" PROA_API_VERSION "%s", target);
}

int client_ask(struct client_conn *cc, struct arena *a, const char *method, const char *target,
	       const struct buf *body, struct err *e)
{
	const char *type = body ? "Content-Type: application/json\r\n" : NULL;

	return send_request(cc->fd, method, versioned(a, target), type, body ? body->data : NULL,
			    body ? (int64_t)body->len : 0, e);
}

int client_call(struct client_conn *cc, struct arena *a, const char *method, const char *target,
		const struct buf *body, struct client_answer *ret, struct err *e)
{
	return client_ask(cc, a, method, target, body, e) ? -1 : answer(cc, a, ret, e);
}

int client_told(struct client_conn *cc, struct arena *a, const struct json **ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct client_answer ans;

	if (answer(cc, a, &ans, e) || http_read_all(cc->h, MAX_ANSWER, &b, e))
		return -1;
	*ret = NULL;
	if (!b.len)
		return 0;
	*ret = json_parse(a, b.data, b.len, MAX_ANSWER, "the engine's answer", e);
	return *ret ? 0 : -1;
}

int client_json(struct client_conn *cc, struct arena *a, const char *method, const char *target,
		const struct buf *body, const struct json **ret, struct err *e)
{
	return client_ask(cc, a, method, target, body, e) ? -1 : client_told(cc, a, ret, e);
}

/* 0: all of fd was sent, or the engine stopped listening (its answer says why). */
static int upload(struct client_conn *cc, int fd, struct err *e)
{
	AUTO_FREE char *chunk = mem_alloc(1 << 18);
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, 1 << 18);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read the input");
		if (send_chunk(cc->fd, chunk, (size_t)n, e))
			return e->sys == EPIPE || e->sys == ECONNRESET ? 0 : -1;
		if (n == 0)
			return 0;
	}
}

int client_upload(struct client_conn *cc, struct arena *a, const char *method, const char *target,
		  const char *content_type, int fd, struct client_answer *ret, struct err *e)
{
	char type[128];

	snprintf(type, sizeof(type), "Content-Type: %s\r\n", content_type);
	if (send_request(cc->fd, method, versioned(a, target), type, NULL, -1, e) ||
	    upload(cc, fd, e))
		return -1;
	return answer(cc, a, ret, e);
}

int client_hijack(struct client_conn *cc, struct arena *a, const char *target,
		  const struct buf *body, struct err *e)
{
	static const char plain[] = "Connection: Upgrade\r\nUpgrade: tcp\r\n";
	static const char typed[] =
		"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\n";
	struct client_answer ans;

	if (send_request(cc->fd, "POST", versioned(a, target), body ? typed : plain,
			 body ? body->data : NULL, body ? (int64_t)body->len : 0, e) ||
	    answer(cc, a, &ans, e))
		return -1;
	if (ans.status != 101 && ans.status != 200)
		return err_set(e, ERR_UNAVAILABLE, "the engine did not hand over the stream");
	return 0;
}
