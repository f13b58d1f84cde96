/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: an archive or a directory (OCI layout, unpacked docker-archive) to the engine. A directory
 * is sent as a tar that a child writes into a pipe: the engine, which may be on another machine,
 * knows streams only.
 */
#include "applets/applet.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/jsonlines.h"
#include "base/file.h"
#include "image/pack.h"
#include "wire/target.h"

static const char *input, *platform;
static bool quiet;

static const struct option_def load_options[] = {
	{.name = "input",
	 .letter = 'i',
	 .type = OPTION_STR,
	 .value = &input,
	 .arg = "string",
	 .help = "Read from an archive or a directory, instead of STDIN"},
	{.name = "platform",
	 .type = OPTION_STR,
	 .value = &platform,
	 .arg = "string",
	 .help = "Load only the given platform: os/arch[/variant]"},
	{.name = "quiet",
	 .letter = 'q',
	 .type = OPTION_BOOL,
	 .value = &quiet,
	 .help = "Suppress the load output"},
	{0},
};

static int write_pipe(void *ctx, const void *data, size_t n, struct err *e)
{
	return file_write_all(*(int *)ctx, data, n) ? err_sys(e, "send the directory") : 0;
}

/* Returns the read end of a pipe on which a child packs the directory. */
static int pack_directory(int dir, pid_t *ret_pid, struct err *e)
{
	struct pack_opts o = {.diff = 0};
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return err_sys(e, "make a pipe");
	*ret_pid = fork();
	if (*ret_pid < 0) {
		close(p[0]);
		close(p[1]);
		return err_sys(e, "fork");
	}
	if (!*ret_pid) {
		struct err why;

		close(p[0]);
		if (!pack_tree(dir, &o, write_pipe, &p[1], &why))
			_exit(0);
		_exit(applet_fail(&why, 1));
	}
	close(p[1]);
	return p[0];
}

static int open_input(pid_t *pid, struct err *e)
{
	AUTO_FD int fd = -1;
	struct stat st;

	if (!input) {
		if (isatty(0))
			return err_set(
				e, ERR_INVALID,
				"requested load from stdin, but stdin is empty: give -i FILE or "
				"redirect");
		return fcntl(0, F_DUPFD_CLOEXEC, 3);
	}
	fd = open(input, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", input);
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		return pack_directory(fd, pid, e);
	return fd_steal(&fd);
}

static int send_archive(struct applet_ctx *c, int fd, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer answer;
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_printf(&target, "/images/load?quiet=%d", quiet);
	if (platform) {
		buf_str(&target, "&platform=");
		target_quote(&target, platform);
	}
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_upload(&cc, c->a, "POST", target.data, "application/x-tar", fd, &answer, e) ||
			     jsonlines_print(&cc, e)
		     ? -1
		     : 0;
	client_close(&cc);
	return rc;
}

static int load_main(struct applet_ctx *c)
{
	struct err e;
	pid_t pid = 0;
	int status = 0, rc;
	AUTO_FD int fd = open_input(&pid, &e);

	if (fd < 0)
		return applet_fail(&e, 1);
	rc = send_archive(c, fd, &e);
	fd_autoclose(&fd);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return 1; /* the child has said why */
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(load, .name = "load", .alias = "image load", .usage = "[OPTIONS]",
       .brief = "Load images from an archive, a directory or STDIN", .options = load_options,
       .min_args = 0, .max_args = 0, .main = load_main);
