#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# runtimeverbs.t: what is done to a container that another OCI runtime runs, and what becomes of it
# when its shim is killed; with proa-runc and, where it is there, runc.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
load_busybox

is_state() {
	[ "$(proa inspect -f '{{.State.Status}}' "$1" 2>&1)" = "$2" ]
}

is_health() {
	[ "$(proa inspect -f '{{.State.Health.Status}}' "$1" 2>&1)" = "$2" ]
}

# limit FILE_V1 FILE_V2: the value of a control file of the container's group
limit() {
	proa exec peer sh -c "cat /sys/fs/cgroup/$1 2>/dev/null || cat /sys/fs/cgroup/$2"
}

no_group() {
	! cgroup_list | grep -q "$id"
}

verbs() {
	rt=$1
	n=$2
	ok "$n: run -d" proa run -d --name peer --network none --runtime "$rt" -m 64m \
		--pids-limit 50 --health-cmd 'test -f /ok' --health-interval 100ms \
		--health-retries 1 busybox sh -c 'sleep 3000 & exec sleep 3001'
	id=$(proa inspect -f '{{.Id}}' peer)
	ok "$n: its health check fails" wait_for 20 is_health peer unhealthy
	is "$(proa exec -u 5:6 -w /tmp -e X=1 peer sh -c 'touch /tmp/z; echo $(id -u):$(id -g) $(pwd) $X')" \
		"5:6 /tmp 1" "$n: exec as another"
	is "$(proa exec peer sh -c 'grep -E "^(CapBnd|Seccomp):" /proc/self/status /proc/1/status |
		cut -d: -f2- | sort -u | wc -l')" 2 "$n: exec has the limits of the first process"
	is "$(proa exec peer sh -c 'sort /proc/self/cgroup | grep -v :name= | grep -v ^0: | cut -d: -f2-')" \
		"$(proa exec peer sh -c 'sort /proc/1/cgroup | grep -v :name= | grep -v ^0: | cut -d: -f2-')" \
		"$n: and its groups"
	proa exec peer touch /ok
	ok "$n: its health check succeeds" wait_for 20 is_health peer healthy
	run python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" exec -it peer tty <<-X
		expect /dev/pts/0
	X
	is "$out$err" "status 0${nl}terminal same" "$n: exec -it"
	ok "$n: update" proa update -m 96m --memory-swap 200m --pids-limit 33 peer
	is "$(limit memory/memory.limit_in_bytes memory.max)" 100663296 "$n: memory now"
	is "$(limit pids/pids.max pids.max)" 33 "$n: processes now"
	is "$(proa stats --no-stream --format '{{.Name}} {{.PIDs}} {{.MemUsage}}' peer |
		sed 's/ [^ ]*iB / /; s/ [0-9]*B / /')" "peer 2 / 96MiB" "$n: stats"
	is "$(proa top peer -o pid,args | grep -c 'sleep 300[01]$')" 2 "$n: top"
	echo hi >"$T/hi"
	ok "$n: cp in" proa cp "$T/hi" peer:/hi
	is "$(proa exec peer cat /hi)" hi "$n: it is there"
	is "$(proa cp peer:/hi - | tar -xOf -)" hi "$n: cp out"
	like "$(proa diff peer)" '^A /hi$' "$n: diff"
	ok "$n: pause" proa pause peer
	ok "$n: it says so" is_state peer paused
	run proa exec peer true
	like "$err" 'is paused' "$n: no exec then"
	ok "$n: unpause" proa unpause peer
	ok "$n: commit" proa commit peer "$n:1"
	ok "$n: restart" proa restart -t 0 peer
	is "$(proa exec peer cat /hi)" hi "$n: with its files"

	pid=$(proa inspect -f '{{.State.Pid}}' peer)
	kill -9 "$(awk '{ print $4 }' "/proc/$pid/stat")"
	ok "$n: its shim is killed: ps tells the truth" wait_for 20 is_state peer exited
	is "$(proa inspect -f '{{.State.ExitCode}}' peer)" 137 "$n: 137"
	ok "$n: start works again" wait_for 20 proa start peer
	nok "$n: what it was is gone" grep -q '^State:.[^ZX]' "/proc/$pid/status"
	is "$(proa exec peer cat /hi)" hi "$n: it is as before"
	pid=$(proa inspect -f '{{.State.Pid}}' peer)
	kill -9 "$(awk '{ print $4 }' "/proc/$pid/stat")"
	ok "$n: and once more" wait_for 20 is_state peer exited
	ok "$n: rm" wait_for 20 proa rm peer
	ok "$n: its groups are gone, in all hierarchies" wait_for 20 no_group
	ok "$n: rmi" proa rmi "$n:1"

	run proa run --name peer --network none --runtime "$rt" busybox nosuch
	is "$(printf '%s\n' "$err" | grep -c nosuch)" 1 "$n: an error is told once"
	is "$(proa logs peer 2>&1)" "" "$n: and is no output of the container's"
	ok "$n: rm" proa rm peer
	ok "$n: a health check that restarts" proa run -d --name peer --network none \
		--runtime "$rt" --stop-signal KILL --health-cmd 'test -f /ok' \
		--health-interval 100ms --health-retries 1 --health-on-failure restart busybox \
		sh -c 'test ! -f /once || touch /ok; touch /once; exec sleep 3000'
	ok "$n: it did, and is well" wait_for 20 is_health peer healthy
	ok "$n: rm -f" proa rm -f peer
}

ln -s "$(readlink -f "$PROA")" "$T/proa-runc"
proa run --rm --network none busybox true
runc=$(command -v runc)
[ -z "$runc" ] || proa run --rm --network none --runtime "$runc" busybox true
leaks_before
verbs "$T/proa-runc" proa-runc
if [ -n "$runc" ]; then
	verbs "$runc" runc
else
	skip "runc" "there is no runc here"
fi
leaks_none "nothing is left of any"
done_testing
