/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Unix time, RFC 3339 (also without zone or time of day), or a duration before now: tried in this
 * order, as the filters of Docker take them. Durations are Go's: numbers with units, added up.
 */
#include "engine/until.h"
#include "base/stamp.h"
#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

int until_parse(const char *text, int64_t *ret, struct err *e)
{
	static const char *const rest[] = {"", "Z", ":00Z", ":00:00Z", "T00:00:00Z"};
	char *end, with[96];
	struct err ignored;
	double s = strtod(text, &end);
	int64_t ns;

	if (isdigit((unsigned char)*text) && !*end && s < 9e9) {
		*ret = (int64_t)(s * 1e9);
		return 0;
	}
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++) {
		snprintf(with, sizeof(with), "%.64s%s", text, rest[i]);
		if (!stamp_parse(with, ret, &ignored))
			return 0;
	}
	if (!units_duration(text, &ns) && ns >= 0) {
		*ret = stamp_now() - ns;
		return 0;
	}
	return err_set(e, ERR_INVALID,
		       "failed to parse value as time or duration: \"%.64s\": use a time stamp or "
		       "a duration like 24h",
		       text);
}
