#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: LOCALNET DIRECT
# timeout: 300
#
# A neighbour of the host sends it packets for 127.0.0.1, and a container does; a neighbour sends
# packets for a container's own address. route_localnet, without which the host's 127.0.0.1 would
# not reach published ports, and forwarding, without which nothing would, let them in where no rule
# is in their way: each rule is left out once.
. "$(dirname "$0")/attack.inc"
weak_build LOCALNET
localnet=$WEAK
weak_build DIRECT
direct=$WEAK
need_tool ip nsenter
load_busybox
S=$T/say
"$CC_STATIC" -Os -o "$S" "$PROA_TESTS/attack/say.c" || bail "say.c does not compile"

unshare -n sleep 1000 & # dies with us
lan=$!
own_net() {
	[ "$(readlink /proc/$lan/ns/net)" != "$(readlink /proc/self/ns/net)" ]
}
wait_for 10 own_net || bail "no namespace"
in_lan() {
	nsenter --net="/proc/$lan/ns/net" "$@"
}
ip link add lan0 type veth peer name eth0 netns "$lan" &&
	ip addr add 192.0.2.1/24 dev lan0 && ip link set lan0 up &&
	in_lan ip addr add 192.0.2.2/24 dev eth0 && in_lan ip link set eth0 up &&
	in_lan ip route add default via 192.0.2.1 &&
	in_lan ip route add 127.0.0.0/8 via 192.0.2.1 &&
	in_lan sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet' || bail "no LAN"
ip link set lo up
# a service of the host's for itself only
"$S" listen 127.0.0.1 9999 hostsecret & # dies with us

# world BIN: a network with a container by that build, its address in $ip
world() {
	as "$1" network create attacked >/dev/null &&
		as "$1" run -d --name web --network attacked -p 127.0.0.1:8081:80 \
			-v "$S:/say:ro" busybox /say listen 0.0.0.0 80 secret >/dev/null || bail "no container"
	ip=$(as "$1" inspect -f '{{.NetworkSettings.Networks.attacked.IPAddress}}' web)
	wait_for 20 here "$1" || diag "the host itself does not reach it"
}

world_end() {
	as "$1" rm -f web >/dev/null && as "$1" network rm attacked >/dev/null || diag "not removed"
}

here() {
	[ "$("$S" ask 127.0.0.1 8081)" = secret ]
}

lan_gets() { # ADDRESS PORT
	[ "$(in_lan "$S" ask "$1" "$2")" = secret ]
}

# A container that has given up its own 127.0.0.0/8 and sends that to its gateway.
route='ip addr flush dev lo; ip link set lo down
	ip route add 127.0.0.0/8 via "$(ip route | sed -n "s/default via \([0-9.]*\).*/\1/p")"
	/say ask 127.0.0.1 9999'
container_gets() { # BIN
	[ "$(as "$1" run --rm --network attacked --cap-add NET_ADMIN \
		--sysctl net.ipv4.conf.all.route_localnet=1 -v "$S:/say:ro" \
		busybox sh -c "$route" 2>/dev/null)" = hostsecret ]
}

world "$localnet"
ok "weakened: a neighbour reaches a port published at 127.0.0.1" wait_for 20 lan_gets 127.0.0.1 8081
ok "weakened: a container reaches the host's 127.0.0.1" wait_for 20 container_gets "$localnet"
world_end "$localnet"

world "$direct"
ok "weakened: a neighbour reaches a container's own port" wait_for 20 lan_gets "$ip" 80
world_end "$direct"

world "$PROA"
ok "the host itself reaches it" wait_for 20 here
nok "a neighbour does not reach a port published at 127.0.0.1" lan_gets 127.0.0.1 8081
nok "a container does not reach the host's 127.0.0.1" container_gets "$PROA"
nok "a neighbour does not reach a container's own port" lan_gets "$ip" 80
nok "nor the services of the host for itself" lan_gets 127.0.0.1 9999
ok "the host itself still reaches it" wait_for 20 here
world_end "$PROA"
done_testing
