/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last digits are the FNV-1a hash of the stem: they are not to keep anything from anybody, only
 * to make the full length that clients expect.
 */
#include "base/id.h"
#include "base/rand.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

void id_new(char ret[ID_LEN + 1])
{
	char stem[ID_STEM + 1];

	rand_hex(stem, ID_STEM);
	id_complete(stem, ret);
}

void id_complete(const char *stem, char ret[ID_LEN + 1])
{
	uint32_t h = 2166136261u;

	for (int i = 0; i < ID_STEM; i++)
		h = (h ^ (unsigned char)stem[i]) * 16777619u;
	memcpy(ret, stem, ID_STEM);
	snprintf(ret + ID_STEM, ID_LEN - ID_STEM + 1, "%08x", h);
}
