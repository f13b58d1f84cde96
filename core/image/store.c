/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening is on the path of every `run`, so each directory is opened first and only made when it is
 * missing: a dozen openat calls, about 20 us. Descriptors rather than paths, so that a data-root
 * that is moved while a process lives does not split its writes.
 *
 * The lock is taken by byte range on one file that is never renamed. It is held for as long as a
 * check and a small write take, except by the sweeper, which reads all records under it.
 */
#include "image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define LOCK_NAME "lock"

static int open_dir(int at, const char *name, int *ret, struct err *e)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		fd = file_opendir(at, name, 0700, e);
	else if (fd < 0)
		err_sys(e, "open %s below the data root", name);
	if (fd < 0)
		return -1;
	*ret = fd;
	return 0;
}

static void forget(struct store *s)
{
	*s = (struct store){.data = -1,
			    .images = -1,
			    .blobs = -1,
			    .records = -1,
			    .refs = -1,
			    .layers = -1,
			    .aliases = -1,
			    .blobmap = -1,
			    .tmp = -1,
			    .pins = -1,
			    .trash = -1};
}

int store_open(int data, const char *root, struct store *ret, struct err *e)
{
	struct store s;
	AUTO_FD int blobs = -1;

	forget(&s);
	s.root = root;
	s.data = fcntl(data, F_DUPFD_CLOEXEC, 3);
	if (s.data < 0)
		return err_sys(e, "open the data root %s", root);
	if (open_dir(s.data, "images", &s.images, e) || open_dir(s.images, "blobs", &blobs, e) ||
	    open_dir(blobs, "sha256", &s.blobs, e) ||
	    open_dir(s.images, "records", &s.records, e) ||
	    open_dir(s.images, "refs", &s.refs, e) || open_dir(s.data, "layers", &s.layers, e) ||
	    open_dir(s.layers, "l", &s.aliases, e) || open_dir(s.layers, "blobs", &s.blobmap, e) ||
	    open_dir(s.data, "tmp", &s.tmp, e) || open_dir(s.data, "pins", &s.pins, e) ||
	    open_dir(s.data, "trash", &s.trash, e)) {
		store_close(&s);
		return -1;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	int *fds[] = {&s->data,	   &s->images,	&s->blobs, &s->records, &s->refs, &s->layers,
		      &s->aliases, &s->blobmap, &s->tmp,   &s->pins,	&s->trash};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fd_autoclose(fds[i]);
	forget(s);
}

int store_lock(const struct store *s, int type, struct err *e)
{
	AUTO_FD int fd = file_lock_open(s->images, LOCK_NAME, e);

	if (fd < 0)
		return -1;
	if (file_lock(fd, type, 1, e))
		return err_wrap(e, "store lock");
	return fd_steal(&fd);
}

bool store_is_hex(const char *s)
{
	return s && strspn(s, "0123456789abcdef") == 64 && !s[64];
}

const char *store_digest_hex(const char *digest)
{
	if (!digest || strncmp(digest, "sha256:", 7) || !store_is_hex(digest + 7))
		return NULL;
	return digest + 7;
}
