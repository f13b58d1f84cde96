#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 240
# errors.t: the exit status and the words of several hundred command lines that fail, and of some that
# do not, against what Docker's client and dockerd answered (tests/data/docker-28.5/errors.*). What
# may differ is in errors.diff, with the reason. UPDATE=1 leaves errors.own in $BUILD, to take lines from.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
data=$PROA_TESTS/data/docker-28.5
golden=$PROA_TESTS/golden
S=$T/s
mkdir "$S"
cd "$S" || bail "no $S"
d() { timeout 60 "$PROA" --data-root "$D" --exec-root "$E" "$@"; }
. "$data/errors.sh"
load_busybox

mkdir "$T/answers"
errors_run "$data/errors.cases" "$T/answers"
"$golden/errors.py" collect "$T/answers" "$S" >"$T/own"
"$golden/errors.py" compare "$data/errors.tsv" "$T/own" "$golden/errors.diff" >"$T/results"
[ "${UPDATE:-}" != 1 ] || cp "$T/own" "$BUILD/errors.own"
relay "$T/results"
for n in $(proa ps -aq); do proa rm -f "$n" >/dev/null; done
done_testing
