#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [ROUNDS]: what `proa run --rm --network none busybox true` costs, spawn to exit of the
# client, against bwrap with the same namespaces and the floor (common.inc).
. "$(dirname "$0")/common.inc"

rounds=${1:-200}

image busybox
cc -D_GNU_SOURCE -O2 -Wall -Wextra -o "$build/bench/race" "$top/tests/bench/race.c"
"$top/tools/mkimage" rootfs "$scratch/rootfs.tar"
mkdir "$scratch/rootfs"
tar -C "$scratch/rootfs" -xf "$scratch/rootfs.tar"

# name CMD... of everybody who is there, in "$@"; proa is the first
set --
if [ -x "$PROA" ]; then
	proa load -i "$IMAGES/busybox.tar" >/dev/null
	proa run --rm --network none busybox true
	set -- proa "$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec" \
		run --rm --network none busybox true --
	set -- "$@" "proa, client alone (--version)" "$PROA" --version --
else
	echo "bench: no $PROA: only the others are measured" >&2
fi
if command -v bwrap >/dev/null; then
	set -- "$@" bwrap bwrap --unshare-pid --unshare-net --unshare-ipc --unshare-uts \
		--bind "$scratch/rootfs" / --proc /proc --dev /dev true --
fi

if floor_there; then
	# it takes at most 2,000 steps, warm-up included
	[ "$rounds" -le 1990 ] || die "at most 1990 rounds"
	set -- "$@" "@floor" sh -c \
		"cd '$floor' && exec ./floor-run 2000 net=own cg=$cgroup upper=disk" --
fi
set -- "$@" "busybox true, no isolation" "$scratch/rootfs/bin/busybox" true

"$build/bench/race" "$rounds" "$@" >"$build/bench/run.tsv"
report "$build/bench/run.tsv"
[ -x "$PROA" ] || exit 0
verdict "$build/bench/run.tsv" floor 1.5 "proa over floor (net=own cg=$cgroup upper=disk)"
verdict "$build/bench/run.tsv" bwrap 1 "proa over bwrap"
