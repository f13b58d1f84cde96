#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# volume rm: what is used stays.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

proa volume create aaa >/dev/null
proa volume create bbb >/dev/null
id=$(proa create --network none -v bbb:/b busybox true 2>/dev/null) ||
	id=$(proa run -d --network none -v bbb:/b busybox true)
run_is 1 "a used one stays" proa volume rm bbb aaa
is "$err" "proa: remove bbb: volume is in use - [$id]" "and says by whom"
is "$out" aaa "the other goes"
run_is 1 "also with -f" proa volume rm -f bbb
run_is 1 "one that is not there" proa volume rm nosuch
is "$err" "proa: get nosuch: no such volume" "is named"
run_is 0 "but not for -f" proa volume rm -f nosuch
wait_for 20 proa rm -f "$id" || fail "rm"
run_is 0 "free now" proa volume rm bbb
wait_for 20 no_trash
is "$(ls "$D/volumes" "$D/trash")" "$D/trash:$nl$nl$D/volumes:" "nothing is left"
proa volume create ccc >/dev/null
echo damaged >"$D/volumes/ccc/volume.json"
run_is 1 "a damaged one" proa volume rm ccc
run_is 0 "goes by force" proa volume rm -f ccc
for n in ../containers . .. .rm ''; do
	run_is 1 "no name: '$n'" proa volume rm "$n"
done
done_testing
