/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker starts a container with "always" at each start of the daemon, also one that a person had
 * stopped; unless-stopped is the policy for those who do not want that. Here the boot takes the
 * daemon's place, so that `boot` may be called twice: within one boot, what a person stopped stays
 * so, and only what ended without a decision (its shim was killed) is started.
 *
 * Docker takes every signal of `kill` for the wish to end the container where it has no stop signal
 * of its own, so that one that was sent SIGHUP to read its configuration is not started again when
 * it fails a day later. Here it must be a signal that ends processes by custom.
 */
#include "container/shimpolicy.h"

#include <signal.h>
#include <string.h>

#define FIRST_MS 100
#define LAST_MS 60000
#define LONG_ENOUGH 10000000000 /* ns */

static bool wanted(const char *restart, int64_t max, const struct home_state *s)
{
	if (!strcmp(restart, "always"))
		return true;
	if (!strcmp(restart, "unless-stopped"))
		return !s->manual;
	return !strcmp(restart, "on-failure") && s->exit_code && (!max || s->restarts < max);
}

bool shimpolicy_again(const struct spec_policy *p, const struct home_state *s, int64_t *delay_ms)
{
	if (s->manual || !p->restart || !wanted(p->restart, p->restart_max, s))
		return false;
	if (s->finished - s->started >= LONG_ENOUGH)
		*delay_ms = 0;
	*delay_ms = *delay_ms ? *delay_ms * 2 : FIRST_MS;
	if (*delay_ms > LAST_MS)
		*delay_ms = LAST_MS;
	return true;
}

bool shimpolicy_ends(const struct spec_policy *p, int sig)
{
	return sig == SIGKILL || sig == SIGTERM || sig == SIGINT || sig == SIGQUIT ||
	       sig == p->stop_signal;
}

bool shimpolicy_at_boot(const char *restart, int64_t restart_max, const struct home_state *s,
			const char *boot)
{
	if (!s->started) /* never, by anybody */
		return false;
	if (strcmp(s->boot, boot))
		return wanted(restart, restart_max, s);
	return !s->manual && strcmp(restart, "on-failure") && wanted(restart, restart_max, s);
}
