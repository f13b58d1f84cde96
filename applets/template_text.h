/* SPDX-License-Identifier: Apache-2.0 */
/* template_text: strings as Go reads, quotes, escapes and changes them. All lengths are in bytes.
 */
#ifndef APPLETS_TEMPLATE_TEXT_H
#define APPLETS_TEMPLATE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "applets/template_value.h"
#include "base/buf.h"
#include "base/mem.h"

/* The code point at s (n > 0), and how many bytes it takes; a byte that is no UTF-8 is U+FFFD. */
size_t template_text_rune(const char *s, size_t n, int64_t *ret);
void template_text_put(struct buf *b, int64_t rune);
size_t template_text_runes(const char *s, size_t n); /* how many */

/* "..." or '...' with its quotes; -1 with *ret_why. */
int template_text_unquote(struct arena *a, const char *s, size_t n, struct value *ret,
			  const char **ret_why);
/* Go's %q; ascii: nothing else is left. */
void template_text_quote(struct buf *b, const char *s, size_t n, char quote, bool ascii);

void template_text_html(struct buf *b, const char *s, size_t n);
void template_text_js(struct buf *b, const char *s, size_t n);
void template_text_url(struct buf *b, const char *s, size_t n);
/* 'u'pper, 'l'ower or 't'itle. Latin, Greek and Cyrillic letters. */
void template_text_case(struct buf *b, const char *s, size_t n, char how);

#endif
