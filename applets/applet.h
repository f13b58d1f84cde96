/* SPDX-License-Identifier: Apache-2.0 */
/*
 * applet: one command, one file. Usage, options and code stand together; help, completion and the
 * man page come from these tables. Registered in the linker section "applets": no central list.
 *
 * An option writes into a field of the applet's own static struct or list. Parsing is Docker's:
 * --name value, --name=value, -n value, -nvalue, bundles of short flags; options end at the first
 * argument for commands that take a command line (APPLET_CMDLINE) and at "--".
 */
#ifndef APPLET_H
#define APPLET_H

#include <stdbool.h>
#include <stdint.h>

#include "api/client.h"
#include "base/err.h"
#include "base/mem.h"

enum option_type {
	OPTION_BOOL,  /* bool *: --x, --x=false */
	OPTION_STR,   /* const char ** */
	OPTION_INT,   /* int64_t *: decimal */
	OPTION_BYTES, /* int64_t *: 512, 64k, 1.5g (Docker's RAMInBytes) */
	OPTION_LIST,  /* struct strs *: may be repeated */
};

struct option_def {
	const char *name; /* long name without dashes */
	char letter;	  /* short name or 0 */
	enum option_type type;
	void *value;
	const char *arg; /* what help shows for the value: "string", "list", "bytes" ... */
	const char *help;
	bool *set; /* may be NULL: whether it was given */
};

enum applet_flags {
	APPLET_CMDLINE = 1, /* options end at the first argument */
	APPLET_HIDDEN = 2,  /* not in help: proa-shim and the like; no option parsing */
};

struct applet_ctx {
	struct client client; /* from global options and environment */
	struct arena *a;
	int argc; /* the arguments that are left after options; argv[argc] is NULL */
	char **argv;
	const struct applet *self;
};

struct applet {
	const char *
		name; /* "run", "image ls": words under `proa`; argv[0] is proa-run, proa-image-ls */
	const char *alias; /* other names, separated by ", ", or NULL: "image load" */
	const char *usage; /* "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
	const char *brief; /* one line */
	const struct option_def *options; /* ends with a NULL name; NULL: none */
	unsigned flags;
	int min_args, max_args;		   /* max -1: any */
	int (*main)(struct applet_ctx *c); /* returns the exit status */
};

#define APPLET(id, ...)                                                                            \
	static const struct applet applet_##id                                                     \
		__attribute__((used, retain, section("applets"), aligned(8))) = {__VA_ARGS__}

/* Prints "proa: text" to stderr and returns code (125 for the engine's refusals in run, else 1). */
int applet_fail(const struct err *e, int code);
/* Prints usage of the applet as Docker does for wrong arguments, returns 1 (run: 125). */
int applet_usage(const struct applet_ctx *c, const char *why);

#endif
