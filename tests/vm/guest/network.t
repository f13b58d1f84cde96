#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network.t: networks on a machine where nobody else has made rules or bridges, and whose bridges do not
# filter (br_netfilter is not there): names, published ports, isolation without icc. In the guest's own
# namespace, which is the host's here.
. "$(dirname "$0")/../../lib.sh"

need_root
need_proa
load_busybox

# serve NAME FLAG...: an HTTP server that says its name. get FROM ADDRESS PORT SECONDS: what it answers.
serve() {
	n=$1
	shift
	ok "a container $n" proa run -d --name "$n" "$@" busybox sh -c \
		'mkdir /www && echo "$0" >/www/index.html && exec httpd -f -p 80 -h /www' "$n"
}
get() { # not by wget: busybox's dies where it is linked with glibc statically
	where=
	[ "$1" = host ] || where="proa exec -i $1"
	# shellcheck disable=SC2086
	printf 'GET / HTTP/1.0\r\n\r\n' | $where busybox nc -w "$4" "$2" "$3" 2>/dev/null | tail -n 1
}
gets() { [ "$(get "$1" "$2" "$3" 20)" = "$4" ]; }
no_way() { [ -z "$(get "$1" "$2" 80 2)" ]; }

ip address add 10.250.0.1/24 dev lo
serve def -p 8080:80
like "$(ip link)" "^[0-9]+: proa-[0-9a-f]{8}: " "the default network is a bridge"
ok "a published port at 127.0.0.1" wait_for 20 gets host 127.0.0.1 8080 def
ok "at an address of the host" wait_for 20 gets host 10.250.0.1 8080 def
ok "a network" proa network create na
serve web --network na
serve two --network na
ok "who is on it is found by name" wait_for 20 gets two web 80 web
ok "a published port of another network" wait_for 20 gets two 10.250.0.1 8080 def
ip=$(proa inspect -f '{{.NetworkSettings.IPAddress}}' def)
ok "nothing else of it" no_way two "$ip"

ok "a network without icc" \
	proa network create -o com.docker.network.bridge.enable_icc=false --subnet 10.77.0.0/24 apart
serve one --network apart --ip 10.77.0.11 -p 8081:80
serve other --network apart --ip 10.77.0.12
ok "where one does not reach another" no_way other "10.77.0.11"
ok "but by its published port" wait_for 20 gets other 10.250.0.1 8081 one
ok "and the host reaches both" wait_for 20 gets host 10.77.0.12 80 other

for n in def web two one other; do proa rm -f "$n" >/dev/null; done
ok "the networks go" proa network rm na apart
no_link() { # the kernel ends a namespace when it comes to it
	[ -z "$(veths)" ] && ! ip link | grep -q ': br-'
}
ok "and nothing of them is left" wait_for 20 no_link
done_testing
