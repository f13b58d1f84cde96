/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a client's side of a connection: heads, bodies, targets and queries. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/http.h"
#include "wire/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct http *h)
{
	const char *path, *query;
	char body[777];

	for (;;) {
		AUTO_ARENA a = ARENA_INIT;
		struct http_msg m;
		struct err e;

		if (http_read_head(h, &a, &m, &e) != 1)
			return;
		if (!target_path(&a, m.target, &path, &query, &e))
			target_query(&a, query, "filters", 0);
		http_header(&m, "Host");
		while (http_read_body(h, body, sizeof(body), &e) > 0)
			;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int sp[2];

	if (size > 100000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return 0;
	if (send(sp[1], data, size, MSG_NOSIGNAL) == (ssize_t)size) {
		struct http *h = http_new(sp[0], true);

		shutdown(sp[1], SHUT_WR);
		use(h);
		http_free(h);
	}
	close(sp[0]);
	close(sp[1]);
	return 0;
}
