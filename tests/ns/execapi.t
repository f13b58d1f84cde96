#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
#
# execapi.t: exec as other clients use it, each request on a connection of its own; and a person at
# its terminal.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
load_busybox

id=$(proa run -d --name c1 --network none busybox sleep 100000)

# shims: those of execs
shims() {
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/environ" 2>/dev/null | tr -d '\0')" != EXEC=1 ] ||
			! ls -l "$p/fd" 2>/dev/null | grep -qF "$E/" || echo "${p#/proc/}"
	done
}

# person ARG...: exec on a terminal, the script on stdin
person() {
	python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" exec "$@" 2>&1
}
run person -it c1 sh -c 'trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done' <<'X'
expect ready
size 33 99
expect 33 99
send \x10\x11
X
like "$out" '^status 1' "a new size comes through, and the detach keys leave it"
like "$out" 'terminal same' "with our terminal as it was"
run person -it --detach-keys ctrl-a,x c1 sh -c 'stty size; cat' <<'X'
send \x01x
X
like "$out" '^status 1' "--detach-keys, with Docker's status"

proa exec c1 kill -9 -1

# The API, each request on a connection of its own.
ASK=${BUILD:-$PROA_TESTS/../build}/static/tests/unit/execs
[ -x "$ASK" ] || bail "no $ASK: run make unit TESTS=execs"
ask() {
	"$ASK" ask "$D" "$E" "$@"
}
new() {
	ask POST /containers/c1/exec "$1" | sed -n 's/.*"Id":"\([0-9a-f]*\)".*/\1/p'
}
x=$(new '{"Cmd":["sh","-c","exit 7"],"User":"nobody","AttachStderr":true}')
is "$(ask GET "/exec/$x/json" | tail -n 1)" '{"ID":"'$x'","Running":false,"ExitCode":null,"ProcessConfig":{"tty":false,"entrypoint":"sh","arguments":["-c","exit 7"],"privileged":false,"user":"nobody"},"OpenStdin":false,"OpenStderr":true,"OpenStdout":false,"CanRemove":false,"ContainerID":"'$id'","DetachKeys":"","Pid":0}' \
	"what was created and not started"
is "$(ask POST "/exec/$x/start" '{"Detach":true}')" 200 "start from another connection"
ended() {
	ask GET "/exec/$x/json" | grep -q '"Running":false,"ExitCode":7,'
}
ok "its exit code" wait_for 10 ended
is "$(ask POST "/exec/$x/start" '{"Detach":true}')" \
	"409$nl{\"message\":\"Error: Exec command $x has already run\"}" "it runs once"
x=$(new '{"Cmd":["nosuch"]}')
like "$(ask POST "/exec/$x/start" '{"Detach":true}')" '^400$' "a command that is not there"
like "$(ask GET "/exec/$x/json")" '"ExitCode":127' "has its code in the record"
like "$(ask POST "/exec/$x/resize?h=1&w=2")" '^409$' "what has ended has no size"
x=$(new '{"Cmd":["sleep","100000"]}')
is "$(ask POST "/exec/$x/start" '{"Detach":true}' | head -n 1)" 200 "one that sleeps"
like "$(ask GET "/exec/$x/json")" '"Running":true,"ExitCode":null.*"Pid":[1-9]' "runs"
like "$(proa inspect c1 2>/dev/null)" "\"$x\"" "and is one of its container's"
kill -9 $(shims)
proa exec c1 kill -9 -1
killed() { # who is killed lets go of its lock when it has died, not at once
	ask GET "/exec/$x/json" | grep -q '"Running":false,"ExitCode":137'
}
ok "killed with its shim: 137" wait_for 20 killed
for cx in "GET /exec/nope/json 404" "POST /exec/$(printf %064d 0)/start 404" \
	"POST /containers/nope/exec 404"; do
	set -- $cx
	is "$(ask "$1" "$2" '{"Cmd":["true"]}' | head -n 1)" "$3" "$1 $2"
done
is "$(ask POST /containers/c1/exec '{}')" \
	"400$nl{\"message\":\"No exec command specified\"}" "no command"

proa rm -f c1 >/dev/null
done_testing
