#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# update.t: changed limits are in the kernel at once and in the record for the next start; what is
# refused, by the rules or by the kernel, changes nothing.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

cgroups=$(awk '$3 == "cgroup" { v1 = 1 } $3 == "cgroup2" { v2 = 1 }
	END { print v1 ? "v1" : v2 ? "v2" : "none" }' /proc/mounts)
proa run -d --name ua --network none -m 64m busybox sleep 1000 >/dev/null
id=$(id_of ua)
record() {
	sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$D/containers/$id/config.json"
}

if [ $cgroups = none ]; then
	run_is 1 "a limit of a running container without control groups" proa update -m 32m ua
	like "$err" 'no control group for it on this machine' "is refused with the reason"
	is "$(record Memory)" 67108864 "and not written down"
	run_is 0 "the restart policy needs none" proa update --restart on-failure:3 ua
	proa rm -f ua >/dev/null
	done_testing
fi

# now V1FILE V2FILE: what the kernel has
now() {
	if [ $cgroups = v1 ]; then
		cat "/sys/fs/cgroup/${1%%.*}$PROA_CGROUP_PARENT/$id/$1"
	else
		cat "/sys/fs/cgroup$PROA_CGROUP_PARENT/$id/$2"
	fi
}
# eff DESC V1FILE V1WANT V2FILE V2WANT FLAG...
eff() {
	eff_desc=$1 eff_v1=$2 eff_want=$3 eff_v2=$4
	[ $cgroups = v1 ] || eff_want=$5
	shift 5
	run proa update "$@" ua
	is "$out$err|$(now "$eff_v1" "$eff_v2")" "ua|$eff_want" "$eff_desc"
}
eff "--memory, less" memory.limit_in_bytes 33554432 memory.max 33554432 -m 32m
eff "--memory-swap" memory.memsw.limit_in_bytes 268435456 memory.swap.max 234881024 --memory-swap 256m
eff "--memory, more" memory.limit_in_bytes 134217728 memory.max 134217728 -m 128m
eff "both, more than both were" memory.limit_in_bytes 536870912 memory.max 536870912 -m 512m \
	--memory-swap -1
eff "--memory-swap: no limit" memory.memsw.limit_in_bytes "$(cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes \
	2>/dev/null)" memory.swap.max max --memory-swap -1
eff "--memory-reservation" memory.soft_limit_in_bytes 16777216 memory.low 16777216 \
	--memory-reservation 16m
eff "--cpus" cpu.cfs_quota_us 50000 cpu.max "50000 100000" --cpus 0.5
eff "--cpu-shares" cpu.shares 512 cpu.weight 59 -c 512
eff "--cpuset-cpus" cpuset.cpus 0 cpuset.cpus 0 --cpuset-cpus 0
eff "--cpuset-mems" cpuset.mems 0 cpuset.mems 0 --cpuset-mems 0
eff "--pids-limit" pids.max 77 pids.max 77 --pids-limit 77
is "$(proa exec ua sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status)" 0 "what runs in it is bound to that CPU"
for want in "Memory 536870912" "MemorySwap -1" "MemoryReservation 16777216" "NanoCpus 500000000" \
	"CpuShares 512" 'CpusetCpus "0"' "PidsLimit 77"; do
	is "$(record "${want% *}")" "${want#* }" "the record: $want"
done
eff "--pids-limit 0: none" pids.max max pids.max max --pids-limit 0
if [ -e /sys/fs/cgroup/blkio ]; then
	weight=$(ls /sys/fs/cgroup/blkio"$PROA_CGROUP_PARENT/$id"/blkio.*weight 2>/dev/null | head -n 1)
else
	weight=$(ls /sys/fs/cgroup"$PROA_CGROUP_PARENT/$id"/io.*weight 2>/dev/null | head -n 1)
fi
run proa update --blkio-weight 300 ua
if [ -n "$weight" ]; then
	like "$(cat "$weight")" '(^|default )(300|2930)$' "--blkio-weight"
else
	like "$err" 'block IO weight cannot be limited: ' "--blkio-weight is refused where no scheduler weighs"
fi

# ---- refused, nothing changes
cp "$D/containers/$id/config.json" "$T/before"
no() { # PATTERN FLAG...
	no_want=$1
	shift
	run_is 1 "refused: $*" proa update "$@" ua
	like "$err" "$no_want" "in Docker's words"
	is "$(cmp "$T/before" "$D/containers/$id/config.json" 2>&1)" "" "the record is as it was"
}
no 'Minimum memory limit allowed is 6MB' -m 1m
no 'Minimum memoryswap limit should be larger than memory limit' -m 64m --memory-swap 32m
no 'CPU Quota cannot be updated as NanoCPUs has already been set' --cpu-quota 10000
no 'CPU Period cannot be updated as NanoCPUs has already been set' --cpu-period 10000
no 'range of CPUs is from 0.01 to [0-9]+.00, as there are only [0-9]+ CPUs available' --cpus 100000
no 'Requested CPUs are not available - requested 8191, available: ' --cpuset-cpus 8191
no 'Requested memory nodes are not available - requested 99, available: ' --cpuset-mems 99
no 'Range of blkio weight is from 10 to 1000' --blkio-weight 5
no "unknown policy 'bad'; use one of" --restart bad
no 'maximum retry count can only be used with .on-failure.' --restart always:3
no 'one or more flags' --memory 0
if [ $cgroups = v2 ]; then
	no 'kernel does not support CPU real-time' --cpu-rt-runtime 1000
else
	no 'the minimum allowed cpu-shares is 2' --cpu-shares 1
fi
# the kernel refuses the second of two: a CPU that the parent group may not use
if [ $cgroups = v1 ] && [ "$(nproc)" -gt 1 ]; then
	mkdir "/sys/fs/cgroup/cpuset$PROA_CGROUP_PARENT-x"
	echo 0 >"/sys/fs/cgroup/cpuset$PROA_CGROUP_PARENT-x/cpuset.cpus"
	echo 0 >"/sys/fs/cgroup/cpuset$PROA_CGROUP_PARENT-x/cpuset.mems"
	proa run -d --name ux --cgroup-parent "$PROA_CGROUP_PARENT-x" --network none --cpu-shares 100 busybox \
		sleep 1000 >/dev/null
	idx=$(id_of ux)
	run_is 1 "the kernel refuses" proa update --cpu-shares 200 --cpuset-cpus 1 ux
	like "$err" 'the set of CPUs cannot be limited: ' "with its reason"
	is "$(cat "/sys/fs/cgroup/cpu$PROA_CGROUP_PARENT-x/$idx/cpu.shares")" 100 "what it took before is taken back"
	like "$(cat "$D/containers/$idx/config.json")" '"CpuShares":100' "and not written down"
	proa rm -f ux >/dev/null
	for d in /sys/fs/cgroup/*"$PROA_CGROUP_PARENT-x"; do
		rmdir "$d"
	done
fi

# ---- the next start, and one that does not run
proa kill ua >/dev/null
proa wait ua >/dev/null
run_is 0 "one that does not run" proa update --memory 96m --memory-swap 96m --pids-limit 33 ua
proa start ua >/dev/null
is "$(now memory.limit_in_bytes memory.max) $(now pids.max pids.max) $(now cpu.shares cpu.weight)" \
	"100663296 33 $([ $cgroups = v1 ] && echo 512 || echo 59)" "starts with its new limits"
proa rm -f ua >/dev/null

# ---- another policy is the shim's at once
proa run -d --name up --network none --restart no busybox sh -c 'sleep 1000 & wait' >/dev/null
id=$(id_of up)
run_is 0 "--restart" proa update --restart always --pids-limit 44 up
is "$(record RestartPolicy)" '{"Name":"always"' "is written down"
pid=$(sed -n 's/.*"Pid":\([0-9]*\).*/\1/p' "$E/containers/$id/state")
kill -9 "$pid"
again() {
	new=$(sed -n 's/.*"Pid":\([0-9]*\).*/\1/p' "$E/containers/$id/state")
	[ -n "$new" ] && [ "$new" != "$pid" ] && [ "$new" != 0 ] && kill -0 "$new"
}
ok "it is started again by its new policy" wait_for 20 again
is "$(now pids.max pids.max)" 44 "with its new limits"
proa rm -f up >/dev/null
run proa run -d --rm --name ur --network none busybox sleep 1000
run_is 1 "--restart of one that is removed at its end" proa update --restart always ur
like "$err" 'Restart policy cannot be updated because AutoRemove is enabled' "is refused"
run_is 0 "its limits can be changed" proa update --pids-limit 44 ur
proa rm -f ur >/dev/null
done_testing
