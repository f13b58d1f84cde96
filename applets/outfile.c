/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file appears by rename when it is whole, so a cut never leaves half an archive under its
 * name.
 */
#include "applets/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"

#define CHUNK (256 << 10)

static int copy(struct client_conn *cc, int fd, const char *output, struct err *e)
{
	AUTO_FREE char *buf = mem_alloc(CHUNK);
	ssize_t n;

	while ((n = http_read_body(cc->h, buf, CHUNK, e)) > 0)
		if (file_write_all(fd, buf, (size_t)n))
			return err_sys(e, "write %s", output ? output : "the archive");
	return n < 0 ? -1 : 0;
}

/* The temporary next to the file, or -1. Anything but a regular file is written in place. */
static int open_output(const char *output, char *tmp, size_t size, struct err *e)
{
	struct stat st;
	char hex[17];
	int fd;

	*tmp = 0;
	if (!stat(output, &st) && !S_ISREG(st.st_mode)) {
		fd = open(output, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && isatty(fd)) {
			close(fd);
			return err_set(e, ERR_INVALID, "refusing to save to the terminal %s",
				       output);
		}
		return fd < 0 ? err_sys(e, "open %s", output) : fd;
	}
	rand_hex(hex, 16);
	if ((size_t)snprintf(tmp, size, "%s.%s.tmp", output, hex) >= size)
		return err_set(e, ERR_INVALID, "the output's name is too long");
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? err_sys(e, "make %s", output) : fd;
}

int outfile_check(const char *output, const char *what, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct stat st;
	char *dir, *slash;

	if (!output)
		return isatty(1) ? err_set(e, ERR_INVALID,
					   "cowardly refusing to save to a terminal. Use the -o "
					   "flag or redirect")
				 : 0;
	dir = arena_strdup(&a, output);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	if (stat(slash ? dir : ".", &st))
		return err_sys(e, "failed to %s: invalid output path: stat %s", what, dir);
	if (!stat(output, &st) && S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "failed to %s: cannot write to a directory", what);
	return 0;
}

int outfile_write(struct client_conn *cc, const char *output, struct err *e)
{
	char tmp[4096];
	AUTO_FD int fd = -1;

	if (!output)
		return copy(cc, 1, NULL, e);
	fd = open_output(output, tmp, sizeof(tmp), e);
	if (fd < 0)
		return -1;
	if (copy(cc, fd, output, e)) {
		if (*tmp)
			unlink(tmp);
		return -1;
	}
	if (*tmp && rename(tmp, output)) {
		err_sys(e, "put %s in place", output);
		unlink(tmp);
		return -1;
	}
	return 0;
}
