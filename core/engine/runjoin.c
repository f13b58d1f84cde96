/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One that joins a network gets its owner's names too: /etc/hosts and the like are the owner's very
 * files. Whose they are in a chain (c joins b, which joined a) is followed to its end, within
 * bounds: a circle cannot start, but it can be written down.
 *
 * What counts for ipc is what the other one asked for at its create. Docker's default is private,
 * so that what an image's process shares is nobody else's unless its owner said so.
 */
#include "engine/runjoin.h"
#include "container/join.h"
#include "engine/containers.h"
#include "engine/status.h"

#include <string.h>

#define CHAIN_MAX 16
#define MODES 4

static const char *peer_of(const char *mode)
{
	size_t n = strlen(JOIN_PREFIX);

	return strncmp(mode, JOIN_PREFIX, n) ? NULL : mode + n;
}

bool runjoin_may(enum spec_ns ns)
{
	return ns == SPEC_NS_PID || ns == SPEC_NS_IPC || ns == SPEC_NS_NET;
}

/* ---- create */

static int conflicts(const struct request *r, struct err *e)
{
	const struct {
		bool given;
		const char *what;
	} all[] = {
		{*r->hostname, "hostname and the network mode"},
		{r->net.links.n, "container type network can't be used with links. This would "
				 "result in undefined behavior"},
		{r->dns.n, "dns and the network mode"},
		{r->extra_hosts.n, "custom host-to-IP mapping and the network mode"},
		{r->net.nports || r->net.publish_all,
		 "port publishing and the container type network mode"},
		{r->ports.n, "port exposing and the container type network mode"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].given)
			return err_set(e, ERR_INVALID, "conflicting options: %s", all[i].what);
	return 0;
}

/* HostConfig with the modes that changed. */
static int rewrite(struct arena *a, struct request *r, const char *const keys[MODES],
		   const char **const modes[MODES], struct err *e)
{
	struct json_iter it = json_iter(r->host);
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	const struct json *v;
	const char *k;

	json_w_obj(&w, NULL);
	while ((v = json_next(&it, &k))) {
		int i = 0;

		while (i < MODES && strcmp(k, keys[i]))
			i++;
		if (i < MODES)
			json_w_str(&w, k, *modes[i]);
		else
			json_w_val(&w, k, v);
	}
	json_w_end(&w);
	r->host = json_parse(a, b.data, b.len, CONTAINERS_RECORD_MAX, "HostConfig", e);
	return r->host ? 0 : -1;
}

int runjoin_names(struct engine *en, struct arena *a, struct request *r, struct err *e)
{
	static const char *const keys[MODES] = {"PidMode", "IpcMode", "NetworkMode", "UsernsMode"};
	const char **const modes[MODES] = {&r->pid, &r->ipc, &r->network, &r->userns};
	bool changed = false;

	if (peer_of(r->network) && conflicts(r, e))
		return -1;
	for (int i = 0; i < MODES; i++) {
		const char *ref = peer_of(*modes[i]);
		struct err why = {0};
		char id[65];

		if (!ref || !*ref)
			continue;
		if (containers_find(en, ref, id, &why)) {
			if (modes[i] != &r->network) {
				*e = why;
				return -1;
			}
			continue;
		}
		*modes[i] = arena_printf(a, JOIN_PREFIX "%s", id);
		changed = true;
	}
	return changed ? rewrite(a, r, keys, modes, e) : 0;
}

/* ---- start */

static int check(struct engine *en, struct arena *a, const struct containers_one *c, int kind,
		 struct err *e)
{
	struct status st;

	if (status_of(en, a, c, &st, e))
		return -1;
	if (st.kind == STATUS_RESTARTING)
		return err_set(e, ERR_CONFLICT,
			       "%sContainer %s is restarting, wait until the container is running",
			       kind == SPEC_NS_NET ? "cannot join network namespace of container: "
						   : "",
			       c->id);
	if (st.kind == STATUS_RUNNING || st.kind == STATUS_PAUSED)
		return 0;
	return kind == SPEC_NS_NET
		       ? err_set(e, ERR_CONFLICT,
				 "cannot join network namespace of a non running container: "
				 "container %s is %s",
				 c->name, status_word(st.kind))
		       : err_set(e, ERR_CONFLICT, "container %s is not running", c->id);
}

static int check_shares(const struct containers_one *c, struct err *e)
{
	const char *ipc = c->req.ipc;

	if (!strcmp(ipc, "shareable") || !strcmp(ipc, "host") || peer_of(ipc))
		return 0;
	return err_set(e, ERR_INVALID,
		       "container %s: non-shareable IPC (hint: use IpcMode:shareable for the donor "
		       "container)",
		       c->id);
}

/* The end of the chain. */
static int owner(struct engine *en, struct arena *a, struct containers_one *c,
		 struct runjoin_peer *net, struct err *e)
{
	for (int i = 0; peer_of(c->req.network); i++)
		if (i == CHAIN_MAX || containers_load(en, a, peer_of(c->req.network), c, e))
			return i == CHAIN_MAX ? err_set(e, ERR_CONFLICT,
							"too many containers join each other's "
							"network")
					      : -1;
	net->req = &c->req;
	net->id = c->id;
	net->rdir = c->rdir;
	return 0;
}

int runjoin_owner(struct engine *en, struct arena *a, struct runjoin_peer *net, struct err *e)
{
	const char *peer = peer_of(net->req->network);
	struct containers_one *c;

	if (!peer)
		return 0;
	c = arena_alloc(a, sizeof(*c));
	if (!containers_load(en, a, peer, c, e))
		return owner(en, a, c, net, e);
	return e->kind == ERR_NOTFOUND ? 0 : -1;
}

static int join(struct engine *en, struct arena *a, struct spec *s, int kind,
		struct runjoin_peer *net, struct err *e)
{
	struct containers_one *c = arena_alloc(a, sizeof(*c));

	if (containers_load(en, a, peer_of(s->ns_path[kind]), c, e))
		return kind == SPEC_NS_NET ? err_wrap(e, "joining network namespace of container")
					   : -1;
	if (kind == SPEC_NS_NET && !strcmp(c->id, s->id))
		return err_set(e, ERR_INVALID, "cannot join own network");
	if (check(en, a, c, kind, e) || (kind == SPEC_NS_IPC && check_shares(c, e)))
		return -1;
	s->ns_path[kind] = arena_printf(a, JOIN_PREFIX "%s", c->id);
	return kind == SPEC_NS_NET ? owner(en, a, c, net, e) : 0;
}

int runjoin_build(struct engine *en, struct arena *a, struct spec *s, struct runjoin_peer *net,
		  struct err *e)
{
	static const struct {
		int kind;
		const char *failed;
	} all[] = {{SPEC_NS_NET, NULL},
		   {SPEC_NS_PID, "failed to join PID namespace"},
		   {SPEC_NS_IPC, "failed to join IPC namespace"}};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (s->ns[all[i].kind] == SPEC_NS_PATH && join(en, a, s, all[i].kind, net, e))
			return all[i].failed ? err_wrap(e, "%s", all[i].failed) : -1;
	return 0;
}
