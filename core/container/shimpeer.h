/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimpeer: those who talk to a shim over its socket: the table of connections, their requests and
 * answers (the protocol is in shim.h). For any small process that serves one thing of a container:
 * its shim, or the shim of one exec.
 *
 * Static and bounded; nothing blocks. A request that came lives until the next shimpeer_event.
 */
#ifndef CONTAINER_SHIMPEER_H
#define CONTAINER_SHIMPEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "container/shim.h"

#define SHIMPEER_EVENT 0x20000u /* epoll data of ours: this bit and an index below it */

enum shimpeer_waits {
	SHIMPEER_NOT,
	SHIMPEER_EXIT,	  /* for the end of this run */
	SHIMPEER_AGAIN,	  /* for the start of the next */
	SHIMPEER_REMOVAL, /* for the time when its files are gone */
};

struct shimpeer {
	int fd; /* -1: free */
	enum shimpeer_waits waits;
	uint32_t op; /* what the answer is to */
};

struct shimpeer_request {
	struct shimpeer *from;
	struct shim_msg msg;
	int fd;		   /* that came along, the taker's; or -1 */
	const char *ahead; /* bytes behind the message */
	size_t n;
};

void shimpeer_open(int epoll);
/* What every answer says of the process: set again whenever it changes. */
void shimpeer_facts(int pid, int exit_code, bool oom);
/* Takes over a connection, or closes it where no more are served. */
void shimpeer_add(int fd);
/* Takes over a listening socket and serves who comes. */
void shimpeer_listen(int fd);
void shimpeer_unlisten(void);
bool shimpeer_any(void);

/* An epoll event whose data has SHIMPEER_EVENT. True: a whole request is in *ret. */
bool shimpeer_event(uint32_t index, struct shimpeer_request *ret);
/* why NULL: it was done. */
void shimpeer_reply(const struct shimpeer *p, uint32_t op, const struct err *why);
/* The same on a socket that is no peer. */
void shimpeer_tell(int fd, uint32_t op, const struct err *why);
void shimpeer_drop(struct shimpeer *p);
/* Lets the peer go, but not its connection: the descriptor is the caller's. */
int shimpeer_take(struct shimpeer *p);
/* Has it wait, for the answer to op. */
void shimpeer_wait(struct shimpeer *p, enum shimpeer_waits which, uint32_t op);
/* Answers all that wait for this, and lets them go. */
void shimpeer_answer(enum shimpeer_waits which, const struct err *why);

#endif
