#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# nsjoin.t: --pid, --ipc and --network container:NAME: what is shared is looked for from both sides, and
# what may not be shared is refused in Docker's words.
# timeout: 120
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

forever='trap exit TERM; echo up; while :; do sleep 1000 & wait; done'
# up NAME FLAG...: a container that runs until it is stopped
up() {
	up_name=$1
	shift
	run proa run -d --name "$up_name" "$@" busybox sh -c "$forever"
	[ "$status" -eq 0 ] || bail "$up_name does not start: $err"
	up_id=$out
}
ns_of() {
	readlink "/proc/$(proa inspect -f '{{.State.Pid}}' "$1")/ns/$2"
}
# join FLAG...: without a network of its own, where no other is given
join() {
	case $* in
	*--network*) proa run --rm "$@" ;;
	*) proa run --rm --network none "$@" ;;
	esac
}

up giver --network none --ipc shareable --hostname giver.host --add-host there:192.0.2.7
giver=$up_id
for kind in pid ipc net; do
	flag=--$kind
	[ $kind != net ] || flag=--network
	want=$(ns_of giver $kind)
	is "$(join $flag container:giver busybox readlink /proc/self/ns/$kind)" "$want" \
		"$flag container:NAME is the other's namespace"
	is "$(join $flag "container:$giver" busybox readlink /proc/self/ns/$kind)" "$want" \
		"$flag container:ID"
	for other in pid ipc net uts; do
		[ $other != $kind ] || continue
		isnt "$(join $flag container:giver busybox readlink /proc/self/ns/$other)" \
			"$(ns_of giver $other)" "$flag container: shares no $other namespace"
	done
done

# ---- pid
is "$(join --pid container:giver busybox sh -c 'tr "\0" " " </proc/1/cmdline')" \
	"sh -c $forever " "the other's first process is process 1"
run join --pid container:giver busybox sh -c 'kill -USR1 1 2>/dev/null; exit 7'
is "$status" 7 "exit codes come through"
is "$(proa inspect -f '{{.State.Running}}' giver)" true "and its end is not the other's"
proa run -d --name guest --network none --pid container:giver busybox sleep 1000 >/dev/null
is "$(proa exec guest sh -c 'readlink /proc/self/ns/pid')" "$(ns_of giver pid)" "exec lands there too"
like "$(proa exec giver ps)" 'sleep 1000' "the other sees it"

# ---- ipc
proa exec giver sh -c 'echo shared >/dev/shm/f'
is "$(join --ipc container:giver busybox sh -c 'cat /dev/shm/f; echo back >/dev/shm/g')" \
	shared "--ipc container: has its /dev/shm"
is "$(proa exec giver cat /dev/shm/g)" back "both ways"
up third --network none --ipc container:giver
is "$(join --ipc container:third busybox cat /dev/shm/f)" shared "one may join who has joined"
run_is 1 "another one's /dev/shm stays its own" join busybox cat /dev/shm/f
up private --network none
up nothing --network none --ipc none
for name in private nothing; do
	run_is 125 "--ipc container:$name" join --ipc container:$name busybox true
	like "$err" "failed to join IPC namespace: container [0-9a-f]{64}: non-shareable IPC \(hint: use IpcMode:shareable for the donor container\)" \
		"is refused as not shareable"
done
# a hostile giver: its /dev/shm is replaced by a link that leads out of it
proa run -d --name liar --network none --privileged --pid host --ipc shareable busybox sh -c \
	"umount /dev/shm; rmdir /dev/shm; ln -s /proc/1/root/etc /dev/shm; touch /ready; $forever" >/dev/null
wait_for 20 proa exec liar test -e /ready
run join --ipc container:liar busybox ls /dev/shm
isnt "$status" 0 "a giver whose /dev/shm is a link is not followed"
unlike "$out" passwd "and shows nothing of the host"

# ---- network
is "$(join --network container:giver busybox sh -c 'hostname; cat /etc/hostname; echo $HOSTNAME')" \
	"giver.host${nl}giver.host${nl}giver.host" "--network container: has its host name"
like "$(join --network container:giver busybox cat /etc/hosts)" "192.0.2.7" "and its hosts file"
join --network container:giver busybox sh -c 'echo 192.0.2.8 late >>/etc/hosts'
like "$(proa exec giver cat /etc/hosts)" '192.0.2.8 late' "which is the very same"
up link --network container:giver
is "$(join --network container:link busybox sh -c 'hostname; readlink /proc/self/ns/net')" \
	"giver.host${nl}$(ns_of giver net)" "a chain ends at the owner"
is "$(proa inspect -f '{{.HostConfig.NetworkMode}}' link)" "container:$giver" "the name was made an ID"
proa rename giver donor
is "$(join --network "container:link" busybox readlink /proc/self/ns/net)" "$(ns_of donor net)" \
	"so a rename changes nothing"
for bad in "-h x|hostname and the network mode" "--dns 192.0.2.1|dns and the network mode" \
	"--add-host a:192.0.2.1|custom host-to-IP mapping and the network mode" \
	"--expose 80|port exposing and the container type network mode"; do
	# shellcheck disable=SC2086
	run_is 125 "${bad%%|*} with another one's network" join --network container:donor ${bad%%|*} busybox true
	like "$err" "conflicting options: ${bad#*|}" "conflicts"
done

# ---- what there is not
for flag in --pid --ipc --network; do
	run_is 125 "$flag container:nosuch" join $flag container:nosuch busybox true
	like "$err" 'No such container: nosuch' "is not there"
	run_is 125 "$flag container: of nobody" join $flag container: busybox true
done
for flag in --uts --cgroupns; do
	run_is 125 "$flag container:donor" join $flag container:donor busybox true
	like "$err" '^proa: --(uts|cgroupns): invalid (UTS|CGROUP) mode' "is no mode of Docker's"
done
proa create --name asleep --network none --ipc shareable busybox true >/dev/null
for flag in --pid --ipc; do
	run_is 125 "$flag container: of one that does not run" join $flag container:asleep busybox true
	like "$err" 'failed to join (PID|IPC) namespace: container [0-9a-f]{64} is not running' "is refused"
done
run_is 125 "--network container: of one that does not run" join --network container:asleep busybox true
like "$err" 'cannot join network namespace of a non running container: container asleep is created' "is refused"

# ---- the other's end and its next start
proa run -d --name late --network container:donor --pid container:donor busybox sleep 1000 >/dev/null
proa stop -t 5 donor >/dev/null
is "$(proa wait late)" 137 "the end of the pid namespace is the end of those in it"
run_is 1 "it does not start before the other" proa start late
like "$err" 'cannot join network namespace of a non running container' "with its reason"
proa start donor >/dev/null
run_is 0 "and after it, it does" proa start late
is "$(ns_of late net) $(ns_of late pid)" "$(ns_of donor net) $(ns_of donor pid)" "in the new namespaces"
# a restart inside the shim finds the new ones too
proa run -d --name again --network none --ipc container:donor --restart always busybox \
	sh -c 'readlink /proc/self/ns/ipc; test -e /dev/shm/stay || exit 1; sleep 1000' >/dev/null
wait_for 20 sh -c "[ \"\$('$PROA' --data-root '$D' --exec-root '$E' inspect -f '{{.RestartCount}}' again)\" -ge 1 ]"
proa exec donor touch /dev/shm/stay
wait_for 20 sh -c "'$PROA' --data-root '$D' --exec-root '$E' exec again test -e /dev/shm/stay"
is "$(proa logs again | tail -n 1)" "$(ns_of donor ipc)" "each run joins anew"
proa rm -f again late link third guest liar private nothing asleep donor >/dev/null
done_testing
