/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict bounds on what comes back: the sender is checked to be the kernel (port 0), since another
 * process could write to our port, and every length against what was received.
 */
#include "network/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

#define ANSWER_MAX 32768 /* the kernel answers in pieces of at most that */
#define ERROR_MAX 4095
#define REQUEST_MAX (16 << 20)
#define SEND_DEFAULT (96 << 10) /* what a socket sends without being asked */
#define ALIGNED(n) (((n) + 3u) & ~(size_t)3)
#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

int nl_open(int protocol, struct nl *ret, struct err *e)
{
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int on = 1;

	if (fd < 0)
		return err_sys(e, "cannot open a netlink socket");
	/* both may be missing: old kernels say less, and echo requests */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	*ret = (struct nl){fd_steal(&fd), 0};
	return 0;
}

void nl_close(struct nl *n)
{
	fd_autoclose(&n->fd);
}

/* ---- building */

static void pad(struct nl_msg *m)
{
	static const char zero[4];

	buf_append(&m->b, zero, ALIGNED(m->b.len) - m->b.len);
}

/* The length of a message is in its head at all times. */
static void set_length(struct nl_msg *m)
{
	uint32_t len = (uint32_t)(m->b.len - m->at);

	memcpy(m->b.data + m->at, &len, sizeof(len));
}

void nl_begin(struct nl_msg *m, uint16_t type, uint16_t flags, const void *head, size_t size)
{
	struct nlmsghdr h = {.nlmsg_type = type, .nlmsg_flags = flags | NLM_F_REQUEST};

	m->at = m->b.len;
	buf_append(&m->b, &h, sizeof(h));
	buf_append(&m->b, head, size);
	pad(m);
	set_length(m);
}

void nl_put(struct nl_msg *m, uint16_t attr, const void *data, size_t len)
{
	struct nlattr a = {.nla_len = (uint16_t)(sizeof(a) + len), .nla_type = attr};

	if (len > UINT16_MAX - sizeof(a)) {
		m->bad = true;
		return;
	}
	buf_append(&m->b, &a, sizeof(a));
	buf_append(&m->b, data, len);
	pad(m);
	set_length(m);
}

void nl_put_u32(struct nl_msg *m, uint16_t attr, uint32_t v)
{
	nl_put(m, attr, &v, sizeof(v));
}

void nl_put_be32(struct nl_msg *m, uint16_t attr, uint32_t v)
{
	nl_put_u32(m, attr, htonl(v));
}

void nl_put_str(struct nl_msg *m, uint16_t attr, const char *s)
{
	nl_put(m, attr, s, strlen(s) + 1);
}

size_t nl_nest(struct nl_msg *m, uint16_t attr)
{
	size_t at = m->b.len;

	nl_put(m, attr | NLA_F_NESTED, NULL, 0);
	return at;
}

void nl_nest_end(struct nl_msg *m, size_t nest)
{
	size_t len = m->b.len - nest;
	uint16_t short_len = (uint16_t)len;

	m->bad |= len > UINT16_MAX;
	memcpy(m->b.data + nest, &short_len, sizeof(short_len));
}

void nl_release(struct nl_msg *m)
{
	buf_release(&m->b);
	*m = (struct nl_msg)NL_MSG_INIT;
}

/* ---- talking */

/* What a request is waited for by: its messages' numbers. */
struct sent {
	uint32_t first, last; /* last: that will be acknowledged; 0: none */
	bool batch;	      /* it begins with NFNL_MSG_BATCH_BEGIN */
};

/* Numbers the messages of m and sends them. */
static int put(struct nl *n, struct nl_msg *m, struct sent *ret, struct err *e)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int room = (int)m->b.len + (1 << 16);
	ssize_t len;

	if (m->bad || m->b.len > REQUEST_MAX)
		return err_set(e, ERR_INVALID, "a netlink request is too long");
	*ret = (struct sent){n->seq + 1, 0, false};
	for (size_t at = 0; at < m->b.len;) {
		struct nlmsghdr h;

		memcpy(&h, m->b.data + at, sizeof(h));
		h.nlmsg_seq = ++n->seq;
		memcpy(m->b.data + at, &h, sizeof(h));
		if (h.nlmsg_flags & NLM_F_ACK)
			ret->last = h.nlmsg_seq;
		ret->batch |= !at && h.nlmsg_type == NFNL_MSG_BATCH_BEGIN;
		at += ALIGNED(h.nlmsg_len);
	}
	if (m->b.len > SEND_DEFAULT)
		setsockopt(n->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	do
		len = sendto(n->fd, m->b.data, m->b.len, 0, (struct sockaddr *)&kernel,
			     sizeof(kernel));
	while (len < 0 && errno == EINTR);
	return len < 0 ? err_sys(e, "send to netlink") : 0;
}

/* One datagram of the kernel's. */
static ssize_t get(struct nl *n, char *to, size_t size, struct err *e)
{
	struct sockaddr_nl from = {.nl_pid = 1};
	socklen_t len;
	ssize_t got;

	do {
		len = sizeof(from);
		got = recvfrom(n->fd, to, size, MSG_TRUNC, (struct sockaddr *)&from, &len);
	} while ((got < 0 && errno == EINTR) || (got >= 0 && from.nl_pid));
	if (got < 0)
		return err_sys(e, "read from netlink");
	if ((size_t)got > size)
		return err_set(e, ERR_SYS, "a netlink answer is longer than %zu bytes", size);
	return got;
}

/* The next whole message of [*at, len), its payload in *ret. False: no more. */
static bool next_message(const char *data, size_t len, size_t *at, struct nlmsghdr *ret,
			 const char **ret_payload)
{
	if (len - *at < sizeof(*ret))
		return false;
	memcpy(ret, data + *at, sizeof(*ret));
	if (ret->nlmsg_len < sizeof(*ret) || ret->nlmsg_len > len - *at)
		return false;
	*ret_payload = data + *at + sizeof(*ret);
	*at += ALIGNED(ret->nlmsg_len);
	*at = *at < len ? *at : len;
	return true;
}

/* The errno of an acknowledgement; more is the kernel's text, or empty. */
static int error_of(const struct nlmsghdr *h, const char *payload, char *more, size_t size)
{
	size_t len = h->nlmsg_len - sizeof(*h), skip = sizeof(struct nlmsgerr);
	struct nlmsgerr err;
	struct nl_attrs a;
	const void *data;
	uint16_t attr;
	size_t n;

	*more = 0;
	if (len < sizeof(err))
		return EBADMSG;
	memcpy(&err, payload, sizeof(err));
	if (err.error > 0 || err.error < -ERROR_MAX)
		return EBADMSG;
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return -err.error;
	if (!(h->nlmsg_flags & NLM_F_CAPPED) && err.msg.nlmsg_len > sizeof(err.msg))
		skip += err.msg.nlmsg_len - sizeof(err.msg);
	a = nl_attrs(payload, len, skip);
	while (nl_next(&a, &attr, &data, &n))
		if (attr == NLMSGERR_ATTR_MSG)
			snprintf(more, size, " (%.*s)", (int)n, (const char *)data);
	return -err.error;
}

/* One acknowledgement. Answers to a request that was given up earlier are passed by. */
static bool take(const struct sent *s, const struct nlmsghdr *h, const char *payload, int *error,
		 char *more, size_t size)
{
	char text[256];
	int failed;

	if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_seq - s->first > s->last - s->first)
		return false;
	failed = error_of(h, payload, text, sizeof(text));
	if (failed && !*error) {
		*error = failed;
		snprintf(more, size, "%s", text);
	}
	return h->nlmsg_seq == s->last || (failed && s->batch && h->nlmsg_seq == s->first);
}

/* Reads until the last acknowledgement. *error: the first error of all, or 0. */
static int acknowledged(struct nl *n, const struct sent *s, int *error, char *more, size_t size,
			struct err *e)
{
	bool done = !s->last;
	char data[8192];

	while (!done) {
		ssize_t len = get(n, data, sizeof(data), e);
		const char *payload;
		struct nlmsghdr h;
		size_t at = 0;

		if (len < 0)
			return -1;
		while (!done && next_message(data, (size_t)len, &at, &h, &payload))
			done = take(s, &h, payload, error, more, size);
	}
	return 0;
}

int nl_do(struct nl *n, struct nl_msg *m, struct err *e, const char *what, ...)
{
	char more[256], text[256];
	int error = 0, rc;
	struct sent s;
	va_list ap;

	rc = put(n, m, &s, e);
	nl_release(m);
	if (!rc)
		rc = acknowledged(n, &s, &error, more, sizeof(more), e);
	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	if (rc)
		return err_wrap(e, "%s", text);
	if (!error)
		return 0;
	errno = error;
	return err_sys(e, "%s%s", text, more);
}

int nl_ask(struct nl *n, struct nl_msg *m, nl_each *each, void *ctx, struct err *e)
{
	bool many = false, done = false;
	struct sent s;
	int rc = put(n, m, &s, e);
	char more[256], data[ANSWER_MAX];

	nl_release(m);
	while (!rc && !done) {
		ssize_t len = get(n, data, ANSWER_MAX, e);
		const char *payload;
		struct nlmsghdr h;
		size_t at = 0;

		if (len < 0) {
			rc = -1;
			break;
		}
		while (!rc && !done && next_message(data, (size_t)len, &at, &h, &payload)) {
			if (h.nlmsg_seq != n->seq)
				continue;
			many |= (h.nlmsg_flags & NLM_F_MULTI) != 0;
			done = !many || h.nlmsg_type == NLMSG_DONE || h.nlmsg_type == NLMSG_ERROR;
			if (h.nlmsg_type == NLMSG_ERROR) {
				errno = error_of(&h, payload, more, sizeof(more));
				if (errno)
					rc = err_sys(e, "ask netlink%s", more);
			} else if (h.nlmsg_type >= NLMSG_MIN_TYPE) {
				rc = each(ctx, h.nlmsg_type, payload, h.nlmsg_len - sizeof(h), e);
			}
		}
	}
	return rc;
}

/* ---- reading */

struct nl_attrs nl_attrs(const void *head, size_t len, size_t size)
{
	size_t skip = ALIGNED(size);

	return skip > len ? (struct nl_attrs){NULL, 0}
			  : (struct nl_attrs){(const char *)head + skip, len - skip};
}

bool nl_next(struct nl_attrs *a, uint16_t *ret_attr, const void **ret_data, size_t *ret_len)
{
	struct nlattr h;
	size_t step;

	if (a->len < sizeof(h))
		return false;
	memcpy(&h, a->p, sizeof(h));
	if (h.nla_len < sizeof(h) || h.nla_len > a->len)
		return false;
	*ret_attr = h.nla_type & NLA_TYPE_MASK;
	*ret_data = a->p + sizeof(h);
	*ret_len = h.nla_len - sizeof(h);
	step = ALIGNED(h.nla_len) < a->len ? ALIGNED(h.nla_len) : a->len;
	a->p += step;
	a->len -= step;
	return true;
}
