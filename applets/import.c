/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: a tar of a root file system becomes an image. The file is read here and streamed, so it
 * works the same on a remote engine. URLs are not fetched: pipe what curl gets into `import -`.
 */
#include "applets/applet.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/jsonlines.h"
#include "wire/target.h"

static struct strs changes;
static const char *message, *platform;

static const struct option_def import_options[] = {
	{.name = "change",
	 .letter = 'c',
	 .type = OPTION_LIST,
	 .value = &changes,
	 .arg = "list",
	 .help = "Apply Dockerfile instruction to the created image"},
	{.name = "message",
	 .letter = 'm',
	 .type = OPTION_STR,
	 .value = &message,
	 .arg = "string",
	 .help = "Set commit message for imported image"},
	{.name = "platform",
	 .type = OPTION_STR,
	 .value = &platform,
	 .arg = "string",
	 .help = "Set platform of the image: os/arch[/variant]"},
	{0},
};

static void add(struct buf *b, const char *key, const char *value)
{
	if (!value)
		return;
	buf_printf(b, "&%s=", key);
	target_quote(b, value);
}

static int open_source(const char *name, struct err *e)
{
	int fd;

	if (!strcmp(name, "-"))
		return fcntl(0, F_DUPFD_CLOEXEC, 3);
	if (!strncmp(name, "http://", 7) || !strncmp(name, "https://", 8))
		return err_set(
			e, ERR_UNSUPPORTED,
			"import does not fetch URLs: pipe the download into \"proa import -\"");
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s", name) : fd;
}

static int import_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer answer;
	AUTO_BUF target = BUF_INIT;
	AUTO_FD int fd = -1;
	struct err e;
	int rc;

	buf_str(&target, "/images/create?fromSrc=-");
	add(&target, "repo", c->argc > 1 ? c->argv[1] : NULL);
	add(&target, "message", message);
	add(&target, "platform", platform);
	for (size_t i = 0; i < changes.n; i++)
		add(&target, "changes", changes.v[i]);
	fd = open_source(c->argv[0], &e);
	if (fd < 0 || client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	rc = client_upload(&cc, c->a, "POST", target.data, "application/x-tar", fd, &answer, &e) ||
	     jsonlines_print(&cc, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(import, .name = "import", .alias = "image import",
       .usage = "[OPTIONS] file|- [REPOSITORY[:TAG]]",
       .brief = "Import the contents from a tarball to create a filesystem image",
       .options = import_options, .min_args = 1, .max_args = 2, .main = import_main);
