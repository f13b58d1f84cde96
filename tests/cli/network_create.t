#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network create: subnets, options, what is refused, two at once, what a killed one leaves.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
need_tool ip

# A field as JSON.
show() { # FIELD NETWORK
	proa network inspect -f "{{json $1}}" "$2"
}
like "$(proa network create a)" '^[0-9a-f]{64}$' "prints the ID"
is "$(show .IPAM.Config bridge)" '[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"}]' \
	"the default network has the first subnet, whoever is made first"
is "$(show .IPAM.Config a)" '[{"Subnet":"172.18.0.0/16","Gateway":"172.18.0.1"}]' "and this the next"
id=$(show .Id a | tr -d '"')
like "$(ip -o addr show dev "br-$(echo "$id" | cut -c1-12)")" 'inet 172\.18\.0\.1/16' "its bridge has the gateway's address"
run_is 1 "the name again" proa network create a
is "$err" "proa: network with name a already exists" "is taken"

ok "IPv6" proa network create --ipv6 six
like "$(show .IPAM.Config six)" '^\[\{"Subnet":"172\.19\.0\.0/16","Gateway":"172\.19\.0\.1"\},\{"Subnet":"fd[0-9a-f:]*::/64","Gateway":"fd[0-9a-f:]*::1"\}\]$' \
	"a unique local subnet beside it"
ok "only IPv6" proa network create --ipv4=false --ipv6 only6
like "$(show .IPAM.Config only6)" '^\[\{"Subnet":"fd[0-9a-f:]*:1::/64","Gateway":"fd[0-9a-f:]*:1::1"\}\]$' "the next one"
is "$(show .EnableIPv4 only6)" false "and nothing else"

ok "everything given" proa network create --subnet 10.5.0.0/16 --ip-range 10.5.5.0/24 --gateway 10.5.0.9 \
	--aux-address x=10.5.5.1 --aux-address y=10.5.5.2 --label k=v --label e --internal --attachable \
	-o com.docker.network.bridge.name=given0 -o com.docker.network.driver.mtu=1400 -o other=1 given
is "$(show .IPAM given)" '{"Driver":"default","Options":{},"Config":[{"Subnet":"10.5.0.0/16","IPRange":"10.5.5.0/24","Gateway":"10.5.0.9","AuxiliaryAddresses":{"x":"10.5.5.1","y":"10.5.5.2"}}]}' "is kept"
is "$(show .Options given)" '{"com.docker.network.bridge.name":"given0","com.docker.network.driver.mtu":"1400","other":"1"}' "with its options"
is "$(show .Labels given)$(show .Internal given)$(show .Attachable given)" '{"e":"","k":"v"}truetrue' "labels and switches"
like "$(ip -o addr show dev given0)" 'inet 10\.5\.0\.9/16' "the bridge is called so"
like "$(ip -o link show dev given0)" 'mtu 1400 ' "and as wide"
ok "a subnet without a gateway" proa network create --subnet 10.6.0.0/16 --ip-range 10.6.4.0/24 -o com.docker.network.bridge.name=range0 range
is "$(show .IPAM.Config range)" '[{"Subnet":"10.6.0.0/16","IPRange":"10.6.4.0/24"}]' "is shown as it was given"
like "$(ip -o addr show dev range0)" 'inet 10\.6\.4\.0/16' "and has the first address of its range"
ok "no address for the bridge" proa network create -o com.docker.network.bridge.inhibit_ipv4=true -o com.docker.network.bridge.name=mute0 mute
is "$(ip -o -4 addr show dev mute0)" "" "inhibit_ipv4"
ok "two subnets" proa network create --subnet 10.7.0.0/24 --subnet 10.8.0.0/24 two
is "$(show .IPAM.Config two)" '[{"Subnet":"10.7.0.0/24"},{"Subnet":"10.8.0.0/24"}]' "of one family"
run_is 0 "a subnet of a family that is off" proa network create --subnet fd00:1::/64 off6
is "$err" "WARNING: IPv6 is not enabled: the subnet fd00:1::/64 is not used" "is told"

bad() { # WORDS ARG...
	bad_want=$1
	shift
	run_is 1 "refused: $*" proa network create "$@"
	is "$err" "proa: $bad_want" "with the reason"
}
bad 'invalid pool request: Pool overlaps with other one on this address space' --subnet 172.18.4.0/24 z
bad 'invalid pool request: Pool overlaps with other one on this address space' --subnet 0.0.0.0/0 z
bad "invalid network config: invalid subnet 10.0.0.0: invalid CIDR block notation" --subnet 10.0.0.0 z
bad "invalid network config: invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24" --subnet 10.0.0.1/24 z
bad "invalid network config: invalid ip-range 10.0.0.5/25: it should be 10.0.0.0/25" --subnet 10.0.0.0/24 --ip-range 10.0.0.5/25 z
bad "invalid network config: invalid ip-range 10.0.0.0/16: CIDR block is bigger than its parent subnet 10.0.0.0/24" --subnet 10.0.0.0/24 --ip-range 10.0.0.0/16 z
bad 'no matching subnet for gateway 10.1.0.1' --subnet 10.0.0.0/24 --gateway 10.1.0.1 z
bad 'no matching subnet for range 10.1.0.0/24' --subnet 10.0.0.0/24 --ip-range 10.1.0.0/24 z
bad 'no matching subnet for aux-address 10.1.0.1' --subnet 10.0.0.0/24 --aux-address x=10.1.0.1 z
bad 'every ip-range or gateway must have a corresponding subnet' --gateway 10.1.0.1 z
bad 'multiple overlapping subnet configuration is not supported' --subnet 10.0.0.0/24 --subnet 10.0.0.0/25 z
bad 'cannot configure multiple gateways (10.0.0.3, 10.0.0.2) for the same subnet (10.0.0.0/24)' --subnet 10.0.0.0/24,10.1.0.0/24 --gateway 10.0.0.2,10.0.0.3 z
bad 'failed to allocate gateway (10.0.0.0): Address already in use' --subnet 10.0.0.0/24 --gateway 10.0.0.0 z
bad 'failed to allocate secondary ip address (x:10.0.0.1): Address already in use' --subnet 10.0.0.0/24 --aux-address x=10.0.0.1 z
bad 'failed to allocate secondary ip address (x:10.0.0.255): Address already in use' --subnet 10.0.0.0/24 --aux-address x=10.0.0.255 z
bad 'IPv4 or IPv6 must be enabled' --ipv4=false z
bad 'invalid name: name is empty' ''
for n in bridge host none default; do
	bad "operation is not permitted on predefined $n network" $n
done
bad 'plugin "nosuch" not found: the drivers are bridge, host and null' -d nosuch z
bad 'plugin "nosuch" not found: the only IPAM driver is default' --ipam-driver nosuch z
bad 'only one instance of "host" network is allowed' -d host z
bad 'Ingress network can only be global scope network' --ingress z
bad 'cannot create a swarm scoped network when swarm is not active' --scope swarm z
bad 'configuration network "nosuch" does not exist' --config-from nosuch z
bad 'configuration network "a" does not exist' --config-from a z
o=com.docker.network
bad "failed to parse $o.driver.mtu value: x (strconv.Atoi: parsing \"x\": invalid syntax)" -o $o.driver.mtu=x z
bad 'invalid MTU number: -1' -o $o.driver.mtu=-1 z
bad "failed to parse $o.bridge.enable_icc value: x (strconv.ParseBool: parsing \"x\": invalid syntax)" -o $o.bridge.enable_icc=x z
bad "failed to parse $o.bridge.gateway_mode_ipv4 value: x (unknown gateway mode x)" -o $o.bridge.gateway_mode_ipv4=x z
bad "gateway mode 'isolated' can only be used for an internal network" -o $o.bridge.gateway_mode_ipv6=isolated z
bad "failed to parse $o.bridge.host_binding_ipv4 value: x (nil ip)" -o $o.bridge.host_binding_ipv4=x z
bad "failed to parse $o.host_ipv6 value: 1.2.3.4 (nil ip)" -o $o.host_ipv6=1.2.3.4 z
bad "failed to parse $o.bridge.name value: a/b (no name for an interface)" -o $o.bridge.name=a/b z
bad 'cannot create network z: there is an interface lo, which is no bridge' -o $o.bridge.name=lo z
run_is 1 "an interface of another network" proa network create -o $o.bridge.name=given0 z
like "$err" 'networks have same bridge name$' "is refused"
run_is 1 "a name that is no file's" proa network create "$(printf %0240d 0)"
like "$err" '^proa: invalid name: 0+\.\.\. is too long' "is told"
is "$(proa network ls --format '{{.Name}}' -f name=z)" "" "none of them is there"
is "$(ls "$D/networks" | grep -v '^[a-z0-9]*\.json$')" "" "and no half file"

# names are anything
for n in 'a b' ../x .hidden 'x/../y' "$(printf 'n\303\274')" -- ; do
	ok "the name $n" proa network create -- "$n"
	is "$(proa network inspect -f '{{.Name}}' -- "$n")" "$n" "is found"
	is "$(proa network rm -- "$n")" "$n" "and goes"
done
is "$(find "$D" -name '*hidden*' -o -name 'x' -o -name y)" "" "none of them left its place"

# what the host has routes to is not chosen, nor what stands for a server of names
ip link add dummy0 type bridge && ip addr add 172.23.3.4/24 dev dummy0 && ip link set dummy0 up
ip route add 172.22.0.0/16 via 172.23.3.1
ok "beside the host's routes" proa network create routes
is "$(show '(index .IPAM.Config 0).Subnet' routes)" '"172.24.0.0/16"' "passes them by"

ip route add 172.16.0.0/12 via 172.23.3.1
ip route add 192.168.0.0/16 via 172.23.3.1
ok "routes to all that is private" proa network create wide
is "$(show '(index .IPAM.Config 0).Subnet' wide)" '"172.25.0.0/16"' "do not use up the pools"

# an interface that is there is borrowed
ip link add mine0 type bridge
ok "a bridge of somebody's" proa network create -o $o.bridge.name=mine0 --subnet 10.9.0.0/24 mine
ok "is used" proa network rm mine
ok "and stays" ip link show mine0

ok "settings for others" proa network create --config-only --subnet 10.10.0.0/24 -o $o.driver.mtu=1300 --label from=conf conf
ok "taken over" proa network create --config-from conf user
is "$(show .IPAM.Config user)$(show .Labels user)$(show .ConfigFrom user)" '[{"Subnet":"10.10.0.0/24"}]{"from":"conf"}{"Network":"conf"}' "are all there"
bad 'network driver options are not supported if the network depends on a configuration network' --config-from conf -o a=b z

# twenty at once: twenty subnets
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	proa network create same$i >/dev/null 2>>"$T/err" &
done
wait
is "$(cat "$T/err")" "" "twenty at once"
is "$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do show '(index .IPAM.Config 0).Subnet' same$i; done | sort | uniq -d)" "" "have twenty subnets"
for i in 1 2 3 4 5 6 7 8 9 10; do
	proa network create once >>"$T/once" 2>/dev/null &
done
wait
is "$(grep -c . "$T/once")" 1 "ten at once of one name: one is made"

# nothing of it is left after a removal
proa network prune -f >/dev/null
proa network rm conf >/dev/null
is "$(ip -o link show type bridge | grep -v "mine0\|dummy0")" "" "no bridge is left"
is "$(ls "$E/networks")" "" "nor a directory"
done_testing
