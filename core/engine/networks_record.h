/* SPDX-License-Identifier: Apache-2.0 */
/* networks_record: the records of networks (networks.h), read and written. */
#ifndef ENGINE_NETWORKS_RECORD_H
#define ENGINE_NETWORKS_RECORD_H

#include "base/buf.h"
#include "engine/networks.h"

#define NETWORKS_RECORD_MAX (1 << 20) /* bytes of one */
#define NETWORKS_RECORD_SUBNETS_MAX 16
#define NETWORKS_RECORD_AUX_MAX 4096
#define NETWORKS_RECORD_NAME 240 /* of the name of its file */

/* "bridge", "host", "null" -> *ret; -1: no driver of ours. */
int networks_record_driver(const char *name, enum networks_driver *ret);
const char *networks_record_driver_name(enum networks_driver d);

/* The name of its file; -1: too long for one. */
int networks_record_file(const char *name, char ret[NETWORKS_RECORD_NAME]);
/* The record's text. ERR_INVALID: larger than a record may be. */
int networks_record_write(const struct networks_one *o, struct buf *b, struct err *e);
int networks_record_read(struct arena *a, const struct json *record, struct networks_one *ret,
			 struct err *e);
/* A file of data-root/networks. ERR_NOTFOUND: it is not there. */
int networks_record_load(int dir, struct arena *a, const char *file, struct networks_one *ret,
			 struct err *e);
/* All that can be read, sorted by name; others are warned of. */
int networks_record_all(int dir, struct arena *a, struct networks_one **ret, size_t *ret_n,
			struct err *e);

#endif
