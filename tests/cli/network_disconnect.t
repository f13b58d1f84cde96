#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network disconnect: containers that run and that do not, also from a network that is gone.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

count() { # CONTAINER: its interfaces with an address
	proa exec "$1" ip -o -4 addr | grep -c ': eth'
}
for n in n1 n2; do
	proa network create $n >/dev/null
done
web=$(proa run -d --name web --network n1 busybox sleep 1000)
proa network connect n2 web
run_is 0 "from one of two" proa network disconnect n2 web
is "$out$err" "" "says nothing"
is "$(count web)" 1 "it is gone"
is "$(proa network inspect -f '{{json .Containers}}' n2)" "{}" "for the network too"
run_is 1 "again" proa network disconnect n2 web
is "$err" "proa: container $web is not connected to network n2" "is told"
run_is 1 "from one that is not there" proa network disconnect nosuch web
is "$err" "proa: network nosuch not found" "is told"
run_is 1 "one that is not there" proa network disconnect n1 nosuch
is "$err" "proa: No such container: nosuch" "is told"

# its first network: the other one is all that it has from then on
proa network connect n2 web
ok "from the network it was made with" proa network disconnect n1 web
is "$(count web)" 1 "the other one is left"
proa restart -t 0 web >/dev/null
is "$(count web)" 1 "after a restart too"
is "$(proa network inspect -f '{{len .Containers}}' n1) $(proa network inspect -f '{{len .Containers}}' n2)" "0 1" "and it is that one"
is "$(proa network rm n1)" n1 "nobody is on the first"
proa restart -t 0 web >/dev/null
is "$(count web)" 1 "nor misses it"
ok "from all" proa network disconnect n2 web
is "$(count web)" 0 "nothing is left"

# one that does not run
late=$(proa create --name late --network n2 busybox sleep 1000)
proa network create n3 >/dev/null
proa network connect n3 late
ok "one that does not run" proa network disconnect n2 late
run_is 1 "again" proa network disconnect n2 late
is "$err" "proa: container $late is not connected to the network n2" "is told"
proa start late >/dev/null
is "$(count late) $(proa network inspect -f '{{len .Containers}}' n3)" "1 1" "starts with what is left"
proa stop -t 0 late >/dev/null
proa network rm n3 >/dev/null
run_is 1 "a network that is gone" proa start late
ok "keeps it until it is disconnected" proa network disconnect n3 late
proa network connect n2 late
ok "and connected elsewhere" proa start late

# none
proa create --name alone --network none busybox sleep 1000 >/dev/null
ok "none" proa network disconnect none alone
ok "makes room" proa network connect n2 alone
proa start alone >/dev/null
is "$(count alone)" 1 "for another one"
run_is 1 "-f of one that is not there" proa network disconnect -f n2 nosuch
is "$err" "proa: endpoint nosuch not found" "is told"

proa run -d --name hosted --network host busybox sleep 1000 >/dev/null
run_is 1 "host" proa network disconnect host hosted
is "$err" "proa: cannot disconnect container from host network - container was created in host network mode" "is told"
done_testing
