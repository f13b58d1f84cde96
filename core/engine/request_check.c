/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges and conflicts that do not depend on the host, in Docker's words, because scripts and
 * people look for them. What the host has is asked in hostcheck.c.
 */
#include "engine/request.h"

#include <string.h>

static int check_memory(const struct request *r, struct err *e)
{
	if (r->memory < 0 || (r->memory && r->memory < REQUEST_MEMORY_MIN))
		return err_set(e, ERR_INVALID, "Minimum memory limit allowed is 6MB");
	if (r->memory_swap > 0 && !r->memory)
		return err_set(e, ERR_INVALID,
			       "You should always set the Memory limit when using "
			       "Memoryswap limit, see usage");
	if (r->memory_swap > 0 && r->memory_swap < r->memory)
		return err_set(e, ERR_INVALID,
			       "Minimum memoryswap limit should be larger than "
			       "memory limit, see usage");
	if (r->memory_swap < -1)
		return err_set(e, ERR_INVALID, "invalid MemorySwap: -1 is unlimited");
	if (r->memory && r->memory_reservation > r->memory)
		return err_set(e, ERR_INVALID,
			       "Minimum memory limit can not be less than memory "
			       "reservation limit, see usage");
	if (r->memory_reservation < 0 ||
	    (r->memory_reservation && r->memory_reservation < REQUEST_MEMORY_MIN))
		return err_set(e, ERR_INVALID, "Minimum memory reservation allowed is 6MB");
	if (r->swappiness < -1 || r->swappiness > 100)
		return err_set(e, ERR_INVALID,
			       "invalid value: %lld. Valid memory swappiness range is 0-100",
			       (long long)r->swappiness);
	if (r->shm_size < 0)
		return err_set(e, ERR_INVALID, "SHM size can not be less than 0");
	return 0;
}

static int check_cpu(const struct request *r, struct err *e)
{
	if (r->nano_cpus > 0 && r->cpu_period > 0)
		return err_set(e, ERR_INVALID,
			       "Conflicting options: Nano CPUs and CPU Period cannot both be set");
	if (r->nano_cpus > 0 && r->cpu_quota > 0)
		return err_set(e, ERR_INVALID,
			       "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
	if (r->cpu_period && (r->cpu_period < 1000 || r->cpu_period > 1000000))
		return err_set(e, ERR_INVALID,
			       "CPU cfs period can not be less than 1ms (i.e. 1000) "
			       "or larger than 1s (i.e. 1000000)");
	if (r->cpu_quota > 0 && r->cpu_quota < 1000)
		return err_set(e, ERR_INVALID,
			       "CPU cfs quota can not be less than 1ms (i.e. 1000)");
	if (r->cpu_shares < 0)
		return err_set(e, ERR_INVALID,
			       "invalid CPU shares (%lld): value must be a positive integer",
			       (long long)r->cpu_shares);
	if (r->cpu_rt_period < 0 || r->cpu_rt_runtime < 0)
		return err_set(e, ERR_INVALID,
			       "cpu real-time period and runtime cannot be negative");
	if (r->cpu_rt_period && r->cpu_rt_runtime > r->cpu_rt_period)
		return err_set(e, ERR_INVALID,
			       "cpu real-time runtime cannot be higher than cpu real-time period");
	return 0;
}

static int check_blkio(const struct request *r, struct err *e)
{
	const struct request_throttles *w = &r->blkio[REQUEST_BLKIO_WEIGHT];

	if (r->blkio_weight && (r->blkio_weight < 10 || r->blkio_weight > 1000))
		return err_set(e, ERR_INVALID, "Range of blkio weight is from 10 to 1000");
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].value < 10 || w->v[i].value > 1000)
			return err_set(e, ERR_INVALID,
				       "Range of blkio weight of a device is from 10 to 1000: "
				       "%.200s has %lld",
				       w->v[i].path, (long long)w->v[i].value);
	for (int k = 0; k < REQUEST_BLKIO_COUNT; k++)
		for (size_t i = 0; i < r->blkio[k].n; i++)
			if (r->blkio[k].v[i].path[0] != '/' || r->blkio[k].v[i].value < 0)
				return err_set(e, ERR_INVALID,
					       "block IO: '%.200s': an absolute path and a "
					       "positive number are needed",
					       r->blkio[k].v[i].path);
	return 0;
}

int request_check_restart(const struct request *r, struct err *e)
{
	bool retries = !strcmp(r->restart, "on-failure");

	if (*r->restart && !retries && strcmp(r->restart, "no") && strcmp(r->restart, "always") &&
	    strcmp(r->restart, "unless-stopped"))
		return err_set(e, ERR_INVALID,
			       "invalid restart policy: unknown policy '%.100s'; use one of 'no', "
			       "'always', 'on-failure', or 'unless-stopped'",
			       r->restart);
	if (*r->restart && r->restart_max && !retries)
		return err_set(e, ERR_INVALID,
			       "invalid restart policy: maximum retry count can only be used with "
			       "'on-failure'");
	if (r->restart_max < 0)
		return err_set(e, ERR_INVALID,
			       "invalid restart policy: maximum retry count cannot be negative");
	if (r->auto_remove && *r->restart && strcmp(r->restart, "no"))
		return err_set(e, ERR_INVALID,
			       "can't create 'AutoRemove' container with restart policy");
	return 0;
}

/* What would be half honoured. */
static int check_missing(const struct request *r, struct err *e)
{
	for (size_t i = 0; i < r->storage_opt.n; i++)
		if (strncasecmp(r->storage_opt.v[i], "size=", 5))
			return err_set(e, ERR_INVALID, "Unknown option %.*s",
				       (int)strcspn(r->storage_opt.v[i], "="), r->storage_opt.v[i]);
	return r->storage_opt.n ? err_set(e, ERR_INVALID,
					  "--storage-opt %.100s: a container's size cannot be "
					  "limited: neither overlay on xfs with 'pquota' nor "
					  "btrfs quotas are used; leave it out",
					  r->storage_opt.v[0])
				: 0;
}

int request_check(const struct request *r, struct err *e)
{
	if (check_memory(r, e) || check_cpu(r, e) || check_blkio(r, e) ||
	    request_check_restart(r, e) || check_missing(r, e))
		return -1;
	if (r->oom_score_adj < -1000 || r->oom_score_adj > 1000)
		return err_set(e, ERR_INVALID,
			       "Invalid value %lld, range for oom score adj is "
			       "[-1000, 1000]",
			       (long long)r->oom_score_adj);
	if (strlen(r->hostname) > 63)
		return err_set(e, ERR_INVALID, "invalid hostname: more than 63 characters");
	if (strlen(r->domainname) > 64)
		return err_set(e, ERR_INVALID, "invalid domainname: more than 64 characters");
	if (*r->workdir && r->workdir[0] != '/')
		return err_set(e, ERR_INVALID,
			       "the working directory '%s' is invalid, it needs to "
			       "be an absolute path",
			       r->workdir);
	return 0;
}
