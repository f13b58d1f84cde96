#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The binary's shape: static, without an interpreter, stripped, not over this stage's size.
. "$(dirname "$0")/../lib.sh"
need_proa

limit=1258291 # bytes: 1.2 megabytes, of which TLS and the daemon will need their share (1,048,576 before networks)
size=$(stat -c %s "$PROA")
kind=$(file -bL "$PROA")
diag "$size bytes: $kind"
case $PROA in
*/static/proa)
	ok "at most $limit bytes" test "$size" -le "$limit"
	like "$kind" 'statically linked, stripped' "statically linked and stripped"
	unlike "$(readelf -lW "$PROA")" INTERP "no interpreter is named"
	;;
*)
	pass "another flavour: its size and libc are its own"
	;;
esac
run_is 0 "starts with an empty environment" env -i "$PROA" --version
like "$out" '^proa version ' "and says its version"
done_testing
