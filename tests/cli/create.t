#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# create.t: a container that is made and not started, and what the exit status says of mistakes.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 0 "create" proa create --name one --network none busybox sh -c 'echo in; exit 4'
like "$out" '^[0-9a-f]{64}$' "prints the ID"
is "$(ls "$D/names")" one "of one that has its name"
is "$(ls "$D/containers")" "$out" "and is kept"
run_is 0 "it can be started" proa start one
is "$(proa wait one)" 4 "and runs its command"
proa rm one >/dev/null
run_is 0 "--cidfile" proa create --cidfile "$T/cid" --network none busybox true
is "$(cat "$T/cid")" "$out" "holds the ID"
proa rm "$out" >/dev/null
run_is 125 "what is wrong with the command line is 125" proa create --cidfile "$T/cid" --nosuch busybox
run_is 125 "as with an unfinished mount" proa create --mount type=bind busybox true
run_is 1 "what the engine refuses is 1" proa create --network none -w rel busybox true
run_is 1 "a missing image too" proa create nosuch true
like "$err" "^Unable to find image 'nosuch:latest' locally" "and is told"
for flag in -d --detach --sig-proxy --detach-keys=a; do
	run_is 125 "$flag is run's alone" proa create $flag busybox true
	like "$err" 'unknown (shorthand )?flag' "and told so"
done
is "$(proa create --help | sed -n 's/^ .*--\([a-z0-9-]*\).*/\1/p' | sort)" \
	"$(proa run --help | sed -n 's/^ .*--\([a-z0-9-]*\).*/\1/p' | grep -vxE 'detach|detach-keys|sig-proxy' | sort)" \
	"all other flags are run's"
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
