/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each list is walked once into an array of its length; the body's size, which the server bounds,
 * bounds that too. An entry's field of the wrong type is refused by the name of the list.
 */
#include "engine/request_lists.h"

static int decode_devices(struct arena *a, const struct json *host, struct request *r,
			  struct err *e)
{
	const struct json *list = json_get(host, "Devices"), *v;
	struct json_iter it = json_iter(list);

	if (json_typeof(list) != JSON_NULL && json_typeof(list) != JSON_ARR)
		return err_set(e, ERR_INVALID, "Devices: an array is needed");
	r->devices = arena_array(a, json_len(list) + 1, sizeof(*r->devices));
	while ((v = json_next(&it, NULL))) {
		struct request_device *d = &r->devices[r->ndevices++];

		d->host = d->container = d->access = "";
		if (json_want_str(v, "PathOnHost", &d->host, e) ||
		    json_want_str(v, "PathInContainer", &d->container, e) ||
		    json_want_str(v, "CgroupPermissions", &d->access, e))
			return err_wrap(e, "Devices");
		if (!*d->container)
			d->container = d->host;
		if (!*d->access)
			d->access = "rwm";
		if (d->host[0] != '/' || d->container[0] != '/')
			return err_set(e, ERR_INVALID, "Devices: '%s' is not an absolute path",
				       d->host);
	}
	return 0;
}

static int decode_ulimits(struct arena *a, const struct json *host, struct request *r,
			  struct err *e)
{
	const struct json *list = json_get(host, "Ulimits"), *v;
	struct json_iter it = json_iter(list);

	if (json_typeof(list) != JSON_NULL && json_typeof(list) != JSON_ARR)
		return err_set(e, ERR_INVALID, "Ulimits: an array is needed");
	r->ulimits = arena_array(a, json_len(list) + 1, sizeof(*r->ulimits));
	while ((v = json_next(&it, NULL))) {
		struct request_ulimit *u = &r->ulimits[r->nulimits++];

		u->name = "";
		if (json_want_str(v, "Name", &u->name, e) ||
		    json_want_int(v, "Soft", &u->soft, e) || json_want_int(v, "Hard", &u->hard, e))
			return err_wrap(e, "Ulimits");
	}
	return 0;
}

static int decode_health(struct arena *a, const struct json *config, struct request_health *h,
			 struct err *e)
{
	const struct json *v;
	bool set;

	h->on_failure = "";
	if (json_want_obj(config, "Healthcheck", &v, e))
		return -1;
	h->set = json_typeof(v) == JSON_OBJ;
	if (json_want_strs(v, "Test", a, &h->test, &set, e) ||
	    json_want_int(v, "Interval", &h->interval, e) ||
	    json_want_int(v, "Timeout", &h->timeout, e) ||
	    json_want_int(v, "StartPeriod", &h->start_period, e) ||
	    json_want_int(v, "StartInterval", &h->start_interval, e) ||
	    json_want_int(v, "Retries", &h->retries, e) ||
	    json_want_str(v, "OnFailure", &h->on_failure, e))
		return err_wrap(e, "Healthcheck");
	return 0;
}

static void take_over(int64_t *ours, int64_t image)
{
	if (!*ours)
		*ours = image;
}

int request_lists_merge_health(struct arena *a, struct request_health *h, const struct json *image,
			       struct err *e)
{
	struct request_health im = {.set = false};

	if (decode_health(a, image, &im, e))
		return -1;
	if (!im.set)
		return 0;
	h->set = true;
	if (!h->test.n)
		h->test = im.test;
	take_over(&h->interval, im.interval);
	take_over(&h->timeout, im.timeout);
	take_over(&h->start_period, im.start_period);
	take_over(&h->start_interval, im.start_interval);
	take_over(&h->retries, im.retries);
	if (!*h->on_failure)
		h->on_failure = im.on_failure;
	return 0;
}

void request_lists_health(struct json_w *w, const struct request_health *h)
{
	if (!h->set)
		return;
	json_w_obj(w, "Healthcheck");
	if (h->test.n)
		json_w_strs(w, "Test", &h->test);
	if (h->interval)
		json_w_int(w, "Interval", h->interval);
	if (h->timeout)
		json_w_int(w, "Timeout", h->timeout);
	if (h->start_period)
		json_w_int(w, "StartPeriod", h->start_period);
	if (h->start_interval)
		json_w_int(w, "StartInterval", h->start_interval);
	if (h->retries)
		json_w_int(w, "Retries", h->retries);
	if (*h->on_failure)
		json_w_str(w, "OnFailure", h->on_failure);
	json_w_end(w);
}

static int decode_policies(struct arena *a, const struct json *host, struct request *r,
			   struct err *e)
{
	const struct json *restart, *log;

	if (json_want_obj(host, "RestartPolicy", &restart, e) ||
	    json_want_obj(host, "LogConfig", &log, e) ||
	    json_want_str(restart, "Name", &r->restart, e) ||
	    json_want_int(restart, "MaximumRetryCount", &r->restart_max, e) ||
	    json_want_str(log, "Type", &r->log_driver, e) ||
	    json_want_map(log, "Config", a, &r->log_opts, e))
		return -1;
	return 0;
}

static int decode_throttles(struct arena *a, const struct json *host, const char *key,
			    const char *number, struct request_throttles *ret, struct err *e)
{
	const struct json *list = json_get(host, key), *v;
	struct json_iter it = json_iter(list);

	if (json_typeof(list) != JSON_NULL && json_typeof(list) != JSON_ARR)
		return err_set(e, ERR_INVALID, "%s: an array is needed", key);
	ret->v = arena_array(a, json_len(list) + 1, sizeof(*ret->v));
	while ((v = json_next(&it, NULL))) {
		struct request_throttle *t = &ret->v[ret->n++];

		t->path = "";
		if (json_want_str(v, "Path", &t->path, e) || json_want_int(v, number, &t->value, e))
			return err_wrap(e, "%s", key);
	}
	return 0;
}

static int decode_blkio(struct arena *a, const struct json *host, struct request *r, struct err *e)
{
	static const char *const keys[REQUEST_BLKIO_COUNT] = {
		[REQUEST_BLKIO_WEIGHT] = "BlkioWeightDevice",
		[REQUEST_BLKIO_READ_BPS] = "BlkioDeviceReadBps",
		[REQUEST_BLKIO_WRITE_BPS] = "BlkioDeviceWriteBps",
		[REQUEST_BLKIO_READ_IOPS] = "BlkioDeviceReadIOps",
		[REQUEST_BLKIO_WRITE_IOPS] = "BlkioDeviceWriteIOps",
	};

	for (int i = 0; i < REQUEST_BLKIO_COUNT; i++)
		if (decode_throttles(a, host, keys[i],
				     i == REQUEST_BLKIO_WEIGHT ? "Weight" : "Rate", &r->blkio[i],
				     e))
			return -1;
	return 0;
}

int request_lists_decode(struct arena *a, const struct json *config, const struct json *host,
			 struct request *r, struct err *e)
{
	if (decode_devices(a, host, r, e) || decode_ulimits(a, host, r, e) ||
	    decode_health(a, config, &r->health, e) || decode_policies(a, host, r, e))
		return -1;
	return decode_blkio(a, host, r, e);
}
