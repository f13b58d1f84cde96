/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help, made from the applets' tables in the look that Docker's users know.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_option(const struct option_def *o)
{
	char left[80];

	if (o->letter)
		snprintf(left, sizeof(left), "  -%c, --%s %s", o->letter, o->name,
			 o->arg ? o->arg : "");
	else
		snprintf(left, sizeof(left), "      --%s %s", o->name, o->arg ? o->arg : "");
	printf("%-36s  %s\n", left, o->help);
}

static int by_option(const void *a, const void *b)
{
	return strcmp((*(const struct option_def *const *)a)->name,
		      (*(const struct option_def *const *)b)->name);
}

/* By name: a table may go on in another one. */
static void print_options(const struct option_def *table)
{
	const struct option_def **list;
	size_t n = 0, i = 0;

	for (const struct option_def *o = option_skip(table); o; o = option_skip(o + 1))
		n++;
	if (!n)
		return;
	list = mem_alloc(n * sizeof(*list));
	for (const struct option_def *o = option_skip(table); o; o = option_skip(o + 1))
		list[i++] = o;
	qsort(list, n, sizeof(*list), by_option);
	printf("\nOptions:\n");
	for (i = 0; i < n; i++)
		print_option(list[i]);
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

void help_applet(const struct applet *a, const struct option_def *global)
{
	printf("Usage:  proa %s %s\n\n%s\n", a->name, a->usage, a->brief);
	if (a->alias)
		print_aliases(a);
	print_options(a->options);
	printf("\nGlobal Options:\n");
	for (const struct option_def *o = global; o->name; o++)
		print_option(o);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct applet *const *)a)->name,
		      (*(const struct applet *const *)b)->name);
}

/* The name under which an applet belongs to a group: its own, or the alias that begins so. */
static const char *name_in(const struct applet *a, const char *group, size_t n)
{
	const char *s = a->alias;

	if (!strncmp(a->name, group, n) && a->name[n] == ' ')
		return a->name;
	for (; s; s = strstr(s, ", "), s = s ? s + 2 : NULL)
		if (!strncmp(s, group, n) && s[n] == ' ')
			return s;
	return NULL;
}

void help_group(const char *words)
{
	size_t total = (size_t)(__stop_applets - __start_applets), n = 0, len = strlen(words);
	const struct applet **list = mem_alloc((total + 1) * sizeof(*list));

	for (size_t i = 0; i < total; i++)
		if (!(__start_applets[i].flags & APPLET_HIDDEN))
			list[n++] = &__start_applets[i];
	qsort(list, n, sizeof(*list), by_name);
	printf("Usage:  proa %s%sCOMMAND\n\nCommands:\n", words, len ? " " : "[OPTIONS] ");
	for (size_t i = 0; i < n; i++) {
		const char *name = len ? name_in(list[i], words, len) : list[i]->name;

		if (name)
			printf("  %-18.*s %s\n", (int)strcspn(name, ","), name, list[i]->brief);
	}
	printf("\nRun 'proa COMMAND --help' for more information on a command.\n");
	free(list);
}
