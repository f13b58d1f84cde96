/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a container that exists: stop, restart, kill, resize, rename. And our own
 * /proa/boot, which is asked once after the machine came up.
 */
#include "api/server.h"
#include "engine/boot.h"
#include "engine/control.h"
#include "engine/rename.h"

#include <errno.h>
#include <stdlib.h>

static int seconds_query(struct server_req *r, int64_t *ret, struct err *e)
{
	const char *text = server_query(r, "t");
	char *end;

	*ret = CONTROL_OWN_TIMEOUT;
	if (!text || !*text)
		return 0;
	errno = 0;
	*ret = strtol(text, &end, 10);
	if (errno || *end || *ret > INT32_MAX || *ret < INT32_MIN)
		return err_set(e, ERR_INVALID, "t: a number of seconds is needed, not '%.50s'",
			       text);
	return 0;
}

static int stop(struct server_req *r, struct err *e)
{
	int64_t seconds;
	bool not_running;

	if (seconds_query(r, &seconds, e) ||
	    control_stop(r->en, r->a, r->arg[0], server_query(r, "signal"), seconds, &not_running,
			 e))
		return -1;
	return server_empty(r, not_running ? 304 : 204, e);
}
ROUTE(stop, "POST", "/containers/{id}/stop");

static int restart(struct server_req *r, struct err *e)
{
	int64_t seconds;

	if (seconds_query(r, &seconds, e) ||
	    control_restart(r->en, r->a, r->arg[0], server_query(r, "signal"), seconds, e))
		return -1;
	return server_empty(r, 204, e);
}
ROUTE(restart, "POST", "/containers/{id}/restart");

static int kill_route(struct server_req *r, struct err *e)
{
	const char *signal = server_query(r, "signal");

	if (control_kill(r->en, r->arg[0], signal && *signal ? signal : "KILL", e))
		return -1;
	return server_empty(r, 204, e);
}
ROUTE(kill_route, "POST", "/containers/{id}/kill");

static int resize(struct server_req *r, struct err *e)
{
	unsigned rows, cols;

	if (server_query_size(r, "h", &rows, e) || server_query_size(r, "w", &cols, e) ||
	    control_resize(r->en, r->arg[0], rows, cols, e))
		return -1;
	return server_empty(r, 200, e);
}
ROUTE(resize, "POST", "/containers/{id}/resize");

static int rename_route(struct server_req *r, struct err *e)
{
	const char *name = server_query(r, "name");

	if (rename_container(r->en, r->a, r->arg[0], name ? name : "", e))
		return -1;
	return server_empty(r, 204, e);
}
ROUTE(rename_route, "POST", "/containers/{id}/rename");

static int boot(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	if (boot_containers(r->en, r->a, &w, e))
		return -1;
	return server_json(r, 200, &b, e);
}
ROUTE(boot, "POST", "/proa/boot");
