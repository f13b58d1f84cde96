#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# attach.t: the streams of a container that runs (detach.t: the keys, and on a terminal).
# timeout: 60
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
mkfifo "$T/ready" "$T/in"

run_is 1 "without a name" proa attach
like "$err" "'proa attach' requires 1 argument" "is told"
run_is 1 "one that is missing" proa attach nosuch
is "$err" "proa: No such container: nosuch" "is told"
proa create --name aa -i -v "$T:/f" --network none busybox \
	sh -c 'while read l; do echo "out $l"; echo "err $l" >&2; done; echo >/f/ready; exit 5' >/dev/null
run_is 1 "one that does not run" proa attach aa
is "$err" "proa: You cannot attach to a stopped container, start it first" "is told"
ask=${BUILD:-$PROA_TESTS/../build}/static/tests/unit/execs
[ -x "$ask" ] || bail "no $ask: run make unit TESTS=execs"
is "$("$ask" ask "$D" "$E" POST '/containers/aa/attach?stream=1&stdout=1&running=1' | head -n 1)" 409 \
	"nor is one waited for that has ended since the client looked"
proa start aa >/dev/null
run sh -c "echo one | '$PROA' --data-root '$D' --exec-root '$E' attach aa & read x <'$T/ready'; wait \$!"
is "$out|$err" "out one|err one" "stdin, stdout and stderr"
is "$status" 5 "the exit status is the container's"
proa start aa >/dev/null
"$PROA" --data-root "$D" --exec-root "$E" attach --no-stdin aa >"$T/out" 2>/dev/null <"$T/in" &
client=$!
exec 9>"$T/in"
echo lost >&9
# a second client's line reaches both: the first one is attached by then, or has the end to come
wait_for 20 sh -c "ls -l /proc/$client/fd | grep -c socket | grep -qx 2"
(echo two; exec sleep 1) | proa attach aa >/dev/null 2>&1 &
read -r line <"$T/ready"
wait $client
is "$?" 5 "--no-stdin"
unlike "$(cat "$T/out")" 'lost' "sends nothing"
exec 9>&-
wait
proa run -d --name bb --network none busybox sleep 1000 >/dev/null
if proa pause bb >/dev/null 2>&1; then
	run_is 1 "one that is paused" proa attach bb
	is "$err" "proa: You cannot attach to a paused container, unpause it first" "is told"
	proa unpause bb >/dev/null
else
	skip "attach to one that is paused" "there is no freezer here"
fi
run_is 1 "keys that are none" proa attach --detach-keys nosuch bb
like "$err" 'Invalid detach keys \(nosuch\) provided' "are told"
proa rm -f aa bb >/dev/null
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
