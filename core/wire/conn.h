/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn: bytes and descriptors on a socket. (TLS will slip in below the read and write pointers.)
 */
#ifndef WIRE_CONN_H
#define WIRE_CONN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define CONN_FDS 16 /* descriptors in a message */

/* One message with at most one descriptor (SCM_RIGHTS). fd -1: none. Returns -1 with errno. */
int conn_send_fd(int sock, const void *data, size_t len, int fd);
/* Returns the length, 0 at the end, -1 with errno. *ret_fd is -1 where none came; CLOEXEC. */
ssize_t conn_recv_fd(int sock, void *data, size_t size, int *ret_fd);
/* The same with n of them, at most CONN_FDS. */
int conn_send_fds(int sock, const void *data, size_t len, const int *fds, int n);
ssize_t conn_recv_fds(int sock, void *data, size_t size, int fds[CONN_FDS], int *ret_n);

/* A connected stream socket to a UNIX path of any length (relative to dirfd through
 * /proc/self/fd where sun_path is too short). type: SOCK_STREAM or SOCK_SEQPACKET.
 * ERR_UNAVAILABLE where nobody listens. */
int conn_unix(int dirfd, const char *path, int type, struct err *e);
/* A listening one; an existing socket file is replaced. */
int conn_unix_listen(int dirfd, const char *path, int type, mode_t mode, struct err *e);

#endif
