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
	OPTION_BOOL,	 /* bool *: --x, --x=false */
	OPTION_STR,	 /* const char ** */
	OPTION_INT,	 /* int64_t *: decimal */
	OPTION_BYTES,	 /* int64_t *: 512, 64k, 1.5g (Docker's RAMInBytes) */
	OPTION_SWAP,	 /* int64_t *: the same, or -1 */
	OPTION_DURATION, /* int64_t *: nanoseconds, from 1m30s, 500ms */
	OPTION_LIST,	 /* struct strs *: may be repeated */
	OPTION_FILTER,	 /* the same, of NAME=VALUE */
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
	const char *name;  /* "run", "image ls": words under `proa`; argv[0] is proa-run,
			      proa-image-ls */
	const char *alias; /* other names, separated by ", ", or NULL: "image load" */
	const char *usage; /* "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
	const char *brief; /* one line */
	const struct option_def *options; /* ends with a NULL name (and a table that goes on in
					     `value`, or NULL); NULL: none */
	unsigned flags;
	int min_args, max_args;		   /* max -1: any */
	int (*main)(struct applet_ctx *c); /* returns the exit status */
};

#define APPLET(id, ...)                                                                            \
	static const struct applet applet_##id                                                     \
		__attribute__((used, retain, section("applets"), aligned(8))) = {__VA_ARGS__}

/* Every applet, in the linker's order. */
extern const struct applet __start_applets[], __stop_applets[];
/* The options that go with each of them. */
extern const struct option_def applet_globals[];

/* Parses argv (the words after the command) into the tables; what remains goes to c->argc/argv.
 * The global table is looked at after the applet's own. Returns 0, 1 for --help, -1 with *e. */
int option_parse(struct applet_ctx *c, const struct option_def *own,
		 const struct option_def *global, int argc, char **argv, struct err *e);
/* The words before the reason of a value that cannot be; flag: "-e, --env". Returns -1. */
int option_bad(const char *flag, const char *value, struct err *e);
/* Through a table and those that go on from it:
 * for (o = option_skip(table); o; o = option_skip(o + 1)) */
const struct option_def *option_skip(const struct option_def *o);

/* What --help prints. */
void help_applet(const struct applet *a);
/* All commands, grouped as a person looks for them. An applet is of the group that its name or an
 * alias of two words begins with: "ps" with the alias "container ls" stands with the containers. */
void help_all(void);
bool help_is_group(const char *word);
void help_group(const char *group); /* "image": its commands */
/* "Usage:  proa run [OPTIONS] IMAGE ..." and the pointer to --help, on stderr. */
void help_usage(const struct applet *a);

/* Prints "proa: text" to stderr and returns code (125 for the engine's refusals in run, else 1). */
int applet_fail(const struct err *e, int code);
/* Asks whether all of `what` shall go ("all dangling images"); only a y on stdin is a yes. Docker's
 * client leaves with 0 and no word where it is not. */
bool applet_confirmed(const char *what);
/* Prints why and the usage line, as Docker does for wrong arguments; returns 125 for a bad flag's
 * sake like Docker's client, for every command. */
int applet_usage(const struct applet_ctx *c, const char *why);

#endif
