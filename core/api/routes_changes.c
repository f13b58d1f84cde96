/* SPDX-License-Identifier: Apache-2.0 */
/* What a container changed: GET /containers/{id}/changes (diff), and an image of it: POST /commit.
 */
#include "api/server.h"
#include "engine/commit.h"
#include "engine/diff.h"
#include "engine/sweep.h"
#include "wire/target.h"

#include <string.h>

static int changes(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	return diff_json(r->en, r->a, r->arg[0], &b, e) || server_json(r, 200, &b, e) ? -1 : 0;
}
ROUTE(changes, "GET", "/containers/{name}/changes");

static int commit(struct server_req *r, struct err *e)
{
	struct commit_opts o = {.repo = server_query(r, "repo"),
				.tag = server_query(r, "tag"),
				.comment = server_query(r, "comment"),
				.author = server_query(r, "author"),
				.pause = server_query_bool(r, "pause", true)};
	const char *ref = server_query(r, "container"), *line;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	char id[65], text[80] = "sha256:";

	if (server_body(r, true, &o.config, e))
		return -1;
	if (!ref || !*ref)
		return err_set(e, ERR_INVALID, "commit: the query needs container");
	for (size_t i = 0; (line = target_query(r->a, r->query, "changes", i)); i++)
		strs_add(r->a, &o.changes, arena_strdup(r->a, line));
	sweep_stale(r->en);
	if (commit_container(r->en, r->a, ref, &o, id, e))
		return -1;
	memcpy(text + 7, id, sizeof(id));
	json_w_obj(&w, NULL);
	json_w_str(&w, "Id", text);
	json_w_end(&w);
	return server_json(r, 201, &b, e);
}
ROUTE(commit, "POST", "/commit");
