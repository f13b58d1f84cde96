#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# reboot.t: a machine with a disk goes down with containers on it, once in an orderly way and once by
# a reset, and comes up again: what `proa boot` brings back is what the policies say, and names,
# volumes and statuses are as they were. Three boots of tests/vm/guest/reboot.sh on one disk.
# timeout: 300
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
PATH=$PATH:/sbin:/usr/sbin
: "${TMP:=/tmp}"
DISK=$TMP/disk
export DISK VM_SECONDS=90
truncate -s 256M "$DISK" && mkfs.ext4 -q -F "$DISK" || {
	echo "Bail out! no file system can be made (mkfs.ext4: make deps)"
	exit 1
}
n=0 bad=0
for boot in first second third; do
	sh "$here/run.sh" disk tests/vm/guest/reboot.sh >"$TMP/tap.$boot" || bad=1
	grep -v '^1\.\.' "$TMP/tap.$boot" | awk -v n="$n" -v b="$boot" '
		/^(not )?ok / { sub(/ok [0-9]+ -/, "ok " ++n " - " b " boot:") }
		{ print }'
	n=$((n + $(grep -cE '^(not )?ok ' "$TMP/tap.$boot")))
done
rm -f "$DISK"
echo "1..$n"
exit $bad
