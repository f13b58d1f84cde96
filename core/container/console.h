/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console: a pseudo terminal of the container's own devpts.
 *
 * The master is opened through the devpts mount, not through /dev/ptmx of an image, and checked to
 * be what it must be (character device 5:2 on a devpts): a rootfs that puts a symlink or another
 * node there gets nothing. The slave comes from the master itself (TIOCGPTPEER), not from a path.
 */
#ifndef CONTAINER_CONSOLE_H
#define CONTAINER_CONSOLE_H

#include "base/err.h"

/* pts: fd of the root of a devpts mount. Both descriptors are CLOEXEC and the caller's; the slave
 * is not yet anyone's controlling terminal. rows or cols 0: size left alone. */
int console_open(int pts, unsigned rows, unsigned cols, int *ret_master, int *ret_slave,
		 struct err *e);
/* Changes the size; the foreground process group gets SIGWINCH. */
int console_resize(int master, unsigned rows, unsigned cols, struct err *e);

#endif
