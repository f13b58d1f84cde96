/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same path as a layer of load: unpacked into a temporary, synced, renamed, then config, record
 * and reference. The config is written in the order Go's encoder gives Docker's, so that the
 * image's ID is the one Docker would have given at that moment.
 */
#include "image/import.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/stamp.h"
#include "image/changes.h"
#include "image/layers.h"

#define CHUNK (256 << 10)

static void write_config(const struct import_opts *o, const struct changes *c, const char *diff_id,
			 int64_t now, struct buf *b)
{
	struct json_w w = JSON_W(b);
	struct platform host = {0};
	const struct platform *p = o->platform ? o->platform : &host;
	const char *comment = o->message && *o->message ? o->message : "Imported from -";
	char when[STAMP_LEN], digest[72];

	platform_host(&host);
	host.variant[0] = 0; /* nothing says that a root file system needs more than the least */
	stamp_format(now, when);
	snprintf(digest, sizeof(digest), "sha256:%s", diff_id);
	json_w_obj(&w, NULL);
	json_w_str(&w, "architecture", p->arch);
	if (*p->variant)
		json_w_str(&w, "variant", p->variant);
	json_w_str(&w, "comment", comment);
	json_w_str(&w, "created", when);
	json_w_obj(&w, "config");
	changes_write(c, &w);
	json_w_end(&w);
	json_w_arr(&w, "history");
	json_w_obj(&w, NULL);
	json_w_str(&w, "created", when);
	json_w_str(&w, "comment", comment);
	json_w_end(&w);
	json_w_arr_end(&w);
	json_w_str(&w, "os", p->os);
	json_w_obj(&w, "rootfs");
	json_w_str(&w, "type", "layers");
	json_w_arr(&w, "diff_ids");
	json_w_str(&w, NULL, digest);
	json_w_arr_end(&w);
	json_w_end(&w);
	json_w_end(&w);
}

static int unpack_all(const struct store *s, struct store_pin *pin, tar_read_fn *read, void *ctx,
		      struct layers_tmp *t, struct err *e)
{
	AUTO_FREE char *buf = mem_alloc(CHUNK);
	struct unpack_limits lim;
	ssize_t n;

	layers_limits(s, &lim);
	if (layers_tmp_begin(s, pin, &lim, t, e))
		return -1;
	while ((n = read(ctx, buf, CHUNK, e)) > 0)
		if (unpack_write(t->unpack, buf, (size_t)n, e))
			return -1;
	return n < 0 ? -1 : layers_tmp_finish(t, e);
}

static int commit(const struct store *s, struct store_pin *pin, const struct import_opts *o,
		  const struct changes *c, struct layers_tmp *t, char ret_id[65], struct err *e)
{
	struct store_layer layer = {.diff_id = t->r.diff_id, .size = t->r.unpacked};
	struct store_image rec = {.layers = &layer, .nlayers = 1, .manifest = "", .parent = ""};
	struct unpack_result r = t->r;
	AUTO_BUF config = BUF_INIT;
	AUTO_FD int lock = -1;
	char id[65];

	layer.diff_id = r.diff_id;
	layer.blob = *r.compression ? r.blob_sha : "";
	rec.created = rec.added = stamp_now();
	write_config(o, c, r.diff_id, rec.created, &config);
	if (layers_sync(s, e))
		return -1;
	lock = store_lock(s, F_RDLCK, e);
	if (lock < 0 || layers_commit(s, pin, t, e) || layers_sync_names(s, e) ||
	    store_blob_put(s, config.data, config.len, id, e))
		return -1;
	rec.id = id;
	if (store_image_put_named(s, &rec, o->ref, e))
		return -1;
	memcpy(ret_id, id, sizeof(id));
	return 0;
}

int import_stream(const struct store *s, tar_read_fn *read, void *ctx, const struct import_opts *o,
		  char ret_id[65], struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct changes c = {0};
	struct layers_tmp t = {.dir = -1, .diff = -1, .record = -1};
	struct store_pin pin = STORE_PIN_INIT;
	int rc;

	for (size_t i = 0; i < o->changes.n; i++)
		if (changes_apply(&a, o->changes.v[i], &c, e))
			return -1;
	if (store_pin_new(s, &pin, e))
		return -1;
	rc = unpack_all(s, &pin, read, ctx, &t, e) || commit(s, &pin, o, &c, &t, ret_id, e) ? -1
											    : 0;
	layers_tmp_discard(s, &t);
	store_pin_release(s, &pin);
	return rc ? err_wrap(e, "import") : 0;
}
