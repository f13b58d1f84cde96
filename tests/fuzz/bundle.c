/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an OCI config.json: nothing may crash, and what is taken has a command and a root.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "container/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA a = ARENA_INIT;
	struct spec s = {.id = "fuzz"};
	struct bundle b;
	struct err e;

	log_set(LOG_ERROR, 2);
	if (bundle_parse(&a, (const char *)data, size, "/bundle", &s, &b, &e))
		return 0;
	if (!s.args.n || !s.dir || *s.dir != '/' || *s.cwd != '/')
		abort();
	for (size_t i = 0; i < s.nmounts; i++)
		if (*s.mounts[i].dest != '/' || !s.mounts[i].source)
			abort();
	return 0;
}
