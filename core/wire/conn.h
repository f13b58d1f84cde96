/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn: bytes and descriptors on a socket. (TLS will slip in below the read and write pointers.)
 */
#ifndef WIRE_CONN_H
#define WIRE_CONN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* One message with at most one descriptor (SCM_RIGHTS). fd -1: none. Returns -1 with errno. */
int conn_send_fd(int sock, const void *data, size_t len, int fd);
/* Returns the length, 0 at the end, -1 with errno. *ret_fd is -1 where none came; CLOEXEC. */
ssize_t conn_recv_fd(int sock, void *data, size_t size, int *ret_fd);

/* A connected stream socket to a UNIX path of any length (relative to dirfd through
 * /proc/self/fd where sun_path is too short). type: SOCK_STREAM or SOCK_SEQPACKET.
 * ERR_UNAVAILABLE where nobody listens. */
int conn_unix(int dirfd, const char *path, int type, struct err *e);
/* A listening one; an existing socket file is replaced. */
int conn_unix_listen(int dirfd, const char *path, int type, mode_t mode, struct err *e);

#endif
