#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill.t: signals to containers.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

mkfifo "$T/ready"
proa run -d --name ca -v "$T:/t" --network none busybox \
	sh -c 'trap "exit 7" USR1; echo >/t/ready; while :; do sleep 0.1; done' >/dev/null
proa run -d --name cb --network none busybox sleep 1000 >/dev/null
run_is 1 "one that is missing does not keep the others" proa kill -s 0 nosuch cb
run_is 1 "the others are told" proa kill --signal KILL nosuch cb
is "$out" cb "by name"
is "$err" "proa: cannot kill container: nosuch: No such container: nosuch" "it is told"
is "$(proa wait cb)" 137 "KILL"
read -r line <"$T/ready"
run_is 0 "a signal by name" proa kill -s SIGUSR1 ca
is "$(proa wait ca)" 7 "arrives"
run_is 1 "one that does not run" proa kill ca
like "$err" 'is not running' "is told"
proa run -d --name cc --network none busybox sleep 1000 >/dev/null
run_is 1 "a signal that is none" proa kill -s NOSUCH cc
like "$err" 'NOSUCH' "is told"
run_is 0 "by number" proa kill -s 9 cc
is "$(proa wait cc)" 137 "too"
proa rm ca cb cc >/dev/null
done_testing
