/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command is for the shell (CMD-SHELL). Our own probes, which start no process, are written as
 * commands too: http://..., tcp://..., file:...; the engine takes them apart, so that an image's
 * HEALTHCHECK can have them as well. --health-on-failure is ours: Docker only marks the container.
 */
#include "applets/runvalues_health.h"

#include <string.h>

static bool given(const struct runvalues_health *h)
{
	return (h->cmd && *h->cmd) || h->interval || h->timeout || h->start_period ||
	       h->start_interval || h->retries || h->on_failure;
}

static int check(const struct runvalues_health *h, struct err *e)
{
	static const char *const actions[] = {"none", "kill", "restart", "stop"};
	const struct {
		const char *flag;
		int64_t v;
	} numbers[] = {{"interval", h->interval},
		       {"timeout", h->timeout},
		       {"retries", h->retries},
		       {"start-period", h->start_period},
		       {"start-interval", h->start_interval}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i].v < 0)
			return err_set(e, ERR_INVALID, "--health-%s cannot be negative",
				       numbers[i].flag);
	for (size_t i = 0; h->on_failure && i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(h->on_failure, actions[i]))
			return 0;
	if (!h->on_failure)
		return 0;
	return err_set(e, ERR_INVALID,
		       "--health-on-failure: '%s' is none of none, kill, restart, stop",
		       h->on_failure);
}

static void number(struct json_w *w, const char *key, int64_t v)
{
	if (v)
		json_w_int(w, key, v);
}

int runvalues_health_write(struct json_w *w, const struct runvalues_health *h, struct err *e)
{
	if (h->none && given(h))
		return err_set(e, ERR_INVALID,
			       "--no-healthcheck conflicts with --health-* options");
	if (!h->none && !given(h))
		return 0;
	if (check(h, e))
		return -1;
	json_w_obj(w, "Healthcheck");
	if (h->none || (h->cmd && *h->cmd)) {
		json_w_arr(w, "Test");
		json_w_str(w, NULL, h->none ? "NONE" : "CMD-SHELL");
		if (!h->none)
			json_w_str(w, NULL, h->cmd);
		json_w_arr_end(w);
	}
	number(w, "Interval", h->interval);
	number(w, "Timeout", h->timeout);
	number(w, "StartPeriod", h->start_period);
	number(w, "StartInterval", h->start_interval);
	number(w, "Retries", h->retries);
	if (h->on_failure)
		json_w_str(w, "OnFailure", h->on_failure);
	json_w_end(w);
	return 0;
}
