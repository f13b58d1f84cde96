#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# port.t: what is published of a container, from `port` and from ps, and its filters.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "without a name" proa port
like "$err" "'proa port' requires at least 1 and at most 2 arguments" "is told"
run_is 1 "one that is missing" proa port nosuch
is "$err" "proa: No such container: nosuch" "is told"

# one that never ran, one without a network
proa create --name made -p 8080:80 busybox true >/dev/null
proa run -d --name none --network none -p 8080:80 busybox sleep 1000 >/dev/null
for c in made none; do
	run_is 0 "port $c" proa port $c
	is "$out$err" "" "has nothing to print"
	run_is 1 "one of them" proa port $c 80
	is "$err" "proa: No public port '80' published for $c" "it says so"
done
is "$(proa ps -a --format '{{.Names}}={{.Ports}}' | tr '\n' ' ')" "none= made= " "nor has ps"

run_is 0 "ports of all kinds" proa run -d --name web -p 8080:80 -p 127.0.0.1:9000-9002:9000-9002/udp \
	-p 8443:443 -p '[::1]:53:53' --expose 99 --expose 443 busybox sleep 1000
run_is 0 "port" proa port web
is "$out" "53/tcp -> [::1]:53
80/tcp -> 0.0.0.0:8080
80/tcp -> [::]:8080
443/tcp -> 0.0.0.0:8443
443/tcp -> [::]:8443
9000/udp -> 127.0.0.1:9000
9001/udp -> 127.0.0.1:9001
9002/udp -> 127.0.0.1:9002" "by number"
for p in 80 80/ 80/tcp; do
	run_is 0 "port $p" proa port web $p
	is "$out" "0.0.0.0:8080${nl}[::]:8080" "only that one"
done
for p in 81 80/udp 80/xx 99; do
	run_is 1 "port $p" proa port web $p
	is "$err" "proa: No public port '$p' published for web" "it says so"
done
proa run -d --name two -p 8090:80 -p 8091:80 busybox sleep 1000 >/dev/null
is "$(proa port two | tr '\n' ' ')" "80/tcp -> 0.0.0.0:8090 80/tcp -> 0.0.0.0:8091 80/tcp -> [::]:8090 80/tcp -> [::]:8091 " \
	"one that is published twice"
proa rm -f two >/dev/null
for p in x /tcp; do
	run_is 1 "port $p" proa port web $p
	like "$err" "invalid port \(${p%/tcp}\): .*invalid syntax" "is none"
done
run_is 1 "port 65536" proa port web 65536
like "$err" "invalid port \(65536\): .*value out of range" "is none"

is "$(proa ps --format '{{.Ports}}' -f name=web)" \
	"[::1]:53->53/tcp, 99/tcp, 127.0.0.1:9000-9002->9000-9002/udp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 0.0.0.0:8443->443/tcp, [::]:8443->443/tcp" \
	"ps: runs of ports are one, what has another number comes behind"

names() { proa ps -a --format '{{.Names}}' "$@" | sort | tr '\n' ' '; }
is "$(names -f publish=8080)" "web " "publish is the host's port"
is "$(names -f publish=80)" "" "and not the container's"
is "$(names -f publish=8000-9000)" "web " "or one of a range"
is "$(names -f publish=9000)" "" "of TCP"
is "$(names -f publish=9002-9010/udp)" "web " "unless it says so"
is "$(names -f expose=80)" "web " "expose is the container's"
is "$(names -f expose=99)" "web " "also unpublished"
is "$(names -f expose=1-50)" "" "and no other"
is "$(names -f publish=1 -f expose=99)" "web " "either will do"
is "$(names -f expose=80/foo)" "" "no port has another protocol"
bad() { # WORDS PORT
	run_is 1 "publish=$2" proa ps -f "publish=$2"
	like "$err" "^proa: error while looking up for publish $2: $1: a port is like 80, 80-90 or 53/udp\$" "says why"
}
bad 'strconv\.ParseUint: parsing "x": invalid syntax' x
bad 'strconv\.ParseUint: parsing "": invalid syntax' 80-
bad 'strconv\.ParseUint: parsing "65536": value out of range' 80-65536/tcp
bad 'Invalid range specified for the Port: 80-70' 80-70
bad 'Empty string specified for ports\.' ''
is "$(names -f network=none)" "none " "by network"
is "$(names -f network=bridge)" "made web " "the default one's name"
id=$(proa network inspect -f '{{.Id}}' bridge | cut -c1-10)
is "$(names -f "network=$id")" "web " "by the start of the ID of one that is used"

proa kill web >/dev/null
ended() { [ "$(proa inspect -f '{{.State.Running}}' web)" = false ]; }
ok "it ends" wait_for 10 ended
run_is 0 "port of one that has ended" proa port web
is "$out" "" "nothing"
is "$(names -f publish=8080)" "" "and no filter finds it"
proa rm -f web made none >/dev/null
done_testing
