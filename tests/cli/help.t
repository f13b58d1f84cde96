#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# help.t: what a person reads who does not know yet: help of all, of a group, of a command, and what
# a wrong word gets. Every command is found by one of them.
. "$(dirname "$0")/../lib.sh"
need_proa

run_is 0 "--help" proa --help
all=$out
like "$all" '^Containers:$' "containers have their section"
like "$all" '^Images:$' "and images"
like "$all" '^Networks:$' "and networks"
like "$all" '^Volumes:$' "and volumes"
ok "it fits one screen" test "$(printf '%s\n' "$all" | wc -l)" -le 60
is "$(printf '%s\n' "$all" | awk 'length > 100')" "" "and its width"
run_is 0 "help" proa help
is "$out" "$all" "is the same"
run_is 0 "no word at all" proa
is "$out" "$all" "is the same too"

# each command under the name it has as a file
for f in "$TOP"/applets/*.c; do
	name=$(sed -n 's/^APPLET([a-z_]*, \.name = "\([a-z ]*\)".*/\1/p' "$f")
	[ -n "$name" ] && ! grep -q APPLET_HIDDEN "$f" || continue
	case $name in
	*\ *) like "$all" "^  ${name% *} .*\b${name#* }\b" "$name is there" ;;
	*) like "$all" "^  $name " "$name is there" ;;
	esac
done

for group in container image network volume; do
	run_is 0 "$group" proa $group
	group_help=$out
	like "$out" "^Usage:  proa $group COMMAND" "its usage"
	for how in "$group --help" "$group -h" "help $group"; do
		run_is 0 "$how" proa $how
		is "$out" "$group_help" "is the same"
	done
	run_is 1 "$group nosuch" proa $group nosuch
	is "$out" "" "prints nothing"
	like "$err" "^proa: unknown command: $group nosuch" "and names it"
	like "$err" "^Run 'proa $group --help'" "and where to look"
done
run_is 0 "help of a command of two words" proa help volume ls
like "$out" '^Usage:  proa volume ls ' "is its own"
run_is 1 "help on what is not there" proa help nosuch
like "$err" '^proa: unknown command: nosuch' "is told"
run_is 1 "too many words" proa ps extra
like "$err" "^proa: 'proa ps' accepts no arguments" "where there should be none"

run_is 1 "too few" proa port
like "$err" "^proa: 'proa port' requires at least 1 and at most 2 arguments" "of a few"
run_is 1 "too few" proa stop
like "$err" "^proa: 'proa stop' requires at least 1 argument$" "of any number"

# the words of all options begin in one column
proa run --help | awk '/^Options:/ { on = 1 } /^Global/ { on = 0 }
	on && / --/ { match($0, / --[^ ]+( [^ ]+)?   +/); print RSTART + RLENGTH }' >"$T/columns"
ok "run has many options" test "$(wc -l <"$T/columns")" -gt 80
is "$(sort -u "$T/columns" | wc -l)" 1 "their words begin in one column"
# what Docker has and comes later is no typing error
for word in build pull push "image pull" version; do
	# shellcheck disable=SC2086
	run_is 1 "$word" proa $word
	like "$err" "^proa: '${word#image }' is not built yet" "  comes later"
done
run_is 1 "a piece of such a word" proa pul
like "$err" 'unknown command: pul$' "  is unknown"

done_testing
