#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: DNSREPLY
# guest: no
# timeout: 300
#
# Somebody who can send to the host's resolver port guesses answers before the right one comes: with
# another ID, about another name, from another address. In the weakened build the first datagram is
# taken. Then a container floods its own responder with questions that nobody answers, and with
# things that are no questions: its shim goes on serving, and stays small. On an internal network no
# question leaves the machine at all.
[ "${DNS_MOUNTS:-}" = 1 ] || DNS_MOUNTS=1 exec unshare -m "$0" "$@"
. "$(dirname "$0")/attack.inc"
weak_build DNSREPLY
load_busybox

L=$T/dnsliar
"$CC_STATIC" -Os -o "$L" "$PROA_TESTS/attack/dnsliar.c" || bail "dnsliar.c does not compile"
echo "nameserver 127.0.0.1" >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf || skip_all "no mounts here"
: >"$T/log"
"$L" serve "$T/log" & # dies with us
as "$PROA" network create mynet >/dev/null || bail "no network"
as "$PROA" network create --internal inner >/dev/null || bail "no network"

# asks BIN NETWORK NAME
asks() {
	as "$1" run --rm --network "$2" -v "$L:/l:ro" busybox /l ask "$3" 2>&1
}
is "$(asks "$WEAK" mynet a.example)" 6.6.6.6 "weakened: the one who guesses is believed"
for name in a.example B.Example c; do
	is "$(asks "$PROA" mynet $name)" 192.0.2.1 "$name: only the answer to what was asked counts"
done

: >"$T/log"
is "$(asks "$PROA" inner secret.example)" SERVFAIL "on an internal network there is no answer from outside"
is "$(asks "$PROA" inner secret)" SERVFAIL "nor to a name without a dot"
is "$(cat "$T/log")" "" "and no question went out"

as "$PROA" run -d --name web --network mynet -v "$L:/l:ro" busybox sleep 1000 >/dev/null || bail "no container"
shim_private() {
	awk '/^Private_Dirty/ { print $2 }' "/proc/$(shim_of web)/smaps_rollup"
}
web=$(as "$PROA" exec web ip -o -4 addr show dev eth0 | sed 's|.* inet \([0-9.]*\)/.*|\1|')
is "$(as "$PROA" exec web /l ask web.mynet)" "$web" "a name, before the flood"
before=$(shim_private)
ok "20,000 questions" as "$PROA" exec web /l flood 20000
ok "2,000 things that are none" as "$PROA" exec web /l junk 2000
is "$(as "$PROA" exec web /l ask WEB)" "$web" "after the flood the name is still there"
answers() {
	[ "$(as "$PROA" exec web /l ask later.example)" = 192.0.2.1 ]
}
ok "and others' names come back when the questions have run out" wait_for 10 answers
after=$(shim_private)
ok "the shim has grown by less than 1 MiB ($before to $after KiB)" test $((after - before)) -lt 1024
as "$PROA" rm -f web >/dev/null
as "$PROA" network rm mynet inner >/dev/null
done_testing
