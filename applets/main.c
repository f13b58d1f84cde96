/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the binary is called decides what it is. "proa" and "docker" take a command as their first
 * words ("run", "image ls"); a link named proa-<words joined by dashes> is that command;
 * "docker-init" is proa-init. Commands register themselves (applet.h), so adding one is adding a
 * file.
 */
#include "applets/applet.h"
#include "base/log.h"
#include "base/version.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	const char *host, *data_root, *exec_root, *storage_driver, *log_level, *cgroup_parent;
	bool local, debug, version;
} global;

const struct option_def applet_globals[] = {
	{"host", 'H', OPTION_STR, &global.host, "string", "Engine socket to connect to", NULL},
	{"local", 0, OPTION_BOOL, &global.local, NULL, "Use no daemon, even if one listens", NULL},
	{"data-root", 0, OPTION_STR, &global.data_root, "dir",
	 "What outlives a reboot (default " ENGINE_DATA_ROOT ")", NULL},
	{"exec-root", 0, OPTION_STR, &global.exec_root, "dir",
	 "What lives while something runs (default " ENGINE_EXEC_ROOT ")", NULL},
	{"storage-driver", 0, OPTION_STR, &global.storage_driver, "string",
	 "overlay, btrfs or vfs (default: the first that works)", NULL},
	{"log-level", 0, OPTION_STR, &global.log_level, "string",
	 "debug, info, warn or error (default warn)", NULL},
	{"debug", 'D', OPTION_BOOL, &global.debug, NULL, "The same as --log-level debug", NULL},
	{"version", 'v', OPTION_BOOL, &global.version, NULL, "Print the version and quit", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

int applet_fail(const struct err *e, int code)
{
	fprintf(stderr, "proa: %s\n", e->text);
	return code;
}

int applet_usage(const struct applet_ctx *c, const char *why)
{
	fprintf(stderr, "proa: %s\n", why);
	help_usage(c->self);
	return 125;
}

bool applet_confirmed(const char *what)
{
	char line[64];

	printf("WARNING! This will remove %s.\nAre you sure you want to continue? [y/N] ", what);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin)) {
		putchar('\n'); /* nobody ended the line with the answer */
		return false;
	}
	return !strcmp(line, "y\n") || !strcmp(line, "Y\n");
}

static const char *env_or(const char *value, const char *name)
{
	const char *v = value ? value : getenv(name);

	return v && *v ? v : NULL;
}

/* Options win over the environment. */
static int apply_globals(struct applet_ctx *c, struct err *e)
{
	enum log_level level = LOG_WARN;

	if (global.debug)
		level = LOG_DEBUG;
	if (global.log_level && log_parse(global.log_level, &level))
		return err_set(e, ERR_INVALID,
			       "unknown log level '%s': use debug, info, warn or error",
			       global.log_level);
	log_set(level, 2);
	c->client.host = env_or(global.host, "DOCKER_HOST");
	c->client.local = global.local;
	c->client.engine.data_root = env_or(global.data_root, "PROA_DATA_ROOT");
	c->client.engine.exec_root = env_or(global.exec_root, "PROA_EXEC_ROOT");
	c->client.engine.storage_driver = env_or(global.storage_driver, "PROA_STORAGE_DRIVER");
	c->client.engine.cgroup_parent = env_or(NULL, "PROA_CGROUP_PARENT");
	return 0;
}

/* Compares an applet's name ("image ls") with words joined by sep. Returns how many words. */
static int name_words(const char *name, size_t n, int argc, char **argv)
{
	int used = 0;
	size_t at = 0;

	while (at < n) {
		size_t len = strcspn(name + at, " ,");

		if (used == argc || strlen(argv[used]) != len ||
		    strncmp(name + at, argv[used], len))
			return 0;
		used++;
		at += len + 1;
	}
	return used;
}

/* The applet with the longest name or alias that argv begins with. */
static const struct applet *find(int argc, char **argv, int *ret_used)
{
	const struct applet *best = NULL;

	*ret_used = 0;
	for (const struct applet *a = __start_applets; a < __stop_applets; a++) {
		int used = name_words(a->name, strlen(a->name), argc, argv);

		for (const char *s = a->alias; s && !used;) {
			size_t n = strcspn(s, ",");

			used = name_words(s, n, argc, argv);
			s = s[n] ? s + n + 2 : NULL;
		}
		if (used > *ret_used) {
			*ret_used = used;
			best = a;
		}
	}
	return best;
}

/* In Docker's words: how many arguments it should have been. */
static void say_count(const struct applet *a, int argc, char *ret, size_t size)
{
	int min = a->min_args, max = a->max_args, n = argc < min ? min : max;

	if (!max)
		snprintf(ret, size, "'proa %s' accepts no arguments", a->name);
	else if (max > min && min)
		snprintf(ret, size, "'proa %s' requires at least %d and at most %d arguments",
			 a->name, min, max);
	else
		snprintf(ret, size, "'proa %s' %s %d argument%s", a->name,
			 max == min   ? "requires"
			 : argc < min ? "requires at least"
				      : "accepts at most",
			 n, n == 1 ? "" : "s");
}

static int run_applet(struct applet_ctx *c, int argc, char **argv)
{
	char why[256];
	struct err e;
	int rc;

	if (c->self->flags & APPLET_HIDDEN) {
		c->argc = argc;
		c->argv = argv;
		return c->self->main(c);
	}
	rc = option_parse(c, c->self->options, applet_globals, argc, argv, &e);
	if (rc == 1) {
		help_applet(c->self);
		return 0;
	}
	if (rc || apply_globals(c, &e))
		return applet_usage(c, e.text);
	if (c->argc < c->self->min_args ||
	    (c->self->max_args >= 0 && c->argc > c->self->max_args)) {
		say_count(c->self, c->argc, why, sizeof(why));
		applet_usage(c, why);
		return 1;
	}
	return c->self->main(c);
}

/* Words of Docker that are no typing errors: who knows them is told that they come later. */
static bool later(const char *word)
{
	static const char words[] = " build buildx compose events info login logout pull push "
				    "search swarm system version ";
	size_t n = strlen(word);

	for (const char *p = words; *word > ' ' && (p = strstr(p, word)); p++)
		if (p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

static int unknown_command(int argc, char **argv)
{
	bool group = help_is_group(argv[0]);
	const char *word = group && argc > 1 ? argv[1] : argv[0];

	if (later(word)) {
		fprintf(stderr, "proa: '%s' is not built yet%s\n", word,
			strcmp(word, "pull") ? "" : ": bring the image here with 'proa load'");
		return 1;
	}
	fprintf(stderr,
		"proa: unknown command: %s%s%s\n\nRun 'proa %s%s--help' for more information\n",
		argv[0], group && argc > 1 ? " " : "", group && argc > 1 ? argv[1] : "",
		group ? argv[0] : "", group ? " " : "");
	return 1;
}

/* What is there on a command, a group of them, or all. */
static int help_on(struct applet_ctx *c, int argc, char **argv)
{
	int used;

	c->self = argc ? find(argc, argv, &used) : NULL;
	if (c->self)
		help_applet(c->self);
	else if (!argc)
		help_all();
	else if (argc == 1 && help_is_group(argv[0]))
		help_group(argv[0]);
	else
		return unknown_command(argc, argv);
	return 0;
}

/* proa [global options] COMMAND ... */
static int command_line(struct applet_ctx *c, int argc, char **argv)
{
	struct err e;
	int used, rc = option_parse(c, NULL, applet_globals, argc, argv, &e);

	if (rc < 0) {
		fprintf(stderr, "proa: %s\n\nRun 'proa --help' for more information\n", e.text);
		return 125;
	}
	if (global.version) {
		printf("proa version " PROA_VERSION " (API " PROA_API_VERSION ")\n");
		return 0;
	}
	argc = c->argc;
	argv = c->argv;
	if (argc && !strcmp(argv[0], "help"))
		return help_on(c, argc - 1, argv + 1);
	if (rc == 1 || !argc)
		return help_on(c, argc, argv);
	c->self = find(argc, argv, &used);
	if (!c->self && help_is_group(argv[0]) &&
	    (argc == 1 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return help_on(c, 1, argv);
	if (!c->self)
		return unknown_command(argc, argv);
	return run_applet(c, argc - used, argv + used);
}

/* proa-image-ls is "image ls": the name is cut at dashes until an applet matches. */
static int by_link(struct applet_ctx *c, const char *name, int argc, char **argv)
{
	struct strs words = {0};
	char *copy = arena_strdup(c->a, name), *save = NULL;
	int used;

	c->self = find(1, (char *[]){copy, NULL}, &used);
	if (!c->self) {
		for (char *w = strtok_r(copy, "-", &save); w; w = strtok_r(NULL, "-", &save))
			strs_add(c->a, &words, w);
		c->self = find((int)words.n, words.v, &used);
		if (!c->self || (size_t)used != words.n) {
			fprintf(stderr, "proa: there is no command for the name proa-%s\n", name);
			return 1;
		}
	}
	return run_applet(c, argc - 1, argv + 1);
}

/* A caller that closed 0, 1 or 2 must not make the next file opened one of them. */
static void guard_stdio(void)
{
	int fd;

	do
		fd = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

int main(int argc, char **argv)
{
	AUTO_ARENA a = ARENA_INIT;
	struct applet_ctx c = {.a = &a};
	const char *slash, *name;

	guard_stdio();
	if (argc < 1)
		return 125;
	slash = strrchr(argv[0], '/');
	name = slash ? slash + 1 : argv[0];
	if (!strcmp(name, "docker-init"))
		name = "proa-init";
	if (!strncmp(name, "proa-", 5))
		return by_link(&c, name + 5, argc, argv);
	return command_line(&c, argc - 1, argv + 1);
}
