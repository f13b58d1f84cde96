#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# flags_limits.t: the limits of run are in the container's cgroup, read from inside; what this kernel
# lacks is told in a warning.
# timeout: 120
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	proa run --rm --network none "$@"
}

cgroups=$(awk '$3 == "cgroup" { v1 = 1 } $3 == "cgroup2" { v2 = 1 }
	END { print v1 ? "v1" : v2 ? "v2" : "none" }' /proc/mounts)

# limit DESC V1FILE V1WANT V2FILE V2WANT FLAG...: the file in the container's cgroup. A controller
# that the machine lacks, or a file that its kernel lacks, must have been told in a warning.
limit() {
	lim_desc=$1 lim_file=/sys/fs/cgroup/$2 lim_want=$3
	[ $cgroups != v2 ] || lim_file=/sys/fs/cgroup/$4 lim_want=$5
	shift 5
	run r "$@" busybox cat "$lim_file"
	if [ "$status" = 0 ]; then
		is "$out" "$lim_want" "$lim_desc"
	else
		like "$err" 'warn|WARNING' "$lim_desc: cannot be set here, which is told"
	fi
}

# ---- memory, processor, processes
limit "--memory" memory/memory.limit_in_bytes 67108864 memory.max 67108864 -m 64m
limit "--memory-swap" memory/memory.memsw.limit_in_bytes 134217728 memory.swap.max 67108864 \
	-m 64m --memory-swap 128m
limit "--memory alone: as much swap" memory/memory.memsw.limit_in_bytes 134217728 memory.swap.max \
	67108864 -m 64m
limit "--memory-reservation" memory/memory.soft_limit_in_bytes 33554432 memory.low 33554432 \
	--memory-reservation 32m
if [ $cgroups = v2 ]; then
	# v2 has neither: Docker discards them with a warning
	run_is 0 "--memory-swappiness" r --memory-swappiness 10 busybox true
	like "$err" 'warn|WARNING' "is discarded with a warning"
	run_is 0 "--oom-kill-disable" r --oom-kill-disable -m 64m busybox true
	like "$err" 'warn|WARNING' "is discarded with a warning"
else
	limit "--memory-swappiness" memory/memory.swappiness 10 x x --memory-swappiness 10
	limit "--oom-kill-disable" memory/memory.oom_control \
		"oom_kill_disable 1${nl}under_oom 0${nl}oom_kill 0" x x --oom-kill-disable -m 64m
fi
limit "--cpus" cpu/cpu.cfs_quota_us 50000 cpu.max "50000 100000" --cpus 0.5
limit "--cpu-quota, --cpu-period" cpu/cpu.cfs_period_us 50000 cpu.max "20000 50000" --cpu-quota 20000 \
	--cpu-period 50000
limit "--cpu-shares" cpu/cpu.shares 512 cpu.weight 59 --cpu-shares 512
limit "--cpuset-cpus" cpuset/cpuset.cpus 0 cpuset.cpus 0 --cpuset-cpus 0
limit "--cpuset-mems" cpuset/cpuset.mems 0 cpuset.mems 0 --cpuset-mems 0
run_is 125 "--cpus more than there are" r --cpus 100000 busybox true
run_is 125 "--cpuset-cpus that are not there" r --cpuset-cpus 8191 busybox true
limit "--pids-limit" pids/pids.max 50 pids.max 50 --pids-limit 50
weight=io.bfq.weight weighs='default 300'
[ $cgroups != v2 ] || r busybox test -e /sys/fs/cgroup/$weight || weight=io.weight weighs='default 2930'
limit "--blkio-weight" blkio/blkio.bfq.weight 300 $weight "$weighs" --blkio-weight 300

# ---- block devices: the first that has a node
dev=$(awk 'NR > 2 { print "/dev/" $4 }' /proc/partitions | while read -r d; do
	[ ! -b "$d" ] || echo "$d"
done | head -n 1)
if [ -z "$dev" ]; then
	skip "--device-read-bps and its like" "there is no block device here"
else
	n=$(($(printf 0x%s "$(stat -c %t "$dev")"))):$(($(printf 0x%s "$(stat -c %T "$dev")")))
	b=blkio/blkio.throttle
	limit "--device-read-bps" $b.read_bps_device "$n 1048576" io.max \
		"$n rbps=1048576 wbps=max riops=max wiops=max" --device-read-bps "$dev:1mb"
	limit "--device-write-bps" $b.write_bps_device "$n 2048" io.max \
		"$n rbps=max wbps=2048 riops=max wiops=max" --device-write-bps "$dev:2k"
	limit "--device-read-iops" $b.read_iops_device "$n 100" io.max \
		"$n rbps=max wbps=max riops=100 wiops=max" --device-read-iops "$dev:100"
	limit "--device-write-iops" $b.write_iops_device "$n 7" io.max \
		"$n rbps=max wbps=max riops=max wiops=7" --device-write-iops "$dev:7"
	weighs="default 100$nl$n 300"
	[ $weight = io.bfq.weight ] || weighs="default 100$nl$n 2930"
	# the file is there, and takes it only while that disk's scheduler is bfq
	run r --blkio-weight-device "$dev:300" busybox true
	if printf '%s' "$err" | grep -q warn; then
		like "$err" 'weight of a device is not limited: this kernel' "--blkio-weight-device: not here, which is told"
	else
		limit "--blkio-weight-device" blkio/blkio.bfq.weight_device "default 100$nl$n 300" \
			$weight "$weighs" --blkio-weight-device "$dev:300"
	fi
fi
run_is 127 "a device that is not there" r --device-read-bps /dev/nosuch:1mb busybox true
run_is 125 "a rate that is none" r --device-read-bps /dev/null:x busybox true
like "$err" 'invalid rate for device: /dev/null:x' "and says so"

# ---- real time: only where the groups above have some to give
rt="--cpu-rt-period 1000000 --cpu-rt-runtime 1000"
if [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]; then
	# shellcheck disable=SC2086
	limit "--cpu-rt-runtime" cpu/cpu.rt_runtime_us 1000 x x $rt
	# shellcheck disable=SC2086
	limit "--cpu-rt-period" cpu/cpu.rt_period_us 1000000 x x $rt
	proa run -d --name rt --network none busybox sleep 1000 >/dev/null
	run_is 0 "update --cpu-rt-runtime, --cpu-rt-period" \
		proa update --cpu-rt-period 500000 --cpu-rt-runtime 2000 rt
	is "$(proa exec rt cat /sys/fs/cgroup/cpu/cpu.rt_runtime_us /sys/fs/cgroup/cpu/cpu.rt_period_us)" \
		"2000${nl}500000" "change them"
	proa rm -f rt >/dev/null
else
	# shellcheck disable=SC2086
	run r $rt busybox true
	like "$status $err" '^0 .*(warn|WARNING)|^125 .*real-time' "--cpu-rt-period, --cpu-rt-runtime: not here, which is told"
fi
done_testing
