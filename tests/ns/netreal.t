#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 180
# guest: no (needs nginx, curl and iperf3)
# netreal.t: Debian's nginx, curl and iperf3 talk: between containers, from the host, from a namespace
# that stands for another machine on a LAN; by published ports, TCP and UDP, IPv4 and IPv6; over two
# networks at once; while containers are connected and disconnected.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool nginx curl iperf3 ip python3 unshare nsenter

# The image: busybox and these programs of the distribution's packages, with the libraries they load.
mkdir -p "$T/layer/tmp" "$T/layer/var/lib/nginx" "$T/layer/var/log/nginx" "$T/layer/etc/nginx"
for program in nginx curl iperf3; do
	program=$(command -v $program)
	{
		echo "$program"
		ldd "$program" | grep -o '/[^ ]*'
	} | while read -r file; do
		mkdir -p "$T/layer${file%/*}"
		cp -L "$file" "$T/layer$file"
	done
done
cat >"$T/layer/etc/nginx/nginx.conf" <<'N'
daemon off;
user root;
worker_processes 2;
pid /tmp/nginx.pid;
error_log stderr;
events {
}
http {
	access_log off;
	resolver 127.0.0.11 valid=1s;
	server {
		listen 80;
		listen [::]:80;
		location / {
			return 200 "$hostname to $remote_addr\n";
		}
		location /big {
			root /srv;
		}
		location /behind/ {
			set $behind http://back;
			proxy_pass $behind/;
		}
	}
}
N
mkdir "$T/layer/srv"
head -c 20000000 /dev/urandom >"$T/layer/srv/big"
sum=$(sha256sum <"$T/layer/srv/big")
mkimage=$PROA_TESTS/../tools/mkimage
"$mkimage" rootfs "$T/base.tar" >/dev/null || bail "mkimage rootfs"
tar -C "$T/layer" --numeric-owner -cf "$T/layer.tar" . && "$mkimage" wrap "$T/real.tar" \
	"$T/base.tar" "$T/layer.tar" --tag real >/dev/null || bail "mkimage wrap"
ok "the image is loaded" proa load -i "$T/real.tar"
rm -rf "$T/layer" "$T"/*.tar
echo 1 >/proc/sys/net/ipv4/ip_forward

# The other machine, 192.0.2.2: nothing of ours but its way to the host.
unshare -n sleep 100000 &
lan=$!
trap 'tap_status=$?; kill "$lan" ${httpd:-} 2>/dev/null; (exit "$tap_status"); lib_cleanup' EXIT
own_net() { [ "$(readlink "/proc/$lan/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
wait_for 10 own_net || bail "no second namespace"
on_lan() { nsenter --net="/proc/$lan/ns/net" "$@"; }
ip link add lan0 type veth peer name eth0 netns "$lan"
ip address add 192.0.2.1/24 dev lan0
ip address add 2001:db8:1::1/64 dev lan0 nodad
ip link set lan0 up
on_lan ip link set lo up
on_lan ip address add 192.0.2.2/24 dev eth0
on_lan ip address add 2001:db8:1::2/64 dev eth0 nodad
on_lan ip link set eth0 up
on_lan ip route add default via 192.0.2.1
on_lan ip -6 route add default via 2001:db8:1::1

# serve NAME FLAG...: nginx in a container. in_client CMD...: in one beside it.
serve() {
	n=$1
	shift
	proa run -d --name "$n" --hostname "$n" "$@" real nginx >/dev/null || fail "run of $n"
}
fetch() { curl -sS --retry 40 --retry-connrefused --retry-delay 1 --connect-timeout 10 "$@"; }
inside() { # CONTAINER URL...: curl in it
	c=$1
	shift
	proa exec "$c" curl -sS --retry 40 --retry-all-errors --retry-delay 1 --connect-timeout 10 "$@"
}
nothing() { # CMD...: fails, within a moment: a port that is closed, a name that is not there
	if out=$("$@" 2>&1); then
		return 1
	fi
}
once() { # CONTAINER URL
	proa exec "$1" curl -sS --max-time 1 "$2"
}

ok "a network of both families" \
	proa network create --ipv6 --subnet 10.71.0.0/24 --subnet fd00:71::/64 front
ok "another one" proa network create --subnet 10.72.0.0/24 rear
serve web --network front -p 8080:80 -p 127.0.0.1:8081:80 -p '[::1]:8082:80' \
	-p 192.0.2.1:8083:80
ok "a client" proa run -d --name client --network front real sleep 100000

# ---- nginx and curl

like "$(inside client http://web/)" '^web to (10\.71\.0\.|fd00:71::)[0-9]+$' \
	"a container finds another by name"
like "$(inside client -4 http://web/)" '^web to 10\.71\.0\.' "over IPv4"
like "$(inside client -6 http://web/)" '^web to fd00:71::' "over IPv6"
is "$(inside client http://web/big | sha256sum)" "$sum" "20 MB arrive as they are"
like "$(fetch http://10.71.0.2/)" '^web to' "the host reaches a container's address"
like "$(fetch http://127.0.0.1:8080/)" '^web to' "and a published port at 127.0.0.1"
like "$(fetch 'http://[::1]:8080/')" '^web to' "at ::1"
like "$(fetch http://192.0.2.1:8080/)" '^web to' "at an address of its own"
is "$(fetch http://127.0.0.1:8080/big | sha256sum)" "$sum" "20 MB come through a published port"
is "$(on_lan curl -sS http://192.0.2.1:8080/)" 'web to 192.0.2.2' \
	"the LAN reaches a published port, and is seen by its own address"
is "$(on_lan curl -sS 'http://[2001:db8:1::1]:8080/')" 'web to 2001:db8:1::2' "over IPv6 too"
is "$(on_lan curl -sS http://192.0.2.1:8080/big | sha256sum)" "$sum" "and gets 20 MB"
like "$(fetch http://127.0.0.1:8081/)" '^web to' "what is published at 127.0.0.1 is for the host"
ok "not for the LAN" nothing on_lan curl -sS --max-time 1 http://192.0.2.1:8081/
like "$(fetch 'http://[::1]:8082/')" '^web to' "what is published at ::1 is for the host"
ok "not for the LAN" nothing on_lan curl -sS --max-time 1 'http://[2001:db8:1::1]:8082/'
is "$(on_lan curl -sS http://192.0.2.1:8083/)" 'web to 192.0.2.2' \
	"what is published at one address is for the LAN there"
ok "and not at another" nothing curl -sS --max-time 1 http://127.0.0.1:8083/
ok "a container is not reached from the LAN but by its ports" \
	nothing on_lan curl -sS --max-time 1 http://10.71.0.2/
like "$(inside client http://192.0.2.1:8080/)" '^web to' "a container reaches a published port"
like "$(inside web http://192.0.2.1:8080/)" '^web to' "its own one too"
ok "a default container" proa run -d --name other real sleep 100000
like "$(inside other http://192.0.2.1:8080/)" '^web to' "and so does one of another network"
ok "which does not reach it past its ports" nothing once other http://10.71.0.2/
mkdir "$T/httpd"
echo of the LAN >"$T/httpd/index.html"
nsenter --net="/proc/$lan/ns/net" busybox httpd -f -p 80 -h "$T/httpd" &
httpd=$!
is "$(inside client http://192.0.2.2/)" "of the LAN" "a container reaches a server on the LAN"
is "$(inside other http://192.0.2.2/)" "of the LAN" "one of the default network too"
kill "$httpd"
httpd=

# A firewall of the host's own stays in charge of published ports.
nft -f - <<'N'
table inet own {
	chain forward {
		type filter hook forward priority 10
		iifname "lan0" meta l4proto tcp ct original proto-dst 8080 counter drop
	}
}
N
ok "a rule of the host's own closes a published port" \
	nothing on_lan curl -sS --max-time 1 http://192.0.2.1:8080/
nft delete table inet own
like "$(on_lan curl -sS http://192.0.2.1:8080/)" '^web to' "and taking it away opens it"

# ---- two networks at once

serve back --network rear
serve middle --network front --network rear
like "$(inside client http://middle/behind/)" '^back to 10\.72\.0\.' \
	"one on two networks passes a request on from the first to the second"
ok "where the client does not get itself" nothing once client http://10.72.0.2/
ok "nor by name" nothing once client http://back/

# ---- connect and disconnect live

inside client --limit-rate 5M http://web/big >"$T/slow" &
slow=$!
ok "the client is connected to the second network" proa network connect --alias cl rear client
like "$(inside client http://back/)" '^back to' "and reaches what is there, by name"
like "$(proa exec back getent hosts cl 2>/dev/null || proa exec back nslookup cl. 127.0.0.11)" \
	'10\.72\.0\.' "it is known there by its alias"
ok "disconnected again" proa network disconnect rear client
ok "it does not reach it any more" nothing once client http://back/
ok "the server is connected to the client's network instead" proa network connect front back
like "$(inside client http://back/)" '^back to 10\.71\.0\.|^back to fd00:71' "where it is found"
wait "$slow"
is "$(sha256sum <"$T/slow")" "$sum" "a transfer that went on meanwhile is whole"
ok "a restarted server" proa restart -t 0 back
like "$(inside client http://back/)" '^back to' "is found again"
ok "on both its networks" proa exec middle curl -sS --retry 40 --retry-all-errors \
	--retry-delay 1 --connect-timeout 10 http://back.rear/

# ---- iperf3

ok "iperf3 listens" proa run -d --name perf --network front -p 5201:5201 -p 5201:5201/udp \
	real iperf3 -s
# measure CMD...: its iperf3 has sent something and the other end got it. The server takes one at a time.
measured() {
	tap_out=$("$@" --json 2>&1) && printf '%s' "$tap_out" | python3 -c '
import json, sys
end = json.load(sys.stdin)["end"]
sum = end.get("sum_received") or end["sum"]
sys.exit(0 if sum["bytes"] > 0 and sum.get("lost_percent", 0) < 50 else 1)'
}
measure() {
	d=$1
	shift
	if wait_for 10 measured "$@"; then
		pass "$d"
	else
		fail "$d" "$("$@" 2>&1 | tail -n 5)"
	fi
}
measure "TCP from a container, by name" proa exec client iperf3 -c perf -n 20M
measure "UDP from a container" proa exec client iperf3 -c perf -u -b 100M -n 2M
measure "TCP over IPv6 from a container" proa exec client iperf3 -6 -c perf -n 20M
measure "TCP from the host by the published port" iperf3 -c 127.0.0.1 -n 20M
measure "UDP from the host by the published port" iperf3 -c 127.0.0.1 -u -b 100M -n 2M
measure "TCP from the LAN" on_lan iperf3 -c 192.0.2.1 -n 20M
measure "TCP from the LAN, the other way" on_lan iperf3 -R -c 192.0.2.1 -n 20M
measure "UDP from the LAN" on_lan iperf3 -c 192.0.2.1 -u -b 100M -n 2M
measure "TCP over IPv6 from the LAN" on_lan iperf3 -6 -c 2001:db8:1::1 -n 20M
measure "UDP over IPv6 from the LAN" on_lan iperf3 -6 -c 2001:db8:1::1 -u -b 100M -n 2M

# shellcheck disable=SC2046
proa rm -f $(proa ps -aq) >/dev/null
ok "the networks go" proa network rm front rear
ip link delete lan0
done_testing
