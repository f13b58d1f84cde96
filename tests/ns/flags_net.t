#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# flags_net.t: the flags of run about networks have an effect, which is looked for inside the container
# and at the host's ports; flagtable.t knows where each flag is tested.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	proa run --rm "$@"
}

# eff WANT DESC FLAG... busybox COMMAND...: the command's output
eff() {
	eff_want=$1
	eff_desc=$2
	shift 2
	run r "$@"
	[ "$out" = "$eff_want" ] || out="$out (exit $status: $err)"
	is "$out" "$eff_want" "$eff_desc"
}

# refused WORDS FLAG...
refused() {
	words=$1
	shift
	run_is 125 "refused: $*" r "$@" busybox true
	like "$err" "$words" "and why"
	one_line "in one line"
}

proa network create --ipv6 --subnet 10.61.0.0/24 --subnet fd00:61::/64 n1 >/dev/null || fail "n1"
proa network create --subnet 10.62.0.0/24 n2 >/dev/null || fail "n2"
proa network create n3 >/dev/null || fail "n3"
addresses='ip -o addr show dev eth0 | grep -o "inet6* [^ ]*" | grep -v "inet6 fe80" | sort'

# ---- --network, --ip, --ip6, --mac-address, --link-local-ip
eff "eth0 lo" "the default is a network" busybox sh -c 'cd /sys/class/net && echo *'
eff "eth0 lo" "--network default" --network default busybox sh -c 'cd /sys/class/net && echo *'
eff "lo" "--network none" --network none busybox sh -c 'cd /sys/class/net && echo *'
eff "eth0 eth1 lo" "--network twice" --network n1 --network n2 busybox sh -c 'cd /sys/class/net && echo *'
eff "eth0 lo" "--net" --net n1 busybox sh -c 'cd /sys/class/net && echo *'
eff "inet 10.61.0.77/24${nl}inet6 fd00:61::77/64" "--ip and --ip6" \
	--network n1 --ip 10.61.0.77 --ip6 fd00:61::77 busybox sh -c "$addresses"
eff "inet 10.61.0.78/24${nl}inet6 fd00:61::78/64" "both in the long form" \
	--network name=n1,ip=10.61.0.78,ip6=fd00:61::78 busybox sh -c "$addresses"
eff 02:42:0a:3d:00:99 "--mac-address" --network n1 --mac-address 02:42:0A:3D:00:99 \
	busybox cat /sys/class/net/eth0/address
eff 02:42:0a:3d:00:99 "on the default network" --mac-address 02-42-0a-3d-00-99 \
	busybox cat /sys/class/net/eth0/address
eff 02:42:0a:3d:00:99 "in the long form" --network n2 --network name=n1,mac-address=02:42:0a:3d:00:99 \
	busybox cat /sys/class/net/eth1/address
like "$(r --network n2 --link-local-ip 169.254.7.7 busybox ip -o addr show dev eth0)" 'inet 169\.254\.7\.7/' \
	"--link-local-ip"
eff 1 "driver-opt=com.docker.network.endpoint.sysctls" \
	--network 'name=n2,driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1' \
	busybox cat /proc/sys/net/ipv4/conf/eth0/log_martians
eff 10.62.0.1 "gw-priority=" --network n1 --network name=n2,gw-priority=1 \
	busybox sh -c 'ip route | grep ^default | cut -d" " -f3'
refused 'no configured subnet' --network n2 --ip 10.63.0.5
refused 'supported only when connecting to networks with user configured subnets' --network n3 --ip 10.62.0.5
refused 'user specified IP address is supported on user defined networks only' --ip 172.17.0.9
refused 'network nosuch not found' --network nosuch
refused 'network "n1" is specified multiple times' --network n1 --network n1
refused 'cannot attach both user-defined and non-user-defined' --network n1 --network bridge
refused 'is not a valid mac address' --mac-address 02:42:0a:3d:00
refused 'cannot specify both --ip and per-network IPv4' --network name=n1,ip=10.61.0.9 --ip 10.61.0.8
proa run -d --name holder --network n2 --ip 10.62.0.7 busybox sleep 1000 >/dev/null || fail "holder"
refused 'Address already in use|already' --network n2 --ip 10.62.0.7
proa rm -f holder >/dev/null
eff "inet 10.62.0.7/24" "an address that is free again" --network n2 --ip 10.62.0.7 busybox sh -c "$addresses"

# ---- --network-alias, --link
proa run -d --name web --network n1 --network-alias www --network-alias w3 -e A=1 --expose 80 busybox sleep 1000 \
	>/dev/null || fail "web"
web=$(proa inspect -f '{{.NetworkSettings.Networks.n1.IPAddress}}' web)
resolves() { # NAME FLAG...
	name=$1
	shift
	r "$@" busybox nslookup -type=a "$name." 127.0.0.11 2>&1 | grep -q "^Address.*$web\$"
}
for name in web www w3; do
	ok "$name is found" resolves $name --network n1
done
nok "not from another network" resolves www --network n2
ok "--link is a name for who asked" resolves other --network n1 --link web:other
nok "and for nobody else" resolves other --network n1
refused 'network-scoped aliases are only supported for user-defined networks' --network-alias x
proa run -d --name old --hostname older -e A=1 -e 'B=two words' --expose 80 --expose 53/udp busybox sleep 1000 \
	>/dev/null || fail "old"
old=$(proa inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' old)
eff "MY_DB_ENV_A=1
MY_DB_ENV_B=two words
MY_DB_NAME=/me/my-db
MY_DB_PORT=tcp://$old:80
MY_DB_PORT_53_UDP=udp://$old:53
MY_DB_PORT_53_UDP_ADDR=$old
MY_DB_PORT_53_UDP_PORT=53
MY_DB_PORT_53_UDP_PROTO=udp
MY_DB_PORT_80_TCP=tcp://$old:80
MY_DB_PORT_80_TCP_ADDR=$old
MY_DB_PORT_80_TCP_PORT=80
MY_DB_PORT_80_TCP_PROTO=tcp" "--link on the default network: variables" \
	--name me --link old:my-db busybox sh -c 'env | grep ^MY_DB | sort'
eff "$old my-db older old" "and a line in hosts" --link old:my-db busybox sh -c \
	'grep my-db /etc/hosts | tr "\t" " "'
refused 'could not get container for nosuch: No such container: nosuch' --link nosuch:x
refused 'host type networking can.t be used with links' --network host --link old:x
proa create --name asleep busybox true >/dev/null
refused 'Cannot link to a non running container: /asleep AS /.*/x' --link asleep:x
# A link is to a container, whatever its name is.
proa run -d --name linked --link old:one --link old:two busybox sleep 1000 >/dev/null || fail "linked"
proa rename old renamed
links() { proa inspect -f '{{json .HostConfig.Links}}' linked; }
is "$(links)" '["/renamed:/linked/one","/renamed:/linked/two"]' "a link after a rename"
run_is 0 "rm --link" proa rm --link linked/one
is "$out" linked/one "tells which"
is "$(links)" '["/renamed:/linked/two"]' "only that one is gone"
ok "the container starts again" proa restart -t 0 linked
is "$(proa exec linked sh -c 'env | grep _NAME=')" TWO_NAME=/linked/two "and has what is left"
run_is 1 "a link that is none" proa rm --link linked/one
is "$err" "proa: container linked has no link one" "is told"
run_is 1 "the container's own name" proa rm --link linked
like "$err" 'cannot remove the default link name of the container' "is no link"
proa stop -t 0 renamed >/dev/null
run_is 1 "a restart while the other one does not run" proa restart -t 0 linked
is "$err" "proa: Cannot restart container linked: Cannot link to a non running container: /renamed AS /linked/two" \
	"is refused, with the name"
proa rm renamed >/dev/null
ok "one that was removed is no link" proa start linked
is "$(links)" null "and not shown"

# ---- -p, -P
# What listens writes a line to each that comes.
listen='while :; do echo here | nc -l -p 80; done'
reached() { # ADDRESS PORT
	[ "$(busybox nc -w 5 "$1" "$2" </dev/null 2>/dev/null)" = here ]
}
if ! command -v busybox >/dev/null; then
	skip "a port is reached" "no busybox here"
else
	proa run -d --name p1 -p 127.0.0.1:8080:80 -p 8100-8110:80 busybox sh -c "$listen" >/dev/null || fail "p1"
	ok "--publish: the port is reached" wait_for 20 reached 127.0.0.1 8080
	ok "so is the first of a range" wait_for 20 reached 127.0.0.1 8100
	proa run -d --name p2 -P --expose 80 busybox sh -c "$listen" >/dev/null || fail "p2"
	p2=$(proa port p2 80 | head -n 1)
	ok "--publish-all: $p2" wait_for 20 reached 127.0.0.1 "${p2##*:}"
fi
like "$(proa inspect -f '{{json .NetworkSettings.Ports}}' p1)" \
	'^\{"80/tcp":\[\{"HostIp":"127.0.0.1","HostPort":"8080"\},\{"HostIp":"0.0.0.0","HostPort":"8100"\}' "inspect has them"
refused 'Bind for 127.0.0.1:8080 failed: port is already allocated \(container' -p 127.0.0.1:8080:80
refused 'Invalid containerPort: 65536' -p 65536
refused 'Invalid ranges specified' -p 1-2:1-3
refused 'invalid field key host_ip' -p target=80,host_ip=127.0.0.1
run_is 0 "a host's port of one on the host's network" r --network host -p 8080:80 busybox true
like "$err" 'Published ports are discarded when using host network mode' "is warned of"

# ---- what is written is read again
proa create --name kept --network name=n1,ip=10.61.0.50,alias=al --network n2 -p 8200:80 --dns 192.0.2.1 \
	--dns-search example.org --add-host db:10.0.0.1 busybox sh -c "$addresses" >/dev/null || fail "create"
proa update --pids-limit 100 kept >/dev/null || fail "update"
is "$(proa inspect -f '{{json .HostConfig.PortBindings}} {{.HostConfig.NetworkMode}} {{.HostConfig.Dns}} {{.HostConfig.DnsSearch}} {{.HostConfig.ExtraHosts}} {{json .Config.ExposedPorts}}' kept)" \
	'{"80/tcp":[{"HostIp":"","HostPort":"8200"}]} n1 [192.0.2.1] [example.org] [db:10.0.0.1] {"80/tcp":{}}' \
	"inspect tells what was asked for, also after an update"
is "$(proa start -a kept | head -n 1)" "inet 10.61.0.50/24" "start keeps it"

for n in $(proa ps -aq); do proa rm -f "$n" >/dev/null; done
done_testing
