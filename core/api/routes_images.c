/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /images: lists, looks and removals. What streams (load, save, import) is in routes_imageio.c.
 *
 * Removal answers as soon as the image is gone for everybody; deleting the files comes after.
 */
#include "api/server.h"
#include "base/log.h"
#include "engine/images.h"
#include "engine/sweep.h"

#include <string.h>

static int filters(struct server_req *r, struct images_filter *f, struct err *e)
{
	const struct server_filter keys[] = {
		{"dangling", &f->dangling},   {"label", &f->label}, {"label!", &f->not_label},
		{"before", &f->before},	      {"since", &f->since}, {"until", &f->until},
		{"reference", &f->reference},
	};

	return server_filters(r, keys, sizeof(keys) / sizeof(*keys), e);
}

static int list(struct server_req *r, struct err *e)
{
	struct images_filter f = {.all = server_query_bool(r, "all", false)};
	AUTO_BUF b = BUF_INIT;

	if (filters(r, &f, e) || images_list(r->en, &f, server_query_bool(r, "digests", false),
					     server_query_bool(r, "shared-size", false), &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(list, "GET", "/images/json");

static int inspect(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (images_inspect(r->en, r->arg[0], &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(inspect, "GET", "/images/{name...}/json");

static int history(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (images_history(r->en, r->arg[0], &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(history, "GET", "/images/{name...}/history");

static int tag(struct server_req *r, struct err *e)
{
	const char *repo = server_query(r, "repo"), *name = server_query(r, "tag");
	AUTO_BUF target = BUF_INIT;

	if (!repo || !*repo)
		return err_set(e, ERR_INVALID, "tag: the query needs repo");
	buf_str(&target, repo);
	if (name && *name)
		buf_printf(&target, ":%s", name);
	if (images_tag(r->en, r->arg[0], target.data, e))
		return -1;
	return server_empty(r, 201, e);
}
ROUTE(tag, "POST", "/images/{name...}/tag");

static void clean_up(struct server_req *r)
{
	struct err why;

	if (sweep_empty_trash(r->en, &why))
		log_warn("image", "what was removed still takes space: %s", why.text);
}

static int remove_image(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (images_remove(r->en, r->arg[0], server_query_bool(r, "force", false),
			  server_query_bool(r, "noprune", false), &b, e))
		return -1;
	buf_char(&b, '\n');
	if (server_json(r, 200, &b, e))
		return -1;
	clean_up(r);
	return 0;
}
ROUTE(remove_image, "DELETE", "/images/{name...}");

static int prune(struct server_req *r, struct err *e)
{
	struct images_filter f = {0};
	AUTO_BUF b = BUF_INIT;

	if (filters(r, &f, e) || images_prune(r->en, &f, &b, e))
		return -1;
	buf_char(&b, '\n');
	if (server_json(r, 200, &b, e))
		return -1;
	clean_up(r);
	return 0;
}
ROUTE(prune, "POST", "/images/prune");
