/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa completion bash: a completion script written from the applets' tables. The script holds one
 * line per command: what it names (containers, images, volumes: asked for when they are wanted),
 * then its flags, "=" behind those that take a value. At run time it only looks up words; where it
 * knows none, and behind a flag's value, files are offered.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

static void flags(const struct option_def *table)
{
	for (const struct option_def *o = option_skip(table); o; o = option_skip(o + 1)) {
		const char *value = o->type == OPTION_BOOL ? "" : "=";

		printf(" --%s%s", o->name, value);
		if (o->letter)
			printf(" -%c%s", o->letter, value);
	}
}

static void command(const char *name, size_t n, const struct applet *a)
{
	static const char *const things[] = {"CONTAINER", "IMAGE", "VOLUME"};

	printf("\t[\"%.*s\"]=\"", (int)n, name);
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
		if (strstr(a->usage, things[i]) || strstr(a->usage, "NAME|ID"))
			printf("%s ", things[i]);
	flags(a->options);
	printf(" --help\"\n");
}

/* _proa_ask THING: the names there are. _proa: what Tab asks. A word with colons (an image's tag)
 * is several words to bash, of which only the last is replaced. */
static const char script[] =
	"_proa_ask() {\n"
	"\tlocal p=${COMP_WORDS[0]}\n"
	"\tcase $1 in\n"
	"\tCONTAINER) $p ps -a --format '{{.Names}}' ;;\n"
	"\tIMAGE) $p images --format '{{.Repository}}:{{.Tag}}' ;;\n"
	"\tVOLUME) $p volume ls -q ;;\n"
	"\tesac 2>/dev/null\n"
	"}\n"
	"_proa() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\"\" key flags prev=\"\" cmd=\"\" i w\n"
	"\tlocal line=${COMP_LINE:0:COMP_POINT}\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tprev=${COMP_WORDS[i]}\n"
	"\t\tif [[ -z $cmd && $prev == -* ]]; then\n"
	"\t\t\t[[ \" $_proa_global \" == *\" $prev= \"* ]] && ((i++))\n"
	"\t\telse\n"
	"\t\t\tcmd+=\"${cmd:+ }$prev\"\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tfor key in \"${!_proa_flags[@]}\"; do\n"
	"\t\tif [[ \"$cmd \" == \"$key \"* ]]; then\n"
	"\t\t\tflags=\"${_proa_flags[$key]} $_proa_global\"\n"
	"\t\t\t[[ \" $flags \" == *\" $prev= \"* || $cur == = || $prev == = ]] && continue\n"
	"\t\t\tfor w in $flags; do\n"
	"\t\t\t\tif [[ $w == -* ]]; then\n"
	"\t\t\t\t\t[[ $cur == -* ]] && words+=\" ${w%=}\"\n"
	"\t\t\t\telif [[ $cur != -* ]]; then\n"
	"\t\t\t\t\twords+=\" $(_proa_ask \"$w\")\"\n"
	"\t\t\t\tfi\n"
	"\t\t\tdone\n"
	"\t\telif [[ \"$key\" == \"${cmd:+$cmd }\"* ]]; then\n"
	"\t\t\tkey=${key#\"${cmd:+$cmd }\"}; words+=\" ${key%% *}\"\n"
	"\t\tfi\n"
	"\tdone\n"
	"\t[[ -z $cmd && $cur == -* ]] && words+=\" ${_proa_global//=/}\"\n"
	"\tlocal full=${line##*[[:space:]]}\n"
	"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$full\"))\n"
	"\t[[ $full == *:* ]] && COMPREPLY=(\"${COMPREPLY[@]#\"${full%\"${full##*:}\"}\"}\")\n"
	"\tif [[ ${#COMPREPLY[@]} -eq 0 && $cur != -* ]]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tlocal IFS=$'\\n'\n"
	"\t\tCOMPREPLY=($(compgen -f -- \"${cur#=}\"))\n"
	"\tfi\n"
	"}\n"
	"complete -F _proa proa docker\n";

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
	printf(")\n_proa_global=\"");
	flags(applet_globals);
	printf("\"\n");
	fputs(script, stdout);
	return 0;
}

APPLET(completion, .name = "completion", .usage = "SHELL",
       .brief = "Print a completion script for SHELL (bash)", .min_args = 1, .max_args = 1,
       .main = completion_main);
