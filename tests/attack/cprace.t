#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: CP
# timeout: 300
#
# cp while a process of the container exchanges a directory and a symlink to a directory of the
# host on the way. Resolved by text, from the host, the link is the host's: a file of it is read, or
# one is written there (CVE-2018-15664). In the weakened build it is so; in the real one a path is
# resolved inside the container's root and the child that reads or writes is chrooted into it.
. "$(dirname "$0")/attack.inc"
weak_build CP
load_busybox
canary_make
before=$(canary_state)

mkdir "$T/w"
mkdir -p "$T/w/a" "$T/out"
echo inside >"$T/w/a/secret"
ln -s "$CANARY" "$T/w/b"
echo new >"$T/new"
box "$PROA" --name swapper -v "$T/w:/w" busybox /attacker swap /w/a /w/b /w/n \
	>"$T/swap.log" 2>&1 &
wait_for 20 grep -q ready "$T/swap.log" || bail "no swapper: $(cat "$T/swap.log")"

# race COPY BIN N: the copy N times, or until the host's file came or changed, and on until there
# were $SWAPS exchanges while they ran. Sets $n, $won, $good and $swaps.
SWAPS=5000
out() {
	rm -f "$T/out/x"
	! as "$1" cp swapper:/w/a/secret "$T/out/x" 2>/dev/null || good=$((good + 1))
	! grep -qs host "$T/out/x" || won=1
}
into() {
	! as "$1" cp "$T/new" swapper:/w/a/made 2>/dev/null || good=$((good + 1))
	[ ! -e "$CANARY/made" ] || won=1
	rm -f "$CANARY/made"
}
race() {
	n=0 won=0 good=0 swaps=0
	end=$(($(date +%s) + 90))
	while [ $won = 0 ] && [ $n -lt "$3" -o $swaps -lt $SWAPS ] && [ "$(date +%s)" -lt $end ]; do
		n=$((n + 1))
		at=$("$A" count "$T/w/n")
		"$1" "$2"
		swaps=$((swaps - at + $("$A" count "$T/w/n")))
	done
}

race out "$WEAK" 500
is $won 1 "weakened: a file of the host is read"
diag "weakened: after $n copies, $swaps exchanges"
race into "$WEAK" 500
is $won 1 "weakened: a file is written on the host"
diag "weakened: after $n copies, $swaps exchanges"
rm -rf "$CANARY"
canary_make
before=$(canary_state)
for copy in out into; do
	race $copy "$PROA" "$(rounds 300)"
	is $won 0 "$n copies $copy: the host's is neither read nor written"
	ok "with $SWAPS exchanges at least ($swaps)" test $swaps -ge $SWAPS
	isnt $good 0 "some succeed ($good)"
done
is "$(canary_state)" "$before" "the host's directory is as before"
as "$PROA" rm -f swapper >/dev/null
wait
done_testing
