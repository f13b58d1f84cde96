#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wait.t: exit codes of several containers, in the order given.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

proa run -d --name ca --network none busybox sh -c 'exit 3' >/dev/null
proa run -d --name cb --network none busybox sh -c 'exit 4' >/dev/null
run_is 0 "of two" proa wait ca cb
is "$out" "3${nl}4" "a line each"
run_is 1 "one that is missing does not keep the others" proa wait nosuch cb
is "$out" 4 "which are printed"
is "$err" "proa: No such container: nosuch" "it is told"
proa create --name new --network none busybox true >/dev/null
is "$(proa wait new)" 0 "one that never ran does not keep us"
mkfifo "$T/go"
proa run -d --name cc -v "$T:/t" --network none busybox sh -c 'cat /t/go; exit 6' >/dev/null
proa wait cc cb >"$T/codes" &
echo >"$T/go"
wait $!
is "$(cat "$T/codes")" "6${nl}4" "one that runs is waited for"
run_is 1 "no name" proa wait ""
is "$err" "proa: invalid container name or ID: value is empty" "is told"
# condition=removed, which the CLI has no word for; the container outlives its end
ASK=${BUILD:-$PROA_TESTS/../build}/static/tests/unit/execs
[ -x "$ASK" ] || bail "no $ASK: run make unit TESTS=execs"
asks() {
	"$ASK" ask "$D" "$E" POST "/containers/$1/wait?condition=removed" "" >"$T/gone.$1" &
}
turns() { # of the worker: how often it slept
	sed -n 's/^voluntary_ctxt_switches:.//p' "/proc/$(cat "/proc/$1/task/$1/children" | tr -d ' ')/status"
}
asleep() {
	turns_0=$(turns "$asker")
	sleep 0.5
	[ -n "$turns_0" ] && [ "$(turns "$asker")" = "$turns_0" ]
}
asks cb
asker=$!
asks cc
ok "condition=removed sleeps, and does not look again and again" wait_for 20 asleep
proa rm ca >/dev/null
proa inspect ca cb >/dev/null 2>&1
ok "another one's removal is no answer" asleep
is "$(cat "$T/gone.cb")" "" "  there is none yet"
proa rm cb >/dev/null
wait $asker
like "$(cat "$T/gone.cb")" '"StatusCode":4' "it ends with the removal"
proa rm -f cc >/dev/null
wait
like "$(cat "$T/gone.cc")" '"StatusCode":6' "and so does the other one"
proa rm new >/dev/null
done_testing
