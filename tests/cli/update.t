#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# update.t: the command line of update; what it does is in ns/update.t.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
run_is 1 "a container that is not there" proa update --pids-limit 5 nosuch
is "$err" "proa: No such container: nosuch" "is told"
run_is 1 "no container" proa update --pids-limit 5
run_is 1 "no flag" proa update nosuch
like "$err" 'you must provide one or more flags when using this command' "is told"
run_is 125 "a size that is none" proa update -m x nosuch
run_is 125 "CPUs that are none" proa update --cpus x nosuch
one_line "in one line"
load_busybox
proa create --name ua --network none busybox true >/dev/null
proa create --name ub --network none busybox true >/dev/null
run_is 1 "several: one that is missing does not keep the others" proa update --pids-limit 5 ua nosuch ub
is "$out" "ua${nl}ub" "the others are changed"
for name in ua ub; do
	like "$(cat "$D/containers/$(id_of "$name")/config.json")" '"PidsLimit":5' "$name has it"
done
help=$(proa container update --help)
awk -F'\t' '/^update\t/ { on = 1; next } /^[^\t]/ { on = 0 } on { print $2 }' \
	"$PROA_TESTS/data/docker-cli-28.tsv" | while read -r flag; do
	printf '%s\n' "$help" | grep -qe "$flag " || echo "$flag"
done >"$T/missing"
is "$(cat "$T/missing")" "" "has every flag of Docker's"
done_testing
