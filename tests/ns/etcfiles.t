#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# etcfiles.t: hosts and resolv.conf of containers on networks, and what connect and disconnect make
# of them while a container runs, also of one that has changed them itself.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
proa network create --subnet 10.10.0.0/24 n4 >/dev/null
proa network create --ipv6 --subnet 10.11.0.0/24 --subnet fd11::/64 n6 >/dev/null
mine() { proa exec "$1" sed -n '/^ff02::2/,$p' /etc/hosts | tail -n +2; } # behind localhost's lines
server() { proa exec "$1" sed -n 's/^nameserver //p' /etc/resolv.conf; }

ok "a container on the default bridge" proa run -d --name web --hostname web --domainname x.org \
	--add-host one:1.1.1.1 --add-host host:host-gateway busybox sleep 1000
is "$(mine web)" "1.1.1.1	one
172.17.0.1	host
172.17.0.2	web.x.org web" "its hosts"
like "$(server web)" '^[^1]|^1[^2]|^12[^7]|^127\.0\.0\.11$' "asks the host's servers, or ours where those are on loopback"

is "$(proa run --rm --hostname a.b.c busybox sh -c 'tail -1 /etc/hosts; hostname')" "172.17.0.3	a.b.c a${nl}a.b.c" "dots in a host name"
is "$(proa run --rm --hostname a.b --domainname c.d busybox tail -1 /etc/hosts)" "172.17.0.3	a.b.c.d a" "and in its domain's"

ok "connect" proa network connect n6 web
is "$(mine web | tail -3)" "172.17.0.2	web.x.org web
10.11.0.2	web.x.org web
fd11::2	web.x.org web" "two lines more"
is "$(server web)" "127.0.0.11" "and names are asked of the name server in it"
ok "disconnect" proa network disconnect n6 web
is "$(mine web | tail -1)" "172.17.0.2	web.x.org web" "both lines are gone"

# lines and files of its own
proa exec web sh -c 'printf "9.9.9.9 own\n10.11.0.2 own2" >>/etc/hosts; echo "nameserver 9.9.9.9" >/etc/resolv.conf'
ok "connect one with files of its own" proa network connect n6 web
is "$(mine web | tail -4)" "9.9.9.9 own
10.11.0.2 own2
10.11.0.2	web.x.org web
fd11::2	web.x.org web" "comes behind its lines"
is "$(server web)" "9.9.9.9" "resolv.conf stays"
proa network disconnect n6 web
is "$(mine web | tail -2)" "9.9.9.9 own${nl}10.11.0.2 own2" "only ours go"
ok "restart" proa restart -t 0 web
is "$(mine web | tail -1)" "172.17.0.2	web.x.org web" "makes fresh ones"

# what no hosts file is
proa network connect n4 web
proa exec web truncate -s 1G /etc/hosts
ok "disconnect where hosts is 1 GB" proa network disconnect n4 web
run_is 1 "connect there" proa network connect n4 web
one_line "is refused in a line"
like "$(proa inspect -f '{{json .NetworkSettings.Networks}}' web)" '^\{"bridge":\{[^{}]*\}\}$' "nothing is left of it"
proa exec web sh -c ': >/etc/hosts'
ok "connect where hosts is empty" proa network connect n4 web
is "$(proa exec web cat /etc/hosts)" "10.10.0.2	web.x.org web" "has its line"

ok "a container on another network" proa run -d --name peer --network n4 --dns-search a.b --dns-opt timeout:3 busybox sleep 1000
like "$(proa exec peer cat /etc/resolv.conf)" "nameserver 127\.0\.0\.11${nl}search a\.b${nl}options timeout:3 ndots:0${nl}" "its resolv.conf"
is "$(proa run --rm --network container:peer busybox cat /etc/hosts /etc/resolv.conf)" \
	"$(proa exec peer cat /etc/hosts /etc/resolv.conf)" "who shares its network shares both"
is "$(proa run --rm --network none --hostname alone busybox cat /etc/hosts | tail -1)" "ff02::2	ip6-allrouters" "none has no address"
is "$(proa run --rm --network host busybox cat /etc/hosts)" "$(cat /etc/hosts)" "host: the host's hosts"
is "$(proa run --rm --network host --add-host a:1.2.3.4 busybox tail -2 /etc/hosts)" "ff02::2	ip6-allrouters${nl}1.2.3.4	a" \
	"or those that were asked for"

# links of the default bridge
proa run -d --name db --hostname dbhost --expose 53/udp --expose 80 busybox sleep 1000 >/dev/null
ip=$(proa inspect -f '{{.NetworkSettings.IPAddress}}' db)
run_is 0 "links" proa run --rm --name app --link db:a-b --link db busybox sh -c \
	'sed -n "/^ff02::2/,\$p" /etc/hosts | sed -n 2,3p; echo $A_B_PORT $A_B_PORT_53_UDP $DB_NAME'
is "$out" "$ip	a-b dbhost db
$ip	db dbhost
tcp://$ip:80 udp://$ip:53 /app/db" "are lines of hosts, and in the environment"
proa run -d --name app --link db busybox sleep 1000 >/dev/null
is "$(proa exec app sh -c 'echo $DB_NAME')" "/app/db" "also for an exec"
proa rm -f db app >/dev/null

# inspect while networks come and go
n() { proa inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}} {{end}}' "$1"; }
is "$(n web)" "bridge=172.17.0.2 n4=10.10.0.2 " "inspect has both"
proa network disconnect bridge web
is "$(n web)" "n4=10.10.0.2 " "and one when the other is gone"
is "$(proa inspect -f '{{.NetworkSettings.IPAddress}}|{{.HostConfig.NetworkMode}}' web)" "|bridge" "which is not the default bridge"
proa stop -t 0 web >/dev/null
is "$(n web)" "n4= " "nor when it has stopped"
id=$(proa network inspect -f '{{.Id}}' n4)
is "$(proa inspect -f '{{.NetworkSettings.Networks.n4.NetworkID}} {{.NetworkSettings.Networks.n4.DNSNames}}' web)" \
	"$id [web $(proa inspect -f '{{.Id}}' web | cut -c1-12)]" "the network's ID and its names stay"
proa network disconnect n4 web
is "$(proa inspect -f '{{len .NetworkSettings.Networks}}' web)" 0 "taken off the last: none"
proa rm -f web peer >/dev/null
done_testing
