#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rmi: names, IDs, refusals in Docker's words.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

busybox_parts
load_busybox
proa tag busybox second:1
run_is 0 "by one of two names" proa rmi second:1
is "$out" "Untagged: second:1" "takes the name only"
proa tag busybox second:1
id=$(proa images -q busybox)
run_is 1 "by ID with two names" proa rmi "$id"
is "$err" "proa: conflict: unable to delete $id (must be forced) - image is referenced in multiple repositories" "is refused"
proa rmi second:1 >/dev/null
run_is 0 "by its last name" proa rmi busybox
is "$out" "Untagged: busybox:latest${nl}Deleted: sha256:$bb_id${nl}Deleted: sha256:$bb_diff" "deletes image and layer"
wait_for 20 no_trash
nothing_left "nothing is left of it"

proa load -i "$IMAGES/busybox.tar" >/dev/null
proa tag busybox second:1
run_is 0 "by ID, forced" proa rmi -f "$id"
is "$(echo "$out" | grep -c Untagged)" 2 "takes both names"
run_is 1 "again" proa rmi busybox
is "$err" "proa: No such image: busybox:latest" "it is gone"
run_is 0 "again, forced" proa rmi -f busybox
load_busybox
run_is 1 "two, one of which is not there" proa rmi nope busybox
like "$out" "Deleted: sha256:$bb_id" "the other one goes"

# Containers hold images. Their records are files; what a running one holds is its lock.
load_busybox
mkdir -p "$D/containers/c1"
printf '{"Image":"sha256:%s","Config":{"Image":"busybox"}}' "$bb_id" >"$D/containers/c1/config.json"
printf 'driver overlay\n%s\n' "$bb_diff" >"$D/containers/c1/layers"
run_is 1 "an image of a stopped container, by name" proa rmi busybox
like "$err" 'conflict: unable to remove repository reference "busybox:latest" \(must force\) - container c1 is using its referenced image' "is refused"
run_is 1 "by ID" proa rmi "$id"
like "$err" "conflict: unable to delete $id \(must be forced\) - image is being used by stopped container c1" "is refused"
is "$(proa image prune -af | tail -n 1)" "Total reclaimed space: 0B" "prune -a leaves it"
run_is 0 "forced" proa rmi -f busybox
ok "its layer stays as long as the container" test -d "$D/layers/$bb_diff/diff/bin"
load_busybox
rm -r "$D/containers/c1"
run_is 0 "without the container" proa rmi busybox
nok "the layer goes" test -e "$D/layers/$bb_diff"
done_testing
