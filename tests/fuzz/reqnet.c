/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what is asked of networks: the JSON of a create request, whose endpoints are written
 * and read again as the same, or a -p, whose ports are then as many as its ranges are long. The
 * parser of -p is part of applets/, hence the include.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "applets/runvalues_ports.c"
#include "engine/reqnet.h"

#define JSON_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text_of(struct buf *b, const struct reqnet_endpoint *p)
{
	struct json_w w = JSON_W(b);

	reqnet_write(&w, NULL, p);
}

static void again(struct arena *a, const struct reqnet_endpoint *p)
{
	AUTO_BUF one = BUF_INIT;
	AUTO_BUF two = BUF_INIT;
	struct reqnet_endpoint q;
	const struct json *v;
	struct err e;

	text_of(&one, p);
	v = json_parse(a, one.data, one.len, JSON_MAX * 8, "endpoint", &e);
	if (!v || reqnet_endpoint(a, p->network, v, &q, &e))
		abort();
	text_of(&two, &q);
	if (one.len != two.len || memcmp(one.data, two.data, one.len))
		abort();
}

static void as_json(struct arena *a, const uint8_t *data, size_t size)
{
	struct reqnet r;
	struct err e;
	const struct json *v = json_parse(a, (const char *)data, size, JSON_MAX, "body", &e);

	if (!v ||
	    reqnet_decode(a, v, json_get(v, "HostConfig"), json_get(v, "NetworkingConfig"), &r, &e))
		return;
	for (size_t i = 0; i < r.nports; i++)
		if (r.ports[i].high < r.ports[i].low)
			abort();
	for (size_t i = 0; i < r.nendpoints; i++)
		again(a, &r.endpoints[i]);
}

static void as_flag(struct arena *a, const uint8_t *data, size_t size)
{
	char *text = arena_strndup(a, (const char *)data, size);
	struct strs one = {.v = &text, .n = 1}, none = {0};
	struct runvalues_ports r;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct reqnet back;
	struct err e;
	const struct json *v;

	if (runvalues_ports_parse(a, &one, &none, &r, &e))
		return;
	json_w_obj(&w, NULL);
	runvalues_ports_bindings(&w, &r);
	json_w_end(&w);
	v = json_parse(a, b.data, b.len, JSON_MAX * 8, "bindings", &e);
	if (!v || reqnet_decode(a, NULL, v, NULL, &back, &e) || back.nports != r.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA a = ARENA_INIT;

	if (size && *data == '{')
		as_json(&a, data, size);
	else if (size)
		as_flag(&a, data, size);
	return 0;
}
