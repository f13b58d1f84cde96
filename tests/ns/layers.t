#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# layers.t: an image of 127 layers runs on every driver and sees the topmost of each file. The paths
# of 127 layers are longer than the page that mount(2) copies, so this breaks where full paths are
# used for overlay.
# timeout: 180
# guest: no (needs mkimage)
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
need_tool python3

layers=$IMAGES/layers127.tar
mkimage=$PROA_TESTS/../tools/mkimage
[ -e "$layers" ] || ok "mkimage makes 127 layers" "$mkimage" layers 127 "$layers"
run_is 0 "127 layers load" proa load -i "$layers"
for driver in overlay vfs; do
	run_is 0 "$driver: they run" proa --storage-driver "$driver" run --rm --network none \
		layers:127 sh -c 'cat /layers/last
			echo $(ls /layers | sort -n)
			grep " / " /proc/mounts'
	like "$out" '^127$' "$driver: the topmost file is seen"
	like "$out" '^last 126 127$' "$driver: whiteouts hide the others"
	case $driver in
	overlay) like "$out" '^[^ ]+ / overlay ' "overlay: the root is an overlay" ;;
	vfs) unlike "$out" '^[^ ]+ / overlay ' "vfs: it is not" ;;
	esac
done
is "$(proa history -q layers:127 2>/dev/null | wc -l)" 127 "the history has 127 entries"
done_testing
