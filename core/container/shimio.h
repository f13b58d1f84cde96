/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimio: the container's stdio inside its shim: pipes or pty on one side, attached clients on the
 * other.
 *
 * One process, one container: the state is static and bounded. Nothing here blocks. A client that
 * was there before the start (the foreground `run`) loses nothing: while it does not take its
 * bytes, the pipes are not read, and the container feels what it would feel from any full pipe. A
 * client that came later is dropped when it falls behind by more than its buffer. Stdin is read
 * ahead by less than a pipe holds.
 */
#ifndef CONTAINER_SHIMIO_H
#define CONTAINER_SHIMIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "container/spawn.h"

#define SHIMIO_EVENT 0x10000u /* epoll data of ours: this bit and an index below it */

/* Makes the pipes (or, for a tty, the socket over which its master will come) and fills ret with
 * the container's ends, which stay ours until shimio_started or shimio_end. Again after
 * shimio_end, for the next run: clients of the last one that have something to get still get it,
 * and then their end. */
int shimio_open(int epoll, bool tty, bool open_stdin, bool stdin_once, struct spawn_io *ret,
		struct err *e);
/* After spawn_start: closes the container's ends and takes the pty master from its socket. */
int shimio_started(unsigned rows, unsigned cols, struct err *e);
/* Adds a client: fd is taken over, also on failure. flags: SHIM_STDIN ... SHIM_UPGRADED. Writes the
 * answer's head. keys: on a tty, what ends this client's stream when it comes in its input; none:
 * ctrl-p ctrl-q. ahead: bytes of stdin read before. */
int shimio_attach(int fd, uint32_t flags, const char *keys, size_t nkeys, const void *ahead,
		  size_t n, struct err *e);
/* An epoll event whose data has SHIMIO_EVENT. */
void shimio_event(uint32_t index, uint32_t events);
/* A line of ours for all who take stderr, or stdout where they take only that. */
void shimio_say(const char *text, size_t n);
/* What SHIM_EXITCODE clients are told at the end. */
void shimio_exit_code(int code);
/* The container is gone (or will never be): reads what is left, says the end to each client once
 * it has everything. */
void shimio_end(void);
/* After shimio_end: true when no client is left that has something to get. */
bool shimio_done(void);
int shimio_clients(void);
int shimio_resize(unsigned rows, unsigned cols, struct err *e);

#endif
