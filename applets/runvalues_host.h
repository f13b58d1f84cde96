/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runvalues_host: values that a client refuses before anything is asked, naming the flag, as
 * Docker's does. Each returns 0, or -1 with ERR_INVALID.
 */
#ifndef APPLETS_RUNVALUES_HOST_H
#define APPLETS_RUNVALUES_HOST_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

/* --add-host, --dns, --dns-search */
int runvalues_host_network(const struct strs *hosts, const struct strs *dns,
			   const struct strs *search, struct err *e);
/* "ExtraHosts": each as "name:address". */
void runvalues_host_extra(struct json_w *w, const struct strs *hosts);
/* --pid, --uts, --cgroupns; NULL: not given */
int runvalues_host_modes(const char *pid, const char *uts, const char *cgroupns, struct err *e);
/* --device-cgroup-rule */
int runvalues_host_rules(const struct strs *v, struct err *e);
/* --sysctl: "Sysctls" */
int runvalues_host_sysctls(struct arena *a, struct json_w *w, const struct strs *v, struct err *e);
/* --ulimit: "Ulimits" */
int runvalues_host_ulimits(struct json_w *w, const struct strs *v, struct err *e);

#endif
