#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# container_prune.t: what does not run goes, after a question; filters leave the rest.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

make() { # the three
	proa create --name made --label keep=1 --network none busybox true >/dev/null
	proa run -d --name ended --network none busybox sh -c 'echo x >/file' >/dev/null
	proa wait ended >/dev/null
}
proa run -d --name runs --network none busybox sleep 1000 >/dev/null
make
run sh -c "echo n | '$PROA' --data-root '$D' --exec-root '$E' container prune"
is "$status" 0 "no is no"
like "$out" 'WARNING! This will remove all stopped containers\.' "the question"
is "$err" "" "and no word more"
is "$(ls "$D/names" | wc -l | tr -d ' ')" 3 "nothing is gone"
id=$(proa inspect -f '{{.Id}}' ended)
run_is 0 "-f with a filter" proa container prune -f --filter label!=keep
is "$(printf '%s\n' "$out" | head -n 3)" "Deleted Containers:${nl}$id" "prints the IDs"
like "$out" '^Total reclaimed space: [0-9.]+k?B$' "and the space"
is "$(ls "$D/names")" "made${nl}runs" "the others stay"
run_is 0 "a filter that meets none" proa container prune -f --filter until=1h
is "$out" "Total reclaimed space: 0B" "leaves them"
run sh -c "echo y | '$PROA' --data-root '$D' --exec-root '$E' container prune"
is "$(ls "$D/names")" runs "yes: only what runs stays"
run_is 1 "a filter that is none" proa container prune -f --filter nosuch=1
like "$err" "nosuch" "is told"
run_is 1 "an argument" proa container prune x
proa rm -f runs >/dev/null
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
