#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# btrfs.t: the driver btrfs on a file system in a loop-mounted file: roots are snapshots, what a
# container makes in its tree (subvolumes too) is removed, images come and go with their subvolume.
# timeout: 240
# guest: no (needs mkfs.btrfs)
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
need_tool mkfs.btrfs python3 btrfs
grep -q btrfs /proc/filesystems || modprobe btrfs 2>/dev/null || skip_all "no btrfs in this kernel"

# In a mount namespace of its own, so that nothing of it outlives the test; a shim would leave it.
if [ "${BTRFS_NS:-}" != "$$" ]; then
	trap - EXIT
	BTRFS_NS=$$ exec unshare -m --propagation private "$0"
fi
truncate -s 2G "$T/disk"
mkfs.btrfs -q "$T/disk" || bail "mkfs.btrfs"
mkdir "$D"
mount -o loop "$T/disk" "$D" || bail "mount of btrfs"

b() {
	proa --storage-driver btrfs "$@"
}

subvolumes() {
	btrfs subvolume list "$D" | wc -l
}

tap_out=$(b load -i "$IMAGES/busybox.tar" 2>&1) || bail "load: $tap_out"
is "$(b run --rm --network none busybox sh -c 'echo new >/new; grep " / " /proc/mounts | cut -d" " -f3')" \
	btrfs "the root is on btrfs"
is "$(ls "$D/btrfs" | wc -l)" 1 "the image has its subvolume"
is "$(b run --rm --network none busybox cat /new 2>/dev/null)" "" "a root does not see another's changes"
wait_for 20 no_trash
is "$(subvolumes)" 1 "their snapshots are gone"

id=$(b run -d --network none busybox sh -c 'echo kept >/kept; rm /bin/vi')
ok "the one that ran has ended" wait_for 20 test -f "$D/containers/$id/exit"
is "$(stat -c %i "$D/containers/$id/tree")" 256 "a root is a subvolume"
is "$(cat "$D/containers/$id/tree/kept")" kept "which has what was written"
nok "and not what was removed" test -e "$D/containers/$id/tree/bin/vi"
ok "the image still has it" test -e "$D/btrfs/$(ls "$D/btrfs")/bin/vi"
is "$(subvolumes)" 2 "two subvolumes"

# What is nested in a tree, and what a crash left half made.
btrfs subvolume create "$D/containers/$id/tree/sub" >/dev/null
mkdir "$D/containers/$id/tree/sub/dir"
btrfs subvolume create "$D/containers/$id/tree/sub/dir/deeper" >/dev/null
echo x >"$D/containers/$id/tree/sub/dir/deeper/file"
btrfs subvolume snapshot -r "$D/containers/$id/tree/sub/dir/deeper" \
	"$D/containers/$id/tree/sub/readonly" >/dev/null
is "$(subvolumes)" 5 "subvolumes in a tree"
run_is 0 "are removed with it" b rm "$id"
wait_for 20 no_trash
is "$(subvolumes)" 1 "all of them"
mkdir "$D/tmp/half"
btrfs subvolume create "$D/tmp/half/v" >/dev/null
echo dead >"$D/pins/dead"

# Volumes: what the image has is copied by reflinks; it is not a snapshot's business.
is "$(b run --rm --network none -v vol:/etc busybox cat /etc/passwd)" \
	"$(b run --rm --network none busybox cat /etc/passwd)" "a new volume gets what the image has"
is "$(stat -c %i "$D/volumes/vol/_data" | grep -c '^256$')" 0 "in an ordinary directory"

layers=$IMAGES/layers127.tar
[ -e "$layers" ] || "$PROA_TESTS/../tools/mkimage" layers 127 "$layers" || bail "mkimage layers"
run_is 0 "127 layers load" b load -i "$layers"
run_is 0 "they run" b run --rm --network none layers:127 sh -c \
	'cat /layers/last; echo $(ls /layers | sort -n)'
like "$out" '^127$' "the topmost file is seen"
like "$out" '^last 126 127$' "whiteouts hide the others"
is "$(ls "$D/btrfs" | wc -l)" 2 "one subvolume for each image"

# The same image by all drivers has the same content.
for driver in overlay btrfs vfs; do
	proa --storage-driver $driver run --rm --network none busybox sh -c \
		'cd / && find bin etc home lib root tmp usr var -exec stat -c "%n %a %u:%g %F %h" {} + 2>/dev/null | sort' >"$T/$driver"
done
ok "btrfs shows what overlay shows" diff "$T/overlay" "$T/btrfs"
ok "vfs too" diff "$T/overlay" "$T/vfs"
ok "and that is something" test -s "$T/btrfs"
is "$(proa run --rm --network none busybox grep -c ' / overlay ' /proc/mounts)" 1 \
	"without a word the driver is overlay, on btrfs too"

# An image that goes takes its subvolume along.
run_is 0 "rmi" b rmi layers:127
wait_for 20 no_trash
is "$(ls "$D/btrfs" | wc -l)" 1 "its subvolume is gone"
is "$(subvolumes) $(ls "$D/tmp")" "1 " "and what was half made"
# Twenty at once make one image's subvolume.
b rmi -f busybox >/dev/null
tap_out=$(b load -i "$IMAGES/busybox.tar" 2>&1)
for i in 1 2 3 4 5 6 7 8; do
	b run --rm --network none busybox echo ran >>"$T/many" 2>&1 &
done
wait
is "$(sort "$T/many" | uniq -c | sed 's/^ *//')" "8 ran" "eight first runs at once"
is "$(ls "$D/btrfs" | wc -l)" 1 "made one subvolume"
is "$(ls "$D/tmp" "$D/pins" | grep -v :)" "" "and nothing else"

mkdir -p "$T/plain"
run_is 125 "elsewhere" "$PROA" --data-root "$T/plain" --exec-root "$E" --storage-driver btrfs \
	run --rm --network none busybox true
run "$PROA" --data-root "$T/plain" --exec-root "$E" load -i "$IMAGES/busybox.tar"
run_is 125 "it is refused" "$PROA" --data-root "$T/plain" --exec-root "$E" --storage-driver btrfs \
	run --rm --network none busybox true
like "$err" 'storage driver btrfs does not work here.*not on btrfs' "with the reason"
done_testing
