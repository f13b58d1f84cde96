#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: COPYUP
# timeout: 400
#
# A new container's empty volume gets what the image has, while another container that has the
# volume too puts a symlink to the host in the place of each directory that comes up. If the copy is
# made in the volume, by names, it goes to the host. In the weakened build it does; in the real one
# it is made where nobody can come, and renamed; in a volume of another file system, where it cannot
# be renamed, no name that was exchanged is followed.
. "$(dirname "$0")/attack.inc"
weak_build COPYUP
load_busybox
canary_make

mkdir -p "$T/im/seed/sub"
i=0
while [ $i -lt 60 ]; do
	echo $i >"$T/im/seed/file$i"
	i=$((i + 1))
done
echo evil >"$T/im/seed/sub/planted"
ln "$T/im/seed/sub/planted" "$T/im/seed/sub/linked"
(cd "$T/im" && tar -c .) >"$T/im.tar"
"$PROA_TESTS/../tools/mkimage" rootfs "$T/rootfs.tar" || bail "mkimage rootfs"
"$PROA_TESTS/../tools/mkimage" wrap "$T/seed.tar" "$T/rootfs.tar" "$T/im.tar" --tag seed || bail "mkimage wrap"
proa load -q -i "$T/seed.tar" >/dev/null || bail "load"

# race VOLUME DIR: the attacker has the volume, whose files are in DIR
race() {
	V=$2
	hostile -v "$1:/v" busybox /attacker plant /v sub "$CANARY"
}

won() {
	[ -e "$CANARY/planted" ] || [ -e "$CANARY/linked" ]
}

# creates BIN N VOLUME: N containers made onto the emptied volume; sets $n, $made, $copied
creates() {
	n=0 made=0 copied=0
	while [ $n -lt "$2" ] && ! won; do
		n=$((n + 1))
		find "$V" -mindepth 1 -delete 2>/dev/null
		! as "$1" run --rm --network none -v "$3:/seed" seed true 2>>"$T/creates.err" ||
			made=$((made + 1))
		[ ! -e "$V/file0" ] || copied=$((copied + 1))
	done
}

proa volume create vol >/dev/null
race vol "$D/volumes/vol/_data"
creates "$WEAK" 200 vol
won
is $? 0 "weakened: the copy goes to the host"
diag "weakened: won after $n creates"
rm -rf "$CANARY"
canary_make

before=$(canary_state)
many=$(rounds 40)
creates "$PROA" "$many" vol
hostile_end
is "$n $(won && echo lost)" "$many " "$many creates: nothing on the host"
isnt "$made" 0 "some of them were made"
isnt "$copied" 0 "and got their copy"
diag "made $made, copied $copied: $(sort "$T/creates.err" | sed 's/[0-9a-f]\{12,64\}/ID/g' | uniq -c | sort -rn | head -n 3)"

mkdir "$T/dev"
proa volume create -o type=none -o o=bind -o device="$T/dev" opt >/dev/null
race opt "$T/dev"
many=$(rounds 20)
creates "$PROA" "$many" opt
hostile_end
is "$n $(won && echo lost)" "$many " "$many into a volume that is a bind: nothing on the host"
diag "made $made, copied $copied"
creates "$PROA" 1 opt
is "$made $copied" "1 1" "undisturbed it is made and copied"
diag "made $made, copied $copied: $(sort "$T/creates.err" | sed 's/[0-9a-f]\{12,64\}/ID/g' | uniq -c | sort -rn | head -n 3)"
is "$(canary_state)" "$before" "the host's directory is as before"
done_testing
