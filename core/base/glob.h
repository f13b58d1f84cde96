/* SPDX-License-Identifier: Apache-2.0 */
/* glob: patterns as Docker's filters take them, which are those of Go's path.Match. */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>

/* True if the whole of s matches: '*' is any run and '?' any one character but '/', "[a-z]" and
 * "[^a-z]" are sets, '\' takes the next character as it is. Characters are UTF-8. A malformed
 * pattern matches nothing. Takes at most the product of both lengths. */
bool glob_match(const char *pattern, const char *s);

#endif
