/* SPDX-License-Identifier: Apache-2.0 */
/* For lists of labels, as volumes and networks have them; containers and images keep objects. */
#include "engine/labels.h"

#include <string.h>

static bool has(const struct strs *labels, const char *want)
{
	size_t n = strcspn(want, "=");

	for (size_t i = 0; i < labels->n; i++)
		if (want[n] ? !strcmp(labels->v[i], want)
			    : !strncmp(labels->v[i], want, n) && labels->v[i][n] == '=')
			return true;
	return false;
}

bool labels_fit(const struct strs *labels, const struct strs *want, const struct strs *never)
{
	for (size_t i = 0; i < want->n; i++)
		if (!has(labels, want->v[i]))
			return false;
	for (size_t i = 0; i < never->n; i++)
		if (has(labels, never->v[i]))
			return false;
	return true;
}
