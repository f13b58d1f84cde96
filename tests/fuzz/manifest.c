/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as each of the documents of an image; what is accepted keeps its promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/changes.h"
#include "image/manifest.h"
#include "image/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond)
{
	if (!cond)
		abort();
}

static void check_desc(const struct manifest_desc *d)
{
	must(store_is_hex(d->hex) && d->size >= 0 && d->media_type);
	must(strlen(d->platform.os) < sizeof(d->platform.os));
}

static void as_manifest(struct arena *a, const char *text, size_t n)
{
	struct platform p;
	struct manifest m;
	struct err e;

	if (manifest_parse(a, text, n, "fuzz", &m, &e)) {
		must(e.kind == ERR_INVALID && *e.text && !strchr(e.text, '\n'));
		return;
	}
	if (m.kind == MANIFEST_KIND_IMAGE) {
		check_desc(&m.config);
		must(m.n <= STORE_MAX_LAYERS);
	}
	for (size_t i = 0; i < m.n; i++)
		check_desc(&m.list[i]);
	platform_host(&p);
	manifest_choose(&m, &p, false, NULL, NULL);
}

static void as_config(struct arena *a, const char *text, size_t n)
{
	struct manifest_config c;
	struct err e;

	if (manifest_config_parse(a, text, n, "fuzz", &c, &e))
		return;
	must(c.diff_ids.n <= STORE_MAX_LAYERS && c.created >= 0);
	for (size_t i = 0; i < c.diff_ids.n; i++)
		must(store_is_hex(c.diff_ids.v[i]));
}

static void as_text(struct arena *a, const char *text, size_t n)
{
	char *s = arena_strndup(a, text, n), shown[96];
	struct changes c = {0};
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct platform p;
	struct err e;

	if (!platform_parse(s, &p, &e))
		platform_text(&p, shown, sizeof(shown));
	if (changes_apply(a, s, &c, &e))
		return;
	json_w_obj(&w, NULL);
	changes_write(&c, &w);
	json_w_end(&w);
	must(json_parse(a, b.data, b.len, 8 << 20, "changes", &e) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA a = ARENA_INIT;
	struct manifest_docker *list;
	size_t n;
	struct err e;
	const char *text = (const char *)data + 1;

	if (!size)
		return 0;
	size--;
	switch (data[0] & 3) {
	case 0:
		as_manifest(&a, text, size);
		break;
	case 1:
		as_config(&a, text, size);
		break;
	case 2:
		if (!manifest_docker_parse(&a, text, size, &list, &n, &e))
			for (size_t i = 0; i < n; i++)
				must(*list[i].config && list[i].layers.n <= STORE_MAX_LAYERS);
		break;
	default:
		if (!memchr(text, 0, size))
			as_text(&a, text, size);
	}
	return 0;
}
