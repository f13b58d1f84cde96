/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa completion bash: a completion script written from the applets' tables. The script holds one
 * line per command with its flags; at run time it only looks up words.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

static void command(const char *name, size_t n, const struct applet *a)
{
	printf("\t[\"%.*s\"]=\"", (int)n, name);
	for (const struct option_def *o = option_skip(a->options); o; o = option_skip(o + 1)) {
		printf("--%s ", o->name);
		if (o->letter)
			printf("-%c ", o->letter);
	}
	printf("--help\"\n");
}

static int completion_main(struct applet_ctx *c)
{
	if (strcmp(c->argv[0], "bash")) {
		fprintf(stderr, "proa: no completion for '%s': bash is what there is\n",
			c->argv[0]);
		return 1;
	}
	printf("# bash completion of proa; use: source <(proa completion bash)\n"
	       "declare -A _proa_flags=(\n");
	for (const struct applet *a = __start_applets; a < __stop_applets; a++) {
		if (a->flags & APPLET_HIDDEN)
			continue;
		command(a->name, strlen(a->name), a);
		for (const char *s = a->alias; s;) {
			size_t n = strcspn(s, ",");

			command(s, n, a);
			s = s[n] ? s + n + 2 : NULL;
		}
	}
	printf(")\n"
	       "_proa() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\"\" key\n"
	       "\tlocal cmd=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n"
	       "\tfor key in \"${!_proa_flags[@]}\"; do\n"
	       "\t\tif [[ \"$cmd \" == \"$key \"* ]]; then\n"
	       "\t\t\t[[ $cur == -* ]] && words+=\" ${_proa_flags[$key]}\"\n"
	       "\t\telif [[ \"$key \" == \"${cmd:+$cmd }\"* ]]; then\n"
	       "\t\t\tkey=${key#\"${cmd:+$cmd }\"}; words+=\" ${key%%%% *}\"\n"
	       "\t\tfi\n"
	       "\tdone\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	       "\t[[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$cur\"))\n"
	       "}\n"
	       "complete -F _proa proa docker\n");
	return 0;
}

APPLET(completion, .name = "completion", .usage = "SHELL",
       .brief = "Print a completion script for SHELL (bash)", .min_args = 1, .max_args = 1,
       .main = completion_main);
