#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hops.sh [ROUNDS]: what the hops from client to route and back cost (hops.c). Aim: two local
# connections in under 350 us.
. "$(dirname "$0")/common.inc"

[ -x "$build/static/tests/bench/hops" ] || die "no hops program: make bench builds it"
mkdir -p "$scratch/h"
"$build/static/tests/bench/hops" "$scratch/h" "${1:-300}"
