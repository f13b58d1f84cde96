#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: MOUNT
# timeout: 600
#
# A mount inside a shared volume: while it is prepared, another container that has the volume too
# exchanges a directory on the way for a symlink to a host directory (CVE-2021-30465). If the mount
# point is made and mounted by its path, it is made on the host. In the weakened build it is; in
# the real one the path is resolved once, inside the root, to a descriptor.
. "$(dirname "$0")/attack.inc"
weak_build MOUNT
load_busybox
canary_make
mkdir -p "$T/src"
echo ours >"$T/src/file"
STOP_AT=$CANARY/new

# race NAME LINK: the other container plays with the volume of that name
race() {
	v=$T/vol-$1
	mkdir -p "$v/a"
	ln -s "$2" "$v/b"
	hostile -v "$v:/v" busybox /attacker swap /v/a /v/b
}

race weak "$CANARY"
starts "$WEAK" 2000 -v "$v:/v" -v "$T/src:/v/a/new" busybox true
hostile_end
is "$won" 1 "weakened: a mount point is made on the host"
diag "weakened: won after $starts starts"
rm -rf "$CANARY"
canary_make

before=$(canary_state)
race abs "$CANARY"
starts "$PROA" 1000 -v "$v:/v" -v "$T/src:/v/a/new" busybox true
hostile_end
is "$starts $won" "1000 0" "1,000 starts against an absolute symlink: nothing on the host"
isnt "$ok" 0 "some of them started"
diag "started $ok, refused $failed"
why_failed

race rel "../../../../../../../../../..$CANARY"
starts "$PROA" 1000 -v "$v:/v" -v "$T/src:/v/a/new/deeper" busybox true
hostile_end
is "$starts $won" "1000 0" "1,000 starts against a relative one: nothing on the host"
isnt "$ok" 0 "some of them started"
diag "started $ok, refused $failed"
why_failed
is "$(canary_state)" "$before" "the host's directory and its mounts are as before"
done_testing
