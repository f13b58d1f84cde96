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
proa rm ca cb cc new >/dev/null
done_testing
