#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# userns.t: ns/userns.t on a machine of Linux 6.1 with cgroup v2 and AppArmor, whose data-root is on a
# disk: what is on a tmpfs cannot be mapped there, the engine's own files in exec-root among it.
# timeout: 300
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
PATH=$PATH:/sbin:/usr/sbin
: "${TMP:=/tmp}"
DISK=$TMP/disk
export DISK VM_SECONDS=280
truncate -s 256M "$DISK" && mkfs.ext4 -q -F "$DISK" || {
	echo "Bail out! no file system can be made (mkfs.ext4: make deps)"
	exit 1
}
sh "$here/run.sh" disk tests/vm/guest/userns.sh
rc=$?
rm -f "$DISK"
exit $rc
