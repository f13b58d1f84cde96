#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# stop.t: how containers end: stop signals, timeouts, kill, frozen ones, lack of memory, a full disk.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

state() {
	proa inspect -f "{{.State.$2}}" "$1" 2>&1
}

ran() {
	[ "$(proa logs "$1" | grep -c .)" -ge "$2" ]
}

rund() {
	proa run -d --network none "$@" >/dev/null
}

proa run --rm --network none busybox true
leaks_before
loop='while :; do sleep 0.02; done'

# ---- its signal
rund --name tt busybox sh -c "trap 'exit 5' TERM; echo up; $loop"
wait_for 20 ran tt 1
ok "stop" proa stop -t 30 tt
is "$(state tt ExitCode)" 5 "is SIGTERM"
run_is 0 "stop of one that has ended" proa stop tt
is "$out" tt "is no error"
rund --name uu --stop-signal RTMIN+3 busybox sh -c "trap 'exit 6' 37; echo up; $loop"
wait_for 20 ran uu 1
ok "stop with a real-time signal of its own" proa stop -t 30 uu
is "$(state uu ExitCode)" 6 "arrives"
rund --name vv busybox sh -c "trap 'exit 8' 62; echo up; $loop"
wait_for 20 ran vv 1
ok "another signal for once" proa stop -t 30 -s SIGRTMAX-2 vv
is "$(state vv ExitCode)" 8 "arrives"
run_is 1 "a signal that is none" proa stop -s FOO vv
like "$err" 'invalid signal: FOO' "is told"

# ---- then SIGKILL
rund --name kk busybox sh -c "trap 'echo no' TERM; echo up; $loop"
wait_for 20 ran kk 1
ok "stop of one that does not listen" proa stop -t 1 kk
is "$(state kk ExitCode)" 137 "is SIGKILL after the timeout"
rund --name kt --stop-timeout 1 busybox sh -c "trap '' TERM; echo up; $loop"
wait_for 20 ran kt 1
ok "with a timeout of its own" proa stop kt
is "$(state kt ExitCode)" 137 "as well"

# the shim does it, also when everybody else is gone
proa start kk kt >/dev/null
wait_for 20 ran kk 3 # up, no, up
"$PROA" --data-root "$D" --exec-root "$E" stop -t 2 kk >/dev/null 2>&1 &
c=$!
wait_for 20 ran kk 4 # so it was asked
kill -9 "$(cut -d' ' -f1 "/proc/$c/task/$c/children")" $c 2>/dev/null
ok "a stop whose client was killed" wait_for 20 is_state kk exited

# two at once: both are answered
"$PROA" --data-root "$D" --exec-root "$E" stop -t 2 kt >/dev/null 2>&1 &
c=$!
ok "the shorter of two stops counts" proa stop -t 1 kt
wait $c
is $? 0 "and the other one is answered"

# ---- kill
rund --name qq busybox sleep 1000
ok "kill" proa kill qq
is "$(state qq Status) $(state qq ExitCode)" "exited 137" "has ended when it returns"
run_is 1 "kill of one that has ended" proa kill qq
like "$err" 'cannot kill container: qq: container [0-9a-f]{64} is not running' "in Docker's words"
proa start qq >/dev/null
run_is 0 "start of one that runs" proa start qq
for s in 0 65 RTMIN-1 RTMIN+31 RTMAX+1 ''; do
	[ -n "$s" ] || continue
	run_is 1 "kill -s $s" proa kill -s "$s" qq
done

# ---- frozen
if proa pause qq >/dev/null 2>&1; then
	run_is 1 "start of a frozen one" proa start qq
	like "$err" 'cannot start a paused container, try unpause instead' "in Docker's words"
	run_is 1 "rm of a frozen one" proa rm qq
	like "$err" 'container is paused and must be unpaused first' "in Docker's words"
	ok "stop of a frozen one" proa stop -t 1 qq
	proa start qq >/dev/null
	proa pause qq >/dev/null
	ok "kill of a frozen one" proa kill qq
	is "$(state qq Status) $(state qq Paused)" "exited false" "has ended"
	proa start qq >/dev/null
	proa pause qq >/dev/null
	ok "rm -f of a frozen one" proa rm -f qq
else
	skip "frozen containers" "this machine has no freezer"
	proa rm -f qq >/dev/null
fi

# ---- no memory
rund --name oom -m 16m --memory-swap 16m busybox sh -c 'x=x; while :; do x=$x$x; done'
wait_for 20 is_state oom exited
if [ "$(state oom ExitCode)" = 137 ]; then
	is "$(state oom OOMKilled)" true "killed for want of memory, and it is known"
else
	skip "killed for want of memory" "the limit is not enforced here"
fi
rund --name killed busybox sleep 1000
proa kill killed >/dev/null
is "$(state killed OOMKilled)" false "killed by a person is something else"

# ---- the disk is full at the end
mkdir "$T/small"
mount -t tmpfs -o size=24m tmpfs "$T/small"
s() {
	"$PROA" --data-root "$T/small/d" --exec-root "$T/small-e" "$@"
}
s load -i "$IMAGES/busybox.tar" >/dev/null
s run -d --name ff --network none --log-driver none busybox sh -c "trap 'exit 9' TERM; echo >/up; $loop" >/dev/null
wait_for 20 s exec ff test -e /up
dd if=/dev/zero of="$T/small/fill" bs=64k 2>/dev/null
ok "stop with a full disk" s stop -t 30 ff
is "$(s inspect -f '{{.State.Status}} {{.State.ExitCode}}' ff)" "exited 9" "how it ended is known"
rm "$T/small/fill"
# the shim may still be about to let go of it
kept() {
	s boot && grep -q '"ExitCode":9' "$T"/small/d/containers/*/exit
}
ok "once there is room it is written down" wait_for 20 kept
s rm -f ff >/dev/null
wait_for 20 umount "$T/small-e"
ok "and its files are closed" wait_for 20 umount "$T/small"

# ---- a shim that was killed
rund --name dead busybox sleep 1000
kill_shim dead
is "$(state dead Status) $(state dead ExitCode)" "exited 137" "a killed shim: the truth at once"
ok "start" proa start dead
is "$(state dead Status)" running "runs again"
kill_shim dead
ok "stop after a killed shim" proa stop dead
is "$(state dead ExitCode)" 137 "records it"
proa rm -f tt uu vv kk kt oom killed dead >/dev/null
leaks_none "nothing is left"
done_testing
