/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /_ping and /version: what a client asks first.
 */
#include "api/server.h"
#include "base/version.h"

#include <sys/utsname.h>

static int ping(struct server_req *r, struct err *e)
{
	struct buf ok = {(char[]){"OK"}, 2, 3};

	return server_json(r, 200, &ok, e);
}
ROUTE(ping, "GET", "/_ping");

static int version(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct utsname u;

	uname(&u);
	json_w_obj(&w, NULL);
	json_w_str(&w, "Version", PROA_VERSION);
	json_w_str(&w, "ApiVersion", PROA_API_VERSION);
	json_w_str(&w, "MinAPIVersion", "1.24");
	json_w_str(&w, "Os", "linux");
	json_w_str(&w, "Arch", arena_strdup(r->a, u.machine));
	json_w_str(&w, "KernelVersion", u.release);
	json_w_end(&w);
	return server_json(r, 200, &b, e);
}
ROUTE(version, "GET", "/version");
