/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits are Docker's: a duration is at least a millisecond where it is given. An address of a
 * probe is looked at when it is used: a test that is no address fails, as one whose command is not
 * there does.
 */
#include "engine/runhealth.h"

#include <string.h>

#define SECOND 1000000000ll
#define DURATION_MIN 1000000ll

static int duration(const char *name, int64_t v, int64_t def, int64_t *ret, struct err *e)
{
	if (v && v < DURATION_MIN)
		return err_set(e, ERR_INVALID, "%s in Healthcheck cannot be less than 1ms", name);
	*ret = v ? v : def;
	return 0;
}

static int on_failure(const char *what, const char **ret, struct err *e)
{
	static const char *const all[] = {"none", "kill", "restart", "stop"};

	*ret = what && *what ? what : "none";
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(*ret, all[i]))
			return 0;
	return err_set(e, ERR_INVALID,
		       "OnFailure in Healthcheck: '%.100s' is none of none, kill, restart, stop",
		       what);
}

/* A line of ours becomes its kind and what is behind the scheme. */
static bool own_probe(struct arena *a, const struct strs *test, struct strs *ret)
{
	static const struct {
		const char *scheme, *kind;
		size_t skip;
	} all[] = {{"http://", "HTTP", 7}, {"tcp://", "TCP", 6}, {"file:/", "FILE", 5}};

	if (test->n != 2 || strcmp(test->v[0], "CMD-SHELL") || strpbrk(test->v[1], " \t\r\n"))
		return false;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strncmp(test->v[1], all[i].scheme, strlen(all[i].scheme))) {
			strs_add(a, ret, arena_strdup(a, all[i].kind));
			strs_add(a, ret, test->v[1] + all[i].skip);
			return true;
		}
	return false;
}

static int test_of(struct arena *a, const struct strs *test, struct strs *ret, struct err *e)
{
	if (!test->n || !strcmp(test->v[0], "NONE") || own_probe(a, test, ret))
		return 0;
	if (strcmp(test->v[0], "CMD") && strcmp(test->v[0], "CMD-SHELL"))
		return err_set(e, ERR_INVALID,
			       "Test in Healthcheck: '%.100s' is none of NONE, CMD, CMD-SHELL",
			       test->v[0]);
	if (test->n < 2 || (!strcmp(test->v[0], "CMD-SHELL") && test->n > 2))
		return err_set(e, ERR_INVALID, "Test in Healthcheck: %s needs %s", test->v[0],
			       test->n < 2 ? "a command" : "one line");
	*ret = *test;
	return 0;
}

int runhealth_build(struct arena *a, const struct request_health *h, struct spec_health *ret,
		    struct err *e)
{
	struct spec_health r = {.retries = h->retries ? h->retries : 3};

	if (h->retries < 0)
		return err_set(e, ERR_INVALID, "Retries in Healthcheck cannot be negative");
	if (duration("Interval", h->interval, 30 * SECOND, &r.interval, e) ||
	    duration("Timeout", h->timeout, 30 * SECOND, &r.timeout, e) ||
	    duration("StartPeriod", h->start_period, 0, &r.start_period, e) ||
	    duration("StartInterval", h->start_interval, 5 * SECOND, &r.start_interval, e) ||
	    on_failure(h->on_failure, &r.on_failure, e) || test_of(a, &h->test, &r.test, e))
		return -1;
	*ret = r;
	return 0;
}
