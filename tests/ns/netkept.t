#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# netkept.t: namespaces that are kept ready for a network's next containers (engine/netup_kept.h): who
# ends makes one, the next one gets it, whatever has become of it meanwhile; never more than two, and
# none without its network.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool ip
load_busybox

kept() { # of the network in $dir
	ls "$dir" 2>/dev/null
}
has() {
	[ "$(kept | wc -l)" = "$1" ]
}
on_net() {
	proa run --rm --network nn "$@"
}
nears() { # their near ends
	kept | sed 's/^\(.......\).*/veth\1/'
}
no_pairs() {
	[ -z "$(veths)" ]
}
# In the container: its address, its MAC, its MTU, its default route, what loopback has.
# shellcheck disable=SC2016
look='ip -o -4 addr show eth0 | sed "s/.*inet \([^ ]*\) .*/\1/"
cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu
ip route | sed -n "s/^default //p"; ip -o -4 addr show lo | grep -c 127.0.0.1; ip -o link | wc -l'
expected="10.88.0.2/24
02:42:0a:58:00:02
1400
via 10.88.0.1 dev eth0 
1
2"

id=$(proa network create --subnet 10.88.0.0/24 -o com.docker.network.driver.mtu=1400 nn)
dir=$E/networks/$id/kept
run_is 0 "the first container makes its own" on_net busybox sh -c "$look"
is "$out" "$expected" "which is as the network says"
ok "and at its end one is kept" wait_for 20 has 1
like "$(cat /proc/self/mountinfo)" "$dir/$(kept)/ns " "mounted"
like "$(ip -o link show "$(nears)")" "master br-" "its near end on the bridge"
first=$(kept)
own=$(readlink /proc/self/ns/net)
ns=$(stat -L -c %i "$dir/$first/ns")
unlike "$own" "\\[$ns\\]" "it is no namespace of anybody's"

# shellcheck disable=SC2016
run_is 0 "the next one takes it" on_net busybox sh -c 'readlink /proc/self/ns/net'
is "$out" "net:[$ns]" "just that namespace"
ok "another is kept then" wait_for 20 has 1
unlike "$(kept)" "$first" "which is another"
run_is 0 "and another takes that" on_net busybox sh -c "$look"
is "$out" "$expected" "as the network says too"
unlike "$(cat /proc/self/mountinfo)" "$first" "and nothing is left of the one before"

for i in 1 2 3 4 5 6; do
	proa run -d --name "at$i" --network nn busybox sleep 1000 >/dev/null
done
proa rm -f at1 at2 at3 at4 at5 at6 >/dev/null
ok "after six that end together two are kept" wait_for 20 has 2
ok "and no more pairs than that" wait_for 20 no_pairs

# ---- what may have become of them

for one in $(nears); do ip link del "$one"; done
run_is 0 "one whose pair was deleted" on_net busybox sh -c "$look"
is "$out" "$expected" "serves all the same"
for one in $(nears); do ip link set "$one" nomaster 2>/dev/null; done
run_is 0 "one that was taken from its bridge" on_net busybox sh -c "$look"
is "$out" "$expected" "too"
ip link del "$(ip -o link | grep -o 'br-[0-9a-f]*' | head -n 1)"
run_is 0 "one whose bridge was deleted" on_net busybox sh -c "$look"
is "$out" "$expected" "too"
for one in $(kept); do umount "$dir/$one/ns"; done
run_is 0 "one that was unmounted is passed by" on_net busybox sh -c "$look"
is "$out" "$expected" "and made anew"
mkdir "$dir/.$(printf %064d 1)"
: >"$dir/.$(printf %064d 1)/ns"
on_net busybox true
swept() {
	! ls -A "$dir" | grep -q '^\.'
}
ok "what somebody left who was killed is swept away" wait_for 20 swept

# ---- somebody who has the host's mounts

proa run -d --name holder -v /:/host:ro --network none busybox sleep 1000 >/dev/null
on_net busybox true
ok "a container with the host's root in it holds none" wait_for 20 no_pairs
proa rm -f holder >/dev/null

# ---- ten that want it at once

seq 10 | xargs -P 10 -I{} "$PROA" --data-root "$D" --exec-root "$E" run -d --network nn busybox \
	sleep 1000 >"$T/ids" 2>&1
xargs "$PROA" --data-root "$D" --exec-root "$E" inspect \
	-f '{{.NetworkSettings.Networks.nn.IPAddress}}' <"$T/ids" >"$T/addresses"
is "$(sort -u "$T/addresses" | grep -c '^10\.88\.0\.')" 10 "ten at once have ten addresses"
xargs "$PROA" --data-root "$D" --exec-root "$E" rm -f <"$T/ids" >/dev/null

# ---- the end

ok "the network goes" proa network rm nn
unlike "$(cat /proc/self/mountinfo)" "$E/networks/$id" "with what was kept for it"
ok "and their pairs" wait_for 20 no_pairs
is "$(ls "$E/networks")" "" "and all of its directory"
done_testing
