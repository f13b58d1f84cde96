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
box "$PROA" --name swapper -v "$T/w:/w" busybox /attacker swap /w/a /w/b >"$T/swap.log" 2>&1 &
wait_for 20 grep -q ready "$T/swap.log" || bail "no swapper: $(cat "$T/swap.log")"

# out BIN N / into BIN N: N copies, or until the host's file came or changed. Sets $n, $won, $good.
out() {
	n=0 won=0 good=0
	while [ $n -lt "$2" ] && [ $won = 0 ]; do
		n=$((n + 1))
		rm -f "$T/out/x"
		! as "$1" cp swapper:/w/a/secret "$T/out/x" 2>/dev/null || good=$((good + 1))
		! grep -qs host "$T/out/x" || won=1
	done
}
into() {
	n=0 won=0 good=0
	while [ $n -lt "$2" ] && [ $won = 0 ]; do
		n=$((n + 1))
		! as "$1" cp "$T/new" swapper:/w/a/made 2>/dev/null || good=$((good + 1))
		[ ! -e "$CANARY/made" ] || won=1
	done
	rm -f "$CANARY/made"
}

out "$WEAK" 500
is $won 1 "weakened: a file of the host is read"
diag "weakened: after $n copies"
into "$WEAK" 500
is $won 1 "weakened: a file is written on the host"
diag "weakened: after $n copies"
rm -rf "$CANARY"
canary_make
before=$(canary_state)
out "$PROA" 300
is "$n $won" "300 0" "300 copies out: never a file of the host"
isnt $good 0 "some succeed"
diag "$good succeeded"
into "$PROA" 300
is "$n $won" "300 0" "300 copies in: nothing on the host"
isnt $good 0 "some succeed"
diag "$good succeeded"
is "$(canary_state)" "$before" "the host's directory is as before"
as "$PROA" rm -f swapper >/dev/null
wait
done_testing
