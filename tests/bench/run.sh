#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [ROUNDS]: what `proa run --rm --network none busybox true` costs, spawn to exit of the
# client, against bwrap with the same namespaces and the floor: a C program that makes the same
# system calls with no API, client or image store. FLOOR names its source; without it the line is
# left out.
. "$(dirname "$0")/common.inc"

rounds=${1:-200}
: "${FLOOR:=$top/../shared/bench/floor-run.c}"

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

# The floor wants the same kind of cgroup as proa finds, and a true that loads no library.
floor=$build/bench/floor
cgroup=v1
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || cgroup=v2
if [ -f "$FLOOR" ]; then
	mkdir -p "$floor"
	cc -O2 -w -o "$floor/floor-run" "$FLOOR"
	echo 'int main(void) { return 0; }' >"$floor/true.c"
	cc -static -O2 -o "$floor/true_static" "$floor/true.c"
	if (cd "$floor" && ./floor-run 1 net=own cg=$cgroup) >/dev/null 2>&1; then
		# it takes at most 2,000 steps, warm-up included
		[ "$rounds" -le 1990 ] || die "at most 1990 rounds"
		set -- "$@" "@floor" sh -c \
			"cd '$floor' && exec ./floor-run 2000 net=own cg=$cgroup upper=disk" --
	else
		echo "bench: the floor does not run on this machine's cgroups" >&2
	fi
fi
set -- "$@" "busybox true, no isolation" "$scratch/rootfs/bin/busybox" true

"$build/bench/race" "$rounds" "$@" >"$build/bench/run.tsv"
report "$build/bench/run.tsv"
[ -x "$PROA" ] || exit 0
verdict "$build/bench/run.tsv" floor 1.5 "proa over floor (net=own cg=$cgroup upper=disk)"
verdict "$build/bench/run.tsv" bwrap 1 "proa over bwrap"
