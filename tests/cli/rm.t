#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rm.t: removing containers by name, ID and start of an ID.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

d() {
	proa run -d --network none "$@"
}

id=$(d --name one busybox true)
ok "it ends" wait_for 20 proa rm one
nok "the name is gone" proa rm one
id=$(d busybox sleep 1000)
run_is 1 "a running one stays" proa rm "$id"
like "$err" 'container is running: stop the container before removing or force remove' "and says why"
one_line "in one line"
run_is 0 "-f takes it, by the start of its ID" proa rm -f "$(echo "$id" | cut -c1-12)"
# That it runs is for its shim to say, not for a file: a start may be on its way.
id=$(d busybox sleep 1000)
rm "$E/containers/$id/state"
run_is 1 "one that runs without a record stays" proa rm "$id"
like "$err" 'container is running' "and says why"
run_is 0 "but for -f" proa rm -f "$id"
d --name aa busybox sleep 1000 >/dev/null
d --name bb busybox sleep 1000 >/dev/null
run_is 1 "one that is missing does not keep the others" proa rm -f aa "" bb
is "$out" "aa${nl}bb" "which are named"
run_is 1 "an unknown one" proa rm nosuch
is "$err" "proa: No such container: nosuch" "is named"
run_is 0 "but not for -f" proa rm -f nosuch

# A container whose shim was killed is picked up by the next call.
id=$(d --name lost busybox sleep 1000)
for p in /proc/[0-9]*; do
	[ "$(cat "$p/cmdline" 2>/dev/null | tr -d '\0')" = proa-shim ] || continue
	if ls -l "$p/fd" 2>/dev/null | grep -qF "$D/containers/$id/lock"; then
		shim=${p#/proc/}
	fi
done
kill -9 "$shim"
run_is 0 "a container without its shim is removed" proa rm -f lost
ok "and nothing of it runs" wait_for 20 sh -c "! grep -qs 'sleep.*1000' /proc/[0-9]*/cmdline || \
	! grep -lsF '$id' /proc/[0-9]*/cgroup | grep -q ."
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
