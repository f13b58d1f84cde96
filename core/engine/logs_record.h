/* SPDX-License-Identifier: Apache-2.0 */
/* logs_record: one line of a json-file log. Nothing is allocated. */
#ifndef ENGINE_LOGS_RECORD_H
#define ENGINE_LOGS_RECORD_H

#include <stddef.h>

struct logs_record {
	const char *log; /* undone, with its line feed if it ends a line */
	size_t n;
	int stream; /* 1 or 2 */
	const char *attrs;
	size_t nattrs; /* the JSON object; 0: none */
	char time[36]; /* as it stands there */
};

/* text: a line without its line feed; room: n bytes for the log's text, which is put at its
 * beginning. -1: not a whole record. */
int logs_record_parse(const char *text, size_t n, char *room, struct logs_record *ret);

#endif
