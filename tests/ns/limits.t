#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limits.t: what limits do to those who meet them: memory, processes, CPU time, the set of CPUs, real
# time. That the values are in the kernel's files is in flags_limits.t.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	timeout 60 "$PROA" --data-root "$D" --exec-root "$E" run --rm --network none "$@"
}
cgroups=$(awk '$3 == "cgroup" { v1 = 1 } $3 == "cgroup2" { v2 = 1 }
	END { print v1 ? "v1" : v2 ? "v2" : "none" }' /proc/mounts)

# ---- what can never be is refused at create, in Docker's words
no() { # PATTERN FLAG...
	no_want=$1
	shift
	run_is 125 "refused: $*" r "$@" busybox true
	like "$err" "$no_want" "in Docker's words"
	one_line "in one line"
}
no 'Minimum memory limit allowed is 6MB' -m 1m
no 'You should always set the Memory limit when using Memoryswap limit, see usage' --memory-swap 64m
no 'Minimum memoryswap limit should be larger than memory limit, see usage' -m 64m --memory-swap 32m
no 'Minimum memory limit can not be less than memory reservation limit, see usage' -m 64m \
	--memory-reservation 128m
no '101.*alid memory swappiness range is 0-100' --memory-swappiness 101
no 'range of CPUs is from 0.01 to [0-9]+.00, as there are only [0-9]+ CPUs available' --cpus 100000
no 'Nano CPUs and CPU Quota cannot both be set' --cpus 1 --cpu-quota 10000
no 'Nano CPUs and CPU Period cannot both be set' --cpus 1 --cpu-period 10000
no 'CPU cfs period can not be less than 1ms' --cpu-period 1
no 'CPU cfs quota can not be less than 1ms' --cpu-quota 1
no 'Requested CPUs are not available - requested 8191, available: 0' --cpuset-cpus 8191
no 'Requested memory nodes are not available - requested 99, available: 0' --cpuset-mems 99
no 'Invalid value 0-x for cpuset cpus: invalid format: 0-x' --cpuset-cpus 0-x
no 'invalid CPU shares \(-1\): value must be a positive integer' --cpu-shares -1
no 'Range of blkio weight is from 10 to 1000' --blkio-weight 5
no "invalid device cgroup (rule )?format:? 'x 1:3 r'" --device-cgroup-rule 'x 1:3 r'

# ---- what is seen of it from outside
proa run -d --name seen -m 64m --network none busybox sleep 1000 >/dev/null 2>&1
like "$(proa top seen -o pid,args | tail -n 1)" '^[0-9]+ +sleep 1000$' "top"
is "$(proa stats --no-stream --format '{{.Name}} {{.PIDs}}' seen)" "seen 1" "stats: processes"
like "$(proa stats --no-stream --format '{{.MemUsage}} {{.MemPerc}}' seen)" \
	"^[0-9.]+(B|KiB|MiB) / $([ $cgroups = none ] && echo '[0-9.]+[MGT]iB' || echo 64MiB) [0-9]+\.[0-9]{2}%\$" \
	"stats: memory and its limit"
proa rm -f seen >/dev/null

if [ $cgroups = none ]; then
	run_is 0 "without control groups a container starts" r -m 64m --pids-limit 5 --cpus 0.5 busybox true
	is "$(printf '%s\n' "$err" | grep -c 'is not limited: there is no control group')" 3 \
		"and each limit is one warning line"
	done_testing
fi

# ---- memory
run r -m 8m --memory-swap 8m busybox sh -c 'tail -c 100m /dev/zero; echo $?'
is "$out" 137 "who wants more memory than there is gets killed, its parent does not"
run r -m 64m busybox sh -c 'head -c 20m /dev/zero | tail -c 20m | wc -c'
is "$out" 20971520 "who wants less goes on"
proa run -d --name oom -m 8m --memory-swap 8m --network none busybox tail -c 100m /dev/zero >/dev/null
is "$(proa wait oom)" 137 "a first process that is killed for memory"
is "$(proa inspect -f '{{.State.OOMKilled}}' oom)" true "is known to be"
proa rm oom >/dev/null

# ---- processes
run r --pids-limit 10 busybox sh -c '
	( while :; do sleep 60 & done )
	set -- /proc/[0-9]*
	echo $#'
like "$out" '^(9|10)$' "a flood of processes ends at the limit"
like "$err" "can't fork: " "which it is told"
proa run -d --name bomb --pids-limit 20 --network none busybox \
	sh -c 'b() { b | b & b; }; mkfifo /f; (b) & read -r x <>/f' >/dev/null
pids() {
	cat "/sys/fs/cgroup$([ $cgroups = v1 ] && echo /pids)$PROA_CGROUP_PARENT/$(id_of bomb)/pids.$1" 2>/dev/null
}
stopped() {
	case $(pids events) in
	'max 0' | '') return 1 ;;
	esac
}
ok "a fork bomb meets the limit" wait_for 20 stopped
below() { # a fork that is refused counts for a moment
	[ "$(pids current)" -le 20 ]
}
ok "and stays below it" wait_for 20 below
run_is 0 "it can be removed" timeout 60 "$PROA" --data-root "$D" --exec-root "$E" rm -f bomb

# ---- CPU
stat=/sys/fs/cgroup/$([ $cgroups = v1 ] && echo cpu/)cpu.stat
run r --cpus 0.05 busybox sh -c "i=0
	while [ \$i -lt 3000 ]; do
		grep -q '^nr_throttled [1-9]' $stat && echo throttled && break
		i=\$((i + 1))
	done"
is "$out" throttled "who uses more CPU time than --cpus gives is held back"
is "$(r --cpuset-cpus 0 busybox sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status)" 0 "--cpuset-cpus binds"
is "$(r --cpuset-mems 0 busybox sed -n 's/^Mems_allowed_list:.//p' /proc/self/status)" 0 "--cpuset-mems binds"

# ---- real time
if [ $cgroups = v2 ] || [ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]; then
	no 'kernel does not support CPU real-time scheduler' --cpu-rt-runtime 1000
else
	cat >"$T/fifo.c" <<-'C'
		#define _GNU_SOURCE
		#include <stdio.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		int main(void)
		{
			int priority = 1;

			puts(syscall(SYS_sched_setscheduler, 0, 1, &priority) ? "no" : "real");
			return 0;
		}
	C
	${CC_STATIC:-cc -static} -o "$T/fifo" "$T/fifo.c" || bail "cannot build fifo.c"
	chmod 755 "$T/fifo"
	is "$(r --cap-add SYS_NICE -v "$T/fifo:/fifo" busybox /fifo)" no \
		"without --cpu-rt-runtime there is no real-time scheduling"
	is "$(r --cap-add SYS_NICE -v "$T/fifo:/fifo" --cpu-rt-period 1000000 --cpu-rt-runtime 10000 \
		busybox /fifo)" real "with it there is"
	no 'cpu real-time runtime cannot be higher than cpu real-time period' --cpu-rt-period 1000 \
		--cpu-rt-runtime 2000
fi

# ---- devices
run r --device-cgroup-rule 'c 1:11 rwm' busybox true
is "$status$err" 0 "a rule for devices"

# ---- few descriptors
groups() {
	r busybox cat /proc/self/cgroup | sed -E 's/[0-9a-f]{64}/ID/'
}
want=$(groups)
few=
for n in 28 30 31 32 33 34 36 40; do
	got=$(ulimit -n $n; groups 2>"$T/few") || true
	[ -n "$got" ] || [ -s "$T/few" ] || few="$few $n: silent"
	[ -z "$got" ] || [ "$got" = "$want" ] || few="$few $n: $got"
done
is "$few" "" "with few descriptors it starts in all of its control groups, or not at all"
done_testing
