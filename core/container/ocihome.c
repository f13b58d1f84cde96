/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state is written before the container's first process is there and again when it is, so that
 * whatever was cut off can be deleted by name.
 */
#include "container/ocihome.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/stamp.h"
#include "container/cgroup.h"
#include "container/orphan.h"

#define STATE_MAX 65536
#define ID_MAX 255

/* ---- files */

static int check_id(const char *id, struct err *e)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.");

	if (!n || id[n] || n > ID_MAX || !strcmp(id, ".") || !strcmp(id, ".."))
		return err_set(e, ERR_INVALID,
			       "invalid container ID '%.300s': 1 to %d of letters, digits and _+-.",
			       id, ID_MAX);
	return 0;
}

static int read_config(struct arena *a, int dir, const char *where, struct ocihome *h,
		       struct buf *text, struct err *e)
{
	if (file_read(dir, BUNDLE_CONFIG, BUNDLE_MAX, text, e))
		return err_wrap(e, "%s", where);
	h->spec = (struct spec){.id = h->id};
	return bundle_parse(a, text->data ? text->data : "", text->len, h->bundle, &h->spec, &h->b,
			    e);
}

static int take_lock(struct ocihome *h, struct err *e)
{
	fd_autoclose(&h->lock);
	h->lock = file_lock_open(h->dir, "lock", e);
	return h->lock < 0 || file_lock(h->lock, F_WRLCK, 1, e) ? -1 : 0;
}

int ocihome_make(struct arena *a, const char *root, const char *id, const char *bundle,
		 struct ocihome *h, struct err *e)
{
	AUTO_FD int top = -1, from = -1;
	AUTO_BUF text = BUF_INIT;

	*h = (struct ocihome){.root = root, .id = id, .bundle = bundle, .dir = -1, .lock = -1};
	if (check_id(id, e))
		return -1;
	from = openat(AT_FDCWD, bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0)
		return err_sys(e, "bundle %s", bundle);
	if (read_config(a, from, bundle, h, &text, e) || file_mkdirs(root, 0700, e))
		return -1;
	top = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return err_sys(e, "open %s", root);
	if (mkdirat(top, id, 0700))
		return errno == EEXIST ? err_set(e, ERR_CONFLICT,
						 "container with given ID already exists: %s", id)
				       : err_sys(e, "create %s/%s", root, id);
	h->dir = openat(top, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (h->dir < 0)
		return err_sys(e, "open %s/%s", root, id);
	h->created = stamp_now();
	return take_lock(h, e) ||
			       file_write_atomic(h->dir, BUNDLE_CONFIG, text.data, text.len, 0600,
						 FILE_NOSYNC, e) ||
			       ocihome_write(h, e)
		       ? -1
		       : 0;
}

int ocihome_write(const struct ocihome *h, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_int(&w, "version", 1);
	json_w_str(&w, "bundle", h->bundle);
	json_w_int(&w, "pid", h->pid);
	json_w_int(&w, "born", h->born);
	json_w_int(&w, "created", h->created);
	json_w_end(&w);
	return file_write_atomic(h->dir, "state", b.data, b.len, 0600, FILE_NOSYNC, e);
}

static int read_state(struct arena *a, struct ocihome *h, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	h->bundle = NULL;
	if (file_read(h->dir, "state", STATE_MAX, &b, e))
		return e->kind == ERR_NOTFOUND ? 0 : -1;
	v = json_parse(a, b.data ? b.data : "", b.len, STATE_MAX, "state", e);
	if (!v)
		return err_wrap(e, "%s/%s", h->root, h->id);
	h->bundle = json_str(json_get(v, "bundle"), "/");
	h->pid = (int)json_int(json_get(v, "pid"), 0);
	h->born = json_int(json_get(v, "born"), 0);
	h->created = json_int(json_get(v, "created"), 0);
	return 0;
}

int ocihome_open(struct arena *a, const char *root, const char *id, struct ocihome *h,
		 struct err *e)
{
	AUTO_FD int top = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_BUF text = BUF_INIT;

	*h = (struct ocihome){.root = root, .id = id, .dir = -1, .lock = -1};
	if (check_id(id, e))
		return -1;
	h->dir = top < 0 ? -1 : openat(top, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (h->dir < 0)
		return errno == ENOENT
			       ? err_set(e, ERR_NOTFOUND, "container does not exist: %s", id)
			       : err_sys(e, "open %s/%s", root, id);
	if (read_state(a, h, e))
		return -1;
	return h->bundle ? read_config(a, h->dir, h->root, h, &text, e) : 0;
}

int ocihome_lock(struct arena *a, struct ocihome *h, struct err *e)
{
	struct stat st;

	if (take_lock(h, e))
		return -1;
	if (fstat(h->dir, &st) || !st.st_nlink)
		return err_set(e, ERR_NOTFOUND, "container does not exist: %s", h->id);
	return read_state(a, h, e);
}

int ocihome_remove(const struct ocihome *h, struct err *e)
{
	AUTO_FD int top = openat(AT_FDCWD, h->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return top < 0 ? err_sys(e, "open %s", h->root) : fs_remove_tree(top, h->id, e);
}

void ocihome_close(struct ocihome *h)
{
	fd_autoclose(&h->dir);
	fd_autoclose(&h->lock);
}

/* ---- what it does */

enum ocihome_status ocihome_status(const struct ocihome *h)
{
	AUTO_FD int lock = -1;

	if (h->pid <= 0) {
		lock = openat(h->dir, "lock", O_RDWR | O_CLOEXEC);
		return lock >= 0 && file_locked(lock, F_WRLCK) == 1 ? OCI_CREATING : OCI_STOPPED;
	}
	if (!h->born || orphan_born(h->pid) != h->born)
		return OCI_STOPPED;
	if (!faccessat(h->dir, OCIHOME_GATE, F_OK, 0))
		return OCI_CREATED;
	return h->spec.cgroup && cgroup_frozen(h->spec.cgroup) ? OCI_PAUSED : OCI_RUNNING;
}

const char *ocihome_status_name(enum ocihome_status s)
{
	static const char *const names[] = {"creating", "created", "running", "paused", "stopped"};

	return names[s];
}

void ocihome_json(struct json_w *w, const struct ocihome *h, enum ocihome_status s, bool more)
{
	char text[STAMP_LEN];

	json_w_obj(w, NULL);
	json_w_str(w, "ociVersion", h->b.version ? h->b.version : "1.0.0");
	json_w_str(w, "id", h->id);
	if (s != OCI_STOPPED || more)
		json_w_int(w, "pid", s == OCI_STOPPED ? 0 : h->pid);
	json_w_str(w, "status", ocihome_status_name(s));
	json_w_str(w, "bundle", h->bundle ? h->bundle : "");
	if (more) {
		stamp_format(h->created, text);
		json_w_str(w, "rootfs", h->spec.dir ? h->spec.dir : "");
		json_w_str(w, "created", text);
		json_w_str(w, "owner", "");
	}
	if (h->b.annotations.n)
		json_w_map(w, "annotations", &h->b.annotations);
	json_w_end(w);
}

int ocihome_list(struct arena *a, const char *root, struct strs *ret_ids, struct err *e)
{
	DIR *d = opendir(root);
	struct dirent *n;
	struct err why;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(e, "read %s", root);
	while ((n = readdir(d)))
		if (n->d_type == DT_DIR && !check_id(n->d_name, &why))
			strs_add(a, ret_ids, arena_strdup(a, n->d_name));
	closedir(d);
	return 0;
}
