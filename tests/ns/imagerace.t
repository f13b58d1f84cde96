#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# guest: no (time)
#
# prune and rmi against load, import, tag, save and create, all at once on one store. Each command may
# lose (its image is gone, or in use), but only with the words for it; and nothing may ever be torn:
# whatever is listed afterwards is whole, and one sweep removes all that no name keeps.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa
busybox_parts
ROUNDS=${ROUNDS:-25}

# loop NAME CMD...: runs it ROUNDS times; what fails goes to $T/NAME.err, "ok" counts to $T/NAME.ok
loop() {
	loop_name=$1
	shift
	for loop_i in $(seq "$ROUNDS"); do
		"$@" >/dev/null 2>>"$T/$loop_name.err" && echo ok >>"$T/$loop_name.ok"
	done
}

load_busybox
gzip -1 <"$T/bb/$bb_layer" >"$T/l.gz"
: >"$T/load.err"
loop load proa load -i "$IMAGES/busybox.tar" &
loop load2 proa load -i "$T/bb" &
loop import proa import "$T/l.gz" imported:1 &
loop tag proa tag busybox "other:1" &
loop save proa save -o "$T/saved.tar" busybox &
loop run proa run --rm --network none busybox true &
loop rmi proa rmi -f busybox &
loop rmi2 proa rmi "$(echo "$bb_id" | cut -c1-12)" &
loop prune proa image prune -a -f &
wait

for w in load load2 import prune; do
	is "$(wc -l <"$T/$w.ok" 2>/dev/null || echo 0)" "$ROUNDS" "every $w succeeded"
	[ ! -s "$T/$w.err" ] || diag "$(sort "$T/$w.err" | uniq -c | head)"
done
for w in tag save rmi; do
	is "$(grep -vE 'No such image' "$T/$w.err" 2>/dev/null | sort | uniq -c | head -n 5)" "" \
		"a $w failed only for want of its image"
done
is "$(grep -vE 'No such image|conflict: unable to delete' "$T/rmi2.err" 2>/dev/null | head -n 5)" "" \
	"rmi by ID failed only for that, or because the image was in use"
is "$(grep -vE 'No such image|Unable to find image|pulling images is not built' "$T/run.err" 2>/dev/null | sort | uniq -c | head -n 5)" "" \
	"a run failed only for want of its image"
diag "$(for w in tag save run rmi rmi2; do echo "$w: $(wc -l <"$T/$w.ok" 2>/dev/null || echo 0) of $ROUNDS"; done)"

for id in $(proa images -q --no-trunc | sort -u); do
	ok "what is left is whole: $(echo "$id" | cut -c8-19)" proa save -o "$T/left.tar" "$id"
done
run_is 0 "a last load" proa load -i "$IMAGES/busybox.tar"
run_is 0 "runs" proa run --rm --network none busybox true
no_containers() {
	! ls "$D/containers" "$E/containers" 2>/dev/null | grep -v : | grep -q .
}
wait_for 20 no_containers
run_is 0 "a last prune" proa image prune -a -f
wait_for 20 no_trash
nothing_left "leaves an empty store"
done_testing
