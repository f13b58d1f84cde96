/* SPDX-License-Identifier: Apache-2.0 */
/*
 * untar: what runs in the child that turns a layer's tar into files. It confines itself first
 * (confine.h): chrooted into the layer, few capabilities, few system calls, five descriptors.
 */
#ifndef IMAGE_UNTAR_H
#define IMAGE_UNTAR_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define UNTAR_MAX_OPAQUE (16 << 20) /* bytes of opaquefd */

struct untar_args {
	int tarfd;    /* the tar stream, read to its end */
	int statusfd; /* one struct untar_status is written there */
	int recordfd; /* an empty file for the tar record, or -1 */
	int opaquefd; /* an empty file: paths of opaque directories, each ended by a NUL */
	int layerfd;
	pid_t parent;	     /* getpid() of before the fork */
	int64_t max_entries; /* 0: none */
};

struct untar_status {	/* below PIPE_BUF: written at once */
	struct err err; /* kind ERR_NONE: all is well */
	int64_t entries, unpacked;
	int64_t skipped; /* extended attributes that do not belong into layers */
	char skipped_name[64];
};

_Noreturn void untar_run(const struct untar_args *a);

#endif
