/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block device is what its path is at the moment of the start, as with --device: the path may be
 * a link that udev makes, and the numbers another disk's after a reboot.
 */
#include "engine/runresources.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Docker's: as much swap as memory. */
static int64_t with_swap(const struct request *r)
{
	if (r->memory_swap)
		return r->memory_swap;
	return r->memory > INT64_MAX / 2 ? INT64_MAX : r->memory * 2;
}

static int add_devices(const struct request_throttles *from, enum spec_blkio_kind kind,
		       struct spec_resources *res, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		struct stat st;

		if (stat(from->v[i].path, &st))
			return err_set(e, ERR_INVALID, "stat %.200s: %s", from->v[i].path,
				       errno == ENOENT ? "no such file or directory"
						       : strerror(errno));
		if (!S_ISBLK(st.st_mode))
			return err_set(e, ERR_INVALID,
				       "%.200s is not a block device: only those have limits of "
				       "block IO",
				       from->v[i].path);
		res->blkio[res->nblkio++] = (struct spec_blkio){.kind = kind,
								.major = major(st.st_rdev),
								.minor = minor(st.st_rdev),
								.value = from->v[i].value};
	}
	return 0;
}

static int build_blkio(struct arena *a, const struct request *r, struct spec_resources *res,
		       struct err *e)
{
	static const enum spec_blkio_kind kinds[REQUEST_BLKIO_COUNT] = {
		[REQUEST_BLKIO_WEIGHT] = SPEC_BLKIO_WEIGHT,
		[REQUEST_BLKIO_READ_BPS] = SPEC_BLKIO_READ_BPS,
		[REQUEST_BLKIO_WRITE_BPS] = SPEC_BLKIO_WRITE_BPS,
		[REQUEST_BLKIO_READ_IOPS] = SPEC_BLKIO_READ_IOPS,
		[REQUEST_BLKIO_WRITE_IOPS] = SPEC_BLKIO_WRITE_IOPS,
	};
	size_t n = 0;

	for (int i = 0; i < REQUEST_BLKIO_COUNT; i++)
		n += r->blkio[i].n;
	if (!n)
		return 0;
	res->blkio = arena_array(a, n, sizeof(*res->blkio));
	for (int i = 0; i < REQUEST_BLKIO_COUNT; i++)
		if (add_devices(&r->blkio[i], kinds[i], res, e))
			return -1;
	return 0;
}

int runresources_build(struct arena *a, const struct request *r, bool check,
		       struct spec_resources *ret, struct err *e)
{
	*ret = (struct spec_resources){
		.memory = r->memory,
		.memory_reservation = r->memory_reservation,
		.memory_swap = with_swap(r),
		.swappiness = r->swappiness,
		.oom_kill_disable = r->oom_kill_disable,
		.cpu_shares = r->cpu_shares,
		.cpu_quota = r->cpu_quota,
		.cpu_period = r->cpu_period,
		.cpuset_cpus = *r->cpuset_cpus ? r->cpuset_cpus : NULL,
		.cpuset_mems = *r->cpuset_mems ? r->cpuset_mems : NULL,
		.pids = r->pids < 0 ? -1 : r->pids,
		.cpu_rt_period = r->cpu_rt_period,
		.cpu_rt_runtime = r->cpu_rt_runtime,
		.blkio_weight = r->blkio_weight,
	};
	if (r->nano_cpus) {
		ret->cpu_period = 100000;
		ret->cpu_quota = r->nano_cpus / 10000;
		if (ret->cpu_quota < 1000)
			ret->cpu_quota = 1000;
	}
	return check ? 0 : build_blkio(a, r, ret, e);
}
