#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# guest: no (needs nft)
# Containers with published ports on three networks, created, connected, disconnected, stopped,
# killed, started, removed at random, their shims killed too: no address, port, interface, rule,
# namespace or file is left. 150 steps, 1,000 in each round of `make torture`. SEED gives the same
# steps again.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
need_tool ip nft

steps=150
[ -z "${TORTURE:-}" ] || steps=1000
: "${SEED:=$(date +%s)}"
load_busybox
diag "SEED=$SEED, $steps steps"

table() {
	nft list tables 2>/dev/null | awk '$3 ~ /^proa/ { print $2, $3 }'
}

# What may still be there when no container is: bridges, and the chains of their networks.
left() {
	veths | sed 's/^/interface /'
	find "$E/networks" -path '*/leases/*' -o -path '*/endpoints/*' 2>/dev/null | sed 's/^/file /'
	ls "$E/containers" 2>/dev/null | sed 's/^/file containers\//'
	table | while read -r family name; do
		nft list table "$family" "$name" | grep -E 'elements = .*[0-9]+ *: *[0-9]|dport [0-9]' |
			sed 's/^/rule /'
	done
	ls -l /proc/[0-9]*/ns/net 2>/dev/null | awk '{ print $NF }' | sort | uniq -c |
		awk 'END { if (NR > 40) print "namespaces " NR }'
	leak_procs | sed 's/^/process /'
}

nothing_left() {
	[ -z "$(left)" ]
}

# The steps: a word, a container's number, a number for the rest.
awk -v seed="$SEED" -v n="$steps" 'BEGIN {
	srand(seed)
	split("run run run run connect connect disconnect stop kill crash start rm rm restart", op, " ")
	for (i = 0; i < n; i++)
		print op[int(rand() * 14) + 1], int(rand() * 10), int(rand() * 1000)
}' >"$T/steps"

ok "a network" proa network create n1
ok "another, with a subnet" proa network create --subnet 10.91.0.0/24 n2
ok "and one of IPv6" proa network create --ipv6 --subnet fd91::/64 n3

set -- bridge n1 n2 n3
# unexpected FILE: it holds an error that these steps should not give.
unexpected() {
	grep -vE 'is not running|already exists in network|is not connected|already in use by|No such container|port is already allocated|is already stopped|already started|is not connected to network|endpoint with name|failed to start containers|^[0-9a-f]{64}$|^sed: ' "$1" |
		grep -q .
}

bad=0
while read -r op c r; do
	name=c$c
	net=$(eval "echo \${$((r % 4 + 1))}")
	case $op in
	run)
		fixed=
		[ "$net" != n2 ] || [ $((r % 3)) -ne 0 ] || fixed="--ip 10.91.0.$((100 + c))"
		# shellcheck disable=SC2086
		proa run -d --name "$name" --network "$net" $fixed -p "$((7000 + c)):80" -p 81/udp \
			-p "127.0.0.1:$((7100 + r % 20)):82" busybox sleep 100000
		;;
	connect) proa network connect "$net" "$name" ;;
	disconnect) proa network disconnect "$net" "$name" ;;
	stop) proa stop -t 0 "$name" ;;
	kill) proa kill "$name" ;;
	crash) pid=$(shim_of "$name") && [ -n "$pid" ] && kill -9 "$pid" ;;
	start) proa start "$name" ;;
	restart) proa restart -t 0 "$name" ;;
	rm) proa rm -f "$name" ;;
	esac >"$T/.step" 2>&1 || if unexpected "$T/.step"; then
		bad=$((bad + 1))
		[ "$bad" -gt 5 ] || diag "$op $name $net $r: $(cat "$T/.step")"
	fi
done <"$T/steps"
is "$bad" 0 "every step was done, or refused for a good reason"

# No two containers have one address.
doubles=$(for id in $(proa ps -q --no-trunc); do
	proa inspect -f '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}' "$id"
done | grep . | sort | uniq -d)
is "$doubles" "" "no address was given twice"

# shellcheck disable=SC2046
proa rm -f $(proa ps -aq) >/dev/null 2>&1
if wait_for 20 nothing_left; then
	pass "nothing is left of any container"
else
	fail "nothing is left of any container" "$(left | head -n 30)"
fi
ok "the networks can be removed" proa network rm n1 n2 n3
unlike "$(ip -o link)" ': br-' "and are gone from the host"
done_testing
