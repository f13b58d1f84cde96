#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: SUBPATH
# timeout: 300
#
# A container mounts a directory below a volume while another one, which has the whole volume,
# exchanges that directory for a symlink to the host. If it is looked at and then mounted by its
# path, the host's directory is mounted sometimes. In the weakened build it is; in the real one it
# is opened once, beneath the volume, and what was opened is mounted.
. "$(dirname "$0")/attack.inc"
weak_build SUBPATH
load_busybox
canary_make
proa volume create vol >/dev/null
V=$D/volumes/vol/_data

# race PATH LINK: PATH of the volume, one of whose components is exchanged for a link
race() {
	rm -rf "$V/a" "$V/b"
	mkdir -p "$V/a/dir"
	ln -s "$1" "$V/b"
	hostile -v vol:/v busybox /attacker swap /v/a /v/b
}

# victims BIN N SUBPATH: N starts, each of which looks for the host's secret
victims() {
	starts "$1" "$2" --mount "type=volume,src=vol,dst=/m,volume-subpath=$3" busybox \
		sh -c 'if [ -e /m/secret ] || [ -e /m/keep ]; then exit 42; fi'
}

race "$CANARY"
victims "$WEAK" 400 a
hostile_end
is "$won" 1 "weakened: a directory of the host is mounted"
diag "weakened: won after $starts starts"

before=$(canary_state)
many=$(rounds 100)
half=$((many / 2))
race "$CANARY"
victims "$PROA" "$many" a
is "$starts $won" "$many 0" "$many starts: nothing of the host"
isnt "$ok" 0 "some of them started"
diag "started $ok, refused $failed"
why_failed
victims "$PROA" "$half" a/dir
is "$starts $won" "$half 0" "$half where it is a component on the way"
isnt "$ok" 0 "some of them started"
hostile_end
race "../../../../../../../../../../../..$CANARY"
victims "$PROA" "$half" a
hostile_end
is "$starts $won" "$half 0" "$half against a relative link"
isnt "$ok" 0 "some of them started"
diag "started $ok, refused $failed"
is "$(canary_state)" "$before" "the host's directory is as before"
done_testing
