#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# size.sh: the binary's size and kind, against the target of this stage.
. "$(dirname "$0")/common.inc"

limit=1258291
[ -x "$PROA" ] || die "no $PROA: run make first"
size=$(stat -c %s "$PROA")
file -b "$PROA"
verdict=met
[ "$size" -le "$limit" ] || verdict="NOT MET"
echo "target: at most $limit bytes: $size: $verdict"
