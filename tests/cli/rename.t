#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rename.t: another name for a container, whether it runs or not.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "one name" proa rename aa
like "$err" "'proa rename' requires 2 arguments" "is too few"
proa create --name aa --network none busybox true >/dev/null
id=$(proa run -d --name bb --network none busybox sleep 1000)
run_is 0 "rename" proa rename aa cc
is "$out$err" "" "says nothing"
is "$(ls "$D/names")" "bb${nl}cc" "there is the new name and not the old one"
run_is 0 "one that runs, by its ID" proa rename "$id" dd
run_is 1 "the old name is unknown" proa kill bb
run_is 0 "the new one works" proa kill dd
run_is 1 "a name that is taken" proa rename cc dd
like "$err" 'name "/dd" is already in use by container' "is told with whose it is"
run_is 0 "the old one is free" proa create --name aa --network none busybox true
run_is 1 "a bad name" proa rename cc a/b
like "$err" 'Invalid container name \(/a/b\)' "is refused"
run_is 1 "an empty one" proa rename cc ""
run_is 1 "its own" proa rename cc cc
run_is 1 "one that is missing" proa rename nosuch ee
is "$err" "proa: No such container: nosuch" "is told"
is "$(ls "$D/names")" "aa${nl}cc${nl}dd" "and nothing has changed"
proa rm -f aa cc dd >/dev/null
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
