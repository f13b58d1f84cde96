/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a plain file is found from its end, block by block; a gzip has to be read from its
 * beginning, once to count and once to give.
 */
#include "engine/logs_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define BLOCK 65536

static struct {
	char data[LOGS_FILE_LINE + BLOCK];
	size_t at, len; /* of data: what is left to give, where it ends */
	bool skip;	/* in a line that is too long */
} w;

static bool is_gzip(int fd)
{
	unsigned char magic[2];

	return pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

void logs_file_open(struct logs_file *f, int fd)
{
	*f = (struct logs_file){.fd = fd, .limit = INT64_MAX};
	if (is_gzip(fd))
		f->z = gzip_in_new(fd, 0, GZIP_GZIP);
	w.at = w.len = 0;
	w.skip = false;
}

void logs_file_close(struct logs_file *f)
{
	gzip_in_free(f->z);
	f->z = NULL;
	fd_autoclose(&f->fd);
}

/* Bytes, 0 at the end. */
static size_t more(struct logs_file *f, char *buf, size_t n)
{
	struct err e;
	ssize_t k;

	if (f->z) {
		k = gzip_in_read(f->z, buf, n, &e);
		if (k < 0)
			log_warn("logs", "a rotated log: %s", e.text);
	} else {
		if ((int64_t)n > f->limit - f->off)
			n = f->limit > f->off ? (size_t)(f->limit - f->off) : 0;
		do
			k = n ? pread(f->fd, buf, n, f->off) : 0;
		while (k < 0 && errno == EINTR);
		if (k < 0)
			log_warn("logs", "read a log: %s", strerror(errno));
	}
	if (k <= 0)
		return 0;
	f->off += k;
	return (size_t)k;
}

static bool fill(struct logs_file *f)
{
	size_t k;

	if (w.at) {
		memmove(w.data, w.data + w.at, w.len - w.at);
		w.len -= w.at;
		w.at = 0;
	}
	if (w.len > LOGS_FILE_LINE) {
		w.len = 0;
		w.skip = true;
	}
	k = more(f, w.data + w.len, BLOCK);
	w.len += k;
	return k > 0;
}

int logs_file_line(struct logs_file *f, const char **ret, size_t *ret_n)
{
	size_t seen = w.at;

	for (;;) {
		char *end = memchr(w.data + seen, '\n', w.len - seen);

		if (end) {
			bool skip = w.skip;

			w.skip = false;
			*ret = w.data + w.at;
			*ret_n = (size_t)(end - *ret);
			w.at = (size_t)(end + 1 - w.data);
			seen = w.at;
			if (!skip)
				return 1;
			continue;
		}
		seen = w.len - w.at;
		if (!fill(f))
			return 0;
		if (seen > w.len)
			seen = 0;
	}
}

int64_t logs_file_done(const struct logs_file *f)
{
	return f->off - (int64_t)(w.len - w.at);
}

static int64_t count(const char *p, size_t n)
{
	const char *end = p + n;
	int64_t k = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		k++;
	}
	return k;
}

static int64_t tail_gzip(struct logs_file *f, int64_t want)
{
	int64_t lines = 0, skip;
	const char *line;
	size_t n;
	int fd = fd_steal(&f->fd);

	while ((n = more(f, w.data, BLOCK)))
		lines += count(w.data, n);
	logs_file_close(f);
	logs_file_open(f, fd);
	for (skip = lines - want; skip > 0 && logs_file_line(f, &line, &n); skip--)
		;
	return lines < want ? lines : want;
}

int64_t logs_file_tail(struct logs_file *f, int64_t want)
{
	int64_t end = lseek(f->fd, 0, SEEK_END), have = -1; /* the last line feed is an end only */

	if (f->z)
		return tail_gzip(f, want);
	if (end > f->limit)
		end = f->limit;
	f->off = end;
	if (!want)
		return 0;
	while (end > 0) {
		size_t n = end < BLOCK ? (size_t)end : BLOCK;
		char *p;

		if (pread(f->fd, w.data, n, end - (int64_t)n) != (ssize_t)n)
			break;
		end -= (int64_t)n;
		while ((p = memrchr(w.data, '\n', n))) {
			n = (size_t)(p - w.data);
			if (++have == want) {
				f->off = end + (int64_t)n + 1;
				return want;
			}
		}
	}
	f->off = 0;
	return have + 1;
}
