/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record holds the request merged with the image's config, so this is only a matter of form:
 * Docker's order of fields, null for lists that are not there, and nothing at all for the fields
 * that it leaves out when they are empty. The command line that a container was created with shows
 * in Path and Args of the object around.
 */
#include "engine/inspect_config.h"
#include "engine/shape.h"

#include <string.h>
#include <unistd.h>

static void write_hostname(struct json_w *w, struct arena *a, const struct containers_one *c)
{
	const struct request *r = &c->req;
	char host[256] = "";

	if (*r->hostname) {
		json_w_str(w, "Hostname", r->hostname);
	} else if (strcmp(r->uts, "host") && strcmp(r->network, "host")) {
		json_w_str(w, "Hostname", arena_strndup(a, c->id, 12));
	} else {
		gethostname(host, sizeof(host) - 1);
		json_w_str(w, "Hostname", host);
	}
}

static void write_strs(struct json_w *w, const char *key, const struct strs *list)
{
	json_w_strs(w, key, list->n ? list : NULL);
}

static void write_set(struct json_w *w, struct arena *a, const char *key, const struct strs *list,
		      bool always)
{
	if (list->n)
		shape_set(w, a, key, list);
	else if (always)
		json_w_null(w, key);
}

void inspect_config(struct json_w *w, struct arena *a, const struct containers_one *c,
		    const char *mac)
{
	const struct request *r = &c->req;
	const struct json *check = json_get(json_get(c->record, "Config"), "Healthcheck");

	json_w_obj(w, "Config");
	write_hostname(w, a, c);
	json_w_str(w, "Domainname", r->domainname);
	json_w_str(w, "User", r->user);
	json_w_bool(w, "AttachStdin", r->attach_stdin);
	json_w_bool(w, "AttachStdout", r->attach_stdout);
	json_w_bool(w, "AttachStderr", r->attach_stderr);
	write_set(w, a, "ExposedPorts", &r->ports, false);
	json_w_bool(w, "Tty", r->tty);
	json_w_bool(w, "OpenStdin", r->open_stdin);
	json_w_bool(w, "StdinOnce", r->stdin_once);
	json_w_strs(w, "Env", &r->env);
	write_strs(w, "Cmd", &r->cmd);
	if (json_len(check))
		json_w_val(w, "Healthcheck", check);
	json_w_str(w, "Image", r->image);
	write_set(w, a, "Volumes", &r->volumes, true);
	json_w_str(w, "WorkingDir", *r->workdir ? r->workdir : "/");
	write_strs(w, "Entrypoint", &r->entrypoint);
	if (r->network_disabled)
		json_w_bool(w, "NetworkDisabled", true);
	if (*mac)
		json_w_str(w, "MacAddress", mac);
	json_w_null(w, "OnBuild");
	shape_map(w, a, "Labels", &r->labels);
	if (*r->stop_signal)
		json_w_str(w, "StopSignal", r->stop_signal);
	if (r->stop_timeout != REQUEST_NO_TIMEOUT)
		json_w_int(w, "StopTimeout", r->stop_timeout);
	json_w_end(w);
}
