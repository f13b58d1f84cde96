/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order makes a crash harmless at each point. First the name (O_EXCL is the decision between
 * two that want it), then what costs disk, then the record: without it there is no container. A
 * foreground --rm container's record lies on exec-root's tmpfs, where its directory is made first;
 * any other's directory is made complete under tmp/ and renamed, synced. What a crash leaves (a
 * name without a container, a directory without a record) is garbage as soon as the lock of the
 * name is free: reap.h.
 */
#include "engine/create.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/stamp.h"
#include "engine/containers.h"
#include "engine/copyup.h"
#include "engine/images.h"
#include "engine/mounts_settle.h"
#include "engine/names.h"
#include "engine/netlinks.h"
#include "engine/reap.h"
#include "engine/request.h"
#include "engine/runjoin.h"
#include "engine/runspec.h"
#include "engine/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct draft {
	struct engine *en;
	struct arena *a;
	struct request req;
	const struct json *body;
	struct images_image image;
	struct store_pin *pin; /* of the image */
	struct mounts_plan mounts;
	char id[65];
	char name[NAMES_MAX];
	bool durable;
	int name_lock; /* until the container is there */
};

static int claim_given(struct draft *d, const char *name, struct err *e)
{
	if (*name == '/')
		name++;
	if (names_check(name, e))
		return -1;
	snprintf(d->name, sizeof(d->name), "%s", name);
	return reap_claim(d->en, d->name, d->id, d->durable, &d->name_lock, e);
}

static int claim_name(struct draft *d, const char *name, struct err *e)
{
	if (name && *name)
		return claim_given(d, name, e);
	for (int try = 0; try < 20; try++) {
		names_random(d->name, try);
		if (!names_claim(d->en, d->name, d->id, d->durable, &d->name_lock, e))
			return 0;
		if (e->kind != ERR_CONFLICT)
			return -1;
	}
	return err_set(e, ERR_CONFLICT, "no free random name was found: give one with --name");
}

/* What is read back is bounded, and escaping may make the text longer than what was sent. */
static int encode(const struct draft *d, struct buf *b, struct err *e)
{
	struct json_w w = JSON_W(b);
	char now[STAMP_LEN];

	stamp_format(stamp_now(), now);
	json_w_obj(&w, NULL);
	json_w_int(&w, "Version", 1);
	json_w_str(&w, "Id", d->id);
	json_w_str(&w, "Name", d->name);
	json_w_str(&w, "Created", now);
	json_w_str(&w, "Image", d->image.id);
	request_write(&w, "Config", &d->req);
	if (d->req.host)
		json_w_val(&w, "HostConfig", d->req.host);
	if (d->req.networking)
		json_w_val(&w, "NetworkingConfig", d->req.networking);
	mounts_write(&w, &d->mounts.l);
	json_w_end(&w);
	if (b->len > CONTAINERS_RECORD_MAX)
		return err_set(e, ERR_INVALID,
			       "the container's configuration is larger than %d MiB",
			       CONTAINERS_RECORD_MAX >> 20);
	return 0;
}

/* The writable layer, the lists of layers and what new volumes get from the image, in an open
 * directory whose final path is known. */
static int make_rootfs(struct draft *d, int dir, struct err *e)
{
	struct driver_rootfs rootfs;
	const char *path = arena_printf(d->a, "%s/containers/%s", d->en->c.data_root, d->id);

	if (images_rootfs(d->en, d->a, &d->image.diff_ids, dir, path, &rootfs, e) ||
	    mounts_settle_layers(&d->mounts, dir, e))
		return -1;
	if (!rootfs.base) /* its final path is where it is not yet */
		rootfs.dir = arena_printf(d->a, "/proc/self/fd/%d/%s", dir,
					  strrchr(rootfs.dir, '/') + 1);
	return copyup_fill(d->en, d->a, &d->mounts, &rootfs, d->pin, d->durable, e);
}

static int make_volatile(struct draft *d, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int run = file_opendir(d->en->run_containers, d->id, 0700, e), dir = -1;

	if (run < 0 || encode(d, &b, e))
		return -1;
	dir = file_opendir(d->en->containers, d->id, 0700, e);
	if (dir < 0 || make_rootfs(d, dir, e))
		return -1;
	return file_write_atomic(run, "config.json", b.data, b.len, 0600, FILE_NOSYNC, e);
}

static int make_durable(struct draft *d, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int dir = -1;

	if (encode(d, &b, e) || store_pin_tmp(&d->en->store, d->pin, d->id, e))
		return -1;
	dir = file_opendir(d->en->store.tmp, d->id, 0700, e);
	if (dir < 0)
		return -1;
	if (make_rootfs(d, dir, e) ||
	    file_write_atomic(dir, "config.json", b.data, b.len, 0600, FILE_SYNC, e))
		return -1;
	if (renameat(d->en->store.tmp, d->id, d->en->containers, d->id) || fsync(d->en->containers))
		return err_sys(e, "make the container's directory");
	return 0;
}

static void undo(struct draft *d)
{
	struct home h = containers_home(d->en);
	struct err why;

	fs_remove_tree(d->en->store.tmp, d->id, &why);
	if (!home_hide(&h, d->id, d->name, &why))
		home_clean(&h, d->id, &why);
}

static int check_platform(struct draft *d, const char *platform, struct strs *warnings,
			  struct err *e)
{
	struct platform want;
	char have_text[80], want_text[80];

	if (platform && *platform) {
		if (platform_parse(platform, &want, e))
			return -1;
		if (platform_fit(&want, &d->image.platform, 0))
			return 0;
		return err_set(
			e, ERR_NOTFOUND,
			"image with reference %s was found but does not provide the specified "
			"platform (%s)",
			d->req.image, platform);
	}
	platform_host(&want);
	if (platform_fit(&want, &d->image.platform, 0))
		return 0;
	platform_text(&d->image.platform, have_text, sizeof(have_text));
	platform_text(&want, want_text, sizeof(want_text));
	strs_printf(d->a, warnings,
		    "The requested image's platform (%s) does not match the detected host platform "
		    "(%s) and no specific platform was requested",
		    have_text, want_text);
	return 0;
}

static int make(struct draft *d, const char *name, struct err *e)
{
	int rc;

	id_new(d->id);
	d->durable = !d->req.auto_remove;
	d->name_lock = -1;
	if (claim_name(d, name, e))
		return -1;
	if (mounts_settle(d->en, d->a, &d->req, d->id, &d->mounts, e)) {
		undo(d);
		rc = -1;
	} else {
		rc = d->durable ? make_durable(d, e) : make_volatile(d, e);
		if (rc)
			undo(d);
		mounts_settle_end(d->en, &d->mounts, d->id, !rc);
	}
	fd_autoclose(&d->name_lock);
	return rc;
}

/* The record's "MountSpecs", as a later load gives it. */
static int read_mounts(struct draft *d, const struct json **ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	const struct json *v;

	*ret = NULL;
	if (!d->mounts.l.n)
		return 0;
	json_w_obj(&w, NULL);
	mounts_write(&w, &d->mounts.l);
	json_w_end(&w);
	v = json_parse(d->a, b.data, b.len, CONTAINERS_RECORD_MAX, "mounts", e);
	*ret = json_get(v, "MountSpecs");
	return v ? 0 : -1;
}

int create_container(struct engine *en, struct arena *a, const struct json *body, const char *name,
		     const char *platform, struct containers_one *ret, struct strs *warnings,
		     struct err *e)
{
	struct draft *d = arena_alloc(a, sizeof(*d));
	struct store_pin pin = STORE_PIN_INIT;
	int rc;

	d->en = en;
	d->a = a;
	d->pin = &pin;
	if (request_decode(a, body, json_get(body, "HostConfig"),
			   json_get(body, "NetworkingConfig"), &d->req, e))
		return -1;
	if (!*d->req.image)
		return err_set(e, ERR_INVALID, "invalid reference format: no image was named");
	start_shim(en, a, &d->req);
	if (images_resolve(en, a, d->req.image, &pin, &d->image, e))
		return -1;
	rc = check_platform(d, platform, warnings, e) || runjoin_names(en, a, &d->req, e) ||
	     netlinks_names(en, a, &d->req, e) || request_merge(a, &d->req, d->image.config, e) ||
	     runspec_check(en, a, &d->req, warnings, e) || make(d, name, e);
	images_unpin(en, &pin);
	if (rc)
		return -1;
	*ret = (struct containers_one){.name = d->name, .image = d->image.id, .req = d->req};
	memcpy(ret->id, d->id, sizeof(d->id));
	containers_paths(en, a, ret);
	return read_mounts(d, &ret->mounts, e);
}
