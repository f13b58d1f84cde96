#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scale.sh: `ps -a` of 200 containers that sleep, and what 200 starts and removals take.
. "$(dirname "$0")/common.inc"

n=200
proa load -i "$IMAGES/busybox.tar" >/dev/null
trap 'proa rm -f $(proa ps -aq) >/dev/null 2>&1; cleanup' EXIT
ms() {
	echo $(($(date +%s%N) / 1000000))
}

t=$(ms)
for i in $(seq $n); do
	proa run -d --network none busybox sleep 100000 >/dev/null
done
echo "run -d: $((($(ms) - t) * 100 / n)) hundredths of a ms each, one after the other"
best=
for i in $(seq 20); do
	t=$(date +%s%N)
	proa ps -a >"$scratch/ps"
	t=$((($(date +%s%N) - t) / 1000))
	[ -n "$best" ] && [ "$best" -le "$t" ] || best=$t
	all="${all:-} $t"
done
median=$(printf '%s\n' $all | sort -n | sed -n 10p)
[ "$(wc -l <"$scratch/ps")" -eq $((n + 1)) ] || die "ps -a lists $(wc -l <"$scratch/ps") lines"
verdict=met
[ "$median" -le 15000 ] || verdict="NOT MET"
echo "target: ps -a of $n under 15 ms: median $median us, best $best us: $verdict"
t=$(ms)
# shellcheck disable=SC2046
proa rm -f $(proa ps -aq) >/dev/null
echo "rm -f: $((($(ms) - t) / n)) ms each"
