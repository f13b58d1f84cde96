/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runvalues_ports: -p and --expose in all their forms, written into a create request. Errors are
 * ERR_INVALID in the words of Docker's client.
 */
#ifndef APPLETS_RUNVALUES_PORTS_H
#define APPLETS_RUNVALUES_PORTS_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct runvalues_ports_one {
	const char *ip;	  /* "" */
	const char *host; /* "", "8080", "8000-8010" */
	uint32_t next;	  /* of the same key: its number in v, from 1; 0: none */
};
struct runvalues_ports_key {
	const char *text;     /* "80/tcp" */
	uint32_t first, last; /* of its bindings, as next */
};
struct runvalues_ports {
	struct runvalues_ports_one *v;
	struct runvalues_ports_key *keys; /* each once, as they came */
	size_t n, cap, nkeys, keys_cap;
	uint32_t *pages[3][256]; /* by protocol and port: the key's number, from 1 */
};

int runvalues_ports_parse(struct arena *a, const struct strs *publish, const struct strs *expose,
			  struct runvalues_ports *ret, struct err *e);
/* "ExposedPorts", of the config. */
void runvalues_ports_exposed(struct json_w *w, const struct runvalues_ports *p);
/* "PortBindings", of HostConfig. */
void runvalues_ports_bindings(struct json_w *w, const struct runvalues_ports *p);

#endif
