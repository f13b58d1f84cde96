#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tty.t: a container on a terminal: its size and changes of it, keys that are signals, the exit status,
# and a terminal that is as it was afterwards, however the run ended. person.py is the person.
# timeout: 180
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
load_busybox

# person ARG...: proa run --rm ARG... on a terminal, the script on stdin.
person() {
	python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" \
		run --rm --network none "$@"
}

run person -it busybox sh <<'X'
expect # 
send stty size\n
expect 30 90
size 44 120
send stty size\n
expect 44 120
send tty; ls -l /dev/console >/dev/null && echo con''sole\n
expect /dev/(console|pts/0).*console
send exit 7\n
X
is "$out$err" "status 7${nl}terminal same" "a shell: size, resize, exit status, terminal restored"

run person -it busybox sh -c 'trap "echo got; exit 9" INT; echo ready; while :; do sleep 0.1; done' <<'X'
expect ready
send \x03
expect got
X
is "$out$err" "status 9${nl}terminal same" "Ctrl-C goes to the process in the container"

run person -it busybox cat <<'X'
send one\n
expect one.*one
send \x04
X
is "$out$err" "status 0${nl}terminal same" "Ctrl-D is the end of input"

run person -t busybox sh -c 'test -t 0 && test -t 1 && echo all; exit 3' <<'X'
expect all
X
is "$out$err" "status 3${nl}terminal same" "-t alone is a terminal too"

run person -it busybox nosuch <<'X'
expect executable file not found
X
is "$out$err" "status 127${nl}terminal same" "a command that is not there leaves the terminal as it was"

run person -it busybox sleep 1000 <<'X'
expect ^
signal SIGTERM
X
like "$out" "terminal same" "a terminated client puts the terminal back"
leftover=$(proa run --rm --network none busybox true 2>&1)
is "$leftover" "" "and the next run is undisturbed"

run sh -c "$PROA --data-root $D --exec-root $E run --rm -it --network none busybox true </dev/null"
is "$status" 1 "-t without a terminal is refused as Docker does"
like "$err" "the input device is not a TTY" "with Docker's words"
done_testing
