/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts are Docker's client's: a rate is checked here, whether there is such a device is the
 * engine's to say.
 */
#include "applets/runvalues_block.h"
#include "applets/applet.h"
#include "base/units.h"

#include <string.h>

static bool is_access(const char *s)
{
	return *s && strspn(s, "rwm") == strlen(s);
}

static int one_device(struct arena *a, struct json_w *w, const char *text, struct err *e)
{
	char *copy = arena_strdup(a, text), *part[3] = {copy, NULL, NULL};
	const char *dest, *access = "rwm";
	int n = 1;

	for (char *p = copy; (p = strchr(p, ':'));) {
		*p++ = 0;
		if (n == 3)
			return err_set(e, ERR_INVALID, "bad format for path: %s", text);
		part[n++] = p;
	}
	dest = part[0];
	if (n == 3) {
		dest = part[1];
		access = part[2];
	} else if (n == 2 && is_access(part[1])) {
		access = part[1];
	} else if (n == 2) {
		dest = part[1];
	}
	if (!*part[0])
		return err_set(e, ERR_INVALID, "bad format for path: %s", text);
	if (!is_access(access))
		return err_set(e, ERR_INVALID, "bad mode specified: %s", access);
	for (int i = 0; i < 2; i++)
		if (*(i ? dest : part[0]) != '/')
			return err_set(e, ERR_INVALID, "%s is not an absolute path",
				       i ? dest : part[0]);
	json_w_obj(w, NULL);
	json_w_str(w, "PathOnHost", part[0]);
	json_w_str(w, "PathInContainer", dest);
	json_w_str(w, "CgroupPermissions", access);
	json_w_end(w);
	return 0;
}

int runvalues_block_devices(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	if (!v->n)
		return 0;
	json_w_arr(w, "Devices");
	for (size_t i = 0; i < v->n; i++)
		if (one_device(a, w, v->v[i], e))
			return -1;
	json_w_arr_end(w);
	return 0;
}

static int split(const char *text, size_t *ret_path, const char **ret_value, struct err *e)
{
	const char *colon = strchr(text, ':');

	if (!colon || colon == text)
		return err_set(e, ERR_INVALID, "bad format: %s", text);
	if (strncmp(text, "/dev/", 5))
		return err_set(e, ERR_INVALID, "bad format for device path: %s", text);
	*ret_path = (size_t)(colon - text);
	*ret_value = colon + 1;
	return 0;
}

static int parse_rate(const char *text, enum runvalues_block kind, const char *value, int64_t *ret,
		      struct err *e)
{
	switch (kind) {
	case RUNVALUES_BLOCK_WEIGHT:
		if (!units_number(value, 0, 1000, ret) && (!*ret || *ret >= 10))
			return 0;
		return err_set(e, ERR_INVALID, "invalid weight for device: %s", text);
	case RUNVALUES_BLOCK_READ_BPS:
	case RUNVALUES_BLOCK_WRITE_BPS:
		if (!units_bytes(value, ret))
			return 0;
		return err_set(e, ERR_INVALID,
			       "invalid rate for device: %s. The correct format is "
			       "<device-path>:<number>[<unit>]. Number must be a positive integer. "
			       "Unit is optional and can be kb, mb, or gb",
			       text);
	case RUNVALUES_BLOCK_READ_IOPS:
	case RUNVALUES_BLOCK_WRITE_IOPS:
		if (!units_number(value, 0, INT64_MAX, ret))
			return 0;
	}
	return err_set(e, ERR_INVALID,
		       "invalid rate for device: %s. The correct format is "
		       "<device-path>:<number>. Number must be a positive integer",
		       text);
}

int runvalues_block_rates(struct json_w *w, enum runvalues_block kind, const struct strs *v,
			  struct err *e)
{
	static const struct {
		const char *key, *flag;
	} names[] = {
		[RUNVALUES_BLOCK_WEIGHT] = {"BlkioWeightDevice", "--blkio-weight-device"},
		[RUNVALUES_BLOCK_READ_BPS] = {"BlkioDeviceReadBps", "--device-read-bps"},
		[RUNVALUES_BLOCK_WRITE_BPS] = {"BlkioDeviceWriteBps", "--device-write-bps"},
		[RUNVALUES_BLOCK_READ_IOPS] = {"BlkioDeviceReadIOps", "--device-read-iops"},
		[RUNVALUES_BLOCK_WRITE_IOPS] = {"BlkioDeviceWriteIOps", "--device-write-iops"},
	};

	if (!v->n)
		return 0;
	json_w_arr(w, names[kind].key);
	for (size_t i = 0; i < v->n; i++) {
		const char *value;
		size_t n;
		int64_t rate;

		if (split(v->v[i], &n, &value, e) || parse_rate(v->v[i], kind, value, &rate, e))
			return option_bad(names[kind].flag, v->v[i], e);
		json_w_obj(w, NULL);
		json_w_strn(w, "Path", v->v[i], n);
		json_w_int(w, kind == RUNVALUES_BLOCK_WEIGHT ? "Weight" : "Rate", rate);
		json_w_end(w);
	}
	json_w_arr_end(w);
	return 0;
}
