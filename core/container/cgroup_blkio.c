/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits: v1 has a file for each kind, v2 one for all (io.max), which takes the kinds of a device
 * one by one too and keeps the others. Weights: files of the BFQ scheduler, which must be loaded,
 * or of io.cost on v2, or of CFQ on kernels before 5.0; BFQ's own weights of devices came in 5.4.
 */
#include "container/cgroup_blkio.h"

#include <stdio.h>

uint64_t cgroup_blkio_weight(uint64_t weight)
{
	return weight <= 10 ? 1 : weight >= 1000 ? 10000 : 1 + (weight - 10) * 9999 / 990;
}

static void put_weight(struct cgroup_put *p, const struct cgroup_hier *h, int64_t weight)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)weight);
	if (cgroup_put_try(p, h, h->v2 ? "io.bfq.weight" : "blkio.bfq.weight", text) == 0)
		return;
	if (h->v2)
		cgroup_put_int(p, h, "io.weight", (int64_t)cgroup_blkio_weight((uint64_t)weight),
			       "block IO weight");
	else
		cgroup_put_text(p, h, "blkio.weight", text, "block IO weight");
}

static void put_device_weight(struct cgroup_put *p, const struct cgroup_hier *h,
			      const struct spec_blkio *b)
{
	char text[80];

	snprintf(text, sizeof(text), "%u:%u %lld", b->major, b->minor, (long long)b->value);
	if (cgroup_put_try(p, h, h->v2 ? "io.bfq.weight" : "blkio.bfq.weight_device", text) == 0)
		return;
	if (h->v2)
		snprintf(text, sizeof(text), "%u:%u %llu", b->major, b->minor,
			 (unsigned long long)cgroup_blkio_weight((uint64_t)b->value));
	cgroup_put_text(p, h, h->v2 ? "io.weight" : "blkio.weight_device", text,
			"block IO weight of a device");
}

static void put_limit(struct cgroup_put *p, const struct cgroup_hier *h, const struct spec_blkio *b)
{
	static const struct {
		const char *v1, *v2, *what;
	} kinds[SPEC_BLKIO_KINDS] = {
		[SPEC_BLKIO_READ_BPS] = {"blkio.throttle.read_bps_device", "rbps",
					 "the rate of reading from a device"},
		[SPEC_BLKIO_WRITE_BPS] = {"blkio.throttle.write_bps_device", "wbps",
					  "the rate of writing to a device"},
		[SPEC_BLKIO_READ_IOPS] = {"blkio.throttle.read_iops_device", "riops",
					  "the number of reads from a device"},
		[SPEC_BLKIO_WRITE_IOPS] = {"blkio.throttle.write_iops_device", "wiops",
					   "the number of writes to a device"},
	};
	char text[80];

	if (h->v2)
		snprintf(text, sizeof(text), "%u:%u %s=%lld", b->major, b->minor, kinds[b->kind].v2,
			 (long long)b->value);
	else
		snprintf(text, sizeof(text), "%u:%u %lld", b->major, b->minor, (long long)b->value);
	cgroup_put_text(p, h, h->v2 ? "io.max" : kinds[b->kind].v1, text, kinds[b->kind].what);
}

void cgroup_blkio_put(struct cgroup_put *p, const struct spec_resources *r)
{
	const struct cgroup_hier *h = NULL;

	if (r->blkio_weight || r->nblkio)
		h = cgroup_put_need(p, CGROUP_BLKIO, "block IO");
	if (h && r->blkio_weight)
		put_weight(p, h, r->blkio_weight);
	for (size_t i = 0; h && i < r->nblkio; i++) {
		if (r->blkio[i].kind == SPEC_BLKIO_WEIGHT)
			put_device_weight(p, h, &r->blkio[i]);
		else
			put_limit(p, h, &r->blkio[i]);
	}
}
