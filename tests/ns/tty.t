#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tty.t: a container that closes its terminal keeps no processor busy, and may open it again.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

id=$(proa run -d --name tt -t --network none busybox sh -c 'exec <&- >&- 2>&-; sleep 2; >/tmp/x; exec sleep 1000')
shim=$(shim_of tt)
isnt "$shim" "" "it runs"
ticks() { # a hundred of them are a second
	awk '{ print $14 + $15 }' "/proc/$shim/stat"
}
born=$(ticks) # which may have taken long
ok "for two seconds" wait_for 30 test -e "$D/containers/$id/upper/tmp/x"
ticks=$(($(ticks) - born))
ok "in which its shim slept ($ticks ticks)" test "$ticks" -lt 25
proa rm -f "$id" >/dev/null
run_is 0 "a terminal that is opened again" proa run --rm -t --network none busybox sh -c \
	'echo one; exec <&- >&- 2>&-; sleep 1; echo two >/dev/console'
is "$(printf '%s' "$out" | tr -d '\r')" "one${nl}two" "is heard"
done_testing
