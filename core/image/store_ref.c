/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References: one file per name, so that tagging is one atomic rename and two writers of different
 * names never meet. The file is called as the reference with '/' written as "%2F", which `ls` shows
 * well; a name that would not fit a directory entry is called by its digest. The content counts,
 * and says the reference again.
 *
 * {"v":1,"ref":"docker.io/library/busybox:latest","image":hex,"tagged":ns}
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/stamp.h"
#include "image/store.h"

#define REF_VERSION 1
#define MAX_REF_FILE 8192
#define MAX_NAME 200 /* file_write_atomic adds to it for its temporary */

/* References hold no '%' and no control characters, so this is injective. */
static void file_name(const char *ref, char ret[256])
{
	size_t n = 0;

	for (const char *p = ref; *p && n < MAX_NAME; p++) {
		if (*p != '/') {
			ret[n++] = *p;
			continue;
		}
		memcpy(ret + n, "%2F", 3);
		n += 3;
	}
	if (n < MAX_NAME) {
		ret[n] = 0;
		return;
	}
	memcpy(ret, "%long-", 6);
	sha256_hex_of(ref, strlen(ref), ret + 6);
}

static int parse(const char *data, size_t len, struct arena *a, struct store_ref *ret,
		 struct err *e)
{
	const struct json *v = json_parse(a, data, len, MAX_REF_FILE, "reference record", e);

	if (!v)
		return -1;
	ret->ref = json_str(json_get(v, "ref"), "");
	ret->id = json_str(json_get(v, "image"), "");
	ret->tagged = json_int(json_get(v, "tagged"), 0);
	if (json_int(json_get(v, "v"), 0) != REF_VERSION || !*ret->ref || !store_is_hex(ret->id))
		return err_set(e, ERR_INVALID, "reference record: not of version %d", REF_VERSION);
	return 0;
}

static int read_file(const struct store *s, const char *name, struct arena *a,
		     struct store_ref *ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (file_read(s->refs, name, MAX_REF_FILE, &b, e))
		return -1;
	return parse(b.data ? b.data : "", b.len, a, ret, e);
}

int store_ref_get(const struct store *s, struct arena *a, const char *ref, struct store_ref *ret,
		  struct err *e)
{
	struct store_ref r;
	char name[256];

	file_name(ref, name);
	if (read_file(s, name, a, &r, e))
		return -1;
	if (strcmp(r.ref, ref))
		return err_set(e, ERR_INVALID, "images/refs/%s names another reference", name);
	*ret = r;
	return 0;
}

int store_ref_put(const struct store *s, const char *ref, const char *id, char ret_old[65],
		  struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct store_ref old = {.id = ""};
	struct err ignored;
	char name[256];

	file_name(ref, name);
	if (store_ref_get(s, &a, ref, &old, &ignored))
		old.id = ""; /* absent or damaged: replaced either way */
	json_w_obj(&w, NULL);
	json_w_int(&w, "v", REF_VERSION);
	json_w_str(&w, "ref", ref);
	json_w_str(&w, "image", id);
	json_w_int(&w, "tagged", stamp_now());
	json_w_end(&w);
	if (file_write_atomic(s->refs, name, b.data, b.len, 0600, FILE_SYNC, e))
		return err_wrap(e, "reference %s", ref);
	if (ret_old) {
		memset(ret_old, 0, 65);
		memcpy(ret_old, old.id, strlen(old.id));
	}
	return 0;
}

int store_ref_del(const struct store *s, const char *ref, struct err *e)
{
	char name[256];

	file_name(ref, name);
	if (unlinkat(s->refs, name, 0) && errno != ENOENT)
		return err_sys(e, "remove reference %s", ref);
	if (fsync(s->refs))
		return err_sys(e, "sync images/refs");
	return 0;
}

static int cmp(const void *a, const void *b)
{
	return strcmp(((const struct store_ref *)a)->ref, ((const struct store_ref *)b)->ref);
}

int store_ref_list(const struct store *s, struct arena *a, struct store_ref **ret, size_t *ret_n,
		   struct err *e)
{
	DIR *d = file_dir(s->refs);
	struct store_ref *v = NULL, one;
	size_t n = 0, cap = 0;
	struct dirent *de;

	if (!d)
		return err_sys(e, "read %s/images/refs", s->root);
	while ((de = readdir(d))) {
		struct err why;

		if (de->d_name[0] == '.')
			continue;
		if (read_file(s, de->d_name, a, &one, &why)) {
			if (why.kind != ERR_NOTFOUND)
				log_warn("image", "images/refs/%s passed over: %s", de->d_name,
					 why.text);
			continue;
		}
		v = arena_grow(a, v, n, &cap, sizeof(*v));
		v[n++] = one;
	}
	closedir(d);
	if (n)
		qsort(v, n, sizeof(*v), cmp);
	*ret = v;
	*ret_n = n;
	return 0;
}
