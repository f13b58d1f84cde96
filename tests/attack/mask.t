#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: MASK
# timeout: 600
#
# Masked files of /proc are covered with the null device. If that is looked up by its name in the
# container's tree, somebody who can write to that /dev (a shared mount) may put a symlink there at
# the right moment, and the mask becomes a window (CVE-2025-31133). One container exchanges null
# and a symlink as fast as it can while others start on the same /dev. In the weakened build the
# name is looked up again for each path.
. "$(dirname "$0")/attack.inc"
weak_build MASK
load_busybox
mkdir -p "$T/dev/pts" "$T/dev/shm" "$T/dev/mqueue"
for n in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "$T/dev/${n%:*}" c 1 "${n#*:}"
done
mknod -m 666 "$T/dev/tty" c 5 0
ln -s /proc/sys/kernel/core_pattern "$T/dev/other"

hostile -v "$T/dev:/d" busybox /attacker swap /d/null /d/other

starts "$WEAK" 2000 -v "$T/dev:/dev" busybox /attacker masked
is "$won" 1 "weakened: a masked path shows another file"
diag "weakened: won after $starts starts: $(grep mode "$T/starts.err" | head -n 1)"

starts "$PROA" 2000 -v "$T/dev:/dev" busybox /attacker masked
is "$starts $won" "2000 0" "2,000 starts: each masked path is the null device or empty"
is "$ok" 2000 "and each container started"
[ "$ok" -eq 2000 ] || why_failed
hostile_end
done_testing
