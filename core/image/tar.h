/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar: reading and writing tar streams (POSIX.1-2017 pax, ustar, v7, GNU long names and sparse
 * files, star). Knows the format and nothing of file systems, layers or whiteouts.
 *
 * The reader is pulled by its user and itself pulls bytes through a callback; it never seeks. It
 * owns the strings of the entry it shows, which are valid until the next tar_reader_next. All sizes
 * are bounded (names and links TAR_MAX_NAME, one extended header TAR_MAX_PAX, sparse entries
 * TAR_MAX_SPARSE). Contradictory or negative sizes and names with NUL are ERR_INVALID: what
 * archive/tar of Go refuses is refused here. An archive may end without its end marker, and with an
 * extended header that no member follows. A global pax header is shown as an entry of type 'g'
 * (its records in pax) and applied to nothing; GNU's old sparse files ('S') are shown as TAR_FILE.
 *
 * The writer makes ustar where a header fits and pax otherwise, deterministically: equal entries
 * give equal bytes.
 */
#ifndef IMAGE_TAR_H
#define IMAGE_TAR_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define TAR_MAX_NAME 4096
#define TAR_MAX_PAX (1 << 20)
#define TAR_MAX_SPARSE 65536

enum tar_type { /* values are the header's typeflag */
		TAR_FILE = '0',
		TAR_HARDLINK = '1',
		TAR_SYMLINK = '2',
		TAR_CHAR = '3',
		TAR_BLOCK = '4',
		TAR_DIR = '5',
		TAR_FIFO = '6',
};

struct tar_xattr {
	const char *name; /* without the SCHILY.xattr. prefix */
	const char *value;
	size_t len;
};

struct tar_extent { /* of a sparse file: where data stands; everything else is a hole */
	int64_t offset, len;
};

struct tar_entry {
	const char *name; /* as in the archive, not cleaned */
	const char *link; /* "" where there is none */
	const char *uname, *gname;
	char type;   /* enum tar_type; other flags are shown as they are, with their data */
	mode_t mode; /* permission bits, including suid, sgid, sticky */
	int64_t uid, gid;
	int64_t size; /* of the file as its reader sees it (real size of a sparse file) */
	int64_t mtime_sec, atime_sec;
	int32_t mtime_nsec, atime_nsec;
	int has_atime;
	int64_t devmajor, devminor;
	struct tar_xattr *xattrs;
	size_t nxattrs;
	struct tar_extent *extents; /* sparse files only */
	size_t nextents;
	int sparse;
	struct strs pax; /* the other pax records, "key=value" */
};

/* Returns bytes read (> 0), 0 at the end, -1 with *e. */
typedef ssize_t tar_read_fn(void *ctx, void *buf, size_t n, struct err *e);
/* Sees every byte of the stream that its user does not take through tar_reader_data or _span
 * (headers, padding, end marker, content that was skipped), in order, right when it is consumed:
 * what a tar record is made of. May be NULL. */
typedef int tar_raw_fn(void *ctx, const void *raw, size_t n, struct err *e);

struct tar_reader;
struct tar_reader *tar_reader_new(tar_read_fn *read, void *ctx, tar_raw_fn *raw, void *raw_ctx);
void tar_reader_free(struct tar_reader *r);
/* 1: *ret is the next entry (data of the one before is skipped). 0: end of the archive. -1: *e. */
int tar_reader_next(struct tar_reader *r, const struct tar_entry **ret, struct err *e);
/* Next stored bytes of the entry; for a sparse file only its extents' bytes, in order.
 * > 0, 0 at its end, -1. A stream that ends early is ERR_INVALID. */
ssize_t tar_reader_data(struct tar_reader *r, void *buf, size_t n, struct err *e);
/* The same without a copy: *ret points to the bytes, valid until the next call. */
ssize_t tar_reader_span(struct tar_reader *r, size_t max, const void **ret, struct err *e);
/* After the end marker: consumes the rest of the stream (through raw), bounded by nothing but
 * the stream, so that a hash over it is the hash of the file. */
int tar_reader_drain(struct tar_reader *r, struct err *e);

typedef int tar_write_fn(void *ctx, const void *data, size_t n, struct err *e);
struct tar_writer {
	tar_write_fn *write;
	void *ctx;
	int64_t left; /* bytes of content still owed for the current entry */
	int64_t pad;
};
void tar_writer_init(struct tar_writer *w, tar_write_fn *write, void *ctx);
/* size bytes must follow through tar_writer_data for TAR_FILE (for a sparse entry: the extents').
 */
int tar_writer_entry(struct tar_writer *w, const struct tar_entry *t, struct err *e);
int tar_writer_data(struct tar_writer *w, const void *data, size_t n, struct err *e);
int tar_writer_end(struct tar_writer *w, struct err *e); /* two zero blocks */

#endif
