/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In a worker, of a container whose shim was killed: what it had on networks is found by its ID, in
 * all of them, and its ports by the live file, which was there before they were published.
 */
#include "base/file.h"
#include "engine/netplan.h"
#include "engine/netup.h"
#include "engine/netup_kept.h"
#include "engine/netup_place.h"
#include "engine/netup_ports.h"
#include "network/endpoint.h"
#include "network/lease.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void drop_leases(int dir, const char *id)
{
	DIR *d = file_dir(dir);
	struct dirent *one;
	struct addr a;

	while (d && (one = readdir(d)))
		if (!addr_parse(one->d_name, &a))
			lease_drop(dir, &a, id);
	if (d)
		closedir(d);
}

static void clean_network(struct hostnet *h, int exec, struct arena *a, const char *network,
			  const char *id)
{
	AUTO_FD int dir = networks_dir_there(exec, network, "endpoints"),
		    leases = networks_dir_there(exec, network, "leases");
	struct endpoint p;
	char near[LINK_NAME];
	struct err why;

	if (dir >= 0 && !endpoint_read(dir, a, id, &p, &why)) {
		netup_place_near(p.id, near);
		link_quiet(&h->rt, near, &why);
	}
	if (dir >= 0)
		endpoint_sweep(dir, id);
	if (leases >= 0)
		drop_leases(leases, id);
	netup_kept_sweep(exec, network, false);
}

/* dir: where the container's directory of exec-root is, or was moved to. */
static void clean_ports(struct engine *en, int dir, struct hostnet *h, struct arena *a,
			const char *id)
{
	const struct json *live = netplan_live(dir, a, id);

	if (live)
		netup_ports_forget(h, a, networks_table(en, a), live);
	unlinkat(dir, arena_printf(a, "%s/" NETPLAN_LIVE, id), 0);
}

int netup_clean(struct engine *en, struct arena *a, const char *id, struct err *e)
{
	AUTO_FD int all = openat(en->exec, "networks", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = all < 0 ? NULL : file_dir(all);
	struct hostnet h;
	struct dirent *one;

	if (!d)
		return 0;
	if (networks_host(&h, e)) {
		closedir(d);
		return -1;
	}
	clean_ports(en, en->run_containers, &h, a, id);
	clean_ports(en, en->exec_trash, &h, a, id);
	while ((one = readdir(d)))
		if (strlen(one->d_name) == 64)
			clean_network(&h, en->exec, a, one->d_name, id);
	closedir(d);
	hostnet_close(&h);
	return 0;
}
