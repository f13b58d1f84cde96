#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# prune.t: of containers, images and volumes: a question first, filters leave the rest.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

# roots NAME: the next part begins with nothing.
roots() {
	D=$T/d$1
	E=$T/e$1
	load_busybox
}

# ---- containers: what does not run goes
roots c
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

# ---- images: what has no name, or what no container uses
roots i
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

# ---- volumes: anonymous ones that nobody uses, or all
roots v
proa volume create named >/dev/null
proa volume create --label keep kept >/dev/null
anon=$(proa volume create)
head -c 3000000 /dev/zero >"$D/volumes/$anon/_data/big"
ln "$D/volumes/$anon/_data/big" "$D/volumes/$anon/_data/same"
proa run -d --name user --network none -v used:/u -v /anon busybox true >/dev/null
is "$(proa volume ls -q | wc -l)" 5 "five volumes"
run_is 0 "asks, and takes silence for no" sh -c '"$PROA" --data-root "$1" --exec-root "$2" volume prune </dev/null' x "$D" "$E"
like "$out" 'WARNING! This will remove anonymous local volumes not used' "warns"
run_is 0 "-f" proa volume prune -f
is "$out" "Deleted Volumes:$nl$anon$nl${nl}Total reclaimed space: 3MB" "takes the anonymous one, whose file has two names"
run_is 0 "-a with a label" proa volume prune -a -f --filter label!=keep
is "$out" "Deleted Volumes:${nl}named$nl${nl}Total reclaimed space: 0B" "takes the named one"
run_is 1 "-a twice" proa volume prune -a -f --filter all=1
run_is 1 "until is not for volumes" proa volume prune -f --filter until=1h
one_line "in one line"
run_is 0 "-a" proa volume prune -a -f
like "$out" '^kept$' "takes the other"
is "$(proa volume ls -q | wc -l)" 2 "what is used stays"
ok "nothing is left" wait_for 20 no_trash
done_testing
