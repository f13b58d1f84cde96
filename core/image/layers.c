/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a layer becomes visible is what makes kill -9 harmless at any point:
 *
 *   pin "tmp X" -> tmp/X is made and filled -> its diff ID and blob digest are checked by the
 * caller -> one syncfs -> (store lock, shared) alias and blob map, pin "layer D", rename tmp/X
 * layers/D
 *   -> fsync of layers/ -> only now may a record name D.
 *
 * Alias and map come before the rename so that a layer that exists always has its alias: a
 * container is prepared without looking at 127 of them. What dangles after a death is swept. An
 * alias is 80 bits of the diff ID; a second layer with the same 80 bits is refused: somebody can
 * only make such a pair of their own layers, to find one for another's takes 2^80 tries.
 */
#include "image/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/sha256.h"
#include "image/record.h"

#define META_VERSION 1
#define MAX_META 4096
#define MAX_RATIO 500	       /* gzip of zeros is 1,030 : 1 */
#define KEEP_FREE (64LL << 20) /* of the disk: an image never takes the last bytes */

static void empty(struct layers_tmp *t)
{
	memset(t, 0, sizeof(*t));
	t->dir = t->diff = t->record = -1;
}

void layers_limits(const struct store *s, struct unpack_limits *ret)
{
	struct unpack_limits lim = {.max_ratio = MAX_RATIO};
	struct statvfs v;

	if (!fstatvfs(s->data, &v)) {
		int64_t disk = (int64_t)v.f_blocks * (int64_t)v.f_frsize;

		lim.max_bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize -
				(disk / 20 < KEEP_FREE ? disk / 20 : KEEP_FREE);
		if (lim.max_bytes < 1)
			lim.max_bytes = -1;
		lim.max_entries = (int64_t)v.f_favail; /* 0 where inodes are not counted */
	}
	*ret = lim;
}

int layers_tmp_begin(const struct store *s, struct store_pin *pin, const struct unpack_limits *lim,
		     struct layers_tmp *ret, struct err *e)
{
	struct layers_tmp t;

	if (lim->max_bytes < 0)
		return err_set(e, ERR_SYS, "no space left on the disk of %s: free some", s->root);
	empty(&t);
	rand_hex(t.name, 32);
	if (store_pin_tmp(s, pin, t.name, e))
		return -1;
	t.dir = file_opendir(s->tmp, t.name, 0700, e);
	if (t.dir < 0)
		return -1;
	t.diff = file_opendir(t.dir, "diff", 0755, e);
	if (t.diff < 0 || fchmod(t.diff, 0755)) { /* whatever the umask */
		if (t.diff >= 0)
			err_sys(e, "mode of a temporary layer");
		goto undo;
	}
	t.record = openat(t.dir, "record", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (t.record < 0) {
		err_sys(e, "make a tar record");
		goto undo;
	}
	t.unpack = unpack_begin(t.diff, t.record, lim, e);
	if (!t.unpack)
		goto undo;
	*ret = t;
	return 0;
undo:
	layers_tmp_discard(s, &t);
	return -1;
}

static int write_meta(struct layers_tmp *t, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_int(&w, "v", META_VERSION);
	json_w_str(&w, "diff", t->r.diff_id);
	json_w_int(&w, "size", t->r.unpacked);
	json_w_int(&w, "tar_size", t->r.tar_size);
	json_w_str(&w, "blob", *t->r.compression ? t->r.blob_sha : "");
	json_w_int(&w, "blob_size", t->r.blob_size);
	json_w_str(&w, "compression", t->r.compression);
	json_w_end(&w);
	/* synced with everything else by layers_sync */
	return file_write_atomic(t->dir, "meta.json", b.data, b.len, 0600, FILE_NOSYNC, e);
}

int layers_tmp_finish(struct layers_tmp *t, struct err *e)
{
	struct unpack *u = ptr_steal(&t->unpack);

	if (unpack_finish(u, &t->r, e) || write_meta(t, e))
		return -1;
	fd_autoclose(&t->record);
	fd_autoclose(&t->diff);
	fd_autoclose(&t->dir);
	return 0;
}

void layers_tmp_discard(const struct store *s, struct layers_tmp *t)
{
	struct err ignored;

	unpack_abort(ptr_steal(&t->unpack));
	fd_autoclose(&t->record);
	fd_autoclose(&t->diff);
	fd_autoclose(&t->dir);
	if (*t->name)
		fs_remove_tree(s->tmp, t->name, &ignored);
	empty(t);
}

static int has_layer(const struct store *s, const char *diff_id)
{
	return faccessat(s->layers, diff_id, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* dirfd/name -> target, replacing another link whose own layer is gone. */
static int point(const struct store *s, int dirfd, const char *name, const char *target,
		 const char *diff_id, struct err *e)
{
	char have[128];
	ssize_t n;

	for (int tries = 0; tries < 8; tries++) {
		if (!symlinkat(target, dirfd, name))
			return 0;
		if (errno != EEXIST)
			return err_sys(e, "alias of layer sha256:%.12s", diff_id);
		n = readlinkat(dirfd, name, have, sizeof(have) - 1);
		if (n < 0)
			continue;
		have[n] = 0;
		if (!strcmp(have, target))
			return 0;
		if (n > 67 && !strncmp(have, "../", 3)) {
			have[67] = 0;
			if (has_layer(s, have + 3))
				break;
		}
		unlinkat(dirfd, name, 0);
	}
	return err_set(e, ERR_CONFLICT,
		       "layer sha256:%s: its alias %s belongs to another layer of this store",
		       diff_id, name);
}

static int name_layer(const struct store *s, const struct unpack_result *r, struct err *e)
{
	char target[80], alias[LAYERS_ALIAS + 1];

	snprintf(alias, sizeof(alias), "%.*s", LAYERS_ALIAS, r->diff_id);
	snprintf(target, sizeof(target), "../%s/diff", r->diff_id);
	if (point(s, s->aliases, alias, target, r->diff_id, e))
		return -1;
	if (!*r->compression)
		return 0;
	snprintf(target, sizeof(target), "../%s", r->diff_id);
	return point(s, s->blobmap, r->blob_sha, target, r->diff_id, e);
}

int layers_commit(const struct store *s, struct store_pin *pin, struct layers_tmp *t, struct err *e)
{
	AUTO_FD int lock = store_lock(s, F_RDLCK, e);

	if (lock < 0 || store_pin_add(pin, "layer", t->r.diff_id, e) || name_layer(s, &t->r, e))
		return -1;
	if (!renameat(s->tmp, t->name, s->layers, t->r.diff_id)) {
		t->name[0] = 0;
		return 0;
	}
	if (errno != EEXIST && errno != ENOTEMPTY)
		return err_sys(e, "put layer sha256:%.12s in place", t->r.diff_id);
	layers_tmp_discard(s, t); /* another writer was first, and its layer is as good */
	return 0;
}

int layers_sync(const struct store *s, struct err *e)
{
	return syncfs(s->data) ? err_sys(e, "sync %s", s->root) : 0;
}

int layers_sync_names(const struct store *s, struct err *e)
{
	if (fsync(s->aliases) || fsync(s->blobmap) || fsync(s->layers))
		return err_sys(e, "sync %s/layers", s->root);
	return 0;
}

int layers_meta_get(const struct store *s, const char *diff_id, struct layers_meta *ret,
		    struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct layers_meta m = {0};
	const struct json *v;
	char path[80];

	snprintf(path, sizeof(path), "%.64s/meta.json", diff_id);
	if (file_read(s->layers, path, MAX_META, &b, e)) {
		if (e->kind == ERR_NOTFOUND)
			return err_set(e, ERR_NOTFOUND, "layer sha256:%s is not in the store",
				       diff_id);
		return -1;
	}
	v = json_parse(&a, b.data ? b.data : "", b.len, MAX_META, "meta.json of a layer", e);
	if (!v || json_int(json_get(v, "v"), 0) != META_VERSION)
		return err_set(e, ERR_INVALID, "layer sha256:%s: its meta.json is damaged",
			       diff_id);
	m.size = json_int(json_get(v, "size"), 0);
	m.tar_size = json_int(json_get(v, "tar_size"), 0);
	m.blob_size = json_int(json_get(v, "blob_size"), 0);
	snprintf(m.blob, sizeof(m.blob), "%s", json_str(json_get(v, "blob"), ""));
	snprintf(m.compression, sizeof(m.compression), "%s",
		 json_str(json_get(v, "compression"), ""));
	*ret = m;
	return 0;
}

static int pin_locked(const struct store *s, struct store_pin *pin, const char *diff_id,
		      struct err *e)
{
	if (!has_layer(s, diff_id))
		return 0;
	return store_pin_add(pin, "layer", diff_id, e) ? -1 : 1;
}

int layers_pin_blob(const struct store *s, struct store_pin *pin, const char *blob_hex,
		    char ret_diff_id[65], struct err *e)
{
	AUTO_FD int lock = store_lock(s, F_RDLCK, e);
	char target[80];
	const char *diff = blob_hex;
	ssize_t n;
	int rc;

	if (lock < 0)
		return -1;
	n = readlinkat(s->blobmap, blob_hex, target, sizeof(target) - 1);
	if (n == 67) {
		target[n] = 0;
		diff = target + 3;
	}
	if (!store_is_hex(diff)) /* else a plain tar: its digest is its diff ID */
		return 0;
	rc = pin_locked(s, pin, diff, e);
	if (rc == 1)
		memcpy(ret_diff_id, diff, 65);
	return rc;
}

int layers_open(const struct store *s, const char *diff_id, struct err *e)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%.64s/diff", diff_id);
	fd = openat(s->layers, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOTFOUND, "layer sha256:%s is not in the store", diff_id);
	return fd < 0 ? err_sys(e, "open layer sha256:%.12s", diff_id) : fd;
}

int layers_tar(const struct store *s, const char *diff_id, tar_write_fn *write, void *ctx,
	       struct err *e)
{
	AUTO_FD int layer = layers_open(s, diff_id, e);
	AUTO_FD int record = -1;
	char path[80];

	if (layer < 0)
		return -1;
	snprintf(path, sizeof(path), "%.64s/record", diff_id);
	record = openat(s->layers, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (record < 0)
		return err_sys(e, "open the tar record of layer sha256:%.12s", diff_id);
	return record_replay(record, layer, diff_id, write, ctx, NULL, e);
}

void layers_chain(const char *below, const char *diff_id, char ret[65])
{
	char text[160];
	int n;

	if (!below) {
		snprintf(ret, 65, "%s", diff_id);
		return;
	}
	n = snprintf(text, sizeof(text), "sha256:%s sha256:%s", below, diff_id);
	sha256_hex_of(text, (size_t)n, ret);
}
