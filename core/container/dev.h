/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dev: what is in a container's /dev besides mounts.
 */
#ifndef CONTAINER_DEV_H
#define CONTAINER_DEV_H

#include "base/err.h"
#include "container/spec.h"
#include "container/userns.h"

/* Nodes and symlinks. dev: root of a tmpfs of our own at /dev, or -1: then /dev is somebody else's
 * directory (a bind) and is left as it is. Needs umask 0. */
int dev_setup(const struct spec *s, int root, int dev, struct err *e);
/* Beforehand, for a container in a user namespace, where no node can be made: those of a /dev that
 * nobody has seen yet, which becomes its root's. dev_setup then finds them there. */
int dev_nodes(const struct spec *s, const struct userns *u, int dev, struct err *e);
/* Shows the slave of the container's terminal as /dev/console. */
int dev_console(int root, int slave, struct err *e);
/* An O_PATH fd of a null device, verified to be character device 1:3: the one in our own /dev, or
 * the host's where there is none. Must run before the root is entered. */
int dev_null(int dev, struct err *e);

#endif
