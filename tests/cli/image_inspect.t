#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# image inspect: Docker's shape.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

busybox_parts
load_busybox
run_is 0 "an image" proa image inspect busybox
is "$(echo "$out" | head -n 3)" "[${nl}    {${nl}        \"Id\": \"sha256:$bb_id\"," "begins like Docker's"
for k in Id RepoTags RepoDigests Parent Comment Created DockerVersion Author Config Architecture Os Size \
	GraphDriver RootFS Metadata; do
	like "$out" "^        \"$k\": " "has $k"
done
is "$(proa inspect -f '{{json .Config.Labels}} {{json .Config.Entrypoint}} {{.Config.User}}' busybox)" "null null " \
	"a template finds the fields of the config that are empty"
like "$out" "\"sha256:$bb_diff\"" "the layer's diff ID"
is "$(echo "$out" | sed -n 's/.*"UpperDir": "\(.*\)".*/\1/p')" "$(cd "$D" && pwd -P)/layers/$bb_diff/diff" "where the layer is"
ok "that is a directory" test -d "$D/layers/$bb_diff/diff/bin"
is "$(proa image inspect "sha256:$bb_id")" "$out" "by full ID"
is "$(proa image inspect "$(echo "$bb_id" | cut -c1-4)")" "$out" "by the start of the ID"
is "$(proa image inspect docker.io/library/busybox:latest)" "$out" "by full name"
run_is 1 "one of two is not there" proa image inspect nope busybox
is "$err" "proa: No such image: nope:latest" "is said"
like "$out" "sha256:$bb_id" "the other is shown"
run_is 1 "none is there" proa image inspect nope
is "$out" "[]" "an empty list"
run_is 1 "an ID that is not there" proa image inspect "sha256:$(printf %064d 0)"
is "$err" "proa: No such image: sha256:$(printf %064d 0)" "is said with all digits"
echo broken >"$D/images/blobs/sha256/$bb_id"
run_is 1 "a damaged config" proa image inspect busybox
like "$err" "damaged" "is said"
one_line "in one line"
done_testing
