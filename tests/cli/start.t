#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# start.t: several at once, and in the foreground.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

proa create --name ca --network none busybox sh -c 'echo out; echo err >&2; exit 3' >/dev/null
proa create --name cb --network none busybox sleep 1000 >/dev/null
run_is 1 "one that is missing does not keep the others" proa start ca nosuch cb
is "$out" "ca${nl}cb" "which are named"
is "$err" "proa: No such container: nosuch${nl}proa: failed to start containers: nosuch" "it is told"
run_is 0 "one that runs already" proa start cb
is "$out" cb "is fine"
proa wait ca >/dev/null
run_is 3 "-a: the exit status is the container's" proa start -a ca
is "$out|$err" "out|err" "and its streams are ours"
run_is 1 "-a takes one" proa start -a ca cb
is "$err" "proa: you cannot start and attach multiple containers at once" "as Docker says it"
proa create --name cc -i --network none busybox cat >/dev/null
is "$(echo hello | proa start -ai cc)" hello "-i: stdin"
is "$(echo again | proa start -ai cc)" again "each time anew"
run_is 1 "--detach-keys that are none" proa start -a --detach-keys ctrl-A ca
like "$err" 'Invalid detach keys \(ctrl-A\) provided' "are refused"
run_is 1 "--checkpoint is refused" proa start --checkpoint x ca
proa create --name cd --rm --network none busybox sh -c 'exit 5' >/dev/null
run_is 5 "one with --rm tells its status" proa start -a cd
run_is 1 "and is gone" proa start cd
proa create --name ce --network none busybox nosuch >/dev/null
run_is 1 "a command that is not there" proa start -a ce
like "$err" 'executable file not found' "is told"
proa rm -f ca cb cc ce >/dev/null
done_testing
