#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network rm: what goes, what stays, what is in use.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
need_tool ip
load_busybox

proa network create a >/dev/null
id=$(proa network create b)
run_is 1 "several" proa network rm a nosuch bridge "$id"
is "$out" "a$nl$id" "go"
is "$err" "proa: network nosuch not found${nl}proa: bridge is a pre-defined network and cannot be removed" "or are told"
is "$(ip -o link show type bridge)" "" "with their interfaces"
run_is 0 "-f" proa network rm -f nosuch
is "$out$err" "" "is quiet about one that is not there"
run_is 1 "an empty name" proa network rm ''
for n in host none default; do
	run_is 1 "$n" proa network remove $n
	like "$err" 'is a pre-defined network and cannot be removed$' "stays"
done

proa network create used >/dev/null
proa run -d --name web --network used busybox sleep 1000 >/dev/null
run_is 1 "one in use" proa network rm used
like "$err" '^proa: error while removing network: network used has active endpoints \(name:"web" id:"[0-9a-f]{12}"\)$' "stays"
is "$(proa network ls -q -f dangling=true)" "" "it is not dangling"
is "$(proa network prune -f)" "" "nor pruned"
like "$(proa network inspect -f '{{json .Containers}}' used)" \
	'^\{"[0-9a-f]{64}":\{"Name":"web","EndpointID":"[0-9a-f]{64}","MacAddress":"02:42:[0-9a-f:]*","IPv4Address":"172\.18\.0\.2/16","IPv6Address":""\}\}$' "its containers"
proa stop -t 0 web >/dev/null
is "$(proa network inspect -f '{{json .Containers}}' used)" "{}" "one that ended is none of them"
is "$(proa network rm used)" used "and does not keep it"
run_is 1 "but it does not start" proa start web
like "$err" 'failed to set up container networking: network used not found' "without it"

# between the runs of one that is started again and again nobody is on it
proa network create used >/dev/null
proa run -d --name again --network used --restart always busybox false >/dev/null
gone() {
	proa network rm used >/dev/null 2>&1 || ! proa network inspect used >/dev/null 2>&1
}
wait_for 20 gone
wait_for 20 is_state again restarting
proa rm -f again >/dev/null
is "$(ip -o link show type bridge)" "" "its next run does not bring the bridge back"

# its shim is killed: who removes the network ends what is left of it
proa network create used >/dev/null
proa run -d --name orphan --network used busybox sleep 1000 >/dev/null
kill_shim orphan
is "$(proa network rm used)" used "a killed shim does not keep it"
is "$(ip -o link show type bridge)" "" "nothing is left"
done_testing
