#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# volume ls: the table, quiet, filters.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

is "$(proa volume ls)" "DRIVER    VOLUME NAME" "none yet"
proa volume create --label k=v --label kk aaa >/dev/null
proa volume create --label k=w bbb >/dev/null
proa volume create ccc >/dev/null
is "$(proa volume ls)" "DRIVER    VOLUME NAME
local     aaa
local     bbb
local     ccc" "the table"
is "$(proa volume ls -q | tr '\n' ' ')" "aaa bbb ccc " "-q"
f() { proa volume ls -q "$@" | tr '\n' ' '; }
is "$(f -f label=k)" "aaa bbb " "label"
is "$(f -f label=k=v)" "aaa " "label with a value"
is "$(f -f label=k -f label=kk)" "aaa " "two labels"
is "$(f -f name=b)" "bbb " "name"
is "$(f -f name=^c -f name='a$')" "aaa ccc " "names with ends"
is "$(f -f driver=local)" "aaa bbb ccc " "driver"
is "$(f -f driver=other)" "" "another driver"
is "$(f --cluster)" "" "no cluster volumes"
proa run -d --name user --network none -v bbb:/b busybox true >/dev/null
is "$(f -f dangling=true)" "aaa ccc " "dangling"
is "$(f -f dangling=false)" "bbb " "not dangling"
like "$(proa volume ls --format json | head -n 1)" '"Driver":"local".*"Labels":"k=v,kk=".*"Name":"aaa"' "json"
run_is 1 "a filter that is none" proa volume ls -f x=y
one_line "is one line"
run_is 1 "a dangling that is none" proa volume ls -f dangling=maybe
one_line "is one line"
echo damaged >"$D/volumes/ccc/volume.json"
run_is 0 "a damaged one does not keep the others" proa volume ls -q
is "$out" "aaa${nl}bbb" "which are listed"
like "$err" 'ccc is passed over' "and is named"
done_testing
