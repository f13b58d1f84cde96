/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever reads the kernel's answers, with a kernel that says anything: the C library's sendto and
 * recvfrom are ours here. The first byte chooses the question; then come datagrams, each behind its
 * length in two bytes. Messages whose number is 0 get the one that is waited for. What is made of
 * them is whole, or an error with a text.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "network/bridge.h"
#include "network/flows.h"
#include "network/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *left;
static size_t nleft;
static uint32_t seq;

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
	       socklen_t size)
{
	struct nlmsghdr h;

	(void)fd;
	(void)flags;
	(void)to;
	(void)size;
	/* the last message's number: what the answer must have */
	for (size_t at = 0; at < len; at += NLMSG_ALIGN(h.nlmsg_len)) {
		if (len - at < sizeof(h))
			abort();
		memcpy(&h, (const char *)data + at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len - at)
			abort();
		if (h.nlmsg_flags & NLM_F_ACK || h.nlmsg_len == len)
			seq = h.nlmsg_seq;
	}
	return (ssize_t)len;
}

static void number(char *data, size_t len)
{
	struct nlmsghdr h;

	for (size_t at = 0; len - at >= sizeof(h); at += NLMSG_ALIGN(h.nlmsg_len)) {
		memcpy(&h, data + at, sizeof(h));
		if (!h.nlmsg_seq)
			h.nlmsg_seq = seq;
		memcpy(data + at, &h, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len - at ||
		    NLMSG_ALIGN(h.nlmsg_len) > len - at)
			return;
	}
}

ssize_t recvfrom(int fd, void *to, size_t size, int flags, struct sockaddr *from, socklen_t *len)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	size_t n;

	(void)fd;
	(void)flags;
	if (nleft < 2) {
		errno = ECONNRESET;
		return -1;
	}
	n = left[0] | (size_t)left[1] << 8;
	left += 2;
	nleft -= 2;
	n = n < nleft ? n : nleft;
	memcpy(to, left, n < size ? n : size);
	number(to, n < size ? n : size);
	left += n;
	nleft -= n;
	memcpy(from, &kernel, *len < sizeof(kernel) ? *len : sizeof(kernel));
	return (ssize_t)n;
}

static int subnet(void *ctx, const struct prefix *p, struct err *e)
{
	struct addr first = prefix_first(p), last = prefix_last(p);

	(void)ctx;
	(void)e;
	if ((p->addr.len != 4 && p->addr.len != 16) || p->bits > p->addr.len * 8 ||
	    addr_cmp(&first, &last) > 0)
		abort();
	return 0;
}

static int ask(struct hostnet *h, uint8_t what, struct err *e)
{
	struct nft_port p = {.proto = IPPROTO_UDP,
			     .host = {.len = 4},
			     .host_port = 53,
			     .to = {.len = 4, .b = {10, 0, 0, 1}},
			     .port = 53};
	struct prefix subnet4 = {{.len = 4, .b = {10}}, 8};
	struct nft_network net = {.key = "0123456789ab",
				  .bridge = "br0",
				  .subnets = &subnet4,
				  .nsubnets = 1};
	struct bridge_conf c = {.net = net, .table = "proa"};
	struct link_info i;
	int index;

	switch (what % 8) {
	case 0:
		if (link_get(&h->rt, "br0", &i, e))
			return -1;
		return strlen(i.kind) >= sizeof(i.kind) || strlen(i.alias) >= sizeof(i.alias)
		       ? abort(),
		       0 : 0;
	case 1:
		return link_subnets(&h->rt, subnet, NULL, e);
	case 2:
		return link_up(&h->rt, 1, e);
	case 3:
		return nft_publish(&h->nf, "proa", &p, 1, e);
	case 4:
		return nft_up(&h->nf, "proa", &net, 0, e);
	case 5:
		return nft_down(&h->nf, "proa", &net, e);
	case 6:
		flows_forget(&h->nf, &p, 1);
		return 0;
	}
	if (!bridge_is_up(h, &c, &index)) {
		uint32_t gen;
		unsigned guard;

		nft_idle(&h->nf, "proa", &gen, &guard);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hostnet h = {-1, -1, {0, 0}, {0, 0}};
	struct err e;

	if (!size)
		return 0;
	left = data + 1;
	nleft = size - 1;
	memset(e.text, 1, sizeof(e.text));
	if (ask(&h, data[0], &e) && (!memchr(e.text, 0, sizeof(e.text)) || !*e.text))
		abort();
	return 0;
}
