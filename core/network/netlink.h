/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlink: requests to the kernel's network configuration (rtnetlink, nfnetlink; netlink(7)).
 *
 * A request is built in a struct nl_msg, several one after the other where they belong together,
 * and goes out with one sendmsg; nl_do waits until each is acknowledged. What the kernel says about
 * an error (NLMSGERR_ATTR_MSG, 4.12) becomes part of the error's text. A socket belongs to the
 * network namespace that its maker was in, for good.
 *
 * Exports: nl_
 */
#ifndef NETWORK_NETLINK_H
#define NETWORK_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct nl {
	int fd;
	uint32_t seq; /* of the last message */
};

struct nl_msg {
	struct buf b;
	size_t at; /* where the last message begins */
	bool bad;  /* something did not fit into its length: nl_do says so */
};
#define NL_MSG_INIT                                                                                \
	{                                                                                          \
		BUF_INIT, 0, false                                                                 \
	}

/* protocol: NETLINK_ROUTE or NETLINK_NETFILTER. */
int nl_open(int protocol, struct nl *ret, struct err *e);
void nl_close(struct nl *n);

/* Begins one more message. flags: NLM_F_..., NLM_F_REQUEST is added; NLM_F_ACK has it acknowledged.
 * head: the family's structure. */
void nl_begin(struct nl_msg *m, uint16_t type, uint16_t flags, const void *head, size_t size);
void nl_put(struct nl_msg *m, uint16_t attr, const void *data, size_t len);
void nl_put_u32(struct nl_msg *m, uint16_t attr, uint32_t v); /* the host's byte order */
void nl_put_be32(struct nl_msg *m, uint16_t attr, uint32_t v);
void nl_put_str(struct nl_msg *m, uint16_t attr, const char *s); /* with its zero */
/* Attributes in an attribute, between nl_nest and nl_nest_end of what it returned. */
size_t nl_nest(struct nl_msg *m, uint16_t attr);
void nl_nest_end(struct nl_msg *m, size_t nest);
void nl_release(struct nl_msg *m);

/* Sends all of m, and forgets it. 0: all were done, up to the last that asked to be acknowledged.
 * A failure of the first message, if that is NFNL_MSG_BATCH_BEGIN, is one of all. Otherwise the
 * first error, e->sys its number; `what` begins the text: "make the bridge x". */
int nl_do(struct nl *n, struct nl_msg *m, struct err *e, const char *what, ...)
	__attribute__((format(printf, 4, 5)));

struct nl_attrs { /* as they come: unsorted, and maybe several of a kind */
	const char *p;
	size_t len;
};
/* Sends m, one request, and calls each for every answer until the last. each returns 0, or -1 with
 * *e to end it. The kernel's answers are read with bounds all the same. */
typedef int nl_each(void *ctx, uint16_t type, const void *head, size_t len, struct err *e);
int nl_ask(struct nl *n, struct nl_msg *m, nl_each *each, void *ctx, struct err *e);
/* The attributes behind a head of `size` bytes. */
struct nl_attrs nl_attrs(const void *head, size_t len, size_t size);
/* The next of them. False: no more, or a broken one. */
bool nl_next(struct nl_attrs *a, uint16_t *ret_attr, const void **ret_data, size_t *ret_len);

#endif
