/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pin is a file of short lines under an OFD lock. It is written before what it names is used, and
 * it needs no sync: after a power cut its holder is dead, and so is the pin.
 *
 * Lines are appended with one write each. The sweeper reads pins only under the exclusive store
 * lock, and writers append under the shared one, so no half line is ever seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/rand.h"
#include "image/store.h"

#include <dirent.h>

#define MAX_PIN (1 << 20)

int store_pin_new(const struct store *s, struct store_pin *ret, struct err *e)
{
	struct store_pin p = STORE_PIN_INIT;
	AUTO_FD int lock = store_lock(s, F_RDLCK, e);

	if (lock < 0)
		return -1;
	rand_hex(p.name, 32);
	p.fd = openat(s->pins, p.name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (p.fd < 0)
		return err_sys(e, "make a pin below %s/pins", s->root);
	if (file_lock(p.fd, F_WRLCK, 0, e)) {
		store_pin_release(s, &p);
		return -1;
	}
	*ret = p;
	return 0;
}

int store_pin_add(struct store_pin *p, const char *kind, const char *name, struct err *e)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "%s %s\n", kind, name);

	if (n < 0 || (size_t)n >= sizeof(line))
		return err_set(e, ERR_INVALID, "pin name too long");
	if (file_write_all(p->fd, line, (size_t)n))
		return err_sys(e, "write a pin");
	return 0;
}

int store_pin_tmp(const struct store *s, struct store_pin *p, const char *name, struct err *e)
{
	AUTO_FD int lock = store_lock(s, F_RDLCK, e);

	return lock < 0 ? -1 : store_pin_add(p, "tmp", name, e);
}

void store_pin_release(const struct store *s, struct store_pin *p)
{
	if (p->fd < 0)
		return;
	unlinkat(s->pins, p->name, 0);
	fd_autoclose(&p->fd);
}

static void each_line(struct buf *b, store_pin_fn *fn, void *ctx)
{
	char *line = b->data, *end;

	for (; line && (end = strchr(line, '\n')); line = end + 1) {
		char *name = strchr(line, ' ');

		*end = 0;
		if (!name)
			continue;
		*name++ = 0;
		fn(ctx, line, name);
	}
}

static int one_pin(const struct store *s, const char *name, store_pin_fn *fn, void *ctx,
		   struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int fd = openat(s->pins, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int held;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open pin %s", name);
	held = file_locked(fd, F_WRLCK);
	if (held < 0)
		return err_sys(e, "ask for the holder of pin %s", name);
	if (!held) { /* its holder is dead, and nobody takes over a pin */
		unlinkat(s->pins, name, 0);
		return 0;
	}
	if (file_read_fd(fd, "pin", MAX_PIN, &b, e))
		return -1;
	each_line(&b, fn, ctx);
	return 0;
}

int store_pin_each(const struct store *s, store_pin_fn *fn, void *ctx, struct err *e)
{
	DIR *d = file_dir(s->pins);
	int rc = 0;
	struct dirent *de;

	if (!d)
		return err_sys(e, "read %s/pins", s->root);
	while (!rc && (de = readdir(d)))
		if (de->d_name[0] != '.')
			rc = one_pin(s, de->d_name, fn, ctx, e);
	closedir(d);
	return rc;
}

bool store_pin_dead(const struct store *s)
{
	DIR *d = file_dir(s->pins);
	struct dirent *de;
	bool dead = false;

	if (!d)
		return false;
	while (!dead && (de = readdir(d))) {
		AUTO_FD int pin = -1;

		if (de->d_name[0] == '.')
			continue;
		pin = openat(s->pins, de->d_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		dead = pin >= 0 && !file_locked(pin, F_WRLCK);
	}
	closedir(d);
	return dead;
}
