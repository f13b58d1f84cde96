/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help, made from the applets' tables in the look that Docker's users know.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static size_t left_width(const struct option_def *o)
{
	return strlen(o->name) + (o->arg ? 1 + strlen(o->arg) : 0);
}

/* Prints text; on a terminal it is folded, with what follows below its beginning. For a pipe each
 * option is one line, so that grep finds the whole of it. */
static void print_folded(const char *text, size_t indent, size_t columns)
{
	size_t room = columns > indent + 20 ? columns - indent - 1 : SIZE_MAX;

	while (strlen(text) > room) {
		size_t n = room;

		while (n && text[n] != ' ')
			n--;
		if (!n)
			break;
		printf("%.*s\n%*s", (int)n, text, (int)indent, "");
		text += n + 1;
	}
	printf("%s\n", text);
}

static void print_option(const struct option_def *o, size_t width, size_t columns)
{
	char letter[8] = "    ";
	int pad = (int)(width - left_width(o));

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	printf("  %s--%s%s%s%*s   ", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "", pad,
	       "");
	print_folded(o->help, 2 + 4 + 2 + width + 3, columns);
}

/* The width of the terminal that stdout is; 0: it is none. */
static size_t terminal_columns(void)
{
	struct winsize ws;

	return ioctl(1, TIOCGWINSZ, &ws) ? 0 : ws.ws_col;
}

static int by_option(const void *a, const void *b)
{
	return strcmp((*(const struct option_def *const *)a)->name,
		      (*(const struct option_def *const *)b)->name);
}

/* By name: a table may go on in another one. */
static void print_options(const char *title, const struct option_def *table)
{
	size_t n = 0, i = 0, width = 0, columns = terminal_columns();
	const struct option_def **list;

	for (const struct option_def *o = option_skip(table); o; o = option_skip(o + 1)) {
		n++;
		if (left_width(o) > width)
			width = left_width(o);
	}
	if (!n)
		return;
	list = mem_alloc(n * sizeof(*list));
	for (const struct option_def *o = option_skip(table); o; o = option_skip(o + 1))
		list[i++] = o;
	qsort(list, n, sizeof(*list), by_option);
	printf("\n%s:\n", title);
	for (i = 0; i < n; i++)
		print_option(list[i], width, columns);
	free(list);
}

void help_usage(const struct applet *a)
{
	fprintf(stderr, "\nUsage:  proa %s %s\n\nRun 'proa %s --help' for more information\n",
		a->name, a->usage, a->name);
}

static void print_aliases(const struct applet *a)
{
	printf("\nAliases:\n  proa %s", a->name);
	for (const char *s = a->alias; *s; s += strspn(s, ", ")) {
		size_t n = strcspn(s, ",");

		printf(", proa %.*s", (int)n, s);
		s += n;
	}
	printf("\n");
}

void help_applet(const struct applet *a)
{
	printf("Usage:  proa %s %s\n\n%s\n", a->name, a->usage, a->brief);
	if (a->alias)
		print_aliases(a);
	print_options("Options", a->options);
	print_options("Global Options", applet_globals);
}

/* The name of two words an applet has: its own, or an alias; NULL: it has none. */
static const char *two_words(const struct applet *a)
{
	const char *s = a->name;

	if (strchr(s, ' '))
		return s;
	for (s = a->alias; s && s[strcspn(s, " ,")] != ' ';)
		s = strstr(s, ", ") ? strstr(s, ", ") + 2 : NULL;
	return s;
}

/* The word under which an applet stands in a group (its length in *ret), or NULL. */
static const char *word_in(const struct applet *a, const char *group, int *ret)
{
	const char *s = a->flags & APPLET_HIDDEN ? NULL : two_words(a);
	size_t n = strlen(group);

	if (!s || strncmp(s, group, n) || s[n] != ' ')
		return NULL;
	*ret = (int)strcspn(s + n + 1, ",");
	return s + n + 1;
}

struct row {
	const char *name, *brief;
	int len; /* of the name; -1: all of it */
};

static int by_row(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

static void print_rows(struct row *rows, size_t n)
{
	qsort(rows, n, sizeof(*rows), by_row);
	for (size_t i = 0; i < n; i++)
		printf("  %-11.*s %s\n", rows[i].len, rows[i].name, rows[i].brief);
}

/* The commands of a group that have no shorter name, on one line. */
static void print_longer(const char *group, struct row *rows, size_t n)
{
	if (!n)
		return;
	qsort(rows, n, sizeof(*rows), by_row);
	printf("  %-11s ", group);
	for (size_t i = 0; i < n; i++)
		printf("%s%.*s", i ? ", " : "", rows[i].len, rows[i].name);
	printf("\n");
}

/* A group's commands by their short names; "": those in none of the groups. */
static void print_section(const char *title, const char *group, struct row *rows)
{
	size_t n = 0, total = (size_t)(__stop_applets - __start_applets), nlonger = 0;
	struct row *longer = rows + total;

	for (const struct applet *a = __start_applets; a < __stop_applets; a++) {
		const char *in;
		int len;

		if (a->flags & APPLET_HIDDEN || (!*group && two_words(a)))
			continue;
		if (!*group || (word_in(a, group, &len) && !strchr(a->name, ' ')))
			rows[n++] = (struct row){a->name, a->brief, -1};
		else if ((in = word_in(a, group, &len)))
			longer[nlonger++] = (struct row){in, a->brief, len};
	}
	if (!n && !nlonger)
		return;
	printf("\n%s:\n", title);
	print_rows(rows, n);
	print_longer(group, longer, nlonger);
}

bool help_is_group(const char *word)
{
	int len;

	for (const struct applet *a = __start_applets; a < __stop_applets; a++)
		if (word_in(a, word, &len))
			return true;
	return false;
}

void help_group(const char *group)
{
	size_t n = 0, total = (size_t)(__stop_applets - __start_applets);
	struct row *rows = mem_alloc(total * sizeof(*rows));

	for (const struct applet *a = __start_applets; a < __stop_applets; a++) {
		struct row *r = &rows[n];

		if ((r->name = word_in(a, group, &r->len))) {
			r->brief = a->brief;
			n++;
		}
	}
	printf("Usage:  proa %s COMMAND\n\nManage %ss\n\nCommands:\n", group, group);
	print_rows(rows, n);
	printf("\nRun 'proa %s COMMAND --help' for more information on a command.\n", group);
	free(rows);
}

void help_all(void)
{
	size_t total = (size_t)(__stop_applets - __start_applets);
	struct row *rows = mem_alloc(2 * total * sizeof(*rows));

	printf("Usage:  proa [OPTIONS] COMMAND\n\n"
	       "Docker's containers and images in one binary, without a daemon\n");
	print_section("Containers", "container", rows);
	print_section("Images", "image", rows);
	print_section("Networks", "network", rows);
	print_section("Volumes", "volume", rows);
	print_section("More", "", rows);
	free(rows);
	printf("\nOptions:");
	for (const struct option_def *o = applet_globals; o->name; o++)
		printf(" --%s", o->name);
	printf("\n\nRun 'proa COMMAND --help' for more information on a command and the "
	       "options.\n");
}
