#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network connect: containers that run and that do not; addresses, aliases; what is refused.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

nets() { # CONTAINER: the networks it is on while it runs, with its addresses
	proa exec "$1" ip -o -4 addr | sed -n 's/.* \(eth[0-9]\) .*inet \([0-9./]*\) .*/\1 \2/p' | tr '\n' ' '
}
for n in n1 n2; do
	proa network create $n >/dev/null
done
proa network create --subnet 10.77.0.0/24 n3 >/dev/null
proa run -d --name web --network n1 busybox sleep 1000 >/dev/null
proa run -d --name peer --network n3 busybox sleep 1000 >/dev/null
is "$(nets web)" "eth0 172.18.0.2/16 " "one network"
run_is 0 "one more" proa network connect n2 web
is "$out$err" "" "says nothing"
is "$(nets web)" "eth0 172.18.0.2/16 eth1 172.19.0.2/16 " "is there at once"
run_is 1 "again" proa network connect n2 web
is "$err" "proa: endpoint with name web already exists in network n2" "is refused"
ok "an address, a name" proa network connect --ip 10.77.0.5 --alias foo,bar --driver-opt a=b --gw-priority 3 n3 web
is "$(nets web)" "eth0 172.18.0.2/16 eth1 172.19.0.2/16 eth2 10.77.0.5/24 " "it has it"
ok "it is found by its name" proa exec peer ping -c 1 -W 10 web
ok "and by its alias" proa exec peer ping -c 1 -W 10 bar
like "$(proa network inspect -f '{{json .Containers}}' n3)" '"Name":"web","EndpointID":"[0-9a-f]{64}","MacAddress":"[0-9a-f:]*","IPv4Address":"10\.77\.0\.5/24"' "inspect shows it"
like "$(proa exec web ip route)" '^default via 10\.77\.0\.1 ' "and the higher priority leads out"

# all of it is there after a restart
proa restart -t 0 web >/dev/null
is "$(nets web | tr ' ' '\n' | grep -c '^eth')" 3 "three networks after a restart"
like "$(nets web)" '10\.77\.0\.5/24' "with the address"
ok "and the alias" proa exec peer ping -c 1 -W 10 foo

bad() { # WORDS ARG...
	bad_want=$1
	shift
	run_is 1 "refused: $*" proa network connect "$@"
	is "$err" "proa: $bad_want" "with the reason"
}
s="invalid endpoint settings:"
proa run -d --name plain --network n1 busybox sleep 1000 >/dev/null
bad 'network nosuch not found' nosuch web
bad 'No such container: nosuch' n2 nosuch
bad 'cannot connect container to host network - container must be created in host network mode' host web
bad 'container cannot be connected to multiple networks with one of the networks in private (none) mode' none web
bad "$s user specified IP address is supported only when connecting to networks with user configured subnets" --ip 1.2.3.4 n2 plain
bad "$s no configured subnet or ip-range contain the IP address 172.30.0.5" --ip 172.30.0.5 n3 plain
bad "$s user specified IP address is supported on user defined networks only" --ip 172.17.0.9 bridge plain
bad "$s network-scoped alias is supported only for containers in user defined networks" --alias x bridge plain
bad 'Address already in use' --ip 10.77.0.1 n3 plain
bad 'Address already in use' --ip 10.77.0.5 n3 plain
like "$(nets plain)" '^eth0 172\.18\.[0-9.]*/16 $' "none of them did anything"
is "$(proa inspect -f '{{len .NetworkSettings.Networks}}' plain)" 1 "nor is one written down"
run_is 1 "a bad address" proa network connect --ip x n3 plain
is "$err" "proa: $s invalid IPv4 address: x" "is told"
bad "$s invalid IPv4 address: fd00::5" --ip fd00::5 n3 plain
bad "$s invalid IPv6 address: 10.77.0.9" --ip6 10.77.0.9 n3 plain
bad "$s invalid link-local IP address: x" --link-local-ip x n3 plain
run_is 1 "a bad option" proa network connect --driver-opt x n3 plain
like "$err" 'invalid key/value pair format in driver options: x$' "is told"

proa run -d --name hosted --network host busybox sleep 1000 >/dev/null
proa create --name alone --network none busybox true >/dev/null
proa create --name joined --network container:web busybox true >/dev/null
bad 'container sharing network namespace with another container or host cannot be connected to any other network' n2 hosted
bad 'container sharing network namespace with another container or host cannot be connected to any other network' n2 joined
bad 'container cannot be connected to multiple networks with one of the networks in private (none) mode' n2 alone

# one that does not run
proa create --name later --network n1 busybox sleep 1000 >/dev/null
ok "one that does not run" proa network connect n2 later
ok "twice" proa network connect --alias once n2 later
is "$(proa network inspect -f '{{len .Containers}}' n2)" 1 "is on no network yet"
proa start later >/dev/null
is "$(nets later | tr ' ' '\n' | grep -c '^eth')" 2 "but is when it starts"
ok "with its alias" proa exec web ping -c 1 -W 10 once
proa network create --config-only conf >/dev/null
bad 'network conf holds settings for other networks: no container can be connected to it' conf later

# as many labels as a network may have
long=$(printf %0100000d 0)
set --
for i in 1 2 3 4 5 6 7 8 9 10; do
	set -- "$@" --label "l$i=$long"
done
run_is 1 "more labels than a record holds" proa network create "$@" --label "more=$long" huge
like "$err" 'are larger than 1048576 bytes$' "are refused"
proa network create "$@" large >/dev/null
ok "a network with a megabyte of labels" proa network connect large plain
proa network disconnect large plain

# two connects and a removal at once: what is connected is there, what is removed is not
proa network create n4 >/dev/null
proa network connect n4 web 2>/dev/null &
a=$!
proa network connect n4 later 2>/dev/null &
b=$!
proa network rm n4 >/dev/null 2>&1 &
c=$!
wait $a; a=$?
wait $b; b=$?
wait $c; c=$?
if [ $c = 0 ]; then
	is "$a $b" "1 1" "at once: the removal was first"
else
	is "$(proa network inspect -f '{{len .Containers}}' n4)" "$((2 - a - b))" "at once: both were first"
fi
done_testing
