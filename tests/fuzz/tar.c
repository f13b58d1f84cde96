/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a tar archive. What is not content, and the content, in their order are the input
 * again: a reader that loses or doubles a byte would break the records of layers. Each entry that
 * was read is written by the writer and read again to the same meaning.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t n, at;
};

static ssize_t take(void *ctx, void *buf, size_t n, struct err *e)
{
	struct input *in = ctx;

	(void)e;
	if (n > in->n - in->at)
		n = in->n - in->at;
	if (n)
		memcpy(buf, in->data + in->at, n);
	in->at += n;
	return (ssize_t)n;
}

static int collect(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)e;
	buf_append(ctx, data, n);
	return 0;
}

static void check(int good)
{
	if (!good)
		abort();
}

static void write_and_read(const struct tar_entry *t)
{
	AUTO_BUF b = BUF_INIT;
	struct tar_writer w;
	struct tar_reader *r;
	const struct tar_entry *back;
	struct err e;

	if (t->type < TAR_FILE || t->type > TAR_FIFO || t->pax.n || !*t->name || t->devmajor < 0 ||
	    t->devminor < 0)
		return;
	tar_writer_init(&w, collect, &b);
	if (tar_writer_entry(&w, t, &e))
		return;
	struct input in = {(const uint8_t *)b.data, b.len, 0};

	r = tar_reader_new(take, &in, NULL, NULL);
	check(tar_reader_next(r, &back, &e) == 1);
	check(!strcmp(back->name, t->name) && !strcmp(back->link, t->link));
	check(back->type == t->type && back->mode == t->mode && back->uid == t->uid);
	check(back->mtime_sec == t->mtime_sec && back->mtime_nsec == t->mtime_nsec);
	check(back->nextents == t->nextents && back->nxattrs == t->nxattrs);
	tar_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size, 0};
	AUTO_BUF all = BUF_INIT;
	struct tar_reader *r = tar_reader_new(take, &in, collect, &all);
	const struct tar_entry *t;
	const void *p;
	struct err e;
	ssize_t n = 0;
	int rc;

	while ((rc = tar_reader_next(r, &t, &e)) > 0) {
		write_and_read(t);
		while ((n = tar_reader_span(r, 1000, &p, &e)) > 0)
			buf_append(&all, p, (size_t)n);
		if (n < 0)
			break;
	}
	if (!rc && !n && !tar_reader_drain(r, &e))
		check(all.len == size && (!size || !memcmp(all.data, data, size)));
	tar_reader_free(r);
	return 0;
}
