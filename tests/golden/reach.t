#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 240
# reach.t: who reaches whom, and which address is seen at the other end, against what was so with
# dockerd: containers on networks of each kind, the host, another machine on a LAN; TCP and UDP, IPv4
# and IPv6, directly and through published ports (tests/data/docker-28.5/reach.sh, reach.tsv). What is
# otherwise, and why, is in reach.diff. UPDATE=1 leaves reach.own in $BUILD.
[ -n "${GOLDEN_MNT:-}" ] || GOLDEN_MNT=1 exec unshare -m "$0" "$@"
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/network.inc"
need_tool nsenter

: "${CC_STATIC:=${VENDOR_BUILD:-${BUILD:-$PROA_TESTS/../build}/vendor}/bin/musl-cc}"
[ -x "$CC_STATIC" ] || bail "no $CC_STATIC: run make vendor"
R=$T/r
REACH=$R/reach
mkdir "$R"
"$CC_STATIC" -O1 -o "$REACH" "$golden/reach.c" || bail "reach.c does not compile"
engine_stdin() { "$PROA" --data-root "$D" --exec-root "$E" "$@"; }
. "$data/reach.sh"
# its two processes in the background hold a container's place or more: nothing of this stays
trap 'tap_status=$?; kill $servers $lan 2>/dev/null; (exit $tap_status); lib_cleanup' EXIT

load_busybox
reach_up
for who in $REACH_SOURCES; do
	case $who in
	host | lan) ;;
	*) is_state "c$who" running || fail "c$who runs" "$(proa logs "c$who" 2>&1)" ;;
	esac
done

# wanted WHO: what was recorded, but for what differs.
wanted() {
	awk -F'\t' -v who="$1" '
		FNR == NR { if (NF >= 6) other[$1, $2, $3, $4] = $6; next }
		$1 == who {
			if (($1, $2, $3, $4) in other) $6 = other[$1, $2, $3, $4]
			print $1 "\t" $2 "\t" $3 "\t" $4 "\t" $5 "\t" $6
		}' "$golden/reach.diff" "$data/reach.tsv"
}
as_wanted() {
	diff "$R/want.$1" "$R/from.$1" >"$R/diff.$1"
}

# Who does not answer within this time may be slow: asked once more, with more time.
reach_ask 1500
for who in $REACH_SOURCES; do
	wanted "$who" >"$R/want.$who"
	as_wanted "$who" || slow="${slow:-} $who"
done
[ -z "${slow:-}" ] || reach_ask 8000 $slow
for who in $REACH_SOURCES; do
	if as_wanted "$who"; then
		pass "$who reaches whom it should, and nobody else ($(wc -l <"$R/from.$who") were asked)"
	else
		fail "$who reaches whom it should, and nobody else" "$(grep '^[<>]' "$R/diff.$who")"
	fi
done
[ "${UPDATE:-}" != 1 ] || for who in $REACH_SOURCES; do cat "$R/from.$who"; done >"$BUILD/reach.own"
reach_down
done_testing
