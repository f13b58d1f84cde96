#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exitcode.t: the exit status of `proa run` is Docker's in every case.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	proa run --rm --network none "$@"
}

run_is 0 "success" r busybox true
run_is 1 "failure" r busybox false
run_is 255 "the highest" r busybox sh -c 'exit 255'
run_is 143 "128 + TERM" r busybox sh -c 'sh -c "kill -TERM \$\$"; exit $?'
run_is 137 "128 + KILL" r busybox sh -c 'sh -c "kill -KILL \$\$"; exit $?'
run_is 139 "128 + SEGV" r busybox sh -c 'sh -c "kill -SEGV \$\$"; exit $?'
run_is 127 "a command that is not in PATH" r busybox nosuch
like "$err" 'exec: "nosuch": executable file not found in \$PATH' "as Docker says it"
one_line "in one line"
run_is 127 "a path that does not exist" r busybox /no/such
like "$err" 'no such file or directory' "as Docker says it"
run_is 126 "a directory" r busybox /etc
run_is 126 "a file that is not executable" r busybox /etc/hosts
like "$err" 'permission denied' "as Docker says it"
run_is 125 "a flag of ours" r --nosuch busybox true
run_is 125 "an image that is not here" r nosuch true
run_is 125 "a user that is not there" r -u nosuch busybox true
run_is 125 "a limit out of range" r -m 1k busybox true
for code in 1 126 127 137; do
	proa run --name "kept$code" --network none busybox sh -c "exit $code"
	is "$?" "$code" "without --rm too: $code"
	ok "and the container is there to be removed" proa rm "kept$code"
done
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left of any"
done_testing
