#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# proa completion bash: the script is loaded into a bash and asked, as readline would.
. "$(dirname "$0")/../lib.sh"
need_proa
need_tool bash

run_is 0 "prints a script" proa completion bash
printf '%s\n' "$out" >"$T/complete.bash"
ok "bash accepts it" bash -n "$T/complete.bash"

# ask WORD...: what bash offers for the last word, one a line.
ask() {
	PATH=$T:$PATH bash -c '
		source "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		spec=$(complete -p proa) || exit 1
		fn=$(sed -n "s/.*-F \([^ ]*\).*/\1/p" <<<"$spec")
		"$fn" proa "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' ask "$T/complete.bash" "$@"
}

ln -s "$PROA" "$T/proa"
out=$(ask proa '')
for word in run load save images rmi; do
	like "$out" "^$word *\$" "offers $word"
done
unlike "$out" '^shim *$' "hidden commands are not offered"
out=$(ask proa im)
like "$out" '^images *$' "im: images"
unlike "$out" '^run *$' "im: not run"
out=$(ask proa run --memory)
like "$out" '^--memory *$' "flags of run"
out=$(ask proa run --)
like "$out" '^--read-only *$' "all flags of run"
out=$(ask proa image '')
like "$out" '^inspect *$' "second words"

run proa completion
ok "a shell must be named" test "$status" -ne 0
run_is 1 "a shell it does not know" proa completion tcsh
one_line "is named in one line"

done_testing
