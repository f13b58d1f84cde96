/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runspec: from a request and a prepared root file system to the container's spec, with Docker's
 * defaults. The one place where "not given" becomes a value; its parts are runmount, rundevice,
 * runsec and runfiles.
 */
#ifndef ENGINE_RUNSPEC_H
#define ENGINE_RUNSPEC_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"
#include "engine/engine.h"
#include "engine/request.h"

struct runspec_place {
	const char *id;	  /* 64 hex digits */
	const char *cdir; /* data-root/containers/<id>, absolute */
	const char *rdir; /* exec-root/containers/<id>, absolute: hosts, hostname, resolv.conf */
	const struct driver_rootfs *rootfs;
	const char *name, *image;  /* for the tag of its log; image: its ID */
	const struct json *mounts; /* the record's "MountSpecs" */
	const char *layers;	   /* data-root/layers, absolute */
};

/* Strings live in the arena or in r. */
int runspec_build(struct engine *en, struct arena *a, const struct request *r,
		  const struct runspec_place *p, struct spec *ret, struct err *e);
/* The same without what needs the container's files or costs time: what create refuses. Warnings
 * ("...", one a line) are added for what is accepted but does something else here. */
int runspec_check(struct engine *en, struct arena *a, const struct request *r,
		  struct strs *warnings, struct err *e);
/* What its shim does at its end, and how it ends it. */
void runspec_policy(const struct request *r, struct spec_policy *ret);
/* Only what one more process in the container needs, without its command: for exec. */
int runspec_process(struct engine *en, struct arena *a, const struct request *r, const char *id,
		    struct spec *ret, struct err *e);

#endif
