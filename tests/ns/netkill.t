#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# netkill.t: whoever makes, changes or takes down a network is killed at each message it sends to the
# kernel, and at each address it leases or file it moves. The next use repairs it, and at the end no
# address, port, interface, rule or file is left. POINTS limits them (default 8 for each verb; all
# with TORTURE, and of run always).
# timeout: 600
# guest: no
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../killpoints.inc"

need_root
need_proa
need_tool strace ip nft
load_busybox
: "${POINTS:=8}"
[ -z "${TORTURE:-}" ] || POINTS=10000
: "${VERBS:=start run rm stop connect disconnect create remove}"
calls="sendto symlinkat renameat unlinkat bind"
npoints=$POINTS

# What of the network belongs to containers.
net_left() {
	veths | sed 's/^/interface /'
	find "$E/networks" -path '*/leases/*' -o -path '*/endpoints/*' 2>/dev/null | sed 's/^/file /'
	nft list ruleset | grep -E 'elements = .*[0-9] : [0-9]' | sed 's/^/rule /'
}
none_left() {
	[ -z "$(net_left)" ]
}

# tidy WHEN: after a removal nothing of a container's is on any network.
tidy() {
	wait_for 10 none_left || wrong "$1: left is $(net_left | head -n 3)"
}

reach() { # a container from another one of its network
	must "$1" proa run --rm --network nn busybox nc -w 10 "$2" 80
}

server() {
	must "run -d" proa run -d --name "$1" --network nn -p 7080:80 busybox \
		sh -c 'while :; do nc -l -p 80 </dev/null >/dev/null; done'
}

kill_start() {
	must "create" proa create --name first --network nn -p 7080:80 busybox sleep 1000
	at=$(points start first)
	must "rm" proa rm -f first
	for n in $at; do
		must "create" proa create --name st --network nn -p 7080:80 busybox sleep 1000
		killed "$n" start st
		must "start again at $n" proa start st
		must "its address answers after start at $n" \
			proa run --rm --network nn busybox ping -c 1 -W 10 st
		must "rm after start at $n" proa rm -f st
		tidy "start at $n"
	done
}

# At all points: a container that goes by itself is in two halves for a moment.
kill_run() {
	npoints=10000
	at=$(points run --rm --network nn -p 7080:80 busybox true)
	npoints=$POINTS
	for n in $at; do
		killed "$n" run --rm --name vv --network nn -p 7080:80 busybox true
		proa rm -f vv >/dev/null 2>&1
		must "run again at $n" proa run --rm --network nn -p 7080:80 busybox true
		tidy "run at $n"
	done
}

kill_rm() {
	server first
	at=$(points rm -f first)
	for n in $at; do
		server rr
		killed "$n" rm -f rr
		proa rm -f rr >/dev/null 2>&1
		must "the port is free at $n" proa run --rm --network nn -p 7080:80 busybox true
		tidy "rm at $n"
	done
}

kill_stop() {
	server first
	at=$(points stop -t 0 first)
	must "rm" proa rm -f first
	for n in $at; do
		server ss
		killed "$n" stop -t 0 ss
		must "stop again at $n" proa stop -t 0 ss
		must "start after stop at $n" proa start ss
		reach "reached after stop at $n" ss
		must "rm after stop at $n" proa rm -f ss
		tidy "stop at $n"
	done
}

kill_connect() {
	server cc
	at=$(points network connect nm cc)
	must "rm" proa rm -f cc
	for n in $at; do
		server cc
		killed "$n" network connect nm cc
		proa network connect nm cc >"$T/.mout" 2>&1 ||
			grep -qE 'already exists|is not running|already' "$T/.mout" ||
			wrong "connect again at $n: $(cat "$T/.mout")"
		proa start cc >/dev/null 2>&1
		must "on its new network after connect at $n" \
			proa run --rm --network nm busybox ping -c 1 -W 10 cc
		must "rm after connect at $n" proa rm -f cc
		tidy "connect at $n"
	done
}

kill_disconnect() {
	server cc
	must "connect" proa network connect nm cc
	at=$(points network disconnect nm cc)
	must "rm" proa rm -f cc
	for n in $at; do
		server cc
		must "connect" proa network connect nm cc
		killed "$n" network disconnect nm cc
		proa network disconnect nm cc >"$T/.mout" 2>&1
		proa start cc >/dev/null 2>&1
		[ "$(proa inspect -f '{{len .NetworkSettings.Networks}}' cc)" = 1 ] ||
			wrong "disconnect at $n: $(proa inspect -f '{{json .NetworkSettings.Networks}}' cc)"
		reach "reached after disconnect at $n" cc
		must "rm after disconnect at $n" proa rm -f cc
		tidy "disconnect at $n"
	done
}

kill_create() {
	at=$(points network create nx)
	must "rm" proa network rm nx
	for n in $at; do
		killed "$n" network create nx
		proa network inspect nx >/dev/null 2>&1 || must "create again at $n" proa network create nx
		must "used after create at $n" proa run --rm --network nx busybox true
		must "rm after create at $n" proa network rm nx
	done
}

kill_remove() {
	must "create" proa network create nx
	at=$(points network rm nx)
	for n in $at; do
		must "create before rm at $n" proa network create nx
		killed "$n" network rm nx
		proa network rm nx >/dev/null 2>&1
		! proa network inspect nx >/dev/null 2>&1 || wrong "rm at $n: it is still there"
		must "create again after rm at $n" proa network create nx
		must "rm again at $n" proa network rm nx
	done
}

must "network" proa network create nn
must "network" proa network create nm
leak_nudge='proa run --rm --network nn busybox true'
$leak_nudge
proa run --rm --network nm busybox true # its folders are no leaks
leaks_before
others() { # interfaces that are no end of a container's pair
	ip -o link | grep -vc ': veth'
}
before=$(others)
for verb in $VERBS; do
	"kill_$verb"
	verdict "$verb"
done
is "$(others)" "$before" "as many interfaces as at the beginning"
ok "and no container's" none_left
done_testing
