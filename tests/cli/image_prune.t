#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# image prune: what has no name, or what no container uses.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

load_busybox
proa import -c 'LABEL keep=1' "$IMAGES/busybox.tar" >/dev/null
proa import "$IMAGES/busybox.tar" >/dev/null
is "$(proa images -q | wc -l)" 3 "three images, two without a name"
run_is 0 "asks, and takes silence for no" sh -c '"$PROA" --data-root "$1" --exec-root "$2" image prune </dev/null' x "$D" "$E"
like "$out" "WARNING! This will remove all dangling images" "warns"
is "$(proa images -q | wc -l)" 3 "nothing went"
run_is 0 "y is yes" sh -c 'echo y | "$PROA" --data-root "$1" --exec-root "$2" image prune --filter label!=keep' x "$D" "$E"
is "$(proa images -q | wc -l)" 2 "one went"
like "$out" "^deleted: sha256:" "and is named"
is "$(proa image prune -f --filter until=24h | tail -n 1)" "Total reclaimed space: 0B" "until: too young"
run_is 0 "-f" proa image prune -f
like "$out" "Total reclaimed space: 2\.[0-9]*MB" "says how much it was"
is "$(proa images -q | wc -l)" 1 "the named one stays"
run_is 0 "-a -f" proa image prune -a -f
like "$out" "^untagged: busybox:latest" "takes names too"
wait_for 20 no_trash
nothing_left "nothing is left"
is "$(proa image prune -f)" "Total reclaimed space: 0B" "an empty store"
run_is 1 "a filter that is none" proa image prune -f --filter x=y
one_line "is one line"

# What a killed command left is swept.
mkdir -p "$D/tmp/left/diff" "$D/layers/$(printf %064d 1)/diff"
echo "tmp left" >"$D/pins/dead"
ln -s "../$(printf %064d 1)/diff" "$D/layers/l/dead"
: >"$D/images/refs/.x.12345678.tmp"
load_busybox
proa rmi busybox >/dev/null
wait_for 20 no_trash
nothing_left "what dead writers left is gone"
done_testing
