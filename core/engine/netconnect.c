/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a container that runs is on a network is what its shim has written down of it
 * (NETPLAN_LIVE), not its record, which may be ahead. One that does not run is what its record
 * says.
 *
 * Locks: the record's, then the networks' (shared) until all is done: a removal of the network
 * comes before, and there is nothing to connect to, or behind, and finds the endpoint.
 */
#include "engine/netconnect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <fcntl.h>

#include "base/file.h"
#include "base/log.h"
#include "container/shim.h"
#include "container/shimcall.h"
#include "engine/containers.h"
#include "engine/containers_record.h"
#include "engine/netplan.h"
#include "engine/networks.h"
#include "engine/runfiles.h"

#define TRIES 500 /* of 10 ms */

struct job {
	struct engine *en;
	struct arena *a;
	struct containers_one c;
	struct networks_one o;
	const char *name; /* the network's, which may be gone */
	int record, lock;
};

static void finish(struct job *j)
{
	fd_autoclose(&j->lock);
	fd_autoclose(&j->record);
}

/* ---- what there is */

/* The network by its name in the record: as it was given to create. */
static bool is_network(const struct job *j, const char *word)
{
	return !strcmp(word, j->name) || (*j->o.id && !strcmp(word, j->o.id)) ||
	       (!strcmp(j->name, NETWORKS_BRIDGE_NAME) && networks_is_default(word));
}

static bool in_record(const struct job *j)
{
	const struct reqnet *r = &j->c.req.net;

	if (!r->mode_left && is_network(j, j->c.req.network))
		return true;
	for (size_t i = 0; i < r->nendpoints; i++)
		if (is_network(j, r->endpoints[i].network))
			return true;
	return false;
}

/* *ret_runs: it has networks of its own right now. */
static bool is_live(const struct job *j, bool *ret_runs)
{
	const struct json *v = netplan_live(j->en->run_containers, j->a, j->c.id);

	*ret_runs = v != NULL;
	return json_get(json_get(v, "Networks"), j->name) != NULL;
}

/* missing: a network that is not there is none; o.id is "" then. */
static int begin(struct job *j, const char *network, const char *container, bool missing,
		 struct err *e)
{
	char id[65];

	j->name = network;
	if ((networks_get(j->en, j->a, network, &j->o, e) &&
	     (!missing || e->kind != ERR_NOTFOUND)) ||
	    containers_find(j->en, container, id, e))
		return -1;
	j->record = containers_record_lock(j->en, id, e);
	if (j->record < 0 || containers_load(j->en, j->a, id, &j->c, e))
		return -1;
	j->lock = networks_lock(j->en, F_RDLCK, e);
	if (j->lock < 0)
		return -1;
	memset(&j->o, 0, sizeof(j->o));
	if (!networks_get(j->en, j->a, network, &j->o, e))
		j->name = j->o.name;
	else if (!missing || e->kind != ERR_NOTFOUND)
		return -1;
	return 0;
}

/* ---- the record */

/* With the network (settings; NULL: {}) or without it. */
static int put(const struct job *j, bool with, const struct json *settings, struct err *e)
{
	const struct json *map = json_get(j->c.req.networking, "EndpointsConfig"), *v;
	struct json_iter it = json_iter(map);
	bool mode = is_network(j, j->c.req.network);
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	const char *key;

	json_w_obj(&w, NULL);
	json_w_obj(&w, "EndpointsConfig");
	while ((v = json_next(&it, &key)))
		if (!is_network(j, key))
			json_w_val(&w, key, v);
	if (with && settings) {
		json_w_val(&w, j->name, settings);
	} else if (with) {
		json_w_obj(&w, j->name);
		json_w_end(&w);
	}
	json_w_end(&w);
	if (mode ? !with : j->c.req.net.mode_left)
		json_w_bool(&w, REQNET_MODE_LEFT, true);
	json_w_end(&w);
	return containers_record_put(j->en, &j->c, "NetworkingConfig", &b, e);
}

/* As it was. */
static void put_back(const struct job *j)
{
	AUTO_BUF b = BUF_INIT;
	struct err why;

	if (j->c.req.networking)
		json_dump(&b, j->c.req.networking);
	else
		buf_str(&b, "null");
	containers_record_put(j->en, &j->c, "NetworkingConfig", &b, &why);
}

/* ---- the shim */

/* Done by it: 0; it does not run: 1. Between the moment when a start takes the liveness lock and
 * that in which its container runs, and while it ends, there is nobody to be told. */
static int tell(const struct job *j, const struct buf *text, struct err *e)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = SHIM_NETWORK};
	struct shim_reply r;

	if (text->len > SHIM_MAX_AHEAD)
		return err_set(e, ERR_INVALID,
			       "network %s: its options and labels are too much for a container "
			       "that runs (%d bytes)",
			       j->name, SHIM_MAX_AHEAD);
	for (int i = 0; i < TRIES; i++) {
		AUTO_FD int live = containers_lock(j->en, j->c.id, e), shim = -1;

		if (live >= 0)
			return 1;
		if (e->kind != ERR_CONFLICT)
			return -1;
		shim = containers_shim(j->en, j->c.id, e);
		if (shim >= 0 && !shimcall_send(shim, &m, -1, text->data, text->len, e) &&
		    !shimcall_answer(shim, SHIM_NETWORK, &r, e))
			return 0;
		if (e->kind != ERR_UNAVAILABLE)
			return -1;
		containers_nap(i);
	}
	return err_set(e, ERR_CONFLICT,
		       "Container %s is restarting, wait until the container is running", j->c.id);
}

/* ---- connect */

static int bad(struct err *e, const char *what)
{
	return err_set(e, ERR_INVALID, "invalid endpoint settings: %s", what);
}

static int check_ip(const struct networks_one *o, const struct addr *ip, struct err *e)
{
	char text[ADDR_TEXT];
	bool given = false;

	if (!ip->len)
		return 0;
	for (size_t i = 0; i < o->nsubnets; i++) {
		const struct networks_subnet *s = &o->subnets[i];

		if (s->given && prefix_has(&s->subnet, ip))
			return 0;
		given = given || (s->given && s->subnet.addr.len == ip->len);
	}
	if (!given)
		return bad(e, "user specified IP address is supported only when connecting to "
			      "networks with user configured subnets");
	return err_set(e, ERR_INVALID,
		       "invalid endpoint settings: no configured subnet or ip-range contain the IP "
		       "address %s",
		       addr_text(ip, text));
}

static int check_settings(const struct job *j, const struct reqnet_endpoint *w, struct err *e)
{
	if (!strcmp(j->name, NETWORKS_BRIDGE_NAME)) {
		if (w->ip4.len || w->ip6.len)
			return bad(e, "user specified IP address is supported on user defined "
				      "networks only");
		if (w->aliases.n)
			return bad(e, "network-scoped alias is supported only for containers in "
				      "user defined networks");
	}
	return check_ip(&j->o, &w->ip4, e) || check_ip(&j->o, &w->ip6, e) ? -1 : 0;
}

/* Which modes take no other network. */
static int check_modes(const struct job *j, struct err *e)
{
	const char *mode = j->c.req.network;

	if (j->o.driver == NETWORKS_HOST && strcmp(mode, "host"))
		return err_set(e, ERR_INVALID,
			       "cannot connect container to host network - container must be "
			       "created in host network mode");
	if (!strcmp(mode, "host") || !strncmp(mode, "container:", 10))
		return err_set(e, ERR_INVALID,
			       "container sharing network namespace with another container or host "
			       "cannot be connected to any other network");
	if ((!strcmp(mode, "none") && !j->c.req.net.mode_left) ||
	    (j->o.driver == NETWORKS_NULL && !j->o.config_only))
		return err_set(e, ERR_INVALID,
			       "container cannot be connected to multiple networks with one of the "
			       "networks in private (none) mode");
	if (j->o.config_only)
		return err_set(e, ERR_FORBIDDEN,
			       "network %s holds settings for other networks: no container can be "
			       "connected to it",
			       j->name);
	return 0;
}

/* Its names are asked of 127.0.0.11 from now on. What the container made of the file is its own. */
static void use_resolver(const struct job *j)
{
	const struct runfiles_conf f = {.r = &j->c.req, .resolver = true};
	AUTO_FD int dir =
		openat(j->en->run_containers, j->c.id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err why;

	if (strcmp(j->name, NETWORKS_BRIDGE_NAME) && (dir < 0 || runfiles_resolv(&f, dir, &why)))
		log_warn("network", "resolv.conf of %.12s: %s", j->c.id,
			 dir < 0 ? strerror(errno) : why.text);
}

static int plan(const struct job *j, const struct reqnet_endpoint *want, struct buf *b,
		struct err *e)
{
	const struct request *r = &j->c.req;
	struct netplan p = {.id = j->c.id, .name = j->c.name};
	struct netplan_endpoint one;
	struct json_w w = JSON_W(b);

	p.hostname = r->hostname && *r->hostname ? r->hostname : arena_strndup(j->a, j->c.id, 12);
	if (netplan_endpoint(j->en, j->a, &p, want, &one, e))
		return -1;
	json_w_obj(&w, NULL);
	netplan_write_endpoint(&w, "connect", &one);
	json_w_end(&w);
	return 0;
}

static int join(struct job *j, const struct json *settings, struct err *e)
{
	struct reqnet_endpoint want;
	AUTO_BUF text = BUF_INIT;
	bool runs;
	int rc;

	if (reqnet_endpoint(j->a, j->name, settings, &want, e) || check_modes(j, e) ||
	    check_settings(j, &want, e))
		return -1;
	if (is_live(j, &runs))
		return err_set(e, ERR_FORBIDDEN,
			       "endpoint with name %s already exists in network %s", j->c.name,
			       j->name);
	if (plan(j, &want, &text, e) || put(j, true, settings, e))
		return -1;
	rc = tell(j, &text, e);
	if (rc < 0)
		put_back(j);
	else if (!rc)
		use_resolver(j);
	return rc < 0 ? -1 : 0;
}

int netconnect_join(struct engine *en, struct arena *a, const char *network, const char *container,
		    const struct json *settings, struct err *e)
{
	struct job j = {.en = en, .a = a, .record = -1, .lock = -1};
	int rc = begin(&j, network, container, false, e) ? -1 : join(&j, settings, e);

	finish(&j);
	return rc;
}

/* ---- disconnect */

static int leave(struct job *j, bool force, struct err *e)
{
	AUTO_BUF text = BUF_INIT;
	struct json_w w = JSON_W(&text);
	bool runs, live = is_live(j, &runs);

	if (!*j->o.id && runs && !force)
		return err_set(e, ERR_NOTFOUND, "network %.200s not found", j->name);
	if (!live && !in_record(j))
		return err_set(e, ERR_FORBIDDEN, "container %s is not connected to %snetwork %s",
			       j->c.id, runs ? "" : "the ", j->name);
	if (!strcmp(j->c.req.network, "host"))
		return err_set(e, ERR_FORBIDDEN,
			       "cannot disconnect container from host network - container was "
			       "created in host network mode");
	json_w_obj(&w, NULL);
	json_w_str(&w, "disconnect", j->name);
	json_w_end(&w);
	if (put(j, false, NULL, e))
		return -1;
	if (live && tell(j, &text, e) < 0) {
		put_back(j);
		return -1;
	}
	return 0;
}

int netconnect_leave(struct engine *en, struct arena *a, const char *network, const char *container,
		     bool force, struct err *e)
{
	struct job j = {.en = en, .a = a, .record = -1, .lock = -1};
	int rc = begin(&j, network, container, true, e);

	if (!rc)
		rc = leave(&j, force, e);
	else if (force && *j.o.id && !*j.c.id && e->kind == ERR_NOTFOUND)
		err_set(e, ERR_NOTFOUND, "endpoint %.200s not found", container); /* Docker's */
	finish(&j);
	return rc;
}
