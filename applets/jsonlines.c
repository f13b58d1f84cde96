/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects are separated by line ends, as Docker's daemon sends them. The engine may be a remote
 * one, so a line is bounded like any input.
 */
#include "applets/jsonlines.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define MAX_LINE (1 << 20)

static int one(const char *line, size_t len, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v = json_parse(&a, line, len, MAX_LINE, "the engine's answer", e);
	const char *error;

	if (!v)
		return -1;
	error = json_str(json_get(v, "error"), NULL);
	if (error)
		return err_set(e, ERR_SYS, "%s", error);
	fputs(json_str(json_get(v, "stream"), ""), stdout);
	if (*json_str(json_get(v, "status"), ""))
		puts(json_str(json_get(v, "status"), ""));
	fflush(stdout);
	return 0;
}

int jsonlines_print(struct client_conn *cc, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	ssize_t n;

	do {
		char *end;

		n = http_read_body(cc->h, buf_reserve(&b, 16384), 16384, e);
		if (n < 0)
			return -1;
		buf_advance(&b, (size_t)n);
		while (b.len && (end = memchr(b.data, '\n', b.len))) {
			size_t len = (size_t)(end - b.data);

			if (strspn(b.data, " \t\r\n") < len && one(b.data, len, e))
				return -1;
			buf_consume(&b, len + 1);
		}
		if (b.len > MAX_LINE)
			return err_set(e, ERR_INVALID, "the engine's answer has a line over 1 MiB");
	} while (n);
	return b.len && strspn(b.data, " \t\r\n") < b.len ? one(b.data, b.len, e) : 0;
}
