#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# runtimes.t: --runtime with crun, which takes no machine whose cgroups are not all v2, and with
# proa-runc there. (runc is a Go program, whose every call takes seconds under emulation.)
. "$(dirname "$0")/../../lib.sh"

need_proa
load_busybox

ext() {
	cmd=$1
	shift
	proa "$cmd" --runtime "$rt" --network none "$@"
}

is_state() {
	[ "$(proa inspect -f '{{.State.Status}}' "$1" 2>&1)" = "$2" ]
}

of_runtime() {
	rt=$1
	n=${rt##*/}
	run_is 3 "$n: run" ext run --rm -u 7:8 -h box -e A=b --memory 64m --pids-limit 20 \
		--cpus 0.5 busybox sh -c 'echo $(id -u):$(id -g) $(hostname) $A; exit 3'
	is "$out" "7:8 box b" "$n: what it is"
	is "$(ext run --rm --memory 64m --pids-limit 20 --cpus 0.5 busybox sh -c \
		'cd /sys/fs/cgroup; echo $(cat memory.max pids.max cpu.max)')" \
		"67108864 20 50000 100000" "$n: its limits"
	is "$(ext run --rm busybox grep Seccomp: /proc/self/status | tr -s '\t' ' ')" \
		"Seccomp: 2" "$n: its seccomp policy"
	is "$(ext run --rm busybox cat /proc/self/attr/current)" "docker-default (enforce)" \
		"$n: its AppArmor profile"
	is "$(ext run --rm -t busybox tty | tr -d '\r')" /dev/pts/0 "$n: -t"
	run_is 127 "$n: a command that is not there" ext run --rm busybox nosuch
	ok "$n: run -d" ext run -d --name peer busybox sh -c \
		'trap "echo bye; exit 9" TERM; echo up; while :; do sleep 0.1; done'
	run_is 5 "$n: exec" proa exec peer sh -c 'exit 5'
	ok "$n: update" proa update --pids-limit 33 peer
	is "$(proa exec peer cat /sys/fs/cgroup/pids.max)" 33 "$n: it has an effect"
	ok "$n: pause" proa pause peer
	ok "$n: it is paused" is_state peer paused
	ok "$n: unpause" proa unpause peer
	ok "$n: it said that it is up" wait_for 60 sh -c \
		"'$PROA' --data-root '$D' --exec-root '$E' logs peer | grep -q up"
	ok "$n: stop" proa stop -t 60 peer
	is "$(proa inspect -f '{{.State.ExitCode}}' peer)" 9 "$n: by the signal's handler"
	ok "$n: start again" proa start peer
	kill -9 "$(awk '{ print $4 }' "/proc/$(proa inspect -f '{{.State.Pid}}' peer)/stat")"
	ok "$n: its shim is killed" wait_for 60 is_state peer exited
	is "$(proa inspect -f '{{.State.ExitCode}}' peer)" 137 "$n: 137"
	ok "$n: start" wait_for 60 proa start peer
	ok "$n: rm -f" proa rm -f peer
}

proa run --rm --network none busybox true
ln -s "$PROA" "$T/proa-runc"
leaks_before
for rt in "$T/proa-runc" "$(command -v crun)"; do
	if [ -n "$rt" ]; then
		of_runtime "$rt"
	else
		skip "crun" "crun is not installed"
	fi
done
leaks_none "nothing is left of any"
done_testing
