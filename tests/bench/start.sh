#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# start.sh [ROUNDS]: `start` of a container that has ended against a `run` that makes one, in the
# foreground and detached. What outlives its run is synced to disk by both.
. "$(dirname "$0")/common.inc"

rounds=${1:-100}
[ -x "$PROA" ] || die "no $PROA"
image busybox
cc -D_GNU_SOURCE -O2 -Wall -Wextra -o "$build/bench/race" "$top/tests/bench/race.c"
proa load -i "$IMAGES/busybox.tar" >/dev/null
for name in attached detached; do
	proa create --name $name --network none busybox true >/dev/null
done
set -- "$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec"
run="run --network none busybox true"
# shellcheck disable=SC2086 # words
"$build/bench/race" "$rounds" \
	"start -a" "$@" start -a attached -- "run" "$@" $run -- \
	"start" "$@" start detached -- "run -d" "$@" run -d ${run#run } >"$build/bench/start.tsv"
proa container prune -f >/dev/null
report "$build/bench/start.tsv"
verdict "$build/bench/start.tsv" run 1 "start -a over run"
