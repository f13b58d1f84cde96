/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reqnet: what a create request says of networks, decoded: ports of HostConfig.PortBindings and
 * PublishAllPorts, endpoints of NetworkingConfig, Links. A part of request.h, in its ways:
 * everything in the arena, types and forms checked, ERR_INVALID in Docker's words.
 *
 * Exports: reqnet_
 */
#ifndef ENGINE_REQNET_H
#define ENGINE_REQNET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "network/addr.h"

#define REQNET_LINK_LOCAL 16

struct reqnet_port {
	uint16_t port;	/* the container's */
	uint8_t proto;	/* IPPROTO_TCP, UDP, SCTP */
	struct addr ip; /* len 0: of every address, both families */
	uint16_t low,
		high; /* the host's; 0: any that is free, else the first free one of the range */
};

/* EndpointSettings as they can be asked for: in NetworkingConfig.EndpointsConfig, in the body of
 * connect, and in a container's record. */
struct reqnet_endpoint {
	const char *network;			 /* as given: name or ID; of the record: the name */
	struct addr ip4, ip6;			 /* len 0: any */
	struct strs link_local;			 /* addresses, at most REQNET_LINK_LOCAL */
	const char *mac;			 /* "" or 02:42:..., lower case */
	struct strs aliases, links, driver_opts; /* links: "container:alias"; opts: "key=value" */
	int64_t gw_priority;
	const struct json *json; /* as it came */
};

struct reqnet {
	struct reqnet_port *ports;
	size_t nports;
	bool publish_all;
	struct strs links; /* HostConfig.Links: "name:alias" on the default bridge */
	const char *mac;   /* the old Config.MacAddress: of the network of NetworkMode; or "" */
	struct reqnet_endpoint *endpoints;
	size_t nendpoints;
	bool mode_left; /* of a record: it was taken off the network of NetworkMode since; that
			   counts again once it has no other */
};

#define REQNET_MODE_LEFT "ModeLeft" /* in NetworkingConfig */

/* config, host: as request_decode's; networking: NetworkingConfig, or NULL. */
int reqnet_decode(struct arena *a, const struct json *config, const struct json *host,
		  const struct json *networking, struct reqnet *ret, struct err *e);
int reqnet_endpoint(struct arena *a, const char *network, const struct json *v,
		    struct reqnet_endpoint *ret, struct err *e);
/* An object of EndpointSettings' asked-for half, to be decoded again. */
void reqnet_write(struct json_w *w, const char *key, const struct reqnet_endpoint *p);
/* "80/tcp" of PortBindings and ExposedPorts ("80": tcp). */
int reqnet_port(const char *text, uint16_t *ret_port, uint8_t *ret_proto, struct err *e);
const char *reqnet_proto(uint8_t proto); /* "tcp" */

#endif
