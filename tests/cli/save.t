#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# save: what it writes is the same each time, and load reads it back.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

load_busybox
busybox_parts
proa tag busybox other/name:2
ok "to a file" proa save -o "$T/1.tar" busybox other/name:2
proa save other/name:2 busybox:latest >"$T/2.tar"
proa save busybox other/name:2 >"$T/3.tar"
ok "twice the same bytes" cmp "$T/1.tar" "$T/3.tar"
is "$(tar tf "$T/1.tar" | sort | tr '\n' ' ')" "$(tar tf "$T/2.tar" | sort | tr '\n' ' ')" \
	"the same members in another order of names"
is "$(tar tf "$T/1.tar" | sed -n '/^[a-z-]*\(\.json\)*$/p' | tr '\n' ' ')" \
	"index.json manifest.json oci-layout repositories " "both forms are in it"
tar xf "$T/1.tar" -C "$T" blobs
ok "the layer's tar is the original, byte for byte" cmp "$T/blobs/sha256/$bb_diff" "$T/bb/$bb_layer"
ok "so is the config" cmp "$T/blobs/sha256/$bb_id" "$T/bb/$bb_config"
is "$(tar xOf "$T/1.tar" repositories)" \
	"{\"busybox\":{\"latest\":\"$bb_id\"},\"other/name\":{\"2\":\"$bb_id\"}}" "repositories names both"
is "$(tar xOf "$T/1.tar" manifest.json | tr ',' '\n' | grep -c Config)" 1 "an image of two names is there once"
like "$(proa save --format oci-archive busybox | tar t)" '^oci-layout$' "--format oci-archive"
unlike "$(proa save --format oci-archive busybox | tar t)" 'manifest.json' "has no manifest.json"
unlike "$(proa save --format docker-archive busybox | tar t)" 'index.json|oci-layout' "--format docker-archive has no index"
run_is 1 "a format that is none" proa save --format zip busybox
one_line "is one line"

ok "by ID" proa save -o "$T/id.tar" "$(proa images -q busybox | head -n 1)"
like "$(tar xOf "$T/id.tar" manifest.json)" '"RepoTags":null' "gives no names"
proa tag busybox busybox:two
is "$(proa save busybox | tar xOf - manifest.json | grep -o 'busybox:[a-z]*' | tr '\n' ' ')" \
	"busybox:latest busybox:two " "a repository stands for all its tags"

run_is 1 "no such image" proa save -o "$T/none.tar" nope
like "$err" "No such image: nope:latest" "is said"
nok "and no file appears" test -e "$T/none.tar"
nok "nor a part of one" sh -c 'ls "$1" | grep tmp' x "$T"
run_is 1 "one of two is missing" proa save -o "$T/none.tar" busybox nope
nok "no file then either" test -e "$T/none.tar"
run_is 1 "a directory as output" proa save -o "$T" busybox
is "$err" "proa: failed to save image: cannot write to a directory" "in Docker's words"
run_is 1 "a folder that is not there" proa save -o "$T/nodir/x" busybox
is "$err" "proa: failed to save image: invalid output path: stat $T/nodir: no such file or directory" \
	"in Docker's words"
run_is 1 "a wrong platform" proa save --platform linux/s390x -o "$T/none.tar" busybox
if command -v script >/dev/null; then
	like "$(script -qec "\"$PROA\" --data-root $D --exec-root $E save busybox" /dev/null </dev/null)" \
		"terminal" "refuses a terminal"
else
	skip "refuses a terminal" "script is not installed"
fi

# A store that was damaged does not yield a wrong archive.
printf x | dd of="$D/layers/$bb_diff/diff/bin/busybox" bs=1 seek=100000 conv=notrunc 2>/dev/null
run_is 1 "a layer that was changed on disk" proa save -o "$T/none.tar" busybox
nok "gives no archive" test -e "$T/none.tar"

proa rmi -f "sha256:$bb_id" >/dev/null
ok "load reads it back" proa load -i "$T/1.tar"
is "$(proa images -q --no-trunc | sort -u)" "sha256:$bb_id" "as the same image"
if command -v skopeo >/dev/null; then
	like "$(skopeo inspect --config "docker-archive:$T/1.tar:busybox:latest" 2>&1)" '"architecture"' "skopeo reads it as docker-archive"
	proa save --format oci-archive busybox >"$T/o.tar"
	like "$(skopeo inspect --config "oci-archive:$T/o.tar" 2>&1)" '"architecture"' "skopeo reads it as oci-archive"
else
	skip "skopeo reads it" "skopeo is not installed"
fi
done_testing
