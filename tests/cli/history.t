#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# history: the steps of an image.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

busybox_parts
load_busybox
run_is 0 "of an image" proa history busybox
like "$out" "^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$" "heads"
like "$out" "^$(echo "$bb_id" | cut -c1-12) +[0-9]+ years ago " "the image is the newest step"
is "$(proa history -q busybox)" "$(echo "$bb_id" | cut -c1-12)" "-q"
is "$(proa history -q --no-trunc busybox)" "sha256:$bb_id" "--no-trunc"
like "$(proa history -H=false busybox)" "2023-11-14T22:13:20Z .* [0-9]{7} " "-H=false: plain dates and sizes"
like "$(proa history --format json busybox)" '^\{"Comment":' "--format json"

# empty steps, long commands
sed 's/"history":\[[^]]*\]/"history":[{"created_by":"first step which is a good deal longer than forty-five characters"},{"created_by":"nothing","empty_layer":true}]/' \
	"$T/bb/$bb_config" >"$T/c"
layout "$T/oci" "$T/c" "$T/bb/$bb_layer" application/vnd.oci.image.layer.v1.tar h:1
proa load -i "$T/oci" >/dev/null
is "$(proa history h:1 | wc -l)" 3 "two steps"
like "$(proa history h:1 | sed -n 2p)" " nothing +0B" "an empty step is 0B"
like "$(proa history h:1 | sed -n 3p)" "^<missing> .*1\.[0-9]*MB" "the layer belongs to the first step"
like "$(proa history h:1)" "longer than … " "a long command is cut"
like "$(proa history --no-trunc h:1)" "forty-five characters" "but with --no-trunc"
run_is 1 "no such image" proa history nope
is "$err" "proa: No such image: nope:latest" "is said"
done_testing
