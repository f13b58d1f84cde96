/* SPDX-License-Identifier: Apache-2.0 */
/*
 * save: images as one archive on stdout or in a file. The file appears by rename when it is whole,
 * so a cut never leaves half an archive under its name.
 */
#include "applets/applet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"
#include "wire/target.h"

#define CHUNK (256 << 10)

static const char *output, *format, *platform;

static const struct option_def save_options[] = {
	{.name = "format",
	 .type = OPTION_STR,
	 .value = &format,
	 .arg = "string",
	 .help = "docker-archive or oci-archive (default: both in one)"},
	{.name = "output",
	 .letter = 'o',
	 .type = OPTION_STR,
	 .value = &output,
	 .arg = "string",
	 .help = "Write to a file, instead of STDOUT"},
	{.name = "platform",
	 .type = OPTION_STR,
	 .value = &platform,
	 .arg = "string",
	 .help = "Save only the given platform: os/arch[/variant]"},
	{0},
};

static void make_target(struct applet_ctx *c, struct buf *b)
{
	buf_str(b, "/images/get?");
	for (int i = 0; i < c->argc; i++) {
		buf_str(b, i ? "&names=" : "names=");
		target_quote(b, c->argv[i]);
	}
	if (format) {
		buf_str(b, "&format=");
		target_quote(b, format);
	}
	if (platform) {
		buf_str(b, "&platform=");
		target_quote(b, platform);
	}
}

static int copy(struct client_conn *cc, int fd, struct err *e)
{
	AUTO_FREE char *buf = mem_alloc(CHUNK);
	ssize_t n;

	while ((n = http_read_body(cc->h, buf, CHUNK, e)) > 0)
		if (file_write_all(fd, buf, (size_t)n))
			return err_sys(e, "write %s", output ? output : "the archive");
	return n < 0 ? -1 : 0;
}

/* The temporary next to the file, or -1. Anything but a regular file is written in place. */
static int open_output(char *tmp, size_t size, struct err *e)
{
	struct stat st;
	char hex[17];
	int fd;

	*tmp = 0;
	if (!stat(output, &st) && !S_ISREG(st.st_mode)) {
		if (S_ISDIR(st.st_mode))
			return err_set(e, ERR_INVALID, "%s is a directory: name a file", output);
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

static int save_to(struct client_conn *cc, struct err *e)
{
	char tmp[4096];
	AUTO_FD int fd = -1;

	if (!output)
		return copy(cc, 1, e);
	fd = open_output(tmp, sizeof(tmp), e);
	if (fd < 0)
		return -1;
	if (copy(cc, fd, e)) {
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

static int save_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer answer;
	AUTO_BUF target = BUF_INIT;
	struct err e;
	int rc;

	if (!output && isatty(1)) {
		err_set(&e, ERR_INVALID,
			"cowardly refusing to save to a terminal. Use the -o flag or "
			"redirect");
		return applet_fail(&e, 1);
	}
	make_target(c, &target);
	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	rc = client_call(&cc, c->a, "GET", target.data, NULL, &answer, &e) || save_to(&cc, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(save, .name = "save", .alias = "image save", .usage = "[OPTIONS] IMAGE [IMAGE...]",
       .brief = "Save one or more images to an archive (streamed to STDOUT by default)",
       .options = save_options, .min_args = 1, .max_args = -1, .main = save_main);
