/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks: the networks of one installation as records: which there are, with which subnets and
 * options. What a network is on this machine right now is network/bridge.h.
 *
 *   data-root/networks/<name>.json  the record, whole (temporary and rename); bytes of a name that
 *                                   are no plain ones are %XX
 *   data-root/networks/.lock        shared: from the moment somebody looks at a network until the
 *                                   container's record that uses it is written; exclusive: create
 *                                   (subnets are chosen under it) and removal
 *   exec-root/networks/<id>/        of this boot: leases/ (network/lease.h; its flock: making and
 *                                   taking down the interface), endpoints/ (network/endpoint.h),
 *                                   kept/ (engine/netup_kept.h)
 *
 * bridge, host and none are there from the first look at them. Who uses a network is read from
 * containers' records and endpoint files, never counted.
 */
#ifndef ENGINE_NETWORKS_H
#define ENGINE_NETWORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "network/addr.h"
#include "network/bridge.h"

struct networks_aux {
	const char *name;
	struct addr addr;
};
struct networks_subnet {
	struct prefix subnet;
	struct addr gateway; /* len 0: none */
	struct prefix range; /* addr.len 0: all of it */
	struct networks_aux *aux;
	size_t naux;
	bool given; /* by the user, not chosen from a pool */
	bool given_gateway;
};
enum networks_driver { NETWORKS_BRIDGE, NETWORKS_HOST, NETWORKS_NULL };

struct networks_one { /* in the arena */
	char id[65];
	const char *name;
	enum networks_driver driver;
	int64_t created; /* ns since 1970 */
	bool internal, ipv4, ipv6, attachable, ingress;
	bool config_only;	 /* holds settings for others (--config-from), and no container */
	const char *config_from; /* or "" */
	struct strs options, labels, ipam_options; /* "key=value" */
	const char *ipam_driver;
	bool ipam_options_given; /* also where they are none */
	struct networks_subnet *subnets;
	size_t nsubnets;
	/* from the options of a bridge */
	const char *bridge; /* its interface */
	bool borrowed;	    /* which was there before the network and stays */
	uint32_t mtu;	    /* 0: the kernel's */
	bool icc, masquerade;
	bool inhibit4; /* the bridge itself has no IPv4 address */
	enum nft_mode mode4, mode6;
	struct addr
		host_ip; /* host_binding_ipv4: where ports are published by default; len 0: all */
	struct addr snat4, snat6;
	const char *ifprefix; /* container_iface_prefix: "eth" */
};

#define NETWORKS_BRIDGE_NAME "bridge"

/* F_RDLCK or F_WRLCK; closing it is the release. */
int networks_lock(struct engine *en, int type, struct err *e);
/* By name, ID or unique start of an ID. ERR_NOTFOUND "network x not found". "" and "default" are
 * "bridge". The default network's record is made here when it is first asked for, whose subnet is
 * chosen then: lock it is taken for that. */
int networks_get(struct engine *en, struct arena *a, const char *ref, struct networks_one *ret,
		 struct err *e);
/* All, sorted by name. */
int networks_all(struct engine *en, struct arena *a, struct networks_one **ret, size_t *ret_n,
		 struct err *e);
bool networks_predefined(const char *name);
/* "", "default", "bridge": the default network by any of its words. */
bool networks_is_default(const char *word);
/* data-root/networks. */
int networks_open(struct engine *en, struct err *e);
/* body: POST /networks/create. The bridge is up when it returns. */
int networks_create(struct engine *en, struct arena *a, const struct json *body,
		    struct networks_one *ret, struct strs *warnings, struct err *e);
/* ERR_FORBIDDEN: predefined, or it has active endpoints. */
int networks_remove(struct engine *en, struct arena *a, const char *ref, struct err *e);

/* exec-root/networks/<id>/<sub> as an open directory, made if need be; sub: "leases", "endpoints",
 * "kept". */
int networks_dir(int exec, const char *id, const char *sub, struct err *e);
/* The same without making it: -1 with errno. */
int networks_dir_there(int exec, const char *id, const char *sub);
/* "leases", held by who makes, mends or takes down the interface; closing it is the release. */
int networks_lock_interface(int exec, const char *id, struct err *e);
/* The table of this installation: "proa"; of one with another exec-root "proa-<8 hex>". */
const char *networks_table(struct engine *en, struct arena *a);
/* For a process that has no engine (the shim: netplan.h): the record without its labels, which may
 * be long, and decoded again. */
void networks_write(struct json_w *w, const char *key, const struct networks_one *o);
int networks_read(struct arena *a, const struct json *record, struct networks_one *ret,
		  struct err *e);
/* Its record is there, still or at all; data: data-root. Asked under the flock of its leases/,
 * which a removal holds until the record is gone. */
bool networks_there(int data, const struct networks_one *o);
/* For bridge_up and the like; the pointers lead into o and the arena. table: networks_table's. */
void networks_bridge(struct arena *a, const struct networks_one *o, const char *table,
		     struct bridge_conf *ret);
/* The namespace that bridges live in: pid 1's, or the caller's where PROA_SHIM_NAMESPACES says so.
 */
int networks_host(struct hostnet *ret, struct err *e);

#endif
