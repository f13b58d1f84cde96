/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three networks that every installation has are made by whoever looks at them first, under a
 * lock of their own (.choice) that every choice of a subnet takes: so nobody waits for .lock that
 * may hold it himself. The default network gets its subnet before any other is made, as Docker's
 * does.
 *
 * A name is looked for by its file; only what is no name is looked for among all IDs.
 */
#include "engine/networks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"
#include "base/sha256.h"
#include "base/stamp.h"
#include "engine/networks_choice.h"
#include "engine/networks_record.h"

static const char *const predefined[] = {NETWORKS_BRIDGE_NAME, "host", "none"};

#define PREDEFINED (sizeof(predefined) / sizeof(*predefined))

int networks_open(struct engine *en, struct err *e)
{
	return file_opendir(en->data, "networks", 0700, e);
}

int networks_lock(struct engine *en, int type, struct err *e)
{
	AUTO_FD int dir = networks_open(en, e), fd = -1;

	if (dir < 0)
		return -1;
	fd = file_lock_open(dir, ".lock", e);
	if (fd < 0 || file_lock(fd, type, 1, e))
		return -1;
	return fd_steal(&fd);
}

int networks_dir_there(int exec, const char *id, const char *sub)
{
	char path[100];

	snprintf(path, sizeof(path), "networks/%.64s/%.20s", id, sub);
	return openat(exec, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int networks_dir(int exec, const char *id, const char *sub, struct err *e)
{
	AUTO_FD int all = -1, one = -1;
	int fd = networks_dir_there(exec, id, sub);

	if (fd >= 0)
		return fd;
	all = file_opendir(exec, "networks", 0700, e);
	one = all < 0 ? -1 : file_opendir(all, id, 0700, e);
	return one < 0 ? -1 : file_opendir(one, sub, 0700, e);
}

int networks_lock_interface(int exec, const char *id, struct err *e)
{
	AUTO_FD int fd = networks_dir(exec, id, "leases", e);

	if (fd >= 0 && file_flock(fd))
		return err_sys(e, "lock the bridge of network %.12s", id);
	return fd < 0 ? -1 : fd_steal(&fd);
}

/* What tells installations on one machine apart; "" for the usual one. */
static const char *suffix(struct engine *en, char ret[10])
{
	char hex[65];

	ret[0] = 0;
	if (strcmp(en->c.exec_root, ENGINE_EXEC_ROOT) != 0) {
		sha256_hex_of(en->c.exec_root, strlen(en->c.exec_root), hex);
		snprintf(ret, 10, "-%.8s", hex);
	}
	return ret;
}

const char *networks_table(struct engine *en, struct arena *a)
{
	char s[10];

	return arena_printf(a, "proa%s", suffix(en, s));
}

int networks_host(struct hostnet *ret, struct err *e)
{
	const char *ns = getenv("PROA_SHIM_NAMESPACES");
	int fd = -1;

	if (!ns || strcmp(ns, "caller") != 0) {
		fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return err_sys(e, "open the host's network namespace");
	}
	return hostnet_open(fd, ret, e);
}

void networks_write(struct json_w *w, const char *key, const struct networks_one *o)
{
	struct networks_one less = *o;
	AUTO_BUF b = BUF_INIT;
	struct err why;

	less.labels.n = 0;
	if (networks_record_write(&less, &b, &why))
		json_w_null(w, key); /* it was no larger when it was read */
	else
		json_w_raw(w, key, b.data, b.len);
}

int networks_read(struct arena *a, const struct json *record, struct networks_one *ret,
		  struct err *e)
{
	return networks_record_read(a, record, ret, e);
}

bool networks_there(int data, const struct networks_one *o)
{
	AUTO_FD int dir = openat(data, "networks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char file[NETWORKS_RECORD_NAME];
	AUTO_ARENA a = ARENA_INIT;
	struct networks_one now;
	struct err why;

	return dir >= 0 && !networks_record_file(o->name, file) &&
	       !networks_record_load(dir, &a, file, &now, &why) && !strcmp(now.id, o->id);
}

void networks_bridge(struct arena *a, const struct networks_one *o, const char *table,
		     struct bridge_conf *ret)
{
	struct prefix *subnets = arena_array(a, o->nsubnets + 1, sizeof(*subnets)),
		      *gateways = arena_array(a, o->nsubnets + 1, sizeof(*gateways));
	struct bridge_conf c = {.table = table, .mtu = o->mtu, .gateways = gateways};

	for (size_t i = 0; i < o->nsubnets; i++) {
		const struct networks_subnet *s = &o->subnets[i];
		bool v4 = s->subnet.addr.len == 4;

		subnets[i] = s->subnet;
		c.ipv6 = c.ipv6 || !v4;
		if (s->gateway.len && (v4 ? o->mode4 : o->mode6) != NFT_ISOLATED &&
		    !(v4 && o->inhibit4))
			gateways[c.ngateways++] = (struct prefix){s->gateway, s->subnet.bits};
	}
	c.net = (struct nft_network){
		.key = arena_strndup(a, o->id, 12),
		.bridge = o->bridge,
		.subnets = subnets,
		.nsubnets = o->nsubnets,
		.mode4 = o->mode4,
		.mode6 = o->mode6,
		.internal = o->internal,
		.no_icc = !o->icc,
		.masquerade = o->masquerade,
		.snat4 = o->snat4,
		.snat6 = o->snat6,
	};
	*ret = c;
}

/* ---- records */

static int not_found(const char *ref, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "network %.200s not found", ref);
}

/* Of the three, and not there yet. */
static void describe(struct engine *en, struct arena *a, const char *name, struct networks_one *o)
{
	char s[10];

	*o = (struct networks_one){.name = name,
				   .ipv4 = true,
				   .created = stamp_now(),
				   .ipam_driver = "default",
				   .config_from = ""};
	rand_hex(o->id, 64);
	o->driver = !strcmp(name, "host")   ? NETWORKS_HOST
		    : !strcmp(name, "none") ? NETWORKS_NULL
					    : NETWORKS_BRIDGE;
	if (o->driver != NETWORKS_BRIDGE)
		return;
	strs_add(a, &o->options, "com.docker.network.bridge.default_bridge=true");
	strs_add(a, &o->options, "com.docker.network.bridge.enable_icc=true");
	strs_add(a, &o->options, "com.docker.network.bridge.enable_ip_masquerade=true");
	strs_add(a, &o->options, "com.docker.network.bridge.host_binding_ipv4=0.0.0.0");
	suffix(en, s);
	strs_printf(a, &o->options, "com.docker.network.bridge.name=proa%s", *s ? s : "0");
	strs_add(a, &o->options, "com.docker.network.driver.mtu=1500");
}

static int make_predefined(struct engine *en, int dir, struct arena *a, const char *name,
			   struct err *e)
{
	AUTO_FD int lock = networks_choice_lock(dir, e);
	AUTO_BUF b = BUF_INIT;
	char file[NETWORKS_RECORD_NAME];
	struct networks_one o;

	networks_record_file(name, file);
	if (lock < 0)
		return -1;
	if (!faccessat(dir, file, F_OK, 0))
		return 0; /* meanwhile */
	describe(en, a, name, &o);
	if ((o.driver == NETWORKS_BRIDGE && networks_choice(dir, a, &o, e)) ||
	    networks_record_write(&o, &b, e))
		return -1;
	return file_write_atomic(dir, file, b.data, b.len, 0600, FILE_SYNC, e);
}

bool networks_predefined(const char *name)
{
	for (size_t i = 0; i < PREDEFINED; i++)
		if (!strcmp(name, predefined[i]))
			return true;
	return false;
}

bool networks_is_default(const char *word)
{
	return !*word || !strcmp(word, "default") || !strcmp(word, NETWORKS_BRIDGE_NAME);
}

static int by_name(struct engine *en, int dir, struct arena *a, const char *name,
		   struct networks_one *ret, struct err *e)
{
	char file[NETWORKS_RECORD_NAME];

	if (networks_record_file(name, file))
		return not_found(name, e);
	if (!networks_record_load(dir, a, file, ret, e))
		return 0;
	if (e->kind != ERR_NOTFOUND)
		return -1;
	if (!networks_predefined(name))
		return not_found(name, e);
	return make_predefined(en, dir, a, name, e) || networks_record_load(dir, a, file, ret, e)
		       ? -1
		       : 0;
}

static int by_id(struct engine *en, struct arena *a, const char *ref, struct networks_one *ret,
		 struct err *e)
{
	size_t len = strlen(ref), n, found = 0;
	struct networks_one *all;

	if (len > 64 || strspn(ref, "0123456789abcdef") != len)
		return not_found(ref, e);
	if (networks_all(en, a, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!strncmp(all[i].id, ref, len)) {
			*ret = all[i];
			found++;
		}
	if (found > 1)
		return err_set(e, ERR_INVALID,
			       "%zu matches found based on ID prefix: network %s is ambiguous",
			       found, ref);
	return found ? 0 : not_found(ref, e);
}

int networks_get(struct engine *en, struct arena *a, const char *ref, struct networks_one *ret,
		 struct err *e)
{
	AUTO_FD int dir = networks_open(en, e);

	if (dir < 0)
		return -1;
	if (networks_is_default(ref))
		ref = NETWORKS_BRIDGE_NAME;
	/* a whole ID comes before a name that looks like one */
	if (strlen(ref) == 64 && !by_id(en, a, ref, ret, e))
		return 0;
	if (!by_name(en, dir, a, ref, ret, e))
		return 0;
	return e->kind == ERR_NOTFOUND ? by_id(en, a, ref, ret, e) : -1;
}

int networks_all(struct engine *en, struct arena *a, struct networks_one **ret, size_t *ret_n,
		 struct err *e)
{
	AUTO_FD int dir = networks_open(en, e);
	char file[NETWORKS_RECORD_NAME];

	if (dir < 0)
		return -1;
	for (size_t i = 0; i < PREDEFINED; i++) {
		networks_record_file(predefined[i], file);
		if (faccessat(dir, file, F_OK, 0) && make_predefined(en, dir, a, predefined[i], e))
			return -1;
	}
	return networks_record_all(dir, a, ret, ret_n, e);
}
