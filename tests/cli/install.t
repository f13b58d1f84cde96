#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# proa install: one file and a link per command, from which each command works; again over itself.
. "$(dirname "$0")/../lib.sh"
need_proa

bin=$T/new/bin
run_is 0 "installs into a folder that it makes" proa install "$bin"
ok "the copy is the binary" cmp "$PROA" "$bin/proa"
is "$(stat -c %a "$bin/proa")" 755 "anybody may run it"
bad=
n=0
for link in "$bin"/proa-*; do
	n=$((n + 1))
	[ "$(readlink "$link")" = proa ] || bad="$bad $link"
done
is "$bad" "" "links are relative, to proa"
ok "there are links for the commands" test "$n" -ge 10
for name in run load images image-inspect shim init; do
	ok "proa-$name is there" test -L "$bin/proa-$name"
done

run_is 0 "a link is its command" "$bin/proa-images" --data-root "$D" --exec-root "$E"
like "$out" '^REPOSITORY' "proa-images prints the table"
run_is 0 "help by link" "$bin/proa-run" --help
like "$out" '^Usage:.*run' "proa-run --help is run's"

before=$(ls "$bin")
run_is 0 "installs over itself, from itself" "$bin/proa" install "$bin"
is "$(ls "$bin")" "$before" "nothing more and nothing less"
ok "and is whole" cmp "$PROA" "$bin/proa"

run proa install
ok "a folder is needed" test "$status" -ne 0
: >"$T/file"
run_is 1 "a file is no folder" proa install "$T/file"
one_line "which it says in one line"
if [ "$(id -u)" -eq 0 ]; then
	run_is 1 "where nothing can be made" proa install /proc/proa-install
	one_line "it says so in one line"
fi

done_testing
