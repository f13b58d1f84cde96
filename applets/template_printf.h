/* SPDX-License-Identifier: Apache-2.0 */
/* template_printf: fmt.Sprintf over values. Wrong uses show in the output, as in Go: %!d(string=x).
 */
#ifndef APPLETS_TEMPLATE_PRINTF_H
#define APPLETS_TEMPLATE_PRINTF_H

#include <stddef.h>

#include "applets/template_value.h"

/* -1 if the text would grow over max bytes. */
int template_printf(struct buf *b, const char *fmt, size_t len, const struct value *args, int n,
		    size_t max);

#endif
