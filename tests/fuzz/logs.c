/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a log file: read from its beginning or its end without harm. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/logs_file.h"
#include "engine/logs_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct logs_record r;
	struct logs_file f;
	const char *line;
	size_t n;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	logs_file_open(&f, fd);
	if (size && data[0] & 1)
		logs_file_tail(&f, data[0]);
	while (logs_file_line(&f, &line, &n)) {
		char *copy = malloc(n + 1), *room = malloc(n + 1); /* exact, for the sanitizer */

		memcpy(copy, line, n);
		if (!logs_record_parse(copy, n, room, &r))
			if (r.n > n || strlen(r.time) >= sizeof(r.time) || r.nattrs > n)
				abort();
		free(copy);
		free(room);
	}
	logs_file_close(&f);
	return 0;
}
