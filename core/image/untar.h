/* SPDX-License-Identifier: Apache-2.0 */
/*
 * untar: what runs in the child that turns a layer's tar into files. It confines itself first
 * (confine.h): chrooted into the layer, few capabilities, few system calls, five descriptors.
 */
#ifndef IMAGE_UNTAR_H
#define IMAGE_UNTAR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define UNTAR_MAX_OPAQUE (16 << 20) /* bytes of opaquefd */

/* Not a layer: into a tree that is there already, where other processes may be at work. */
struct untar_into {
	int rootfd;	  /* the child's "/": where symlinks lead at most */
	int userfd;	  /* the user namespace whose root it is first, or -1 */
	bool keep_owner;  /* what exists keeps its owner, what is new is its maker's */
	int64_t uid, gid; /* of everything; -1: as the archive says */
	bool keep_kind;	  /* a directory over anything else, or the reverse, is an error */
	bool plain;	  /* no entry lies behind a symlink */
	const char *dest; /* as errors call it */
	/* Names begin with the component `from` (anything else is an error; "": any) and get `to`
	 * instead; to NULL: they stay as they are */
	const char *from, *to;
};

struct untar_args {
	int tarfd;    /* the tar stream, read to its end */
	int statusfd; /* one struct untar_status is written there */
	int recordfd; /* an empty file for the tar record, or -1 */
	int opaquefd; /* an empty file: paths of opaque directories, each ended by a NUL */
	int layerfd;
	pid_t parent;		       /* getpid() of before the fork */
	int64_t max_entries;	       /* 0: none */
	const struct untar_into *into; /* NULL: a layer */
};

struct untar_status {	/* below PIPE_BUF: written at once */
	struct err err; /* kind ERR_NONE: all is well */
	int64_t entries, unpacked;
	int64_t skipped; /* extended attributes that do not belong into layers */
	char skipped_name[64];
};

/* Cleaned, of TAR_MAX_NAME bytes: what o->from and o->to say. o may be NULL. */
int untar_rename(const struct untar_into *o, char *name, size_t *len, struct err *e);
_Noreturn void untar_run(const struct untar_args *a);

#endif
