/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probing overlay costs a process and a mount (1 ms), so the answer is kept in exec-root, which
 * vanishes with the kernel that gave it. It names the device of the data-root: the same exec-root
 * with another data-root is asked again.
 */
#include "image/driver.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

#define CACHE "storage-driver"

static const struct driver *const drivers[] = {&driver_overlay, &driver_btrfs, &driver_vfs};
#define NDRIVERS (sizeof(drivers) / sizeof(*drivers))

static const struct driver *find(const char *name)
{
	if (!strcmp(name, "overlay2"))
		name = "overlay"; /* as Docker calls it */
	for (size_t i = 0; i < NDRIVERS; i++)
		if (!strcmp(drivers[i]->name, name))
			return drivers[i];
	return NULL;
}

static void cache_line(const struct store *s, const char *name, char *ret, size_t size)
{
	struct stat st = {0};

	fstat(s->data, &st);
	snprintf(ret, size, "%s %llx\n", name, (unsigned long long)st.st_dev);
}

static const struct driver *cached(const struct store *s, int exec)
{
	AUTO_BUF b = BUF_INIT;
	struct err ignored;
	char want[64];

	if (file_read(exec, CACHE, 64, &b, &ignored) || !b.data)
		return NULL;
	for (size_t i = 0; i < NDRIVERS; i++) {
		cache_line(s, drivers[i]->name, want, sizeof(want));
		if (!strcmp(want, b.data))
			return drivers[i];
	}
	return NULL;
}

const struct driver *driver_pick(const struct store *s, int exec, const char *name, struct err *e)
{
	const struct driver *d = name && *name ? find(name) : cached(s, exec);
	struct err why;
	char line[64];

	if (name && *name && !d) {
		err_set(e, ERR_INVALID,
			"unknown storage driver \"%s\": overlay, btrfs and vfs are known", name);
		return NULL;
	}
	if (name && *name) {
		if (d == cached(s, exec) || !d->probe(s, e))
			return d;
		e->kind = ERR_UNSUPPORTED;
		err_wrap(e, "storage driver %s does not work here", d->name);
		return NULL;
	}
	for (size_t i = 0; !d && i < NDRIVERS; i++) {
		if (!drivers[i]->probe(s, &why)) {
			d = drivers[i];
			cache_line(s, d->name, line, sizeof(line));
			if (file_write_atomic(exec, CACHE, line, strlen(line), 0600, FILE_NOSYNC,
					      &why))
				log_debug("image", "storage driver not remembered: %s", why.text);
		} else {
			log_warn("image",
				 "storage driver %s does not work here, trying the next: %s",
				 drivers[i]->name, why.text);
		}
	}
	if (!d)
		err_set(e, ERR_UNSUPPORTED, "no storage driver works below %s", s->root);
	return d;
}
