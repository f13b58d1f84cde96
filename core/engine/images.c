/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a person types to an image. Names are looked for before IDs, as Docker does, so that an
 * image called "cafe" stays reachable; 64 digits are always an ID.
 *
 * With a pin, the look-up, the check that the record is there and the pin itself happen under one
 * hold of the store lock: the sweeper comes before all of it or after it.
 */
#include "engine/images.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "image/layers.h"
#include "image/manifest.h"
#include "image/ref.h"

#define MAX_LAYERS_FILE (STORE_MAX_LAYERS * 80)

static int not_found(struct arena *a, const char *text, struct err *e)
{
	const char *hex = !strncmp(text, "sha256:", 7) ? text + 7 : text;
	struct err ignored;
	struct ref r;

	if (store_is_hex(hex))
		return err_set(e, ERR_NOTFOUND, "No such image: sha256:%s", hex);
	if (ref_parse_normalized(a, text, &r, &ignored))
		return err_set(e, ERR_NOTFOUND, "No such image: %s", text);
	ref_default_tag(&r);
	return err_set(e, ERR_NOTFOUND, "No such image: %s", ref_familiar(a, &r));
}

/* 1: found, 0: not, -1: *e. */
static int by_name(struct engine *en, struct arena *a, const char *text, const char **ret_id,
		   const char **ret_name, struct err *e)
{
	struct store_ref found;
	struct err why;
	struct ref r;

	if (ref_parse_normalized(a, text, &r, &why))
		return 0;
	ref_default_tag(&r);
	if (r.tag && r.digest)
		r.tag = NULL; /* the digest is the stronger of the two */
	if (store_ref_get(&en->store, a, ref_full(a, &r), &found, &why)) {
		if (why.kind == ERR_NOTFOUND)
			return 0;
		*e = why;
		return -1;
	}
	*ret_id = found.id;
	*ret_name = ref_familiar(a, &r);
	return 1;
}

static int by_id(struct engine *en, struct arena *a, const char *text, const char **ret_id,
		 struct err *e)
{
	const char *prefix = !strncmp(text, "sha256:", 7) ? text + 7 : text;
	struct strs ids = {0};

	if (!ref_is_id_prefix(text))
		return 0;
	if (store_image_find(&en->store, a, prefix, &ids, e))
		return -1;
	if (ids.n != 1)
		return 0;
	*ret_id = ids.v[0];
	return 1;
}

int images_find(struct engine *en, struct arena *a, const char *text, const char **ret_id,
		const char **ret_name, struct err *e)
{
	int rc = 0;

	if (!store_is_hex(text) && strncmp(text, "sha256:", 7))
		rc = by_name(en, a, text, ret_id, ret_name, e);
	if (!rc) {
		rc = by_id(en, a, text, ret_id, e);
		if (rc == 1)
			*ret_name = arena_printf(a, "sha256:%s", *ret_id);
	}
	return rc == 1 ? 0 : rc < 0 ? -1 : not_found(a, text, e);
}

static int pin_image(const struct images_image *im, struct store_pin *pin, struct err *e)
{
	if (store_pin_add(pin, "image", im->record.id, e))
		return -1;
	for (size_t i = 0; i < im->record.nlayers; i++)
		if (store_pin_add(pin, "layer", im->record.layers[i].diff_id, e))
			return -1;
	return 0;
}

static int read_image(struct engine *en, struct arena *a, const char *text, struct images_image *im,
		      struct err *e)
{
	AUTO_BUF config = BUF_INIT;
	struct manifest_config c;
	const char *hex;

	if (images_find(en, a, text, &hex, &im->name, e))
		return -1;
	if (store_image_get(&en->store, a, hex, &im->record, e))
		return e->kind == ERR_NOTFOUND ? not_found(a, text, e) : -1;
	if (store_blob_get(&en->store, hex, &config, e) ||
	    manifest_config_parse(a, config.data ? config.data : "", config.len, "image config", &c,
				  e))
		return err_wrap(e, "image sha256:%.12s", hex);
	im->id = arena_printf(a, "sha256:%s", hex);
	im->root = c.root;
	im->config = json_typeof(c.config) == JSON_OBJ ? c.config : NULL;
	im->diff_ids = c.diff_ids;
	im->platform = c.platform;
	return 0;
}

int images_resolve(struct engine *en, struct arena *a, const char *ref_or_id, struct store_pin *pin,
		   struct images_image *ret, struct err *e)
{
	struct store_pin p = STORE_PIN_INIT;
	struct images_image im = {0};
	AUTO_FD int lock = -1;

	if (pin && store_pin_new(&en->store, &p, e))
		return -1;
	if (pin) {
		lock = store_lock(&en->store, F_RDLCK, e);
		if (lock < 0)
			goto undo;
	}
	if (read_image(en, a, ref_or_id, &im, e) || (pin && pin_image(&im, &p, e)))
		goto undo;
	*ret = im;
	if (pin)
		*pin = p;
	return 0;
undo:
	store_pin_release(&en->store, &p);
	return -1;
}

void images_unpin(struct engine *en, struct store_pin *pin)
{
	store_pin_release(&en->store, pin);
}

/* "driver overlay", then one diff ID a line, bottom first. */
static int write_layers(int cdir, const char *driver, const struct strs *diff_ids, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	buf_printf(&b, "driver %s\n", driver);
	for (size_t i = 0; i < diff_ids->n; i++)
		buf_printf(&b, "%s\n", diff_ids->v[i]);
	/* not synced: a container whose file is lost still names its image in config.json */
	return file_write_atomic(cdir, "layers", b.data, b.len, 0600, FILE_NOSYNC, e);
}

int images_layers(int cdir, struct arena *a, const char **ret_driver, struct strs *ret,
		  struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const char *driver = NULL;
	char *p, *end;

	if (file_read(cdir, "layers", MAX_LAYERS_FILE, &b, e))
		return -1;
	for (p = b.data; p && (end = strchr(p, '\n')); p = end + 1) {
		*end = 0;
		if (!driver && !strncmp(p, "driver ", 7))
			driver = arena_strdup(a, p + 7);
		else if (store_is_hex(p))
			strs_add(a, ret, arena_strdup(a, p));
		else
			driver = NULL;
	}
	if (!driver)
		return err_set(e, ERR_INVALID, "the container's file \"layers\" is damaged");
	*ret_driver = driver;
	return 0;
}

int images_rootfs(struct engine *en, struct arena *a, const struct strs *diff_ids, int cdir,
		  const char *cpath, struct driver_rootfs *ret, struct err *e)
{
	const char *name = en->c.storage_driver;
	struct strs known = {0};
	const struct driver *d;

	if (!diff_ids && images_layers(cdir, a, &name, &known, e))
		return -1;
	d = driver_pick(&en->store, en->exec, name, e);
	if (!d || (diff_ids && write_layers(cdir, d->name, diff_ids, e)))
		return -1;
	if (d->prepare(&en->store, a, diff_ids ? diff_ids : &known, cdir, cpath, ret, e))
		return err_wrap(e, "root file system");
	return 0;
}

int images_tag(struct engine *en, const char *source, const char *target, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	const char *id, *name;
	struct store_image im;
	AUTO_FD int lock = -1;
	struct ref r;

	if (ref_parse_normalized(&a, target, &r, e))
		return -1;
	if (r.digest)
		return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
	ref_default_tag(&r);
	lock = store_lock(&en->store, F_RDLCK, e);
	if (lock < 0 || images_find(en, &a, source, &id, &name, e))
		return -1;
	if (store_image_get(&en->store, &a, id, &im, e)) /* a reference without its image */
		return e->kind == ERR_NOTFOUND ? not_found(&a, source, e) : -1;
	return store_ref_put(&en->store, ref_full(&a, &r), id, NULL, e);
}
