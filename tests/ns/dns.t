#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dns.t: names of containers, asked for by programs of their own (busybox in the containers, dig in
# their network namespaces), and everybody else's names, which a dnsmasq beside the host's resolv.conf
# knows. What the answers are is what dockerd 28.5 gives.
# timeout: 300
# guest: no
[ "${DNS_MOUNTS:-}" = 1 ] || DNS_MOUNTS=1 exec unshare -m "$0" "$@"
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool dig dnsmasq nsenter
load_busybox

printf 'nameserver 127.0.0.1\n' >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf || skip_all "no mounts here"

servers=
leave() {
	leave_status=$?
	# shellcheck disable=SC2086 # PIDs
	[ -z "$servers" ] || kill $servers
	(exit "$leave_status")
	lib_cleanup
}
trap leave EXIT
# server ADDRESS ANSWER: a name server in the host's namespace, that knows all of .example
server() {
	dnsmasq -k -u root -R -h -a "$1" -z -A "/example/$2" -A "/example/fd00::7" \
		--txt-record="long.example,$(printf '%0200d' 1),$(printf '%0200d' 2),$(printf '%0200d' 3)" \
		--pid-file= -q --log-facility="$T/log.$1" &
	servers="$servers $!"
	wait_for 10 dig +tries=1 +time=1 "@$1" up.example >/dev/null || bail "no dnsmasq at $1"
}
server 127.0.0.1 192.0.2.1
server 127.0.0.2 192.0.2.2

# box NAME ARG...: a container that waits
box() {
	box_name=$1
	shift
	run proa run -d --name "$box_name" "$@" busybox sleep 10000
	[ "$status" -eq 0 ] || bail "$box_name: $err"
}
# digs CONTAINER ARG...: sorted answers
digs() {
	digs_pid=$(proa inspect -f '{{.State.Pid}}' "$1")
	shift
	nsenter --net="/proc/$digs_pid/ns/net" dig +short +time=10 +tries=3 @127.0.0.11 "$@" 2>&1 | sort | tr '\n' ' ' |
		sed 's/ $//'
}
# code CONTAINER ARG...: the answer's code
code() {
	digs_pid=$(proa inspect -f '{{.State.Pid}}' "$1")
	shift
	nsenter --net="/proc/$digs_pid/ns/net" dig +time=10 +tries=3 @127.0.0.11 "$@" 2>&1 |
		sed -n 's/.*status: \([A-Z]*\).*/\1/p'
}
# ip_of CONTAINER INTERFACE
ip_of() {
	proa exec "$1" ip -o -4 addr show dev "$2" | sed 's|.* inet \([0-9.]*\)/.*|\1|'
}

for n in mynet other; do
	ok "network $n" proa network create "$n"
done
ok "an internal network" proa network create --internal inner
box web --network mynet --network-alias www
box db --network mynet --network-alias www --link web:store --add-host gate:10.9.9.9 --restart always
box lone --network inner
web=$(ip_of web eth0)
db=$(ip_of db eth0)
id=$(proa inspect -f '{{.Id}}' web | cut -c1-12)

is "$(proa exec db cat /etc/resolv.conf | sed -n 's/^nameserver //p')" 127.0.0.11 "resolv.conf names the responder"
for name in web WEB web.mynet web.mynet. "$id" store; do
	is "$(digs db "$name")" "$web" "$name"
done
is "$(digs web store)" "$(printf '')" "a link is nobody else's"
is "$(digs db gate)" 10.9.9.9 "an extra host"
is "$(digs db www)" "$(printf '%s\n%s\n' "$web" "$db" | sort | tr '\n' ' ' | sed 's/ $//')" "an alias of two"
is "$(digs db -x "$web")" web.mynet. "whose an address is"
is "$(digs db +tcp web)" "$web" "by TCP"
is "$(code db AAAA web) $(digs db AAAA web)" "NOERROR " "no IPv6 address is an empty answer"
like "$(proa exec db ping -c 1 web 2>&1)" "from $web" "ping in the container finds it"
like "$(proa exec db nslookup web 2>&1)" "^Address:? *1?:? *$web" "so does nslookup"

is "$(digs db up.example)" 192.0.2.1 "other names are the host's servers'"
is "$(digs db AAAA up.example)" fd00::7 "of every type"
is "$(digs db +tcp up.example)" 192.0.2.1 "by TCP too"
is "$(digs db +noedns +bufsize=512 TXT long.example | wc -c)" "$(digs db +tcp TXT long.example | wc -c)" \
	"what is cut is asked for again by TCP"
like "$(proa run --rm --network mynet --dns-search example busybox nslookup -type=a up.example 2>&1)" 192.0.2.1 \
	"from a new container"
like "$(proa run --rm --network mynet --dns-search example busybox ping -c 1 -W 1 up 2>&1)" '^PING up.*192\.0\.2\.1' \
	"a search domain is the container's business"
printf 'nameserver 127.0.0.2\n' >"$T/resolv.conf"
is "$(digs db up.example)" 192.0.2.2 "the host's resolv.conf has changed: the new one counts"
printf 'nameserver 127.0.0.9\nnameserver 127.0.0.1\n' >"$T/resolv.conf"
is "$(digs db up.example)" 192.0.2.1 "one that is not there is passed over"
is "$(digs lone lone)" "$(ip_of lone eth0)" "on an internal network its own names"
is "$(code lone up.example) $(code lone web)" "SERVFAIL SERVFAIL" "and none else"

ok "connect" proa network connect --alias late other web
ok "connect" proa network connect other db
is "$(digs db late)" "$(ip_of web eth1)" "an alias on a network both have come to"
is "$(digs db web.other)" "$(ip_of web eth1)" "the network chosen by name"
is "$(digs db web.mynet)" "$web" "the first one is still there"
ok "disconnect" proa network disconnect other web
is "$(code db late.other)" SERVFAIL "gone with the disconnect"
ok "a stop" proa stop -t 0 web
is "$(digs db www)" "$db" "who has stopped has no name"
ok "a start" proa start web
is "$(digs db web)" "$(ip_of web eth0)" "and again one when it runs"
old=$(proa inspect -f '{{.State.Pid}}' db)
kill -9 "$old"
restarted() {
	new=$(proa inspect -f '{{.State.Pid}}' db)
	[ "$new" -gt 0 ] && [ "$new" != "$old" ]
}
ok "a policy restarts db" wait_for 20 restarted
is "$(digs db web)" "$(ip_of web eth0)" "its responder is there again"

# a running container gets another name
ok "rename" proa rename db store
is "$(digs web store)" "$(ip_of store eth0)" "its new name is known"
is "$(digs web db)" "" "and the old one no more"
ok "rename back" proa rename store db
is "$(digs web db)" "$(ip_of db eth0)" "back again"
ok "rm" proa rm -f web db lone

# each of many asks for all: 20 of them, 200 with TORTURE
many=20
[ -z "${TORTURE:-}" ] || many=200
seq "$many" | sed 's/^/n/' >"$T/names"
xargs -I{} "$PROA" --data-root "$D" --exec-root "$E" run -d --name {} --network mynet busybox sleep 10000 \
	<"$T/names" >"$T/ids" || bail "not all of $many start"
bad=
while read -r name; do
	# shellcheck disable=SC2046 # one word each
	[ "$(digs "$name" $(cat "$T/names") | wc -w)" -eq "$many" ] || bad="$bad $name"
done <"$T/names"
is "$bad" "" "each of $many containers finds all by their names"
xargs "$PROA" --data-root "$D" --exec-root "$E" rm -f <"$T/names" >"$T/out" 2>&1 || fail "rm" "$(cat "$T/out")"
ok "network rm" proa network rm mynet other inner
is "$(find "$E/networks" -type f 2>/dev/null)" "" "no endpoint is left"
done_testing
