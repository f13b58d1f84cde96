/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record is there before the interface, and goes after it: whoever is killed between leaves a
 * network without a bridge, which its next user makes, or its next removal does not miss. The flock
 * that a shim mends a bridge under (leases/) is held from the last look at the endpoints until the
 * record is gone, so that a container that starts meanwhile finds the whole network or none
 * (networks_there).
 *
 * What is left in exec-root and of temporary files by one that was killed goes with the next create
 * or removal.
 */
#include "engine/networks_make.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/stamp.h"
#include "engine/netup_kept.h"
#include "engine/networks_choice.h"
#include "engine/networks_options.h"
#include "engine/networks_record.h"
#include "engine/networks_request.h"
#include "engine/networks_users.h"
#include "network/link.h"

/* ---- the interface */

static int up(struct engine *en, struct arena *a, const struct networks_one *o,
	      struct strs *warnings, struct err *e)
{
	AUTO_FD int lock = networks_lock_interface(en->exec, o->id, e);
	struct bridge_conf c;
	struct hostnet h;
	int index, rc;
	bool nat = true;

	if (lock < 0 || networks_host(&h, e))
		return -1;
	networks_bridge(a, o, networks_table(en, a), &c);
	rc = bridge_up(&h, &c, &index, &nat, e);
	hostnet_close(&h);
	if (!rc && !nat)
		strs_add(a, warnings,
			 "this kernel has no nf_tables: containers of the network reach each other "
			 "and the host, but nothing beyond");
	return rc;
}

static int down(struct engine *en, struct arena *a, const struct networks_one *o, struct err *e)
{
	struct bridge_conf c;
	struct hostnet h;
	int rc = 0;

	if (o->driver != NETWORKS_BRIDGE)
		return 0;
	if (networks_host(&h, e))
		return -1;
	networks_bridge(a, o, networks_table(en, a), &c);
	if (!o->borrowed)
		rc = bridge_down(&h, &c, e);
	else if (h.nf.fd >= 0)
		rc = nft_down(&h.nf, c.table, &c.net, e);
	hostnet_close(&h);
	return rc;
}

/* ---- what others left */

static bool known(const struct networks_one *all, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(all[i].id, id))
			return true;
	return false;
}

/* What is in exec-root of a network; run: exec-root/networks. */
static void forget(struct engine *en, int run, const char *id)
{
	struct err why;

	netup_kept_sweep(en->exec, id, true);
	if (fs_remove_tree(run, id, &why))
		log_debug("engine", "network %s: %s", id, why.text);
}

/* Of the directory of records. */
static void sweep_temporary(int dir)
{
	DIR *d = file_dir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		size_t len = strlen(de->d_name);

		if (*de->d_name == '.' && len > 4 && !strcmp(de->d_name + len - 4, ".tmp"))
			unlinkat(dir, de->d_name, 0);
	}
	if (d)
		closedir(d);
}

/* The caller holds both locks: nobody else writes. */
static void sweep_all(struct engine *en, int dir, const struct networks_one *all, size_t n)
{
	struct err why;
	AUTO_FD int run = file_opendir(en->exec, "networks", 0700, &why);
	DIR *d = run < 0 ? NULL : file_dir(run);
	struct dirent *de;

	sweep_temporary(dir);
	while (d && (de = readdir(d)))
		if (strlen(de->d_name) == 64 && !known(all, n, de->d_name))
			forget(en, run, de->d_name);
	if (d)
		closedir(d);
}

/* ---- create */

static const struct networks_one *find(const struct networks_one *all, size_t n, const char *ref)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(all[i].name, ref) || !strcmp(all[i].id, ref))
			return &all[i];
	return NULL;
}

static int copy_config(struct arena *a, struct networks_one *o, const struct networks_one *all,
		       size_t n, struct err *e)
{
	const struct networks_one *from = find(all, n, o->config_from);

	if (!from || !from->config_only)
		return err_set(e, ERR_NOTFOUND, "configuration network \"%.100s\" does not exist",
			       o->config_from);
	o->config_from = from->name;
	o->options = from->options;
	o->ipam_options = from->ipam_options;
	o->subnets = from->subnets;
	o->nsubnets = from->nsubnets;
	o->ipv4 = from->ipv4;
	o->ipv6 = from->ipv6;
	o->internal = o->internal || from->internal;
	for (size_t i = 0; i < from->labels.n; i++) {
		const char *l = from->labels.v[i];

		if (!networks_options_value(&o->labels, arena_strndup(a, l, strcspn(l, "="))))
			strs_add(a, &o->labels, from->labels.v[i]);
	}
	return 0;
}

/* Nobody else's interface. One that is there already is borrowed. */
static int check_bridge(struct networks_one *o, const struct networks_one *all, size_t n,
			struct err *e)
{
	struct hostnet h;
	struct link_info i;
	struct err why;

	for (size_t k = 0; k < n; k++)
		if (all[k].driver == NETWORKS_BRIDGE && !strcmp(all[k].bridge, o->bridge))
			return err_set(e, ERR_FORBIDDEN,
				       "cannot create network %s (%s): conflicts with network %s "
				       "(%s): networks have same bridge name",
				       o->id, o->bridge, all[k].id, o->bridge);
	if (networks_host(&h, e))
		return -1;
	o->borrowed = !link_get(&h.rt, o->bridge, &i, &why);
	hostnet_close(&h);
	if (o->borrowed && strcmp(i.kind, "bridge"))
		return err_set(e, ERR_CONFLICT,
			       "cannot create network %s: there is an interface %s, which is no "
			       "bridge",
			       o->name, o->bridge);
	return 0;
}

static int settle_on(int dir, struct arena *a, struct networks_one *o,
		     const struct networks_one *all, size_t n, struct err *e)
{
	rand_hex(o->id, 64);
	o->created = stamp_now();
	if (*o->config_from && copy_config(a, o, all, n, e))
		return -1;
	if (o->config_only)
		return 0;
	return networks_options(a, o, e) || check_bridge(o, all, n, e) ||
			       networks_choice(dir, a, o, e) || networks_request_addresses(o, e)
		       ? -1
		       : 0;
}

static int put(int dir, struct arena *a, struct networks_one *o, struct err *e)
{
	char file[NETWORKS_RECORD_NAME];
	AUTO_BUF b = BUF_INIT;

	if (networks_record_write(o, &b, e))
		return -1;
	networks_record_file(o->name, file);
	if (file_create_atomic(dir, file, b.data, b.len, 0600, FILE_SYNC, e))
		return -1;
	return networks_record_load(dir, a, file, o, e);
}

/* The caller holds the lock. */
static int make(struct engine *en, int dir, struct arena *a, struct networks_one *o,
		struct strs *warnings, struct err *e)
{
	AUTO_FD int choice = -1;
	struct networks_one *all;
	struct err why;
	size_t n;

	if (networks_all(en, a, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(all[i].name, o->name))
			return err_set(e, ERR_CONFLICT, "network with name %s already exists",
				       o->name);
	choice = networks_choice_lock(dir, e);
	if (choice < 0)
		return -1;
	sweep_all(en, dir, all, n);
	if (settle_on(dir, a, o, all, n, e) || put(dir, a, o, e))
		return -1;
	if (o->config_only || !up(en, a, o, warnings, e))
		return 0;
	if (networks_make_away(en, a, o, &why))
		log_warn("engine", "network %s stays half made: %s", o->name, why.text);
	return -1;
}

int networks_create(struct engine *en, struct arena *a, const struct json *body,
		    struct networks_one *ret, struct strs *warnings, struct err *e)
{
	AUTO_FD int lock = -1, dir = -1;
	struct networks_one o;

	if (networks_request(a, body, &o, warnings, e))
		return -1;
	lock = networks_lock(en, F_WRLCK, e);
	dir = lock < 0 ? -1 : networks_open(en, e);
	if (dir < 0 || make(en, dir, a, &o, warnings, e))
		return -1;
	*ret = o;
	return 0;
}

/* ---- remove */

static int check_users(struct engine *en, struct arena *a, const struct networks_one *o,
		       struct err *e)
{
	struct endpoint *v;
	AUTO_BUF b = BUF_INIT;
	size_t n;

	if (networks_users(en, a, o, true, &v, &n, e))
		return -1;
	for (size_t i = 0; i < n && i < 8; i++)
		buf_printf(&b, "%sname:\"%s\" id:\"%.12s\"", i ? ", " : "", v[i].name, v[i].id);
	return !n ? 0
		  : err_set(e, ERR_FORBIDDEN,
			    "error while removing network: network %s has active endpoints (%s%s)",
			    o->name, b.data, n > 8 ? " ..." : "");
}

static int check_config(struct engine *en, struct arena *a, const struct networks_one *o,
			struct err *e)
{
	struct networks_one *all;
	size_t n;

	if (!o->config_only)
		return 0;
	if (networks_all(en, a, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(all[i].config_from, o->name))
			return err_set(e, ERR_FORBIDDEN,
				       "error while removing network: configuration network "
				       "\"%s\" is in use",
				       o->name);
	return 0;
}

int networks_make_away(struct engine *en, struct arena *a, const struct networks_one *o,
		       struct err *e)
{
	AUTO_FD int dir = networks_open(en, e), lock = -1, run = -1;
	char file[NETWORKS_RECORD_NAME];
	struct err why;

	if (dir < 0 || check_config(en, a, o, e))
		return -1;
	lock = networks_lock_interface(en->exec, o->id, e);
	if (lock < 0 || check_users(en, a, o, e) || down(en, a, o, e))
		return -1;
	networks_record_file(o->name, file);
	if (unlinkat(dir, file, 0) && errno != ENOENT)
		return err_sys(e, "remove the record of network %s", o->name);
	if (fsync(dir))
		return err_sys(e, "remove network %s durably", o->name);
	run = file_opendir(en->exec, "networks", 0700, &why);
	if (run >= 0)
		forget(en, run, o->id);
	return 0;
}

int networks_remove(struct engine *en, struct arena *a, const char *ref, struct err *e)
{
	AUTO_FD int lock = -1;
	struct networks_one o;

	/* containers come before networks in the order of locks */
	if (networks_get(en, a, ref, &o, e))
		return -1;
	networks_users_settle(en, a, &o);
	lock = networks_lock(en, F_WRLCK, e);
	if (lock < 0 || networks_get(en, a, o.id, &o, e))
		return -1;
	if (networks_predefined(o.name))
		return err_set(e, ERR_FORBIDDEN,
			       "%s is a pre-defined network and cannot be removed", o.name);
	return networks_make_away(en, a, &o, e);
}
