#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# derived.t: the golden files are what derive.py makes of tests/data/defaults. UPDATE=1 (make golden)
# writes them.
. "$(dirname "$0")/../lib.sh"

need_tool python3
golden=$PROA_TESTS/golden
[ "${UPDATE:-0}" != 1 ] || "$golden/derive.py"
"$golden/derive.py" "$T" || bail "derive.py failed"
for f in "$T"/*.golden; do
	ok "${f##*/} is derived from the data" cmp "$f" "$golden/${f##*/}"
done
others() { # those that are written by hand have their cases beside them
	(cd "$golden" && for f in *.golden; do [ -f "${f%.golden}.cases" ] || echo "$f"; done)
}
is "$(others)" "$(cd "$T" && printf '%s\n' *.golden)" "and there is no other"
done_testing
