/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack: a layer's bytes, as they arrive, become a directory.
 *
 * Three processes, so that untrusted bytes meet little privilege: an inflate child that holds two
 * pipes and may only read, write and exit (seccomp); this process, which hashes what it sends and
 * what comes back; and an untar child, chrooted into the layer's directory, without any capability
 * that could leave it. Plain tar skips the first. The caller pushes bytes (they may come from a
 * socket, a file or the middle of another archive).
 *
 * The directory holds the diff in overlay's form: a whiteout is a character device 0:0, an opaque
 * directory carries trusted.overlay.opaque=y (or, on a file system without trusted xattrs, a file
 * ".wh..wh..opq"). Overlay's own xattrs and 0:0 devices in the archive itself are refused.
 * What is refused: names that leave the layer ("..", absolute are made relative as Docker does),
 * writing through a symlink, hard links to outside, unknown types with data, more than the limits.
 */
#ifndef IMAGE_UNPACK_H
#define IMAGE_UNPACK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct unpack_limits {
	int64_t max_bytes;   /* of uncompressed tar; 0: none */
	int64_t max_entries; /* 0: none */
	int64_t max_ratio;   /* uncompressed : compressed beyond the first 64 MiB; 0: none */
};

struct unpack_result {
	char diff_id[65];  /* hex SHA-256 of the uncompressed tar */
	char blob_sha[65]; /* hex SHA-256 of the bytes pushed */
	int64_t tar_size;  /* uncompressed */
	int64_t blob_size; /* pushed */
	int64_t unpacked;  /* sum of the files' sizes, as Docker counts a layer */
	int64_t entries;
	char compression[8]; /* "", "gzip", "zstd" */
};

struct unpack;
/* layerfd: an empty directory of ours, on the data-root's file system. recordfd: where the tar
 * record goes (record.h), or -1. Both stay the caller's. */
struct unpack *unpack_begin(int layerfd, int recordfd, const struct unpack_limits *limits,
			    struct err *e);
/* The same for a tree that is in use: its owners, names and root as *into says, which is only read
 * here. No limits but the disk's, no marks. */
struct untar_into;
struct unpack *unpack_into(int dirfd, const struct untar_into *into, struct err *e);
int unpack_write(struct unpack *u, const void *data, size_t n, struct err *e);
/* Ends the stream, waits for the children, applies opaque marks. Frees u also on failure; the
 * directory's content is then garbage and the caller's to remove. */
int unpack_finish(struct unpack *u, struct unpack_result *ret, struct err *e);
/* Gives up: kills the children, frees u. NULL is fine. */
void unpack_abort(struct unpack *u);

#endif
