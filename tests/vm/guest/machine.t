#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# machine.t: that the guest is the machine it is meant to be, and what only such a machine can show:
# the AppArmor profile on a container, cgroup v2 limits in full, a run where nothing of this exists.
. "$(dirname "$0")/../../lib.sh"

need_proa
load_busybox

run_is 0 "a container runs" proa run --rm --network none busybox echo hello
is "$out" hello "and its output arrives"
leaks_before

cgroup2_guest() {
	is "$(cat /sys/module/apparmor/parameters/enabled)" Y "AppArmor is on"
	run proa run --rm --network none busybox cat /proc/self/attr/current
	is "$out" "docker-default (enforce)" "a container is confined by docker-default"
	run proa run --rm --network none --security-opt apparmor=unconfined busybox \
		cat /proc/self/attr/current
	is "$out" unconfined "unless told otherwise"
	run proa run --rm --network none --privileged busybox cat /proc/self/attr/current
	is "$out" unconfined "or privileged"
	run_is 0 "limits are set" proa run --rm --network none -m 64m --cpus 0.5 --pids-limit 50 \
		busybox sh -c 'cd /sys/fs/cgroup && cat memory.max cpu.max pids.max'
	is "$out" "67108864${nl}50000 100000${nl}50" "and are what was asked for"
	unlike "$err" 'limit|cgroup' "without a warning"
	run_is 137 "too much memory is killed" proa run --rm --network none -m 16m --memory-swap 16m \
		busybox sh -c 'x=0123456789abcdef; while :; do x=$x$x; done'
}

nocgroup_guest() {
	is "$(grep -c cgroup /proc/mounts)" 0 "no cgroups are mounted"
	run_is 0 "a limit that cannot be set is no error" proa run --rm --network none -m 64m busybox true
	like "$err" 'memory' "but a warning"
	one_line "of one line"
	like "$(proa run --rm --network none busybox cat /proc/mounts)" '^[^ ]* / ' \
		"the container has a root of its own on an initramfs"
	nok "and the host's is out of reach" proa run --rm --network none busybox \
		sh -c 'ls -d /guest /../guest'
}

"${GUEST}_guest"
leaks_none "nothing is left behind"
done_testing
