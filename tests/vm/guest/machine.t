#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# machine.t: that the guest is the machine it is meant to be, and what only such a machine can show:
# the AppArmor profile on a container, cgroup v2 limits in full, a run where nothing of this exists.
. "$(dirname "$0")/../../lib.sh"

need_proa
load_busybox

run_is 0 "a container runs" proa -D run --rm --network none busybox echo hello
is "$out" hello "and its output arrives"
like "$err" 'loaded the profile docker-default' "AppArmor's profile is loaded for it"
leaks_before

# The directory of a profile in apparmorfs, whose number grows with each load.
generation() {
	mkdir -p "$T/sec" && mount -t securityfs securityfs "$T/sec" || return
	echo "$T"/sec/apparmor/policy/profiles/docker-default.*
	umount "$T/sec"
}

# What the profile is for: a container of root whose paths are not masked, with the capability.
bare() {
	run proa run --rm --network none --security-opt systempaths=unconfined --cap-add SYS_ADMIN \
		"$@"
}

profile_holds() {
	bare busybox sh -c 'echo 1 >/proc/sys/kernel/panic'
	like "$err" 'panic.*ermission denied' "the profile denies writing /proc/sys/kernel/panic"
	bare busybox sh -c 'echo /x >/proc/sys/kernel/modprobe'
	like "$err" 'modprobe.*ermission denied' "and /proc/sys/kernel/modprobe"
	bare busybox sh -c 'echo 0 >/proc/sys/vm/swappiness'
	like "$err" 'swappiness.*ermission denied' "and /proc/sys/vm"
	bare busybox sh -c 'echo h >/proc/sysrq-trigger'
	like "$err" 'sysrq-trigger.*ermission denied' "and /proc/sysrq-trigger"
	bare busybox head -c 1 /proc/kcore
	like "$err" 'kcore.*ermission denied' "and reading /proc/kcore"
	bare busybox mount -t tmpfs x /tmp
	like "$err" 'ermission denied' "and mounting, with CAP_SYS_ADMIN"
	bare busybox sh -c 'mount --bind /etc /tmp || mount -o remount,ro /'
	like "$err" 'ermission denied' "binding and remounting too"
	bare busybox sh -c 'umount /dev/shm && echo 100 >/proc/sys/kernel/shmmni &&
		echo 5 >/proc/self/oom_score_adj && echo x >/tmp/a && ln /tmp/a /tmp/b &&
		cp /bin/busybox /tmp/busybox && /tmp/busybox kill -0 1 && cat /sys/kernel/mm/*/enabled'
	is "$status" 0 "what it allows works: $err"
	bare --security-opt apparmor=unconfined busybox \
		sh -c 'cat /proc/sys/kernel/panic >/proc/sys/kernel/panic && mount -t tmpfs x /tmp'
	is "$status" 0 "without the profile all of that is possible: $err"
	run_is 0 "the engine kills a confined container's process" \
		proa run -d --network none --name confined busybox sleep 1000
	ok "and removes it" proa rm -f confined
}

cgroup2_guest() {
	is "$(cat /sys/module/apparmor/parameters/enabled)" Y "AppArmor is on"
	is "$(grep -c securityfs /proc/mounts)" 0 "securityfs is not mounted, nor was it left so"
	first=$(generation)
	run proa -D run --rm --network none busybox cat /proc/self/attr/current
	is "$out" "docker-default (enforce)" "a container is confined by docker-default"
	unlike "$err" 'loaded the profile' "which is not loaded again"
	like "$first" 'docker-default\.[0-9]+$' "the kernel has one"
	is "$(generation)" "$first" "and keeps that one"
	mount -t securityfs securityfs /sys/kernel/security
	run proa -D run --rm --network none --security-opt apparmor=docker-default busybox \
		cat /proc/self/attr/current
	is "$out" "docker-default (enforce)" "likewise by name and with securityfs mounted"
	unlike "$err" 'loaded the profile' "still without loading"
	printf docker-default >/sys/kernel/security/apparmor/.remove
	run proa -D run --rm --network none busybox cat /proc/self/attr/current
	is "$out" "docker-default (enforce)" "a profile that somebody removed comes back"
	umount /sys/kernel/security
	run_is 125 "a profile by name that is not loaded is an error" \
		proa run --rm --network none --security-opt apparmor=nosuch busybox true
	like "$err" 'nosuch.*not loaded' "that says so"
	profile_holds
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
