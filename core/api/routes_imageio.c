/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /images: what streams. The head of an answer goes out with its first line or byte, so whatever
 * goes wrong before that is a plain error with its status; later it is {"error": ...} in a JSON
 * stream, and a cut in a tar stream, which has no place for words.
 */
#include "api/server.h"
#include "api/tarout.h"
#include "base/file.h"
#include "engine/images.h"
#include "engine/sweep.h"
#include "image/import.h"
#include "image/load.h"
#include "image/ref.h"
#include "wire/target.h"

#include <string.h>

static ssize_t read_body(void *ctx, void *buf, size_t n, struct err *e)
{
	struct server_req *r = ctx;

	return http_read_body(r->h, buf, n, e);
}

/* One object of a JSON stream. */
static int emit(struct server_req *r, const char *key, const char *text, const char *end,
		struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_BUF line = BUF_INIT;
	struct json_w w = JSON_W(&b);

	w.verbatim = true;
	buf_str(&line, text);
	buf_str(&line, end);
	json_w_obj(&w, NULL);
	if (!strcmp(key, "error")) {
		json_w_obj(&w, "errorDetail");
		json_w_str(&w, "message", text);
		json_w_end(&w);
	}
	json_w_str(&w, key, line.data);
	json_w_end(&w);
	buf_str(&b, "\r\n");
	if (!r->answered && server_stream(r, 200, "application/json", e))
		return -1;
	return server_chunk(r, b.data, b.len, e);
}

/* A failure inside a stream is told in it. */
static int end_stream(struct server_req *r, int rc, struct err *e)
{
	struct err why = *e;

	if (!rc || !r->answered)
		return rc;
	return emit(r, "error", why.text, "", e);
}

/* platform=linux/arm64 or, as the API has it since 1.48, {"os":..,"architecture":..}. */
static int platform(struct server_req *r, struct platform *p, const struct platform **ret,
		    struct err *e)
{
	const char *text = server_query(r, "platform");
	const struct json *v;

	if (!text || !*text)
		return 0;
	*ret = p;
	if (*text != '{')
		return platform_parse(text, p, e);
	v = json_parse(r->a, text, strlen(text), 4096, "platform", e);
	if (!v)
		return -1;
	platform_from(json_str(json_get(v, "os"), "linux"),
		      json_str(json_get(v, "architecture"), ""),
		      json_str(json_get(v, "variant"), ""), p);
	return 0;
}

static void say(void *ctx, const char *line)
{
	struct err ignored; /* a client that went away hears nothing; the load goes on */

	emit(ctx, "stream", line, "\n", &ignored);
}

static int load(struct server_req *r, struct err *e)
{
	struct load_opts o = {.say = say, .ctx = r};
	struct platform p;

	if (platform(r, &p, &o.platform, e))
		return -1;
	sweep_stale(r->en);
	return end_stream(r, load_stream(&r->en->store, read_body, r, &o, e), e);
}
ROUTE(load, "POST", "/images/load");

static int save_names(struct server_req *r, const struct strs *names, struct err *e)
{
	const char *format = server_query(r, "format");
	struct tarout o = tarout_new(r);
	enum save_format f = SAVE_BOTH;
	const struct platform *want = NULL;
	struct platform p;

	if (format && !strcmp(format, "docker-archive"))
		f = SAVE_DOCKER;
	else if (format && !strcmp(format, "oci-archive"))
		f = SAVE_OCI;
	else if (format && *format)
		return err_set(e, ERR_INVALID, "format \"%s\": want docker-archive or oci-archive",
			       format);
	if (platform(r, &p, &want, e))
		return -1;
	if (images_save(r->en, names, f, want, tarout_write, &o, e))
		return -1;
	return tarout_flush(&o, e);
}

static int save_one(struct server_req *r, struct err *e)
{
	struct strs names = {0};

	strs_add(r->a, &names, arena_strdup(r->a, r->arg[0]));
	return save_names(r, &names, e);
}
ROUTE(save_one, "GET", "/images/{name...}/get");

static int save(struct server_req *r, struct err *e)
{
	struct strs names = {0};
	const char *name;

	for (size_t i = 0; (name = target_query(r->a, r->query, "names", i)); i++)
		strs_add(r->a, &names, arena_strdup(r->a, name));
	if (!names.n)
		return err_set(e, ERR_INVALID, "save: the query needs names");
	return save_names(r, &names, e);
}
ROUTE(save, "GET", "/images/get");

static int reference(struct server_req *r, const char **ret, struct err *e)
{
	const char *repo = server_query(r, "repo"), *name = server_query(r, "tag");
	struct ref f;

	if (!repo || !*repo)
		return 0;
	if (name && *name)
		repo = arena_printf(r->a, "%s:%s", repo, name);
	if (ref_parse_normalized(r->a, repo, &f, e))
		return -1;
	if (f.digest)
		return err_set(e, ERR_INVALID, "cannot import digest reference");
	ref_default_tag(&f);
	*ret = ref_full(r->a, &f);
	return 0;
}

static int create(struct server_req *r, struct err *e)
{
	const char *from = server_query(r, "fromSrc"), *line;
	struct import_opts o = {.message = server_query(r, "message")};
	char id[65], text[80] = "sha256:";
	struct platform p;

	if (!from || strcmp(from, "-"))
		return err_set(e, ERR_UNSUPPORTED,
			       "only fromSrc=- (import of the request's body) is served so far");
	if (platform(r, &p, &o.platform, e) || reference(r, &o.ref, e))
		return -1;
	for (size_t i = 0; (line = target_query(r->a, r->query, "changes", i)); i++)
		strs_add(r->a, &o.changes, arena_strdup(r->a, line));
	sweep_stale(r->en);
	if (import_stream(&r->en->store, read_body, r, &o, id, e))
		return -1;
	memcpy(text + 7, id, sizeof(id));
	return end_stream(r, emit(r, "status", text, "", e), e);
}
ROUTE(create, "POST", "/images/create");
