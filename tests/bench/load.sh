#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# load.sh [ROUNDS]: `proa load` of the four-layer Debian image with gzip layers against `tar xzf`
# of the very same four blobs, each into a directory like load's layers. tar neither hashes nor
# syncs; a row says what it takes when it must sync too, as load does before it names the image. All
# is removed at the end only: ext4 looks for inodes that were freed within the last five seconds at
# every file it makes, which would be most of what is measured.
. "$(dirname "$0")/common.inc"

rounds=${1:-5}
archive=$IMAGES/debian--compressgzip.tar
[ -e "$archive" ] || "$top/tools/mkimage" debian "$archive" --compress gzip
mkdir "$scratch/blobs"
tar -C "$scratch/blobs" -xf "$archive"

by_load() {
	[ -x "$PROA" ] || return 0
	start=$(now)
	"$PROA" --data-root "$scratch/data$round" --exec-root "$scratch/exec$round" load -i "$archive" \
		>/dev/null
	printf 'load\t%s\n' $((($(now) - start) / 1000)) >>"$scratch/times"
}

# whiteouts come out as plain files: all the same to tar
by_tar() {
	tree=$scratch/tree$round
	mkdir "$tree"
	start=$(now)
	for blob in "$scratch"/blobs/*/layer.tar; do
		layer=$tree/$(basename "$(dirname "$blob")")
		mkdir "$layer"
		tar -C "$layer" -xzf "$blob"
	done
	printf 'tar xzf\t%s\n' $((($(now) - start) / 1000)) >>"$scratch/times"
	sync -f "$tree"
	printf 'tar xzf, then sync\t%s\n' $((($(now) - start) / 1000)) >>"$scratch/times"
}

round=0
while [ "$round" -lt "$rounds" ]; do
	by_load
	sync -f "$scratch"
	by_tar
	sync -f "$scratch"
	round=$((round + 1))
done

for name in load 'tar xzf' 'tar xzf, then sync'; do
	grep "^$name	" "$scratch/times" | cut -f 2 | sort -n | awk -v name="$name" '
		{ t[NR] = $1 }
		END {
			if (NR)
				printf "%s\t%d\t%d\t%d\n", name, t[1], t[int(NR / 2) + 1],
					t[int(NR * 9 / 10) + 1]
		}'
done >"$build/bench/load.tsv"
report "$build/bench/load.tsv"
[ ! -x "$PROA" ] || verdict "$build/bench/load.tsv" 'tar xzf' 1 'load over tar xzf'
