# SPDX-License-Identifier: Apache-2.0
# reach.sh: who reaches whom. Networks of each kind with containers on them, the host, another machine on
# a LAN; each asks each, over TCP and UDP, IPv4 and IPv6, directly and through published ports. Sourced
# by network.sh and tests/golden/reach.t after endpoints.sh. $REACH: tests/golden/reach.c, compiled.
#
# reach_up makes it all, reach_ask MS leaves FILE.<who> in $R for each who asks, reach_down ends it.
# A line of those is: who asks, protocol, address, port, what this is, the answer: the name of who
# answers and the address that it saw, or "-".

REACH_SOURCES="host lan a1 a2 b1 ab i1 i2 c1 c2 d1 d2 r1 r2 m1 u1 s1"

reach_one() { # NAME ARG...: a container that listens on 80 and 81 (UDP)
	n=$1
	shift
	engine run -d --name "c$n" -v "$REACH:/reach:ro" "$@" busybox /reach serve "$n" 80 81 >/dev/null
}

reach_net() { # NAME NUMBER ARG...: 10.NUMBER.0.0/24 and fd00:NUMBER::/64
	n=$1 x=$2
	shift 2
	engine network create --ipv6 --subnet "10.$x.0.0/24" --subnet "fd00:$x::/64" "$@" "$n" >/dev/null
}

reach_lan() { # the other machine, 192.0.2.2, whose way to everywhere is the host
	unshare -n sleep 100000 &
	lan=$!
	while [ "$(readlink "/proc/$lan/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do
		sleep 0.05
	done
	in_lan="nsenter --net=/proc/$lan/ns/net"
	ip link add lan0 type veth peer name eth0 netns "$lan"
	echo 0 >/proc/sys/net/ipv6/conf/lan0/accept_dad
	ip address add 192.0.2.1/24 dev lan0
	ip address add 2001:db8:1::1/64 dev lan0
	ip link set lan0 up
	$in_lan ip link set lo up
	$in_lan sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad'
	$in_lan ip address add 192.0.2.2/24 dev eth0
	$in_lan ip address add 2001:db8:1::2/64 dev eth0
	$in_lan ip link set eth0 up
	$in_lan ip route add default via 192.0.2.1
	$in_lan ip -6 route add default via 2001:db8:1::1
	$in_lan "$REACH" serve lan 80 81 &
	servers=$!
	"$REACH" serve host 90 91 &
	servers="$servers $!"
}

reach_up() {
	reach_lan
	o=com.docker.network.bridge
	reach_net na 31
	reach_net nb 32
	reach_net int 33 --internal
	reach_net noicc 34 -o $o.enable_icc=false
	reach_net routed 35 -o $o.gateway_mode_ipv4=routed -o $o.gateway_mode_ipv6=routed
	reach_net nomasq 36 -o $o.enable_ip_masquerade=false
	reach_net unprot 37 -o $o.gateway_mode_ipv4=nat-unprotected -o $o.gateway_mode_ipv6=nat-unprotected
	reach_net iso 38 --internal -o $o.gateway_mode_ipv4=isolated -o $o.gateway_mode_ipv6=isolated
	reach_one a1 --network na --ip 10.31.0.11 --ip6 fd00:31::11 -p 8001:80 -p 8001:81/udp
	reach_one a2 --network na --ip 10.31.0.12 --ip6 fd00:31::12
	reach_one b1 --network nb --ip 10.32.0.11 --ip6 fd00:32::11 -p 127.0.0.1:8002:80
	reach_one ab --network name=na,ip=10.31.0.13,ip6=fd00:31::13 \
		--network name=nb,ip=10.32.0.13,ip6=fd00:32::13 -p 8008:80
	reach_one i1 --network int --ip 10.33.0.11 --ip6 fd00:33::11 -p 8003:80
	reach_one i2 --network int --ip 10.33.0.12 --ip6 fd00:33::12
	reach_one c1 --network noicc --ip 10.34.0.11 --ip6 fd00:34::11 -p 8004:80
	reach_one c2 --network noicc --ip 10.34.0.12 --ip6 fd00:34::12
	reach_one d1 -p 8005:80
	reach_one d2
	reach_one r1 --network routed --ip 10.35.0.11 --ip6 fd00:35::11 -p 8006:80
	reach_one r2 --network routed --ip 10.35.0.12 --ip6 fd00:35::12
	reach_one m1 --network nomasq --ip 10.36.0.11 --ip6 fd00:36::11 -p 8007:80
	reach_one u1 --network unprot --ip 10.37.0.11 --ip6 fd00:37::11
	reach_one s1 --network iso --ip 10.38.0.11 --ip6 fd00:38::11
}

reach_targets() {
	while read -r name a4 a6; do
		echo "tcp $a4 80 $name"
		echo "udp $a4 81 $name"
		[ "$a6" = - ] || echo "tcp $a6 80 $name"
	done <<-T
		a1 10.31.0.11 fd00:31::11
		a2 10.31.0.12 fd00:31::12
		ab-on-na 10.31.0.13 fd00:31::13
		ab-on-nb 10.32.0.13 fd00:32::13
		b1 10.32.0.11 fd00:32::11
		i1 10.33.0.11 fd00:33::11
		c1 10.34.0.11 fd00:34::11
		c2 10.34.0.12 fd00:34::12
		d1 172.17.0.2 -
		d2 172.17.0.3 -
		r1 10.35.0.11 fd00:35::11
		r2 10.35.0.12 fd00:35::12
		m1 10.36.0.11 fd00:36::11
		u1 10.37.0.11 fd00:37::11
		s1 10.38.0.11 fd00:38::11
		lan 192.0.2.2 2001:db8:1::2
	T
	while read -r what proto port addresses; do
		for a in $addresses; do
			echo "$proto $a $port $what"
		done
	done <<-T
		a1-published tcp 8001 127.0.0.1 192.0.2.1 10.31.0.1 ::1 2001:db8:1::1 fd00:31::1
		a1-published udp 8001 127.0.0.1 192.0.2.1 10.31.0.1 2001:db8:1::1
		b1-on-127.0.0.1 tcp 8002 127.0.0.1 192.0.2.1 10.32.0.1 ::1
		i1-published tcp 8003 127.0.0.1 192.0.2.1
		c1-published tcp 8004 127.0.0.1 192.0.2.1 2001:db8:1::1
		d1-published tcp 8005 127.0.0.1 192.0.2.1 172.17.0.1 ::1 2001:db8:1::1
		r1-published tcp 8006 127.0.0.1 192.0.2.1 2001:db8:1::1
		m1-published tcp 8007 127.0.0.1 192.0.2.1
		ab-published tcp 8008 127.0.0.1 192.0.2.1 2001:db8:1::1
		host tcp 90 192.0.2.1 10.31.0.1 10.32.0.1 10.33.0.1 10.35.0.1 172.17.0.1 2001:db8:1::1 fd00:31::1
		host udp 91 192.0.2.1 10.31.0.1 10.33.0.1
	T
}

reach_from() { # WHO MS
	case $1 in
	host) "$REACH" ask "$2" ;;
	lan) $in_lan "$REACH" ask "$2" ;;
	*) engine_stdin exec -i "c$1" /reach ask "$2" ;;
	esac <"$R/list" >"$R/out.$1"
	while read -r proto address port what && IFS= read -r got <&3; do
		printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$proto" "$address" "$port" "$what" "$got"
	done <"$R/targets" 3<"$R/out.$1" >"$R/from.$1"
}

reach_ask() { # MS [WHO...]
	ms=$1
	shift
	reach_targets >"$R/targets"
	cut -d' ' -f1-3 "$R/targets" >"$R/list"
	asking=
	for who in ${*:-$REACH_SOURCES}; do
		reach_from "$who" "$ms" &
		asking="$asking $!"
	done
	# shellcheck disable=SC2086
	wait $asking
}

reach_down() {
	for who in $REACH_SOURCES; do
		case $who in host | lan) ;; *) engine rm -f "c$who" >/dev/null ;; esac
	done
	# shellcheck disable=SC2086
	kill $servers "$lan"
}
