/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel writes a blank, a tab, a newline and a backslash in a path as a backslash and three
 * octal digits, and nothing else so. The fields themselves are split by their readers, each of
 * which wants others.
 */
#include "base/mountinfo.h"

void mountinfo_unescape(char *field)
{
	const char *s = field;
	char *out = field;

	for (; *s; s++)
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*out++ = (char)((s[1] & 7) << 6 | (s[2] & 7) << 3 | (s[3] & 7));
			s += 3;
		} else {
			*out++ = *s;
		}
	*out = 0;
}
