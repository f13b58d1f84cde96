/* SPDX-License-Identifier: Apache-2.0 */
/* proa commit: an image from a container's changes; prints its ID. */
#include "applets/applet.h"

#include <stdio.h>

#include "wire/target.h"

static const char *author, *message;
static struct strs changes;
static bool pause_it = true;

static const struct option_def commit_options[] = {
	{"author", 'a', OPTION_STR, &author, "string",
	 "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")", NULL},
	{"change", 'c', OPTION_LIST, &changes, "list",
	 "Apply Dockerfile instruction to the created image", NULL},
	{"message", 'm', OPTION_STR, &message, "string", "Commit message", NULL},
	{"pause", 'p', OPTION_BOOL, &pause_it, NULL, "Pause container during commit (default true)",
	 NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static void add(struct buf *b, const char *key, const char *value)
{
	if (!value)
		return;
	buf_printf(b, "&%s=", key);
	target_quote(b, value);
}

static int commit_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	const struct json *v;
	struct err e;
	int rc;

	buf_printf(&target, "/commit?pause=%d", pause_it);
	add(&target, "container", c->argv[0]);
	add(&target, "repo", c->argc > 1 ? c->argv[1] : NULL);
	add(&target, "author", author);
	add(&target, "comment", message);
	for (size_t i = 0; i < changes.n; i++)
		add(&target, "changes", changes.v[i]);
	rc = client_dial(&c->client, &cc, &e) ||
	     client_json(&cc, c->a, "POST", target.data, NULL, &v, &e);
	if (!rc)
		printf("%s\n", json_str(json_get(v, "Id"), ""));
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(commit, .name = "commit", .alias = "container commit",
       .usage = "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
       .brief = "Create a new image from a container's changes", .options = commit_options,
       .min_args = 1, .max_args = 2, .main = commit_main);
