/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runvalues: the values of flags that are a little language of their own, written into a create
 * request. Each returns 0, or -1 with ERR_INVALID in the words of Docker's client.
 */
#ifndef APPLETS_RUNVALUES_H
#define APPLETS_RUNVALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

/* -a: sets what is named, leaves the rest. */
int runvalues_attach(const struct strs *v, bool *in, bool *out, bool *err, struct err *e);
/* -e: nothing that has no name. */
int runvalues_env_check(const struct strs *v, struct err *e);
/* --env-file, then -e; a name without value takes our own environment's. */
int runvalues_env(struct arena *a, const struct strs *files, const struct strs *v, struct strs *ret,
		  struct err *e);
int runvalues_labels(struct arena *a, const struct strs *files, const struct strs *v,
		     struct strs *ret, struct err *e);
/* "SecurityOpt", and for systempaths=unconfined "MaskedPaths" and "ReadonlyPaths". A seccomp
 * profile's file is read and sent. */
int runvalues_security(struct arena *a, struct json_w *w, const struct strs *v, struct err *e);
/* "CapAdd", "CapDrop": chown as CAP_CHOWN. */
void runvalues_caps(struct arena *a, struct json_w *w, const char *key, const struct strs *v);
/* An object of key=value; a key alone has an empty value, or is refused with the words of `bad`. */
int runvalues_map(struct arena *a, struct json_w *w, const char *key, const char *bad,
		  const struct strs *v, struct err *e);
/* Of lists that may be given with commas too: each alone, without empty ones. */
void runvalues_commas(struct arena *a, struct strs *list);
/* "1.5" as 1,500,000,000. */
int runvalues_cpus(const char *text, int64_t *ret, struct err *e);
/* "on-failure:3": "RestartPolicy". */
int runvalues_restart(struct json_w *w, const char *text, struct err *e);
/* "LogConfig"; nothing where neither is given. driver may be NULL. */
int runvalues_log(struct arena *a, struct json_w *w, const char *driver, const struct strs *opts,
		  struct err *e);

#endif
