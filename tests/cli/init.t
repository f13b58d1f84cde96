#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# init.t: --init: pid 1 that reaps, passes signals on and ends with the command's status.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
! sanitized || skip_all "not static"
load_busybox

r() {
	proa run --rm --network none --init "$@"
}

isnt "$(r busybox sh -c 'echo $$')" 1 "the command is not pid 1"
run_is 7 "its status is the container's" r busybox sh -c 'exit 7'
run_is 137 "and a signal 128 + n" r busybox sh -c 'kill -9 $$'
run_is 127 "no such command" r busybox nosuch
run_is 126 "no command" r busybox /etc
is "$(r busybox sh -c '(sleep 0.1 &) ; sleep 1; ps | grep -c "\[sleep\]"')" 0 "orphans are reaped"
like "$(r busybox sh -c 'tr "\0" " " </proc/1/cmdline')" '^proa-init ' "pid 1 is ours"
unlike "$("$PROA" --help 2>&1)" '^ +init ' "help does not name it"
done_testing
