#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# restart.t: stop and start; and --restart, the policies by which the shim starts a container again.
# timeout: 90
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
mkfifo "$T/ready"

field() { # NAME TEMPLATE
	proa inspect --format "$2" "$1"
}
state() { # NAME WANT: waits for the state's word
	wait_for 30 sh -c "[ \"\$('$PROA' --data-root '$D' --exec-root '$E' inspect -f '{{.State.Status}}' $1)\" = $2 ]"
}

proa run -d --name aa -v "$T:/f" --network none busybox sh -c \
	'trap "echo left >>/f/log; exit 3" TERM; echo >/f/ready; while :; do sleep 0.1; done' >/dev/null
read -r line <"$T/ready"
pid=$(field aa '{{.State.Pid}}')
proa restart aa nosuch >"$T/out" 2>"$T/errors" &
read -r line <"$T/ready"
wait $!
is "$?" 1 "one that is missing does not keep the others"
is "$(cat "$T/out")" aa "which are named"
is "$(cat "$T/errors")" "proa: No such container: nosuch" "it is told"
is "$(cat "$T/log")" left "it was asked to end"
isnt "$(field aa '{{.State.Pid}}')" "$pid" "it is another process"
is "$(field aa '{{.State.Status}}')" running "which runs"
proa restart -t 0 aa >/dev/null &
read -r line <"$T/ready"
wait $!
is "$(cat "$T/log")" left "-t 0: it was not asked"
proa rm -f aa >/dev/null
proa create --name bb --network none busybox sleep 1000 >/dev/null
run_is 0 "one that never ran" proa restart bb
is "$(field bb '{{.State.Status}}')" running "is started"
proa rm -f bb >/dev/null

# ---- policies: each start adds a line
policy() { # NAME POLICY COMMAND
	: >"$T/$1"
	proa run -d --name "$1" --restart "$2" -v "$T:/f" --network none busybox sh -c "echo >>/f/$1; $3" >/dev/null
}
lines() {
	wc -l <"$T/$1" | tr -d ' '
}
at_least() { # NAME N
	wait_for 30 sh -c "[ \$(wc -l <'$T/$1') -ge $2 ]"
}
policy never no 'exit 1'
is "$(proa wait never)" 1 "--restart no"
is "$(lines never)" 1 "runs once"
policy fails on-failure:2 'exit 7'
ok "--restart on-failure:2" state fails exited
is "$(lines fails)" 3 "runs three times"
is "$(field fails '{{.RestartCount}} {{.State.ExitCode}}')" "2 7" "and counts"
policy good on-failure 'exit 0'
ok "--restart on-failure of one that ends well" state good exited
is "$(lines good)" 1 "runs once"
policy ever always 'exit 0'
ok "--restart always: again and again" at_least ever 3
run_is 0 "until it is stopped" proa stop ever
is "$(field ever '{{.State.Status}}')" exited "for good"
policy unless unless-stopped 'exit 1'
ok "--restart unless-stopped" at_least unless 3
proa rm -f unless >/dev/null
run_is 125 "always with a number" proa run --restart always:3 --network none busybox true
like "$err" "maximum retry count" "is refused"
run_is 125 "a policy that is none" proa run --restart nosuch --network none busybox true
like "$err" "nosuch" "is refused"
proa rm -f never fails good ever >/dev/null
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
