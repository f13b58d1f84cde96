#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# restart.t: restart policies as the shim carries them out, and restart by a person.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

# state NAME FIELD: of State, by inspect.
state() {
	proa inspect -f "{{.State.$2}}" "$1" 2>&1
}

restarted() {
	[ "$(proa inspect -f '{{.RestartCount}}' "$1")" -ge "$2" ]
}

ran() {
	[ "$(proa logs "$1" | grep -c .)" -ge "$2" ]
}

rund() {
	proa run -d --network none "$@" >/dev/null
}

proa run --rm --network none busybox true
leaks_before

# ---- what create refuses
for bad in sometimes always:3 on-failure:-1 unless-stopped:1; do
	run_is 125 "--restart $bad" proa run -d --network none --restart $bad busybox true
done
run_is 125 "--rm with a policy" proa run -d --rm --network none --restart always busybox true
like "$err" 'restart policy|--restart and --rm' "is told"

# ---- on-failure
rund --name once --restart on-failure:2 busybox sh -c 'echo run; exit 7'
ok "on-failure:2 gives up" wait_for 20 is_state once exited
is "$(proa logs once | grep -c run)" 3 "after three runs"
is "$(proa inspect -f '{{.RestartCount}}' once)" 2 "two of which are counted"
is "$(state once ExitCode)" 7 "the exit code is the last one's"
rund --name fine --restart on-failure busybox sh -c 'echo run'
ok "one that succeeds" wait_for 20 is_state fine exited
is "$(proa logs fine | grep -c run)" 1 "is not started again"

# ---- always: a new network namespace and group each time, the same files
rund --name al --restart always busybox \
	sh -c 'echo x >>/count; echo "$(wc -l </count) $(readlink /proc/self/ns/net)"; sleep 0.02'
ok "always starts again" wait_for 20 ran al 3
is "$(proa logs al | head -n 3 | cut -d' ' -f1 | tr '\n' ' ')" "1 2 3 " "on the same files"
unlike "$(proa logs al | cut -d' ' -f2)" "$(readlink /proc/self/ns/net | tr -dc 0-9)" \
	"never in our network namespace"
between() { # all of it in one look: the next run is about to begin
	waits=$(proa inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Pid}}' al)
	[ "${waits%% *}" = restarting ]
}
wait_for 20 between
is "$waits" "restarting true 0" "waits between two runs, which counts as running, without a process"
run_is 1 "rm in between" proa rm al
like "$err" 'container is (restarting|running): stop the container before' "is refused"
ok "stop in between" wait_for 20 sh -c "
	'$PROA' --data-root '$D' --exec-root '$E' stop -t 60 al"
is "$(state al Status)" exited "ends it"
is "$(state al Restarting)" false "for good"
n=$(proa logs al | wc -l)
ok "start of it" proa start al
ok "goes on with its policy" wait_for 20 ran al $((n + 2))
wait_for 20 is_state al restarting
ok "kill in between" proa kill al
is "$(state al Status)" exited "ends it as well"
ok "start" proa start al
wait_for 20 is_state al restarting
ok "rm -f in between" proa rm -f al
run_is 1 "and it is gone" proa inspect al

# ---- a signal that says "end" is a person's wish, others are not
rund --name sig --restart always busybox \
	sh -c 'trap "exit 1" HUP TERM; echo up; while :; do sleep 0.02; done'
wait_for 20 ran sig 1
proa kill -s HUP sig >/dev/null
ok "HUP, and it ends: started again" wait_for 20 ran sig 2
wait_for 20 is_state sig running
proa kill -s TERM sig >/dev/null
ok "TERM: it stays ended" wait_for 20 is_state sig exited
is "$(state sig ExitCode)" 1 "with its own code"

# ---- by a person
rund --name pp busybox sh -c 'trap "exit 3" TERM; trap "echo urged" URG; echo up; while :; do sleep 0.02; done'
wait_for 20 ran pp 1
a=$(state pp Pid)
s=$(proa inspect -f '{{.State.StartedAt}}' pp)
ok "restart" proa restart -t 30 pp
isnt "$(state pp Pid)" "$a" "is another process"
isnt "$(proa inspect -f '{{.State.StartedAt}}' pp)" "$s" "started now"
is "$(proa inspect -f '{{.RestartCount}}' pp)" 0 "is no doing of the policy"
ok "the log goes on" wait_for 20 ran pp 2
proa stop -t 30 pp >/dev/null
is "$(state pp ExitCode)" 3 "stopped by its signal"
ok "restart of one that is stopped" proa restart pp
ok "starts it" wait_for 20 is_state pp running
proa run -d --rm --name rmd --network none busybox sleep 1000 >/dev/null
a=$(state rmd Pid)
ok "restart of a --rm container" proa restart -t 0 rmd
isnt "$(state rmd Pid)" "$a" "keeps it"
run_is 1 "restart of none" proa restart none
like "$err" 'No such container: none' "is told"

# ---- restart while its client is killed
wait_for 20 ran pp 3
a=$(state pp Pid)
"$PROA" --data-root "$D" --exec-root "$E" restart -t 2 -s URG pp >/dev/null 2>&1 &
c=$!
urged() {
	proa logs pp | grep -q urged
}
wait_for 20 urged # so it was asked
kill -9 "$(cut -d' ' -f1 "/proc/$c/task/$c/children")" $c 2>/dev/null
moved() {
	is_state pp running && [ "$(state pp Pid)" != "$a" ]
}
ok "a restart goes on without its client" wait_for 20 moved

# ---- a start that fails at a restart is the end
rund --name gone --restart always busybox sh -c 'echo up; rm /bin/sh; exit 1'
ok "a command that is gone at the restart" wait_for 20 is_state gone exited
is "$(state gone ExitCode)" 127 "is the end of it"

# ---- changed while it runs
rund --name up --restart no busybox sh -c 'echo up; read x; exit 1' </dev/null
rund -i --name up2 --restart no busybox sh -c 'echo up; sleep 1000'
proa update --restart always up2 >/dev/null
proa rename up2 up3
kill -9 "$(state up3 Pid)"
ok "a policy given later" wait_for 20 ran up3 2
proa rm -f once fine sig pp rmd gone up up3 >/dev/null
is "$(ls -A "$D/names")" "" "no name is left"
leaks_none "and nothing else"
done_testing
