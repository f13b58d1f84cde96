/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume create: prints the name. The flags of cluster volumes are Docker's too; a swarm takes
 * them.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

static const char *driver, *availability, *group, *scope, *sharing, *type, *name;
static struct strs labels, opts, secrets, preferred, required;
static int64_t limit_bytes, required_bytes;
static bool limit_set, required_set;

static const struct option_def options[] = {
	{"availability", 0, OPTION_STR, &availability, "string",
	 "Cluster Volume availability (\"active\", \"pause\", \"drain\")", NULL},
	{"driver", 'd', OPTION_STR, &driver, "string",
	 "Specify volume driver name (default \"local\")", NULL},
	{"group", 0, OPTION_STR, &group, "string", "Cluster Volume group (cluster volumes)", NULL},
	{"label", 0, OPTION_LIST, &labels, "list", "Set metadata for a volume", NULL},
	{"limit-bytes", 0, OPTION_BYTES, &limit_bytes, "bytes",
	 "Maximum size of the Cluster Volume in bytes", &limit_set},
	{"name", 0, OPTION_STR, &name, "string", "The volume's name (as the argument)", NULL},
	{"opt", 'o', OPTION_LIST, &opts, "map", "Set driver specific options", NULL},
	{"required-bytes", 0, OPTION_BYTES, &required_bytes, "bytes",
	 "Minimum size of the Cluster Volume in bytes", &required_set},
	{"scope", 0, OPTION_STR, &scope, "string",
	 "Cluster Volume access scope (\"single\", \"multi\")", NULL},
	{"secret", 0, OPTION_LIST, &secrets, "map", "Cluster Volume secrets", NULL},
	{"sharing", 0, OPTION_STR, &sharing, "string",
	 "Cluster Volume access sharing (\"none\", \"readonly\", \"onewriter\", \"all\")", NULL},
	{"topology-preferred", 0, OPTION_LIST, &preferred, "list",
	 "A topology that the Cluster Volume would be preferred in", NULL},
	{"topology-required", 0, OPTION_LIST, &required, "list",
	 "A topology that the Cluster Volume must be accessible from", NULL},
	{"type", 0, OPTION_STR, &type, "string",
	 "Cluster Volume access type (\"mount\", \"block\")", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int check(const struct applet_ctx *c, struct err *e)
{
	if (availability || group || scope || sharing || type || secrets.n || preferred.n ||
	    required.n || limit_set || required_set)
		return err_set(e, ERR_UNAVAILABLE,
			       "This node is not a swarm manager: cluster volumes need one");
	if (name && c->argc)
		return err_set(e, ERR_INVALID,
			       "conflicting options: cannot specify a volume name through both "
			       "--name and as a positional arg");
	for (size_t i = 0; i < opts.n; i++)
		if (!strchr(opts.v[i], '=') || opts.v[i][0] == '=')
			return err_set(e, ERR_INVALID,
				       "invalid argument \"%s\" for \"-o, --opt\": want KEY=VALUE",
				       opts.v[i]);
	return 0;
}

/* A label without a value has the empty one. */
static void write_labels(struct applet_ctx *c, struct json_w *w)
{
	struct strs all = {0};

	for (size_t i = 0; i < labels.n; i++)
		strs_printf(c->a, &all, "%s%s", labels.v[i], strchr(labels.v[i], '=') ? "" : "=");
	json_w_map(w, "Labels", &all);
}

static int create(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF body = BUF_INIT;
	struct json_w w = JSON_W(&body);
	int rc;

	json_w_obj(&w, NULL);
	json_w_str(&w, "Name", c->argc ? c->argv[0] : name ? name : "");
	json_w_str(&w, "Driver", driver ? driver : "local");
	json_w_map(&w, "DriverOpts", &opts);
	write_labels(c, &w);
	json_w_end(&w);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "POST", "/volumes/create", &body, ret, e);
	client_close(&cc);
	return rc;
}

static int create_main(struct applet_ctx *c)
{
	const struct json *v;
	struct err e;

	if (check(c, &e) || create(c, &v, &e))
		return applet_fail(&e, 1);
	puts(json_str(json_get(v, "Name"), ""));
	return 0;
}

APPLET(volume_create, .name = "volume create", .usage = "[OPTIONS] [VOLUME]",
       .brief = "Create a volume", .options = options, .min_args = 0, .max_args = 1,
       .main = create_main);
