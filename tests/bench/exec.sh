#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exec.sh [ROUNDS]: what `proa exec C true` costs, spawn to exit of the client, against nsenter into
# all namespaces of the same container.
. "$(dirname "$0")/common.inc"

rounds=${1:-200}
[ -x "$PROA" ] || die "no $PROA"
command -v nsenter >/dev/null || die "no nsenter (util-linux)"

image busybox
cc -D_GNU_SOURCE -O2 -Wall -Wextra -o "$build/bench/race" "$top/tests/bench/race.c"
proa load -i "$IMAGES/busybox.tar" >/dev/null
proa run -d --network none --name c1 busybox sleep 100000 >/dev/null
first=$(sed -n 's/.*"Pid":\([0-9]*\).*/\1/p' "$scratch"/exec/containers/*/state)
"$build/bench/race" "$rounds" \
	proa "$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec" exec c1 true -- \
	"proa, client alone (--version)" "$PROA" --version -- \
	nsenter nsenter -a -t "$first" true >"$build/bench/exec.tsv" || {
	proa rm -f c1 >/dev/null
	exit 1
}
proa rm -f c1 >/dev/null
report "$build/bench/exec.tsv"
verdict "$build/bench/exec.tsv" nsenter 1.5 "proa exec over nsenter -a"
