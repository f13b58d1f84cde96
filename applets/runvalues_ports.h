/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runvalues_ports: -p and --expose in all their forms, written into a create request. Errors are
 * ERR_INVALID in the words of Docker's client.
 */
#ifndef APPLETS_RUNVALUES_PORTS_H
#define APPLETS_RUNVALUES_PORTS_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct runvalues_ports_one {
	const char *key;  /* "80/tcp" */
	const char *ip;	  /* "" */
	const char *host; /* "", "8080", "8000-8010" */
};
struct runvalues_ports {
	struct runvalues_ports_one *v;
	size_t n, cap;
	struct strs exposed; /* each once */
};

int runvalues_ports_parse(struct arena *a, const struct strs *publish, const struct strs *expose,
			  struct runvalues_ports *ret, struct err *e);
/* "ExposedPorts", of the config. */
void runvalues_ports_exposed(struct json_w *w, const struct runvalues_ports *p);
/* "PortBindings", of HostConfig. */
void runvalues_ports_bindings(struct json_w *w, const struct runvalues_ports *p);

#endif
