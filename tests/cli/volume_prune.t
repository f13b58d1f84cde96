#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# volume prune: anonymous ones that nobody uses, or all.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

proa volume create named >/dev/null
proa volume create --label keep kept >/dev/null
anon=$(proa volume create)
head -c 3000000 /dev/zero >"$D/volumes/$anon/_data/big"
proa run -d --name user --network none -v used:/u -v /anon busybox true >/dev/null
is "$(proa volume ls -q | wc -l)" 5 "five volumes"
run_is 0 "asks, and takes silence for no" sh -c '"$PROA" --data-root "$1" --exec-root "$2" volume prune </dev/null' x "$D" "$E"
like "$out" 'WARNING! This will remove anonymous local volumes not used' "warns"
run_is 0 "-f" proa volume prune -f
is "$out" "Deleted Volumes:$nl$anon$nl${nl}Total reclaimed space: 3MB" "takes the anonymous one"
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
